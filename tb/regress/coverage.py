"""Coverage of all seeds together, functional and of the code, as the report shows it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tb.code_coverage.figures import judge, write_json
from tb.code_coverage.points import BITS
from tb.code_coverage.points import merge as merge_code
from tb.code_coverage.waivers import read_waivers
from tb.random.seed import COVERAGE

JSON, CODE_JSON = "coverage.json", "code.json"


@dataclass(frozen=True, slots=True)
class Group:
    """A coverage point. `hits` by bin; `explained`: why a bin cannot be hit."""

    name: str
    hits: dict[str, int]
    explained: dict[str, str]

    @property
    def needed(self) -> int:
        """Bins that are hit or are to be."""
        return sum(1 for bin, hits in self.hits.items() if hits or bin not in self.explained)

    @property
    def covered(self) -> int:
        """Bins that were hit."""
        return sum(map(bool, self.hits.values()))

    @property
    def holes(self) -> list[str]:
        """Bins that were not hit and have no explanation."""
        return [bin for bin, hits in self.hits.items() if not hits and bin not in self.explained]

    @property
    def percent(self) -> float:
        """Of what is needed."""
        return 100.0 * self.covered / self.needed if self.needed else 100.0


def merge(files: Iterable[Path], into: Path) -> None:
    """Add the coverage of seeds up, if there are some, and write coverage.json into a folder. Raises
    CoverageFileError."""
    there = [file for file in files if file.exists()]
    (into / JSON).unlink(missing_ok=True)
    if not there:
        return
    from tb.coverage import merged  # takes a while

    merged.merge(there, into / COVERAGE)
    merged.write_json(merged.points_of(into / COVERAGE), into / JSON)


def groups_of(file: Path) -> list[Group]:
    """Return the groups of a coverage.json; none if there is none, or it is none."""
    try:
        read = json.loads(file.read_text())["groups"]
        return [Group(name, dict(g["bins"]), dict(g.get("explained", {}))) for name, g in sorted(read.items())]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return []


def merge_code_of(folders: Iterable[Path], tables: Path, into: Path) -> None:
    """Add the code coverage of seeds up, if there are some with it, and write code.json into a folder. Raises
    CodeCoverageError."""
    (into / CODE_JSON).unlink(missing_ok=True)
    there = [(folder / BITS, tables) for folder in folders if (folder / BITS).exists()]
    if there:
        write_json(judge(merge_code(there), read_waivers()), into / CODE_JSON)


def code_of(file: Path) -> dict[str, Any]:
    """Return what a code.json says; nothing if there is none, or it is none."""
    try:
        read: dict[str, Any] = json.loads(file.read_text())
        return read if {"modules", "total", "unused"} <= read.keys() else {}
    except (OSError, ValueError, AttributeError):
        return {}
