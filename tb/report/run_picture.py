"""The picture of a run: one HTML page without anything from outside, drawn from a capture.

python -m tb.report.run_picture CAPTURE.jsonl PAGE.html
"""

import html
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from string import Template
from typing import Protocol

from mirrorlog.command_line import fail, guarded, write_whole
from tb.report.run_series import Mark, Ring, Series, groups, series
from tb.report.run_trace import RunTrace

TEMPLATE = Path(__file__).with_name("run_picture.html")
# Of the drawing, in its own units
LEFT, WIDTH, RIGHT = 64, 900, 130
GAP = 44
COLOURS = {
    "newest": "#2b6cb0",
    "commit": "#0f9d7a",
    "read_initiation": "#b7791f",
    "retry_initiation": "#d53f8c",
    "oldest": "#1f2933",
    "created": "#2b6cb0",
    "sent": "#b7791f",
    "stored": "#0f9d7a",
    "restored": "#1f2933",
    "latency": "#2b6cb0",
}
MARKS = {"retry": "#b7791f", "stall": "#805ad5", "failure": "#c53030", "copy": "#0f9d7a", "operation": "#1f2933"}


@dataclass(frozen=True, slots=True)
class Box:
    """Where a chart is drawn, and what it shows: cycles from left to right, values from 0 to `top` upwards."""

    y: float
    height: float
    cycles: int
    top: float

    def at(self, cycle: float, value: float) -> tuple[float, float]:
        """Return the place of a point."""
        x = LEFT + WIDTH * cycle / max(1, self.cycles)
        return x, self.y + self.height * (1 - value / max(1e-9, self.top))


def write_page(trace: RunTrace, file: Path, title: str, facts: Mapping[str, object]) -> None:
    """Write the page of a run. `facts` are shown in a table."""
    runs, charts = [], []
    for index, group in enumerate(groups(trace)):
        drawn = series(trace, group)
        lines: dict[str, list[int | None]] = dict(drawn.numbers)
        for ring in drawn.rings:
            lines[f"{ring.title} used"] = ring.used
        runs.append({"times": drawn.times, "lines": lines})
        drawing = draw(drawn, trace.cycles, index)
        charts.append(f'<h2>group {group}</h2><div class="chart" tabindex="0">{drawing}</div>')
    cells = (
        f"<div><dt>{html.escape(name.replace('_', ' '))}</dt><dd>{html.escape(_text(value))}</dd></div>"
        for name, value in facts.items()
    )
    page = Template(TEMPLATE.read_text()).substitute(
        title=html.escape(title),
        subtitle="Rings: the place of each pointer in its area, and shaded what is in use. Time in cycles.",
        facts="".join(cells),
        charts="\n".join(charts) or "<p>No journal was created.</p>",
        data=json.dumps(runs, separators=(",", ":")).replace("</", "<\\/"),
        left=LEFT,
        width=WIDTH,
    )
    write_whole(file, lambda part: part.write_text(page))


def draw(drawn: Series, cycles: int, run: int) -> str:
    """Return the drawing of a group as SVG."""
    parts: list[str] = []
    y = 20.0
    for title, height, painter in _charts(drawn, cycles):
        parts.append(f'<text class="name" x="{LEFT}" y="{y - 6:.0f}">{html.escape(title)}</text>')
        parts += painter(y, height)
        y += height + GAP
    parts.append(f'<line class="cursor" x1="0" x2="0" y1="14" y2="{y - GAP:.0f}" visibility="hidden"/>')
    body = "\n".join(parts)
    total = LEFT + WIDTH + RIGHT
    return f'<svg data-run="{run}" viewBox="0 0 {total} {y:.0f}" xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>'


def _charts(drawn: Series, cycles: int) -> Iterator[tuple[str, float, "_Painter"]]:
    """Yield title, height and painter of each chart, from above."""
    yield "events", 14.0 * len(MARKS), lambda y, height: _marks(drawn.marks, Box(y, height, cycles, 1))
    most = max((v for values in drawn.numbers.values() for v in values if v is not None), default=0)
    yield (
        "update numbers",
        170.0,
        lambda y, height: [
            *_axes(Box(y, height, cycles, most)),
            *_lines(drawn.times, drawn.numbers, Box(y, height, cycles, most)),
        ],
    )
    for ring in drawn.rings:
        yield f"{ring.title}, {_text(ring.size)} bytes", 130.0, _ring_painter(ring, drawn.times, cycles)
    if drawn.latencies:
        yield "host writes: cycles from command to answer", 120.0, _latency_painter(drawn.latencies, cycles)


def _ring_painter(ring: Ring, times: Sequence[int], cycles: int) -> "_Painter":
    def paint(y: float, height: float) -> list[str]:
        box = Box(y, height, cycles, ring.size)
        path = "".join(_shade(ring, times, box))
        return [
            *_axes(box, True),
            f'<path class="used" fill="#2b6cb0" d="{path}"/>',
            *_lines(times, ring.pointers, box, True),
        ]

    return paint


def _shade(ring: Ring, times: Sequence[int], box: Box) -> Iterator[str]:
    """Yield the rectangles of what is in use, column by column; what wraps has two."""
    before = 0
    for time, used, oldest in zip(times, ring.used, ring.pointers["oldest"], strict=True):
        if used and oldest is not None:
            for first, last in ((oldest, min(oldest + used, ring.size)), (0, oldest + used - ring.size)):
                if last > first:
                    (x0, y0), (x1, y1) = box.at(before, last), box.at(time, first)
                    yield f"M{x0:.1f} {y0:.1f}H{x1:.1f}V{y1:.1f}H{x0:.1f}Z"
        before = time


def _latency_painter(points: Sequence[tuple[int, int]], cycles: int) -> "_Painter":
    top = math.log10(max(10, 1.5 * max(value for _, value in points)))

    def paint(y: float, height: float) -> list[str]:
        box = Box(y, height, cycles, top)
        parts = _frame(box)
        for power in range(int(top) + 1):
            parts += _level(box, power, f"{10**power:,}")
        dots = (box.at(cycle, math.log10(max(1, value))) for cycle, value in points)
        colour = COLOURS["latency"]
        path = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in dots)
        return [*parts, f'<path d="{path}" stroke="{colour}" stroke-width="3" stroke-linecap="round" fill="none"/>']

    return paint


def _marks(marks: Sequence[Mark], box: Box) -> list[str]:
    """A lane for each kind; marks that fall together are drawn once, with all their texts."""
    parts = _frame(box)
    lane = box.height / len(MARKS)
    for index, (kind, colour) in enumerate(MARKS.items()):
        y = box.y + lane * index
        parts.append(f'<text x="{LEFT + WIDTH + 8}" y="{y + lane - 3:.1f}" style="fill:{colour}">{kind}</text>')
        together: dict[int, list[Mark]] = {}
        for mark in marks:
            if mark.kind == kind:
                together.setdefault(int(box.at(mark.cycle, 0)[0]), []).append(mark)
        for x, found in together.items():
            texts = [f"cycle {m.cycle:,}, system {m.system}: {m.text}" for m in found[:8]]
            texts += [f"and {len(found) - 8} more"] if len(found) > 8 else []
            said = html.escape("\n".join(texts))
            parts.append(
                f'<rect x="{x}" y="{y + 2:.1f}" width="2" height="{lane - 4:.1f}" fill="{colour}">'
                f"<title>{said}</title></rect>"
            )
    return parts


def _lines(
    times: Sequence[int], lines: Mapping[str, Sequence[int | None]], box: Box, wraps: bool = False
) -> Iterator[str]:
    """Yield each line and its name; a line that `wraps` is broken where it goes back by half of the whole."""
    for index, (name, values) in enumerate(lines.items()):
        path, before = [], None
        for time, value in zip(times, values, strict=True):
            if value is not None and (value != before or time == times[-1]):
                x, y = box.at(time, value)
                broken = before is None or (wraps and before - value > box.top / 2)
                path.append(f"M{x:.1f} {y:.1f}" if broken else f"H{x:.1f}V{y:.1f}")
            before = value
        if path:
            colour = COLOURS[name]
            yield f'<path class="line" stroke="{colour}" d="{"".join(path)}"/>'
            label = name.replace("_", " ")
            yield f'<text x="{LEFT + WIDTH + 8}" y="{box.y + 12 + 14 * index:.0f}" style="fill:{colour}">{label}</text>'


def _axes(box: Box, is_bytes: bool = False) -> list[str]:
    """Frame, time and round values."""
    parts = _frame(box)
    for value in ticks(int(box.top), 3, is_bytes):
        parts += _level(box, value, _bytes(value) if is_bytes else _text(value))
    return parts


def ticks(top: int, most: int, is_bytes: bool = False) -> range:
    """Return round values from 0 to `top`, at most so many steps: 1, 2 or 5 times a power of ten, or a power of two of
    bytes."""
    step, factors = 1, cycle((2,) if is_bytes else (2, 2.5, 2))
    while top // step > most:
        step = int(step * next(factors))
    return range(0, top + 1, step)


def _level(box: Box, value: float, text: str) -> list[str]:
    _, y = box.at(0, value)
    line = f'<line class="grid" x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return [line, f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>']


def _frame(box: Box) -> list[str]:
    """Frame and time."""
    parts = [f'<rect class="frame" x="{LEFT}" y="{box.y:.1f}" width="{WIDTH}" height="{box.height:.1f}"/>']
    for time in ticks(box.cycles, 8):
        x, _ = box.at(time, 0)
        y = box.y + box.height
        parts.append(f'<path class="grid" d="M{x:.1f} {y:.1f}v4"/>')
        parts.append(f'<text x="{x:.1f}" y="{y + 14:.1f}" text-anchor="middle">{_text(time)}</text>')
    return parts


def _bytes(value: int) -> str:
    """Return a number of bytes that is a small multiple of a power of two."""
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if value >= unit and value % (unit // 4) == 0:
            return f"{value / unit:g} {name}"
    return _text(value)


def _text(value: object) -> str:
    return f"{value:,}" if type(value) is int else str(value)


class _Painter(Protocol):
    """Draws a chart at a height of the page."""

    def __call__(self, y: float, height: float) -> list[str]: ...


def main(arguments: list[str]) -> int:
    """Draw a capture; return the exit status."""
    if len(arguments) != 2:
        return fail(f"{len(arguments)} arguments: python -m tb.report.run_picture takes two, CAPTURE.jsonl PAGE.html")
    capture, page = map(Path, arguments)
    try:
        trace = RunTrace.read(capture)
    except (ValueError, KeyError, TypeError) as error:
        return fail(f"{capture}: cannot be drawn: {error!r}")
    if not trace.systems:
        return fail(f"{capture}: is no capture")
    if page.is_dir() or (page.exists() and page.samefile(capture)):
        return fail(f"{page}: is no file for a page")
    write_page(trace, page, capture.name, {} if trace.ended else {"the capture": "breaks off"})
    return 0


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
