"""Random runs of two systems in lock-step, from large random values. `pytest --runs=N` makes N of them."""

from pathlib import Path

import pytest

from mirrorlog.command_line import Progress
from tests.planted.bug import Bug
from tests.planted.plant import plant_rtl
from tests.planted.rtl_random import RANDOM_BUGS
from tests.sim.random_bugs import find
from tests.sim.random_replication import (
    HANGING_HOST,
    MOST_CYCLES,
    PROGRESS_CYCLES,
    parameter_sets,
    run_random,
    run_reset,
)
from tests.sim.systems import passes

# Of the bugs that random runs find, those that nearly each does; `python -m tests.sim.random_bugs` tries them all
QUICK = {"address-of-journals-cut-to-40-bits"}
# A bug with which everything stands still while the host takes no response
STANDS_STILL = "no-step-while-the-host-takes-no-response"
# From so many runs on they use Verilator
MANY_RUNS = 10
TRIED = [bug for bug in RANDOM_BUGS if bug.id in QUICK]


def test_random_run_of_two_systems_agrees_with_the_model(
    run: int, folder: Path, seed: int, suite_seed: int, request: pytest.FixtureRequest
) -> None:
    """Each copy is its original in the end. Runs take the suite's combinations of parameters in turn."""
    sets = parameter_sets(suite_seed)
    # with many runs Verilator's builds are worth their time
    simulator = "verilator" if request.config.getoption("--runs") >= MANY_RUNS else "icarus"
    outcome = passes(run_random(seed, folder, sets[run % len(sets)], simulator=simulator))
    print(f"run {run}: {outcome.cycles} cycles, {outcome.records} records, {outcome.wall_seconds:.1f} s")


def test_each_system_is_reset_in_the_middle_of_traffic_and_its_partner_goes_on(
    folder: Path, seed: int, suite_seed: int
) -> None:
    """It is set up again, both groups are initiated anew, and each copy is its original in the end."""
    outcome = passes(run_reset(seed, folder, parameter_sets(suite_seed)[0]))
    print(f"{outcome.cycles} cycles, {outcome.records} records, {outcome.wall_seconds:.1f} s")


@pytest.mark.parametrize("bug", TRIED, ids=lambda bug: bug.id)
def test_random_runs_find_a_planted_bug(bug: Bug, folder: Path, seed: int) -> None:
    """Within few runs."""
    assert "difference at line" in find(bug, folder, seed, Progress()).failure


def test_a_run_that_stands_still_ends_within_its_cycles_and_says_what_hangs(
    folder: Path, seed: int, suite_seed: int
) -> None:
    """So does a run that has no other limit, since every wait has one in cycles."""
    (bug,) = [bug for bug in RANDOM_BUGS if bug.id == STANDS_STILL]
    outcome = run_random(seed, folder, parameter_sets(suite_seed)[0], plant_rtl(bug, folder), scenario=HANGING_HOST)
    first, second, *_ = outcome.failure.split("\n")
    assert first.endswith(f"not all answered within {PROGRESS_CYCLES} cycles"), outcome.failure
    assert "hangs since cycle" in second and "in cycle" in outcome.failure, outcome.failure
    assert 0 < outcome.cycles < MOST_CYCLES
