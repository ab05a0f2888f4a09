"""Timing diagrams of a host write, a journal read and a restore, drawn from what the ports of two systems in RTL did in
a lock-step run.

python -m tb.report.timing_diagrams FOLDER
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mirrorlog.command_line import fail, guarded, write_whole
from mirrorlog.tables.shared_memory import VolumeState
from tb.config.files import beside
from tb.config.settings import (
    Activity,
    Behaviour,
    Group,
    Layout,
    Pair,
    Parameters,
    PathBehaviour,
    Replication,
    Settings,
    Volume,
    two_systems,
)
from tb.handles.channels import RECORD, SENT, TAKEN
from tb.report.channels import Taken, svg
from tb.running.system_run import SystemRun, simulate

KIBIBYTE = 1024
A, B = "1", "2"


@dataclass(frozen=True, slots=True)
class Diagram:
    """What a diagram shows: channels (system, name) from top to bottom, from the last `begin` (system, channel, label)
    before the first record that is `about` until the first `end` behind it."""

    name: str
    title: str
    begin: tuple[str, str, str]
    about: tuple[str, str, str]
    end: tuple[str, str, str]
    channels: tuple[tuple[str, str], ...]


DIAGRAMS = (
    Diagram(
        "timing_host_write",
        "A host writes 512 bytes at the original system",
        (A, "host command", "beat"),
        (A, RECORD, "2/1280"),
        (A, RECORD, "3/3"),
        (
            (A, "host command"), (A, "host write data"), (A, RECORD), (A, "host response"),
            (A, "device 0 AW"), (A, "device 0 W"), (A, "device 0 B"),
            (A, "device 1 AW"), (A, "device 1 W"), (A, "device 1 B"),
        ),
    ),
    Diagram(
        "timing_journal_read",
        "The secondary system asks for the journal and stores it",
        (B, RECORD, "6/1700"),
        (A, RECORD, "5/1570"),
        (B, RECORD, "3/3"),
        (
            (B, RECORD), (B, SENT), (A, TAKEN), (A, RECORD), (A, "device 1 AR"), (A, "device 1 R"), (A, SENT),
            (B, TAKEN), (B, "device 1 AW"), (B, "device 1 W"), (B, "device 1 B"),
        ),
    ),
    Diagram(
        "timing_restore",
        "The secondary system restores the journal",
        (B, RECORD, "8/2040"),
        (B, RECORD, "8/2040"),
        (B, RECORD, "8/2060"),
        (
            (B, RECORD), (B, "device 1 AR"), (B, "device 1 R"),
            (B, "device 0 AW"), (B, "device 0 W"), (B, "device 0 B"),
        ),
    ),
)  # fmt: skip


def settings() -> Settings:
    """Two systems with one pair, ports as wide as an update information."""
    capacity = 8 * KIBIBYTE
    tables = Layout(
        (Volume(1, capacity, 0, 0, VolumeState.ORIGINAL, 0), Volume(2, 12 * KIBIBYTE, 1, 0)),
        (Pair(0, 1, 0),),
        (Group(0, 2, (0,), 4 * KIBIBYTE, 8 * KIBIBYTE),),
    )
    first, second = two_systems(
        tables, Replication(0, 0, Activity.RETRY, commands=1, interval=100, copy_unit=2 * KIBIBYTE)
    )
    parameters = Parameters(systems=2, device0_bytes=16 * KIBIBYTE, device1_bytes=16 * KIBIBYTE)
    return Settings(
        parameters, Behaviour(write_latency=8, read_latency=8), first, second=second, path=PathBehaviour(20)
    )


def run(folder: Path, seed: int = 1) -> Taken:
    """Simulate, and return what every channel did. Raises RuntimeError with the difference if model and RTL differ."""
    todo = SystemRun("tb.scenarios.timing", folder, settings(), seed, ("Timing",))
    outcome = simulate(todo)
    if outcome.failure:
        raise RuntimeError(outcome.failure)
    taken: Taken = json.loads(beside(todo.prefix, "timing").read_text())
    return taken


def window(taken: Taken, diagram: Diagram) -> range:
    """Return the cycles that a diagram shows, one more at each end."""

    def at(place: tuple[str, str, str]) -> Sequence[int]:
        system, channel, label = place
        return [cycle for cycle, what in enumerate(taken[system][channel]) if what == label]

    about = at(diagram.about)[0]
    begin = max(cycle for cycle in at(diagram.begin) if cycle <= about)
    return range(max(0, begin - 1), min(cycle for cycle in at(diagram.end) if cycle > about) + 2)


def drawn(taken: Taken, diagram: Diagram) -> str:
    """Return a diagram as SVG."""
    return svg(taken, diagram.title, diagram.channels, window(taken, diagram), {A: "A", B: "B"})


def main(arguments: Sequence[str]) -> int:
    """Draw all diagrams into a folder; return the exit status."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        return fail(f"{' '.join(arguments)}: takes one folder for the diagrams, that is there")
    with tempfile.TemporaryDirectory() as folder:
        try:
            taken = run(Path(folder))
        except RuntimeError as error:
            return fail(error)
    for diagram in DIAGRAMS:
        text = drawn(taken, diagram)
        write_whole(Path(arguments[0]) / f"{diagram.name}.svg", lambda part, text=text: part.write_text(text))  # type: ignore[misc]
    return 0


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
