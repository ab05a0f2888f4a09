"""Timing diagrams of a host write, a journal read and a restore, drawn from what the ports of two systems in RTL did in
a lock-step run.

python -m tb.report.timing_diagrams FOLDER
"""

import html
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mirrorlog.command_line import fail, guarded, write_whole
from mirrorlog.compare.record_text import outcome_name, process_name
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
from tb.running.system_run import SystemRun, simulate

KIBIBYTE = 1024
# Of the drawing, in its own units
LEFT, CYCLE, ROW, TOP, FOOT, LEGEND = 210, 13, 26, 56, 34, 15
# Cycles in which nothing happens are cut out where there are more
CALM = 10
# That the label of a record takes
LABEL = 4
A, B = "1", "2"
COLOURS = {A: "#2a5b8c", B: "#3d7a2b"}
FILLS = {A: "#cfe2f5", B: "#d9eed0"}
Taken = Mapping[str, Mapping[str, Sequence[int | str]]]
"""By system and channel, one value a cycle (see tb/scenarios/timing.py)."""


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


RECORD, SENT, TAKEN = "commit record", "packet to the other system", "packet from the other system"
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


def columns(rows: Sequence[Sequence[int | str]]) -> list[range]:
    """Divide cycles into columns of one cycle, and of many in which nothing happens; `rows` are the channels."""
    found: list[range] = []
    quiet = [not any(row[cycle] for row in rows) for cycle in range(len(rows[0]))]
    cycle = 0
    while cycle < len(quiet):
        end = cycle
        while end < len(quiet) and quiet[end]:
            end += 1
        if end - cycle > CALM:
            found += [range(cycle, cycle + 1), range(cycle + 1, end - 1), range(end - 1, end)]
            cycle = end
        else:
            found.append(range(cycle, cycle + 1))
            cycle += 1
    return found


def svg(taken: Taken, diagram: Diagram) -> str:
    """Return a diagram as SVG."""
    shown = window(taken, diagram)
    rows = [taken[system][channel][shown.start : shown.stop] for system, channel in diagram.channels]
    parts = columns(rows)
    bottom = TOP + ROW * len(rows)
    records = [row for (_, name), row in zip(diagram.channels, rows, strict=True) if name == RECORD]
    codes = sorted({tuple(map(int, str(what).split("/"))) for row in records for what in row if what})
    width = LEFT + CYCLE * len(parts) + 50
    height = bottom + FOOT + LEGEND * len(codes)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="DejaVu Sans, Arial, sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="10" y="20" font-size="14" font-weight="bold">{html.escape(diagram.title)}</text>',
        *_axis(parts, bottom),
    ]
    for index, ((system, name), row) in enumerate(zip(diagram.channels, rows, strict=True)):
        lines += _channel(system, name, row, parts, TOP + ROW * index)
    for index, (process, outcome) in enumerate(codes):
        text = html.escape(f"{process}/{outcome}  {process_name(process)}: {outcome_name(process, outcome)}")
        lines.append(f'<text x="{LEFT}" y="{bottom + FOOT + LEGEND * index + 4}" fill="#333">{text}</text>')
    return "\n".join([*lines, "</svg>", ""])


def _axis(parts: Sequence[range], bottom: int) -> Iterator[str]:
    """Cycles from the first one on, and where some are cut out."""
    for index, part in enumerate(parts):
        x = LEFT + CYCLE * index
        if len(part) > 1:
            yield f'<rect x="{x}" y="{TOP - 12}" width="{CYCLE}" height="{bottom - TOP + 12}" fill="#f0f0f0"/>'
            yield f'<text x="{x + CYCLE / 2}" y="{bottom + 12}" text-anchor="middle" font-size="9">+{len(part)}</text>'
        elif part.start % 5 == 0:
            yield f'<path d="M{x} {TOP - 8}V{bottom}" stroke="#ddd"/>'
            yield f'<text x="{x}" y="{TOP - 12}" text-anchor="middle" font-size="9" fill="#555">{part.start}</text>'


def _channel(system: str, name: str, row: Sequence[int | str], parts: Sequence[range], y: int) -> Iterator[str]:
    """One channel: a box for beats one after the other, a frame while it waits."""
    colour, fill = COLOURS[system], FILLS[system]
    yield f'<text x="{LEFT - 8}" y="{y + 17}" text-anchor="end" fill="{colour}">{"AB"[int(system) - 1]}: {name}</text>'
    yield f'<path d="M{LEFT} {y + 21}H{LEFT + CYCLE * len(parts)}" stroke="#bbb"/>'
    index = 0
    while index < len(parts):
        what = row[parts[index].start]
        end = index + 1
        while end < len(parts) and row[parts[end].start] == what and name != RECORD:
            end += 1
        x, length = LEFT + CYCLE * index, CYCLE * (end - index)
        if what:
            paint = "none" if what == 1 else fill
            yield f'<rect x="{x}" y="{y + 5}" width="{length}" height="16" fill="{paint}" stroke="{colour}"/>'
        if name == RECORD and isinstance(what, str):
            # behind its box, or before it where the next one is close
            close = any(row[part.start] for part in parts[end : end + LABEL])
            place = f'x="{x - 2}" text-anchor="end"' if close else f'x="{x + CYCLE + 2}"'
            yield f'<text {place} y="{y + 17}" font-size="9" fill="#333">{what}</text>'
        elif isinstance(what, str) and end - index > 2:
            yield f'<text x="{x + length / 2}" y="{y + 17}" text-anchor="middle" font-size="9">{end - index}</text>'
        index = end


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
        text = svg(taken, diagram)
        write_whole(Path(arguments[0]) / f"{diagram.name}.svg", lambda part, text=text: part.write_text(text))  # type: ignore[misc]
    return 0


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
