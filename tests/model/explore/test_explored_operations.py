"""Fault exploration with operators: resynchronization and failback keep their promises, every planted bug is found."""

import pytest

from mirrorlog.__main__ import main
from mirrorlog.explore.command import explore
from mirrorlog.explore.operators import OperatedExploration
from tests.model.explore.finding import STEPS, assert_found
from tests.planted.bug import Bug
from tests.planted.model_operations import OPERATION_BUGS
from tests.planted.plant import plant_model


@pytest.mark.parametrize(
    "first", [pytest.param(first, marks=[pytest.mark.long] if first >= 40 else []) for first in range(0, 100, 20)]
)
def test_no_promise_is_broken_while_operators_act(first: int) -> None:
    failures = [failure for seed in range(first, first + 20) if (failure := explore(seed, STEPS, True)) is not None]
    assert failures == []


@pytest.mark.parametrize("bug", OPERATION_BUGS, ids=lambda bug: bug.id)
def test_a_planted_operation_bug_is_found_within_300_seeds(bug: Bug) -> None:
    assert_found(bug)


def test_operators_do_in_50_seeds_whatever_they_can() -> None:
    done = set[str]()
    for seed in range(50):
        run = OperatedExploration(seed)
        run.run(range(STEPS))
        done |= {action for action in run.actions if action.startswith(("asked", "taken over", "group"))}
    wanted = ("suspended", "starts again", "asked by system 1: OK", "asked by system 2: OK", "BOTH_WRITTEN")
    wanted += ("OTHER_WRITTEN", "REQUESTED", "consistent True", "consistent False")
    assert [words for words in wanted if not any(words in action for action in done)] == []


def test_a_failing_seed_with_operators_prints_the_command_that_repeats_it(capsys: pytest.CaptureFixture[str]) -> None:
    (bug,) = (bug for bug in OPERATION_BUGS if bug.id == "unmarked-when-stored")
    with plant_model(bug):
        failure = next(f for seed in range(100) if (f := explore(seed, STEPS, True)) is not None)
        assert main(["explore", "--operations", "--seed", str(failure.seed), "--jobs", "1"]) == 1
    said = capsys.readouterr().out
    assert "again: mirrorlog explore --seed" in said
    assert "--operations" in said
