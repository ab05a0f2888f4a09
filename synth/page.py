"""A page for the browser without anything from elsewhere: area by module, and the critical path."""

import html
from collections.abc import Iterator, Mapping, Sequence

from synth.report import Part, sites
from synth.route import Routed, signals

WIDTH, HEIGHT = 1200, 640
TITLE = 16
# Width of a letter of a name; a name of which fewer would be seen is left out
LETTER, LEAST_LETTERS = 7, 5
Box = tuple[float, float, float, float]

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 1200px; padding: 0 1em; color: #223; }
svg { width: 100%; min-width: 960px; height: auto; display: block; }
.wide { overflow-x: auto; } pre { overflow-x: auto; font-size: 12.5px; line-height: 1.35; }
#about { min-height: 3em; margin: .5em 0; }
text { font: 11px system-ui, sans-serif; pointer-events: none; fill: #123; } rect { stroke: #fff; }
table { border-collapse: collapse; } td, th { padding: .1em 1em .1em 0; text-align: left; } .over { color: #a00; }
td:nth-child(1), td:nth-child(2) { text-align: right; font-variant-numeric: tabular-nums; }
"""

# Says of the module that is pointed at, or touched, what its rectangle's title does, which a phone does not show
_SCRIPT = """
const about = document.getElementById("about");
document.querySelector("svg").addEventListener("pointerover", (event) => {
    const title = event.target.querySelector("title");
    if (title) about.textContent = title.textContent;
});
"""


def page(
    part: Part, lines: Sequence[str], over: Sequence[str], routed: Routed | None, parameters: Mapping[str, int]
) -> str:
    """Return the page."""
    given = ", ".join(f"{name.upper()} {value}" for name, value in parameters.items())
    path = "" if routed is None else _path(routed)
    faults = "".join(f"<li>{html.escape(line)}</li>" for line in over)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{part.name}: area and speed</title><style>{_STYLE}</style></head><body>
<h1>{part.name}</h1><p>{given}</p>
{f'<h2>Over budget</h2><ul class="over">{faults}</ul>' if over else "<p>Within budget.</p>"}
<h2>Area by module</h2><p>A rectangle is as large as its sites; point at one, or touch it, for its figures.</p>
<div class="wide"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="treemap of sites by module">
{"".join(_boxes(part))}</svg></div><p id="about"></p><script>{_SCRIPT}</script>
<h2>Figures</h2><pre>{html.escape(chr(10).join(lines))}</pre>
{path}</body></html>
"""


def _path(routed: Routed) -> str:
    """Return the table of the critical path."""
    if not routed.converged:
        return f"<h2>Speed</h2><p>Routing did not converge; the placer's estimate is {routed.fmax:.1f} MHz.</p>"
    rows, at = [], 0.0
    for name, delay in signals(routed.path):
        at += delay
        rows.append(f"<tr><td>{delay:.2f}</td><td>{at:.2f}</td><td>{html.escape(name)}</td></tr>")
    head = "<tr><th>ns</th><th>sum</th><th>signal</th></tr>"
    return f"<h2>Critical path, {routed.fmax:.1f} MHz</h2><table>{head}{''.join(rows)}</table>"


def _boxes(part: Part) -> Iterator[str]:
    yield from _draw(part, (0.0, 0.0, float(WIDTH), float(HEIGHT)), 0, 1, part.name)


def _draw(part: Part, box: Box, depth: int, times: int, where: str) -> Iterator[str]:
    x, y, width, height = box
    total = part.total
    tip = f"{where}: {part.comb:,} sites, {total['ff']:,} flip-flops, {total['ebr']} block RAMs"
    tip += f", {times} times" if times > 1 else ""
    colour = f"hsl({(37 * sum(map(ord, part.name))) % 360} 45% {80 - 5 * depth}%)"
    yield (
        f'<g><rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}">'
        f"<title>{html.escape(tip)}</title></rect>"
    )
    letters = int((width - 6) / LETTER)
    if letters >= LEAST_LETTERS and height > TITLE:
        name = part.name if len(part.name) <= letters else f"{part.name[: letters - 1]}…"
        yield f'<text x="{x + 3:.1f}" y="{y + 12:.1f}">{html.escape(name)}</text>'
    yield "</g>"
    if width < 12 or height < 2 * TITLE or not part.children:
        return
    children = [(float(c.comb), c) for c in part.children for _ in range(c.instances) if c.comb]
    areas = [area for area, _ in children]
    inside = (x + 2, y + TITLE, width - 4, height - TITLE - 2)
    own = float(sites(part.own))
    for place, (_, child) in zip(squarified([*areas, own], inside), children, strict=False):
        yield from _draw(child, place, depth + 1, times * child.instances, f"{where}.{child.name}")


def squarified(areas: Sequence[float], box: Box) -> list[Box]:
    """Return a rectangle for each area, in order, that together fill the box, none long and thin."""
    total = sum(areas)
    x, y, width, height = box
    if total <= 0 or width <= 0 or height <= 0:
        return [(x, y, 0.0, 0.0) for _ in areas]
    scale = width * height / total
    places: list[Box] = []
    rest = [area * scale for area in areas]
    while rest:
        side = min(width, height)
        number = 1
        while number < len(rest) and _worst(rest[: number + 1], side) <= _worst(rest[:number], side):
            number += 1
        row, rest = rest[:number], rest[number:]
        thick = sum(row) / side if side else 0.0
        along = 0.0
        for area in row:
            long = area / thick if thick else 0.0
            places.append((x, y + along, thick, long) if width >= height else (x + along, y, long, thick))
            along += long
        if width >= height:
            x, width = x + thick, max(width - thick, 0.0)
        else:
            y, height = y + thick, max(height - thick, 0.0)
    return places


def _worst(row: Sequence[float], side: float) -> float:
    """Return how long and thin the worst rectangle of a row is."""
    total = sum(row)
    if not total or not side or not min(row):
        return float("inf") if not min(row, default=0) and total == 0 else 1e9
    return max(side * side * max(row) / (total * total), total * total / (side * side * min(row)))
