"""tests/testplan.yaml: what is to be shown, in which stage of verification, and whether its tests passed.

Stages as OpenTitan uses them: V1, the basic function under directed tests; V2, all features with their errors, under
random traffic too; V3, closure: corner cases, limits, and checks of the checks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import yaml

from tools.sources import ROOT

PLAN = ROOT / "tests" / "testplan.yaml"
STAGES = {
    "V1": "basic function under directed tests",
    "V2": "all features and their errors, under random traffic too",
    "V3": "closure: corner cases, limits, checks of the checks",
}
# Instead of a test: the random runs of a kind
RANDOM = "regress"


@dataclass(frozen=True, slots=True)
class Judged:
    """An item with the results of its tests: "passed", "failed", or "not run" if those of some are not there."""

    name: str
    part: str
    tests: list[tuple[str, str]]
    result: str


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is to be shown: a behaviour, or an exit of a commit record ("process/outcome/creation"). A test is
    a file, a folder, a function of a file, or `regress::KIND`."""

    stage: str
    part: str
    name: str
    tests: tuple[str, ...]

    def judged(self, results: Mapping[str, bool]) -> Judged:
        """Return it with the results of its tests, of all whose names begin with theirs."""
        found = []
        for test in self.tests:
            passed = [passed for name, passed in results.items() if _belongs(name, test)]
            found.append((test, "not run" if not passed else "passed" if all(passed) else "failed"))
        said = {result for _, result in found}
        result = "failed" if "failed" in said else "not run" if "not run" in said else "passed"
        return Judged(self.name, self.part, found, result)


def read_plan(file: Path = PLAN) -> list[Item]:
    """Return the items of a plan. Raises ValueError for a stage that there is not."""
    plan = yaml.safe_load(file.read_text())
    for stage in plan:
        if stage not in STAGES:
            raise ValueError(f"{file}: {stage} is none of {', '.join(STAGES)}")
    return [
        Item(stage, part, name, tuple(tests))
        for stage, parts in plan.items()
        for part, items in parts.items()
        for name, tests in items.items()
    ]


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
