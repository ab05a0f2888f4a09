"""Bugs planted into replication's RTL: each must turn a lock-step run of two systems red."""

from pathlib import Path

import pytest

from tb.config.settings import two_systems
from tb.scenarios.two_systems import REPLICATION
from tests.planted.bug import Bug, TwoSystems
from tests.planted.plant import plant_rtl
from tests.rtl.test_planted_bugs import LISTS
from tests.sim.replication_systems import run_replication

# Those that no unit test can show
TWO_SYSTEM_BUGS = [bug for bugs in LISTS for bug in bugs if isinstance(bug.found_by, TwoSystems)]


@pytest.mark.parametrize("bug", TWO_SYSTEM_BUGS, ids=lambda bug: bug.id)
def test_planted_bug_turns_the_run_of_two_systems_red(bug: Bug, folder: Path, seed: int) -> None:
    """With a difference between model and RTL."""
    run = bug.found_by
    assert isinstance(run, TwoSystems)
    layouts = two_systems(run.layout, REPLICATION)
    outcome = run_replication(run.scenario, folder, seed, layouts=layouts, rtl=plant_rtl(bug, folder))
    assert "difference at line" in outcome.failure, f"{bug.id} was not found by {run.scenario}: {outcome.failure}"
