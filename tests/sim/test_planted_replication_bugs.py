"""Bugs planted into replication's RTL: each must turn a lock-step run of two systems red."""

from pathlib import Path

import pytest

from tb.config.settings import Layout, two_systems
from tests.rtl import planted_bugs
from tests.sim.replication_systems import KIBIBYTE, REPLICATION, layout, run_replication
from tests.sim.test_planted_bugs import Bug, planted

SMALL_JOURNAL = layout(entries=32, data_bytes=16 * KIBIBYTE)
# The scenario that shows a bug which no unit test can, and the layout that it needs
SCENARIOS: dict[str, tuple[str, Layout]] = {
    "restore-reads-past-commit": ("Copied", layout()),
    "end-marker-ignored": ("Copied", layout()),
    "data-crc-not-checked": ("Corrupted", layout()),
    "oldest-data-not-wrapped": ("Copied", SMALL_JOURNAL),
}
BUGS = tuple(bug for bug in planted_bugs.BUGS if not bug.unit)


def test_every_bug_without_a_unit_test_has_a_scenario() -> None:
    """None is left out."""
    assert {bug.title for bug in BUGS} == set(SCENARIOS)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.title)
def test_planted_bug_turns_the_run_of_two_systems_red(bug: planted_bugs.Bug, folder: Path, seed: int) -> None:
    """With a difference between model and RTL."""
    scenario, tables = SCENARIOS[bug.title]
    rtl = planted(Bug(bug.title, bug.name, bug.text, bug.bug, scenario, ""), folder)
    outcome = run_replication(scenario, folder, seed, layouts=two_systems(tables, REPLICATION), rtl=rtl)
    assert "difference at line" in outcome.failure, f"{bug.title} was not found by {scenario}: {outcome.failure}"
