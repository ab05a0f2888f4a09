"""The regression finds bugs: each test plants one into a copy of the RTL, by one substitution, and expects a
lock-step run to go red.

A planted bug that is not found, or a text that is no longer in the RTL exactly once, fails here.
"""

from pathlib import Path

import pytest

from tests.planted.bug import Bug, LockStep, tried
from tests.planted.plant import plant_rtl
from tests.planted.rtl_discard import DISCARD_BUGS
from tests.planted.rtl_ids import ID_BUGS
from tests.planted.rtl_one_system import OLDEST_BUGS, ONE_SYSTEM_BUGS
from tests.rtl.test_planted_bugs import UNITS
from tests.rtl.units import find_bug
from tests.sim.systems import run_scenario

SEEDS = 4


@pytest.mark.parametrize("bug", tried((*ONE_SYSTEM_BUGS, *DISCARD_BUGS, *ID_BUGS)))
def test_planted_bug_turns_the_lock_step_run_red(bug: Bug, folder: Path, seed: int) -> None:
    """The run must fail with a difference that names what the bug breaks, within a few seeds: what it needs may not
    come in one."""
    run = bug.found_by
    assert isinstance(run, LockStep)
    rtl = plant_rtl(bug, folder)
    for attempt in range(SEEDS):
        outcome = run_scenario(run.scenario, folder, seed + attempt, rtl=rtl, **run.settings)
        if outcome.failure:
            break
    assert outcome.failure, f"{bug.id} was not found by {run.scenario}"
    assert run.found in outcome.failure, f"found, but not by what it breaks ({run.found}): {outcome.failure}"


@pytest.mark.parametrize("bug", OLDEST_BUGS, ids=lambda bug: bug.id)
def test_unwrapped_oldest_pointer_turns_the_unit_test_of_the_ring_red(bug: Bug, folder: Path, seed: int) -> None:
    """The pointer runs past its area's end."""
    find_bug(bug, UNITS["journal_ring"], folder, seed)
