"""Random runs of seeds in lock-step, from large random values. `pytest --runs=N` makes N of two systems."""

from itertools import islice
from pathlib import Path

import pytest

from tb.random.draw import Kind, seeds
from tb.random.limits import MOST_CYCLES, PROGRESS_CYCLES
from tb.random.seed import PASSED, SeedResult, SeedRun, run_seed
from tests.hunt.hunting import find
from tests.planted.bug import Bug
from tests.planted.plant import plant_rtl
from tests.planted.rtl_random import RANDOM_BUGS

# Combinations of parameters that the suite's runs take in turn, each a build
SETS = 2
# Of the bugs that random runs find, those that nearly each does; `make bite` tries them all
QUICK = {"address-of-journals-cut-to-40-bits"}
# Of a bug, at most
RUNS = 20
# A bug with which everything stands still while the host takes no response
STANDS_STILL = "no-step-while-the-host-takes-no-response"
# From so many runs on they use Verilator
MANY_RUNS = 10
TRIED = [bug for bug in RANDOM_BUGS if bug.id in QUICK]
# What happens in runs of two systems in which none is reset
KINDS = (Kind.NEIGHBOURS, Kind.REPLICATION, Kind.NEIGHBOURS)


def passes(result: SeedResult) -> SeedResult:
    """Fail with the result's failure, if it has one; say what came of it."""
    assert result.outcome == PASSED, result.failure
    assert result.records > 0
    print(f"seed {result.seed}: {result.cycles} cycles, {result.records} records, {result.wall_seconds:.1f} s")
    return result


def chosen(suite_seed: int, run: int = 0) -> int:
    """Return the seed of one of the suite's runs."""
    return next(islice(seeds(suite_seed, SETS), run, None))


def test_random_run_of_two_systems_agrees_with_the_model(
    run: int, folder: Path, suite_seed: int, request: pytest.FixtureRequest
) -> None:
    """Each copy is its original in the end. Runs take the suite's combinations of parameters in turn."""
    # with many runs Verilator's builds are worth their time
    simulator = "verilator" if request.config.getoption("--runs") >= MANY_RUNS else "icarus"
    passes(run_seed(SeedRun(chosen(suite_seed, run), folder, simulator, kind=KINDS[run % len(KINDS)])))


@pytest.mark.long
def test_each_system_is_reset_in_the_middle_of_traffic_and_its_partner_goes_on(folder: Path, suite_seed: int) -> None:
    """It is set up again, both groups are initiated anew, and each copy is its original in the end."""
    passes(run_seed(SeedRun(chosen(suite_seed), folder, kind=Kind.RESETS)))


@pytest.mark.parametrize("bug", TRIED, ids=lambda bug: bug.id)
def test_random_runs_find_a_planted_bug(bug: Bug, folder: Path, seed: int) -> None:
    """Within few runs, in which nothing but the bug keeps a scenario from its end."""
    found = find(bug, folder, seed, RUNS, Kind.REPLICATION)
    assert found is not None and found.checker == "comparison"


@pytest.mark.long
def test_a_run_that_stands_still_ends_within_its_cycles_and_says_what_hangs(folder: Path, suite_seed: int) -> None:
    """So does a run that has no other limit, since every wait has one in cycles."""
    (bug,) = [bug for bug in RANDOM_BUGS if bug.id == STANDS_STILL]
    result = run_seed(SeedRun(chosen(suite_seed), folder, kind=Kind.HANGING_HOST, rtl=plant_rtl(bug, folder)))
    first, second, *_ = result.failure.split("\n")
    assert first.endswith(f"not all answered within {PROGRESS_CYCLES} cycles"), result.failure
    assert "hangs since cycle" in second and "in cycle" in result.failure, result.failure
    assert 0 < result.cycles < MOST_CYCLES
    assert result.signature.startswith("progress: ") and result.signature.endswith(
        " N: not all answered within N cycles"
    )
