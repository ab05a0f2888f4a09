"""Captures: the lines of a commit trace with its boundary events, and the data files beside them
(docs/capture.md).
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.formats.update_information import UPDATE_INFORMATION_BYTES
from mirrorlog.tables.shared_memory import Parameters, journals_of_a_packet

FORMAT = "mirrorlog capture"
VERSION = 3

_DEVICE_FILE = re.compile(r"device[0-9]+_[0-9]+")
_U8, _U16, _U32, _U48, _U64 = ((1 << bits) - 1 for bits in (8, 16, 32, 48, 64))

# the numbers of each event, with the largest value of each
_NUMBERS: dict[str, dict[str, int]] = {
    "host_command": {
        "cycle": _U48,
        "time": _U64,
        "opcode": _U8,
        "tag": _U16,
        "volume": _U16,
        "position": _U64,
        "size": _U32,
    },
    "write_data": {"cycle": _U48, "bytes": _U32},
    "read_data": {"cycle": _U48, "bytes": _U32},
    "host_response": {"cycle": _U48, "tag": _U16, "status": _U8},
    "register_write": {"cycle": _U48, "address": _U16, "data": _U64, "strobe": _U8},
    "register_read": {"cycle": _U48, "address": _U16},
    "register_response": {"cycle": _U48, "data": _U64, "resp": 3},
    "device_write": {"cycle": _U48, "device": _U8, "address": _U64, "bytes": _U32, "resp": 3},
    "device_read": {"cycle": _U48, "device": _U8, "address": _U64, "bytes": _U32, "resp": 3, "crc": _U32},
    "packet_in": {"cycle": _U48, "bytes": _U32},
    "packet_first": {"cycle": _U48},
    "packet_out": {"cycle": _U48, "bytes": _U32},
    "reset": {
        "cycle": _U48,
        "incarnation": _U32,
        "first_cycle": _U48,
        "write_data": _U32,
        "read_data": _U32,
        "path_in": _U32,
        "path_out": _U32,
    },
    "record": {},
}
# ... and a number that some have instead of another one: each update information ends with its own CRC-32, so that all
# that consist of them have the same CRC-32, but not so with the bits of each byte in reversed order
_INSTEAD = {"device_read": ("crc", "crc_reversed")}
# ... and a number that some have besides, as a port without it cannot tell it
_BESIDES = {"read_data": ("tag", _U16)}
# ... and the list of numbers that some have besides
_LISTS = {"reset": "devices"}
# what a system was built with, with the largest value of each: more rows than the register map has addresses for, and
# more commands than a tag can tell apart, are none
_SYSTEM = {
    "system": _U16,
    "data_width": 512,
    "volumes": 64,
    "pairs": 64,
    "groups": 96,
    "devices": 256,
    "max_transfer_bytes": 1 << 24,
    "entry_bytes": UPDATE_INFORMATION_BYTES,
    "commands": _U16,
    "window": _U16,
}
# ... and what may be left out, then it is as Parameters has it
_OPTIONAL = {"address_bits": 48, "batch_bytes": 1 << 24}

# what a system starts from, with the largest value of each
_START = {"device_base": _U64, "first_cycle": _U48, "incarnation": _U32}


class CaptureError(Exception):
    """A capture that cannot be read; the text names the line (or the data file) and the field."""


class DataNotReady(Exception):
    """A data file that is still being written does not hold these bytes yet."""


Fields = dict[str, Any]
"""The fields of one line, `event` and `system` among them; a `record` is a CommitRecord."""

# of each event but a record: how many fields it has, its numbers, the list that it may have
_FORMS = {
    kind: (2 + len(numbers) + (kind in _LISTS), tuple(numbers.items()), _LISTS.get(kind))
    for kind, numbers in _NUMBERS.items()
    if kind != "record"
}


def _with_its_own(kind: str, fields: Fields, numbers: Iterable[tuple[str, int]]) -> Iterable[tuple[str, int]]:
    """Return the numbers of an event, with the one that it has instead of another one, or besides."""
    if kind in _INSTEAD and _INSTEAD[kind][1] in fields:
        usual, other = _INSTEAD[kind]
        return [(other if name == usual else name, largest) for name, largest in numbers]
    if kind in _BESIDES and _BESIDES[kind][0] in fields:
        return [*numbers, _BESIDES[kind]]
    return numbers


class SystemStart(NamedTuple):
    """What `start` says of a system: what it was built with, whether it has a connection path, the address of its
    devices' first bytes, the value of its cycle counter and its incarnation at reset.
    """

    parameters: Parameters
    path: bool
    device_base: int
    first_cycle: int
    incarnation: int


def parse(lines: Sequence[str]) -> list[Fields] | None:
    """Return the fields of lines that are one JSON object each, without others in it, None if some are not."""
    text = ",\n".join(line.rstrip("\n") for line in lines)
    # each line begins with a brace, and there are no others: then no object can go on behind a line's end
    if not len(lines) == text.count("{") == text.startswith("{") + text.count(",\n{"):
        return None
    try:
        parsed: list[Fields] = json.loads(f"[{text}]")
        if len(parsed) != len(lines) or {*map(type, parsed)} != {dict}:
            return None
        for fields in parsed:
            if fields.get("event") == "record":
                fields["record"] = CommitRecord.from_hex(fields["record"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return parsed


def parse_line(line: int, text: str) -> Fields:
    """Return the fields of one line. Raises CaptureError if it is no event that docs/capture.md describes."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CaptureError(f"line {line}: is no JSON (is the capture truncated?): {error}") from error
    if not isinstance(fields, dict):
        raise CaptureError(f"line {line}: is no JSON object")
    check(line, fields)
    if fields["event"] == "record":
        try:
            fields["record"] = CommitRecord.from_hex(fields["record"])
        except (ValueError, TypeError) as error:
            raise CaptureError(f"line {line}: record: field record: {error}") from error
    return fields


def is_event(fields: Fields) -> bool:
    """Is this an event, other than `start` and `end`, with the fields that docs/capture.md describes?"""
    kind = fields.get("event")
    if type(fields.get("system")) is not int:
        return False
    if kind == "record":
        return len(fields) == 3 and type(fields.get("record")) is CommitRecord
    if type(kind) is not str or kind not in _FORMS:
        return False
    count, numbers, listed = _FORMS[kind]
    if len(fields) != count and not (kind in _BESIDES and len(fields) == count + 1 and _BESIDES[kind][0] in fields):
        return False
    for name, largest in _with_its_own(kind, fields, numbers):
        value = fields.get(name)
        if type(value) is not int or not 0 <= value <= largest:
            return False
    if listed is None:
        return True
    values = fields.get(listed)
    return isinstance(values, list) and all(type(value) is int and 0 <= value <= _U32 for value in values)


def check(line: int, fields: Fields) -> None:
    """Raise CaptureError, which says what is wrong, unless these are the fields of an event."""
    kind = fields.get("event")
    names = fields.keys() - {"event"}
    if kind == "start":
        _check_names(line, "start", names, {"format", "version", "systems"})
        return
    if kind == "end":
        _check_names(line, "end", names, {"events"})
        return
    if not isinstance(kind, str) or kind not in _NUMBERS:
        raise CaptureError(f"line {line}: field event: {kind!r} is no event")
    system = fields.get("system")
    if type(system) is not int:
        raise CaptureError(f"line {line}: {kind}: field system: {system!r} is no number")
    numbers = dict(_with_its_own(kind, fields, _NUMBERS[kind].items()))
    others = {"record"} if kind == "record" else {_LISTS[kind]} if kind in _LISTS else set()
    _check_names(line, kind, names - {"system"}, numbers.keys() | others)
    for name, largest in numbers.items():
        value = fields[name]
        if type(value) is not int or not 0 <= value <= largest:
            raise CaptureError(f"line {line}: {kind}: field {name}: {value!r} is no number from 0 to {largest}")
    if kind in _LISTS and not is_event(fields):
        raise CaptureError(f"line {line}: {kind}: field {_LISTS[kind]}: {fields[_LISTS[kind]]!r} is no list of numbers")


def systems(line: int, fields: Fields) -> list[SystemStart]:
    """Return what a `start` event says of each system. Raises CaptureError for another format or version."""
    for name, expected in (("format", FORMAT), ("version", VERSION)):
        if fields[name] != expected:
            raise CaptureError(f"line {line}: start: field {name}: is {fields[name]!r}, expected {expected!r}")
    found: list[SystemStart] = []
    if not isinstance(fields["systems"], list) or not fields["systems"]:
        raise CaptureError(f"line {line}: start: field systems: is no list of systems")
    for system in fields["systems"]:
        if not isinstance(system, dict):
            raise CaptureError(f"line {line}: start: field systems: {system!r} is no object")
        _check_names(line, "start", system.keys(), {*_SYSTEM, *_START, "path"} | (_OPTIONAL.keys() & system.keys()))
        path = system["path"]
        if not isinstance(path, bool):
            raise CaptureError(f"line {line}: start: field path: {path!r} is neither true nor false")
        for name, largest in (_SYSTEM | _OPTIONAL).items():
            value = system.get(name, 0)
            if type(value) is not int or not 0 <= value <= largest:
                raise CaptureError(f"line {line}: start: field {name}: {value!r} is no number from 0 to {largest}")
        for name, allowed in (("data_width", (64, 128, 256, 512)), ("entry_bytes", (UPDATE_INFORMATION_BYTES,))):
            if system[name] not in allowed:
                raise CaptureError(f"line {line}: start: field {name}: {system[name]} is none of {allowed}")
        starts = {name: system[name] for name in _START}
        for name, largest in _START.items():
            if type(starts[name]) is not int or not 0 <= starts[name] <= largest:
                raise CaptureError(
                    f"line {line}: start: field {name}: {starts[name]!r} is no number from 0 to {largest}"
                )
        parameters = Parameters(**{name: value for name, value in system.items() if name in _SYSTEM | _OPTIONAL})
        parameters = replace(parameters, batch_journals=journals_of_a_packet(parameters.batch_bytes))
        found.append(SystemStart(parameters, path, **starts))
    if len({start.parameters.system for start in found}) != len(found):
        raise CaptureError(f"line {line}: start: field system: a number occurs twice")
    return found


def _check_names(line: int, kind: str, names: Set[str], expected: Set[str]) -> None:
    for name in sorted(expected - names):
        raise CaptureError(f"line {line}: {kind}: field {name} is missing")
    for name in sorted(names - expected):
        raise CaptureError(f"line {line}: {kind}: field {name} is unknown")


class DataFiles:
    """The data files beside a capture, read as its events announce their bytes.

    `capture` is the capture's path. A file that is `growing` is still being written: what it lacks now may come. Files
    that are `optional` may be missing.
    """

    def __init__(self, capture: str | Path, growing: bool = False, optional: bool = False) -> None:
        self._capture = Path(capture)
        self._growing = growing
        self._optional = optional
        self._files: dict[str, BinaryIO | None] = {}

    def take(self, name: str, size: int) -> bytes | None:
        """Return the next `size` bytes of the data file with suffix `name`, None if there is no such optional file.

        Raises DataNotReady if a growing file does not have them yet, and takes nothing then; CaptureError if a whole
        one is too short or missing.
        """
        file = self._files.get(name) or self._file(name)
        if file is None:
            return None
        data = file.read(size)
        if len(data) == size:
            return data
        before = file.tell() - len(data)
        file.seek(before)
        if self._growing:
            raise DataNotReady(name)
        raise CaptureError(
            f"{self._path(name)}: too short: {size} bytes announced at {before}, it has {len(data)} there"
        )

    def missing(self) -> list[str]:
        """Return the names of the files that were asked for and do not exist."""
        return sorted(name for name, file in self._files.items() if file is None)

    def finish(self, names: list[str]) -> None:
        """Check that the data files `names` are used up and that there is no further device's; raises CaptureError."""
        pattern = f"{self._capture.stem}.device*_*"
        found = (path.suffix[1:] for path in self._capture.parent.glob(pattern))
        extra = [name for name in found if _DEVICE_FILE.fullmatch(name)]
        for name in sorted({*names, *extra}):
            path = self._path(name)
            file = self._files.get(name)
            taken = 0 if file is None else file.tell()
            size = path.stat().st_size if path.exists() else 0
            if size > taken:
                raise CaptureError(f"{path}: too long: it has {size} bytes, the events announce {taken}")

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            if file is not None:
                file.close()

    def _file(self, name: str) -> BinaryIO | None:
        if self._files.get(name) is None and (self._growing or name not in self._files):
            path = self._path(name)
            if not path.exists() and self._growing:
                raise DataNotReady(name)
            if not path.exists() and not self._optional:
                raise CaptureError(f"{path} is not there (without it, --state-only compares states)")
            self._files[name] = path.open("rb") if path.exists() else None
        return self._files[name]

    def _path(self, name: str) -> Path:
        return self._capture.with_suffix("." + name)


Take = Callable[[str, int], bytes | None]
"""Returns the next bytes of a data file (see `DataFiles.take`)."""
