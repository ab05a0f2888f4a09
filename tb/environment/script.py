"""A script: everything that a run gave to its systems, and when. Played, it does the same again; with steps left out it
is a shorter run, which no chance decides.

A step is a call of a handle of the bench (tb/handles/): a host command, a register access, a neighbour that hangs, an
error of a device, a reset.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from cocotb.utils import get_sim_time

from tb.config.files import beside
from tb.config.settings import Settings
from tb.handles.connection_path import Fault
from tb.handles.host_port import HostCommand
from tb.handles.register_port import RegisterAccess
from tb.handles.storage_device import DeviceDamage, DeviceError
from tb.handles.testbench import BenchControl

SUFFIX = "script"
FORMAT = 1
# Of each handle what is a step
CALLS = {
    "host": ("push", "hold", "set_queue_depth"),
    "registers": ("push",),
    "device": ("hold", "fail", "damage", "set_latency"),
    "path": ("hold", "cut", "heal", "fail", "insert", "set_delay", "set_bandwidth"),
    "system": ("reset", "stop"),
}
# Where register areas begin, the last one first, and the bytes of a table's row in each (docs/registers.md)
ROWS = ((0x4000, 0x200), (0x2000, 0x80), (0x1000, 0x40), (0, 0x1000))
_KINDS = {kind.__name__: kind for kind in (HostCommand, RegisterAccess, DeviceError, DeviceDamage)}
# Bytes that are all the same are written as that
_FILLED, _BYTES = "filled", "bytes"


class ScriptError(Exception):
    """A text that is no script; one line."""


@dataclass(frozen=True, slots=True)
class Step:
    """At `ns` a handle, `at` ("host 1", "device 1 0", "path 0"), is called: `call` with `words`, and `named` ones."""

    ns: float
    at: str
    call: str
    words: tuple[Any, ...] = ()
    named: tuple[tuple[str, Any], ...] = ()

    def belongs(self) -> tuple[str, ...]:
        """What it belongs to, the largest group first: all of a kind at a handle; of accesses those of a table's row,
        of commands those of a volume."""
        word = self.words[0] if self.words else None
        if isinstance(word, RegisterAccess):
            kind = f"{self.at}: {'writes' if word.write else 'reads'}"
            row = next(size for area, size in ROWS if word.address >= area)
            return kind, f"{kind} of the row at {word.address // row * row:#06x}"
        if isinstance(word, HostCommand):
            kind = f"{self.at}: commands with opcode {word.opcode}"
            return kind, f"{kind} of volume {word.volume}"
        return (f"{self.at}: {self.call}",)


@dataclass(frozen=True, slots=True)
class Script:
    """The steps of a run of a seed, which ended (with a difference) at `until` ns; `settings` as they are written."""

    seed: int
    settings: str
    until: float
    steps: tuple[Step, ...]

    def dump(self) -> str:
        """Return its text: JSON, a step a line."""
        head = {"script": FORMAT, "seed": self.seed, "until": self.until, "settings": json.loads(self.settings)}
        lines = [json.dumps(head)]
        for step in self.steps:
            named = {name: _plain(value) for name, value in step.named}
            more = {"named": named} if named else {}
            words = [_plain(word) for word in step.words]
            told = {"ns": step.ns, "at": step.at, "call": step.call, "words": words} | more
            lines.append(json.dumps(told, default=repr))
        return "\n".join(lines) + "\n"

    @classmethod
    def parse(cls, text: str) -> "Script":
        """Read a text. Raises ScriptError."""
        try:
            head, *rest = [json.loads(line) for line in text.strip().splitlines()]
            if head["script"] != FORMAT:
                raise ScriptError(f"a script of format {head['script']}, expected {FORMAT}")
            steps = tuple(
                Step(
                    step["ns"],
                    step["at"],
                    step["call"],
                    tuple(_whole(word) for word in step["words"]),
                    tuple((name, _whole(value)) for name, value in step.get("named", {}).items()),
                )
                for step in rest
            )
            return cls(head["seed"], json.dumps(head["settings"]), head["until"], steps)
        except (ValueError, KeyError, TypeError) as error:
            raise ScriptError(f"no script: {error!r}"[:200]) from error

    def closer(self, most_ns: float) -> "Script":
        """Return the script with no more than so many ns between two steps, and before the end."""
        moved, now, before = [], 0.0, 0.0
        for step in self.steps:
            now += min(step.ns - before, most_ns)
            before = step.ns
            moved.append(replace(step, ns=now))
        return replace(self, steps=tuple(moved), until=now + min(self.until - before, most_ns))

    def plain_data(self) -> "Script":
        """Return the script with data that is told by one byte: of each host write the low byte of its number."""
        steps = []
        for number, step in enumerate(self.steps, 1):
            command = step.words[0] if step.words else None
            if isinstance(command, HostCommand) and command.data:
                data = bytes([number & 0xFF]) * len(command.data)
                step = replace(step, words=(replace(command, data=data),))
            steps.append(step)
        return replace(self, steps=tuple(steps))


class Recorder:
    """Notes what the handles of a bench are called for, from now on."""

    def __init__(self, bench: BenchControl) -> None:
        self._bench = bench
        self._steps: list[Step] = []
        for at, handle in handles(bench).items():
            for call in CALLS[at.partition(" ")[0]]:
                setattr(handle, call, self._noting(at, call, getattr(handle, call)))

    def _noting(self, at: str, call: str, called: Callable[..., Any]) -> Callable[..., Any]:
        def note(*words: Any, **named: Any) -> Any:
            self._steps.append(Step(get_sim_time("ns"), at, call, words, tuple(named.items())))
            return called(*words, **named)

        return note

    def write(self) -> None:
        """Write PREFIX.script, which ends now."""
        settings = json.dumps(asdict(self._bench.settings))
        script = Script(self._bench.seed, settings, get_sim_time("ns"), tuple(self._steps))
        beside(self._bench.prefix, SUFFIX).write_text(script.dump())


def handles(bench: BenchControl) -> dict[str, Any]:
    """Return the handles of a bench by the names that steps have for them."""
    found: dict[str, Any] = {}
    for system in bench.systems:
        found |= {
            f"system {system.number}": system,
            f"host {system.number}": system.host,
            f"registers {system.number}": system.registers,
        }
        found |= {f"device {system.number} {number}": device for number, device in enumerate(system.devices)}
    return found | {f"path {number}": path for number, path in enumerate(bench.paths)}


def settings_of(script: Script, folder: Path) -> Settings:
    """Return a script's settings, to be written into a folder again."""
    beside(folder / SUFFIX, "settings").write_text(script.settings)
    return Settings.read(folder / SUFFIX)


def groups_of(steps: tuple[Step, ...]) -> Iterator[str]:
    """Yield what steps belong to, each once, large groups before small ones."""
    for level in range(2):
        yield from dict.fromkeys(step.belongs()[level] for step in steps if len(step.belongs()) > level)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, Fault):
        return {"Fault": value.name}
    if is_dataclass(value) and not isinstance(value, type):
        given = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return {type(value).__name__: given}
    if isinstance(value, bytes):
        same = len(value) > 1 and len(set(value)) == 1
        return {_FILLED: [value[0], len(value)]} if same else {_BYTES: value.hex()}
    return int(value) if isinstance(value, Enum) else value


def _whole(value: Any) -> Any:
    """Return the value that JSON has."""
    if not isinstance(value, dict):
        return value
    ((name, held),) = value.items()
    if name == _FILLED:
        return bytes([held[0]]) * held[1]
    if name == _BYTES:
        return bytes.fromhex(held)
    if name == "Fault":
        return Fault[held]
    return _KINDS[name](**{field: _whole(given) for field, given in held.items()})
