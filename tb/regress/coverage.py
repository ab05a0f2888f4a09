"""Coverage of all seeds together, functional and of the code, as the report shows it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tb.code_coverage.figures import judge, write_json
from tb.code_coverage.points import BITS, CodeCoverageError
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


def merge(files: Iterable[Path], into: Path) -> list[str]:
    """Add the coverage of seeds up, if there are some, and write coverage.json into a folder. Returns a line for each
    file that cannot be used, which is left out."""
    there = [file for file in files if file.exists()]
    (into / JSON).unlink(missing_ok=True)
    if not there:
        return []
    from tb.coverage import merged  # takes a while

    left_out: list[str] = []
    try:
        merged.merge(there, into / COVERAGE)
    except merged.CoverageFileError:
        whole = []
        for file in there:
            try:
                merged.check(file)
                whole.append(file)
            except merged.CoverageFileError as error:
                left_out.append(f"coverage of {file} is left out: {_fault(error, file)}")
        if not whole:
            return left_out
        merged.merge(whole, into / COVERAGE)
    merged.write_json(merged.points_of(into / COVERAGE), into / JSON)
    return left_out


def _fault(error: Exception, file: Path) -> str:
    """Return why a file cannot be used, in one line."""
    return " ".join(str(error).split()).removeprefix(f"{file}: ")


def groups_of(file: Path) -> list[Group]:
    """Return the groups of a coverage.json; none if there is none, or it is none."""
    try:
        read = json.loads(file.read_text())["groups"]
        return [Group(name, dict(g["bins"]), dict(g.get("explained", {}))) for name, g in sorted(read.items())]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return []


def merge_code_of(folders: Iterable[Path], tables: Path, into: Path) -> list[str]:
    """Add the code coverage of seeds up, if there are some with it, and write code.json into a folder. Returns a line
    for each file that cannot be used, which is left out. Raises CodeCoverageError if the waivers cannot be used."""
    (into / CODE_JSON).unlink(missing_ok=True)
    there = [(folder / BITS, tables) for folder in folders if (folder / BITS).exists()]
    left_out: list[str] = []
    waivers = read_waivers() if there else []
    try:
        found = merge_code(there)
    except CodeCoverageError:
        faults = _code_faults(there)
        left_out = [f"code coverage of {file} is left out: {fault}" for file, fault in faults.items()]
        there = [(file, tables) for file, tables in there if file not in faults]
        found = merge_code(there)
    if there:
        write_json(judge(found, waivers), into / CODE_JSON)
    return left_out


def _code_faults(files: Iterable[tuple[Path, Path]]) -> dict[Path, str]:
    """Return the files of code coverage that cannot be used, with the reason, in one line."""
    found: dict[Path, str] = {}
    # of a table, and of a size; there are few, and each takes a while
    known: dict[tuple[bytes, int], str] = {}
    for file, tables in files:
        data = file.read_bytes()
        alike = data.partition(b"\n")[0], len(data)
        if alike not in known:
            try:
                merge_code([(file, tables)])
                known[alike] = ""
            except CodeCoverageError as error:
                known[alike] = _fault(error, file)
        if known[alike]:
            found[file] = known[alike]
    return found


def code_of(file: Path) -> dict[str, Any]:
    """Return what a code.json says; nothing if there is none, or it is none."""
    try:
        read: dict[str, Any] = json.loads(file.read_text())
        return read if {"modules", "total", "unused"} <= read.keys() else {}
    except (OSError, ValueError, AttributeError):
        return {}
