"""Coverage of several runs together, and its holes."""

import json
from dataclasses import dataclass
from pathlib import Path

import yaml
from cocotb_coverage.coverage import CoverCross, CoverPoint, coverage_db, merge_coverage

import tb.coverage.discard_points
import tb.coverage.points  # noqa: F401  (the points are in the data base once these are imported)
from mirrorlog.command_line import write_whole

EXPLAINED = Path(__file__).with_name("explained.yaml")
_BINS = "bins:_hits"
# Whole numbers, of every item of a file and of those that have bins
_COUNTS, _WEIGHTS = ("size", "coverage"), ("weight", "at_least")
# Points that are there for a cross alone, which has them all
WITHIN_CROSS = frozenset(name for item in coverage_db.values() if type(item) is CoverCross for name in item._items)


class CoverageFileError(Exception):
    """A coverage file that cannot be used; the text names it."""


@dataclass(frozen=True, slots=True)
class Point:
    """The hits of a point's bins; `explained` are those that no run can meet, with the reason."""

    name: str
    hits: dict[str, int]
    explained: dict[str, str]

    def holes(self) -> list[str]:
        """Return the bins that were not hit and are not explained."""
        return [bin for bin, hits in self.hits.items() if not hits and bin not in self.explained]

    def covered(self) -> int:
        """Return how many bins were hit."""
        return sum(map(bool, self.hits.values()))


def export(path: Path) -> None:
    """Write what this process has sampled."""
    write_whole(path, lambda part: coverage_db.export_to_yaml(str(part)))


def merge(files: list[Path], into: Path, sampled: bool = False) -> None:
    """Write the sums of files that `export` wrote, with what this process has sampled if that is `sampled`; `into` may
    be one of them, and stays as it is if one cannot be used. Raises CoverageFileError for that one."""
    for path in files:
        check(path)

    def write(part: Path) -> None:
        if sampled:
            coverage_db.export_to_yaml(str(part))
        merge_coverage(lambda _: None, str(part), *map(str, [part] if sampled else []), *map(str, files))

    write_whole(into, write)


def check(path: Path) -> None:
    """Raise CoverageFileError for a file that `export` has not written, or not of these points."""
    try:
        read = yaml.safe_load(path.read_text())
        found = {name: set(item[_BINS]) for name, item in read.items() if _BINS in item}
        numbers = [
            *(item[key] for item in read.values() for key in _COUNTS),
            *(item[key] for name, item in read.items() if name in found for key in _WEIGHTS),
            *(hits for name in found for hits in read[name][_BINS].values()),
        ]
    except OSError as error:
        raise CoverageFileError(f"{path}: {error.strerror or error}") from error
    except KeyError as error:
        raise CoverageFileError(f"{path}: no coverage file: has no {error}") from error
    except (ValueError, yaml.YAMLError, AttributeError, TypeError) as error:
        raise CoverageFileError(f"{path}: no coverage file: {str(error).splitlines()[0]}") from error
    if found != (expected := bins()):
        other = sorted(found.keys() ^ expected.keys() or (n for n in found if found[n] != expected[n]))
        raise CoverageFileError(f"{path}: of other coverage points, see {other[0]}")
    if lacking := sorted(coverage_db.keys() ^ read.keys()):
        raise CoverageFileError(f"{path}: of other coverage points, see {lacking[0]}")
    for number in numbers:
        if type(number) is not int or number < 0:
            raise CoverageFileError(f"{path}: no coverage file: {str(number)[:40]!r} is no number of hits")


def points_of(path: Path) -> list[Point]:
    """Return the points of a coverage file, without those that a cross has."""
    read = yaml.safe_load(path.read_text())
    explained = explanations()
    return [
        Point(name, {str(bin): hits for bin, hits in item[_BINS].items()}, explained.get(name, {}))
        for name, item in read.items()
        if _BINS in item and name not in WITHIN_CROSS
    ]


def explanations() -> dict[str, dict[str, str]]:
    """Return the bins of each point that no run can meet, with the reason."""
    return yaml.safe_load(EXPLAINED.read_text()) or {}


def write_json(found: list[Point], path: Path) -> None:
    """Write points as the report takes them: `groups` of `bins` with their hits, and those `explained`."""
    groups = {point.name: {"bins": point.hits, "explained": point.explained} for point in found}
    write_whole(path, lambda part: part.write_text(json.dumps({"groups": groups}, indent=1)))


def bins() -> dict[str, set[object]]:
    """Return the bins of each point as files have them."""
    return {
        name: {str(bin) if hasattr(bin, "__iter__") else bin for bin in item.detailed_coverage}
        for name, item in coverage_db.items()
        if isinstance(item, CoverPoint | CoverCross)
    }
