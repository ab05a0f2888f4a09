"""tests/testplan.yaml: what is to be shown, in which stage of verification, where it is said, whether its tests passed,
and whether random runs have met it.

Stages as OpenTitan uses them: V1, the basic function under directed tests; V2, all features with their errors, under
random traffic too; V3, closure: corner cases, limits, and checks of the checks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml

from mirrorlog.formats.commit_record import Creation, Process
from tb.coverage.bins import creation_word, exit_word
from tb.regress.coverage import Group
from tools.sources import ROOT

PLAN = ROOT / "tests" / "testplan.yaml"
# The parts of a stage
EXITS, BEHAVIOUR = "exits", "behaviour"
STAGES = {
    "V1": "basic function under directed tests",
    "V2": "all features and their errors, under random traffic too",
    "V3": "closure: corner cases, limits, checks of the checks",
}
# Instead of a test: the random runs of a kind
RANDOM = "regress"
# Where creation, the third part of an exit, is described
CREATION_FIGURE = "FIG 13"


@dataclass(frozen=True, slots=True)
class Point:
    """A coverage point that shows that something was met, or some of its bins (none: all of them)."""

    name: str
    bins: tuple[str, ...] = ()

    def met(self, groups: Mapping[str, Group]) -> str:
        """Return how many of its bins were met; "" if nobody knows."""
        group = groups.get(self.name)
        if group is None:
            return ""
        wanted = self.bins or tuple(group.hits)
        needed = [bin for bin in wanted if group.hits.get(bin) or bin not in group.explained]
        covered = sum(1 for bin in needed if group.hits.get(bin))
        return f"{covered} of {len(needed)}" if needed else "explained"


@dataclass(frozen=True, slots=True)
class Judged:
    """An item with the results of its tests: "passed", "failed", or "not run" if those of some are not there. `points`:
    its coverage points, each with how many of its bins were met."""

    name: str
    part: str
    see: tuple[str, ...]
    tests: list[tuple[str, str]]
    points: list[tuple[str, str]]
    result: str


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is to be shown: a behaviour, or an exit of a commit record ("process/outcome/creation"). A test is
    a file, a folder, a function of a file, or `regress::KIND`. `see`: figures ("FIG 12"), paragraphs ("0083",
    "0083-0085"), documents."""

    stage: str
    part: str
    name: str
    tests: tuple[str, ...]
    see: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()

    def judged(self, results: Mapping[str, bool], groups: Mapping[str, Group]) -> Judged:
        """Return it with the results of its tests, of all whose names begin with theirs, and what `groups`, the
        coverage by point, has met of it."""
        found = []
        for test in self.tests:
            passed = [passed for name, passed in results.items() if _belongs(name, test)]
            found.append((test, "not run" if not passed else "passed" if all(passed) else "failed"))
        said = {result for _, result in found}
        result = "failed" if "failed" in said else "not run" if "not run" in said else "passed"
        points = [(point.name, point.met(groups)) for point in self.points]
        return Judged(self.name, self.part, self.see, found, points, result)


def read_plan(file: Path = PLAN) -> list[Item]:
    """Return the items of a plan, stage by stage. Raises ValueError for a stage that there is not, and for an item that
    lacks something or has too much."""
    plan = yaml.safe_load(file.read_text())
    processes = plan.pop("processes", {})
    items: list[Item] = []
    for stage, parts in plan.items():
        if stage not in STAGES:
            raise ValueError(f"{file}: {stage} is none of {', '.join(STAGES)}")
        items += (_exit(stage, name, tests, processes) for name, tests in parts.get(EXITS, {}).items())
        items += (_behaviour(stage, name, said) for name, said in parts.get(BEHAVIOUR, {}).items())
    return items


def _behaviour(stage: str, name: str, said: dict[str, Any]) -> Item:
    """Return a behaviour as the plan has it."""
    given = {"points": "", **said}
    if given.keys() != {"see", "points", "tests"}:
        raise ValueError(f"{name}: {', '.join(said)} instead of see, points (if there are some), tests")
    points = tuple(Point(point) for point in _words(given["points"]))
    return Item(stage, BEHAVIOUR, name, tuple(given["tests"]), tuple(_words(given["see"])), points)


def _exit(stage: str, name: str, tests: list[str], processes: Mapping[int, str]) -> Item:
    """Return an exit: where it is said follows from its process, its bins of coverage from its numbers."""
    process, outcome, *creation = map(int, name.split("/"))
    see, points = [processes[process]], [Point("steps.exit", (exit_word(process, outcome),))]
    if creation:
        see.append(CREATION_FIGURE)
        points.append(Point("steps.creation", (creation_word(Process(process), Creation(creation[0])),)))
    return Item(stage, EXITS, name, tuple(tests), tuple(see), tuple(points))


def _words(text: str) -> Iterator[str]:
    """Yield what commas separate."""
    return (word.strip() for word in str(text).split(",") if word.strip())


def results_of_tests(file: Path) -> dict[str, bool]:
    """Return of each test of a JUnit file of pytest, as "file::function[parameters]", whether it passed; those that
    were skipped are not there. Nothing if there is no such file."""
    try:
        root = ElementTree.parse(file).getroot()
    except (OSError, ElementTree.ParseError):
        return {}
    found = {}
    for case in root.iter("testcase"):
        if case.find("skipped") is None:
            name = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name', '')}"
            found[name] = case.find("failure") is None and case.find("error") is None
    return found


def _belongs(name: str, test: str) -> bool:
    """Is a test that ran one of those that an item names?"""
    return name.startswith(test) and (len(name) == len(test) or name[len(test)] in "[/:")
