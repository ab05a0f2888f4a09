"""Draws what the channels of a bench did, cycle by cycle, as SVG (tb/handles/channels.py takes it)."""

import html
from collections.abc import Iterator, Mapping, Sequence

from mirrorlog.compare.record_text import outcome_name, process_name
from tb.handles.channels import RECORD

# Of the drawing, in its own units
LEFT, CYCLE, ROW, TOP, FOOT, LEGEND = 210, 13, 26, 56, 34, 15
# Cycles in which nothing happens are cut out where there are more
CALM = 10
# That the label of a record takes
LABEL = 4
COLOURS = ("#2a5b8c", "#3d7a2b")
FILLS = ("#cfe2f5", "#d9eed0")
MARK = "#c0392b"
Taken = Mapping[str, Mapping[str, Sequence[int | str]]]
"""By system and channel, one value a cycle: 0 nothing, 1 valid but not ready, and for a transfer its label."""


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


def svg(
    taken: Taken,
    title: str,
    channels: Sequence[tuple[str, str]],
    shown: range,
    names: Mapping[str, str],
    first: int = 0,
    mark: int | None = None,
) -> str:
    """Return what channels (system, name) did in the cycles `shown` as SVG, from top to bottom. Systems have `names`;
    the first cycle shown is `first`; one of the taken ones can have a `mark`."""
    rows = [taken[system][channel][shown.start : shown.stop] for system, channel in channels]
    parts = columns(rows)
    bottom = TOP + ROW * len(rows)
    records = [row for (_, name), row in zip(channels, rows, strict=True) if name == RECORD]
    codes = sorted({tuple(map(int, str(what).split("/"))) for row in records for what in row if what})
    width = LEFT + CYCLE * len(parts) + 50
    height = bottom + FOOT + LEGEND * len(codes)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="DejaVu Sans, Arial, sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="10" y="20" font-size="14" font-weight="bold">{html.escape(title)}</text>',
        *_axis(parts, bottom, first),
    ]
    if mark is not None:
        place = next((index for index, part in enumerate(parts) if mark - shown.start in part), None)
        if place is not None:
            x = LEFT + CYCLE * place
            lines.append(
                f'<rect x="{x}" y="{TOP - 8}" width="{CYCLE}" height="{bottom - TOP + 8}" fill="{MARK}"'
                ' fill-opacity="0.25"/>'
            )
    order = list(dict.fromkeys(system for system, _ in channels))
    for index, ((system, name), row) in enumerate(zip(channels, rows, strict=True)):
        lines += _channel(order.index(system), names.get(system, system), name, row, parts, TOP + ROW * index)
    for index, (process, outcome) in enumerate(codes):
        text = html.escape(f"{process}/{outcome}  {process_name(process)}: {outcome_name(process, outcome)}")
        lines.append(f'<text x="{LEFT}" y="{bottom + FOOT + LEGEND * index + 4}" fill="#333">{text}</text>')
    return "\n".join([*lines, "</svg>", ""])


def _axis(parts: Sequence[range], bottom: int, first: int) -> Iterator[str]:
    """Cycles, and where some are cut out."""
    for index, part in enumerate(parts):
        x = LEFT + CYCLE * index
        if len(part) > 1:
            yield f'<rect x="{x}" y="{TOP - 12}" width="{CYCLE}" height="{bottom - TOP + 12}" fill="#f0f0f0"/>'
            yield f'<text x="{x + CYCLE / 2}" y="{bottom + 12}" text-anchor="middle" font-size="9">+{len(part)}</text>'
        elif (first + part.start) % 5 == 0:
            yield f'<path d="M{x} {TOP - 8}V{bottom}" stroke="#ddd"/>'
            cycle = first + part.start
            yield f'<text x="{x}" y="{TOP - 12}" text-anchor="middle" font-size="9" fill="#555">{cycle}</text>'


def _channel(
    place: int, system: str, name: str, row: Sequence[int | str], parts: Sequence[range], y: int
) -> Iterator[str]:
    """One channel: a box for beats one after the other, a frame while it waits."""
    colour, fill = COLOURS[place], FILLS[place]
    yield f'<text x="{LEFT - 8}" y="{y + 17}" text-anchor="end" fill="{colour}">{system}: {name}</text>'
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


def last_columns(taken: Taken, count: int, end: int | None = None) -> tuple[range, list[tuple[str, str]]]:
    """Return the last cycles (before the place `end`), as many as fill so many columns, and the channels that do
    something in them."""
    rows = [row[:end] for channels in taken.values() for row in channels.values()]
    shown = range(len(rows[0]))
    parts = columns(rows)
    if len(parts) > count:
        shown = range(parts[-count].start, shown.stop)
    return shown, [
        (system, name)
        for system, channels in taken.items()
        for name, row in channels.items()
        if any(row[shown.start : shown.stop])
    ]
