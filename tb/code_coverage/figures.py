"""What of the RTL was met, by module and kind, after waivers."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mirrorlog.command_line import write_whole
from tb.code_coverage.points import CodeCoverageError, Kind, Merged, Point
from tb.code_coverage.waivers import Waiver
from tools.sources import RTL

# What is to be reached, percent
GOALS = {Kind.LINE: 98.0, Kind.BRANCH: 95.0, Kind.TOGGLE: 90.0}


@dataclass
class Figures:
    """Points of one kind: how many were met, waived (and not met), and those that are left, with the source line."""

    met: int = 0
    waived: int = 0
    left: dict[Point, str] = field(default_factory=dict)

    @property
    def needed(self) -> int:
        """Points that were met or are to be."""
        return self.met + len(self.left)

    @property
    def percent(self) -> float:
        """Met, of those needed."""
        return 100.0 * self.met / self.needed if self.needed else 100.0

    def add(self, other: "Figures") -> None:
        """Add figures to these."""
        self.met, self.waived, self.left = self.met + other.met, self.waived + other.waived, self.left | other.left

    @property
    def holes(self) -> list[str]:
        """Those that are left, for people."""
        toggles = Kind.TOGGLE.value
        others = [_name(point, line) for point, line in self.left.items() if point.kind != toggles]
        return others + ranges(point for point in self.left if point.kind == toggles)


@dataclass
class CodeCoverage:
    """The figures of each module; `unused` are waivers that waive nothing that was not met anyway."""

    modules: dict[str, dict[Kind, Figures]]
    unused: list[Waiver]

    def total(self, kind: Kind) -> Figures:
        """Return the figures of all modules."""
        found = Figures()
        for figures in self.modules.values():
            found.add(figures[kind])
        return found


def judge(merged: Merged, waivers: Iterable[Waiver], rtl: Path = RTL) -> CodeCoverage:
    """Return the figures of what runs have met together. Raises CodeCoverageError if it is of another RTL."""
    given = list(waivers)
    used: set[int] = set()
    sources: dict[str, list[str]] = {}
    modules: dict[str, dict[Kind, Figures]] = {}
    for kind in Kind:
        for point, met in sorted(merged.of(kind).items(), key=lambda item: _place(item[0])):
            module = Path(point.file).stem
            if point.file not in sources:
                sources[point.file] = _lines(rtl / point.file)
            if not 0 < point.line <= len(sources[point.file]):
                raise CodeCoverageError(f"{rtl / point.file}: has no line {point.line}: it is another one since")
            figures = modules.setdefault(module, {kind: Figures() for kind in Kind})[kind]
            line = sources[point.file][point.line - 1].strip()
            # a module has a parameter's value here, another one there
            waived = [n for n, one in enumerate(given) if not met and one.waives(kind, module, point, line)]
            used.update(waived)
            if met:
                figures.met += 1
            elif waived:
                figures.waived += 1
            else:
                figures.left[point] = line
    unused = [waiver for number, waiver in enumerate(given) if number not in used]
    return CodeCoverage(dict(sorted(modules.items())), unused)


def as_json(found: CodeCoverage) -> dict[str, Any]:
    """Return what the report shows: by module and kind how many were met, waived, are missing, and the holes."""
    return {
        "modules": {
            module: {
                kind.value: {
                    "met": f.met,
                    "waived": f.waived,
                    "missing": len(f.left),
                    "holes": f.holes,
                }
                for kind, f in figures.items()
            }
            for module, figures in found.modules.items()
        },
        "total": {
            kind.value: {
                "met": f.met,
                "waived": f.waived,
                "needed": f.needed,
                "percent": f.percent,
                "goal": GOALS[kind],
            }
            for kind, f in ((kind, found.total(kind)) for kind in Kind)
        },
        "unused": [f"{' '.join(waiver.modules)}: {waiver.reason}" for waiver in found.unused],
    }


def write_json(found: CodeCoverage, file: Path) -> None:
    """Write it for the report."""
    write_whole(file, lambda part: part.write_text(json.dumps(as_json(found))))


def _lines(source: Path) -> list[str]:
    try:
        return source.read_text().split("\n")
    except (OSError, ValueError):
        raise CodeCoverageError(f"{source}: cannot be read, but runs were of it: it is another RTL since") from None


def ranges(points: Iterable[Point]) -> list[str]:
    """Return bits in few words: signals with those that never rose or never fell, a range for those in line."""
    bits: dict[str, set[int]] = {}
    for point in points:
        signal, bit = point.bit
        bits.setdefault(signal, set()).add(bit)
    return [f"{signal}{_line(sorted(found))}" for signal, found in bits.items()]


def _line(bits: list[int]) -> str:
    if bits == [-1]:
        return ""
    parts: list[list[int]] = []
    for bit in bits:
        if parts and parts[-1][1] == bit - 1:
            parts[-1][1] = bit
        else:
            parts.append([bit, bit])
    return "[" + ", ".join(f"{first}" if first == last else f"{last}:{first}" for first, last in parts) + "]"


def _place(point: Point) -> tuple[str, int, int, str]:
    return point.file, point.line, point.column, point.name


def _name(point: Point, line: str) -> str:
    return f"{point.line}: {point.name + ': ' if point.name else ''}{line[:100]}"
