"""Fault exploration: the protocol keeps its promises, and every planted bug is found."""

import re
import shlex

import pytest

from mirrorlog.__main__ import main
from mirrorlog.explore.command import explore, record, repeat, shorten
from mirrorlog.explore.shortening import kind_of, shortened
from tests.model.explore.finding import STEPS, assert_found
from tests.planted.bug import Bug
from tests.planted.model_discard import DISCARD_BUGS
from tests.planted.model_limits import LIMIT_BUGS
from tests.planted.model_partners import PARTNER_BUGS
from tests.planted.model_protocol import PROTOCOL_BUGS
from tests.planted.plant import plant_model

BUGS = (*PROTOCOL_BUGS, *LIMIT_BUGS, *PARTNER_BUGS, *DISCARD_BUGS)
EARLY, FREED = (
    next(bug for bug in PROTOCOL_BUGS if bug.id == name)
    for name in ("next-plain-command-before-commit", "size-freed-for-initial-copy-journals-at-the-original")
)


@pytest.mark.parametrize(
    "first", [pytest.param(first, marks=[pytest.mark.long] if first >= 30 else []) for first in range(0, 100, 10)]
)
def test_no_promise_is_broken(first: int) -> None:
    failures = [failure for seed in range(first, first + 10) if (failure := explore(seed, STEPS)) is not None]
    assert failures == []


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.id)
def test_a_planted_bug_is_found_within_200_seeds(bug: Bug) -> None:
    assert_found(bug)


def test_a_failing_seed_prints_a_shortened_history_and_the_commands_that_repeat_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with plant_model(EARLY):
        seed = next(seed for seed in range(200) if explore(seed, STEPS) is not None)
        assert main(["explore", "--seed", str(seed), "--shorten-seconds", "10"]) == 1
        said = capsys.readouterr().out
        again, whole = (re.search(rf"{name}: mirrorlog (.*)", said) for name in ("again", "whole"))
        assert again is not None and whole is not None
        text = re.search("shortened from .* steps to .*: (.*)", said)
        assert text is not None
        assert main(shlex.split(again[1])) == 1
        assert text[1] in capsys.readouterr().out
        assert main([*shlex.split(whole[1]), "--shorten-seconds", "0"]) == 1
    capsys.readouterr()
    assert main(shlex.split(again[1])) == 0


@pytest.mark.parametrize("bug", [EARLY, FREED], ids=lambda bug: bug.id)
def test_a_shortened_history_is_much_shorter_and_breaks_the_same_promise(bug: Bug) -> None:
    with plant_model(bug):
        failures = (explore(seed, STEPS) for seed in range(200))
        failure = next(found for found in failures if found is not None and len(found.steps) > 100)
        shortest = shorten(failure, STEPS, seconds=30)
        assert 10 * len(shortest.steps) < len(failure.steps)
        assert kind_of(shortest.text) == kind_of(failure.text)
        assert repeat(failure.seed, record(failure.seed, STEPS), shortest.steps) == shortest
    assert repeat(failure.seed, record(failure.seed, STEPS), shortest.steps) is None


def test_shortening_leaves_exactly_what_is_needed() -> None:
    needed = {3, 40, 41, 97}
    assert shortened(range(100), lambda steps: needed <= set(steps), 10.0) == sorted(needed)
    assert shortened(range(100), lambda steps: True, 10.0) == []
    assert shortened(range(100), lambda steps: False, 10.0) == list(range(100))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--seeds", "0"],
        ["--steps", "-1"],
        ["--exhaustive", "13"],
        ["--jobs", "0"],
        ["--only", "1,2"],
        ["--seed", "1", "--only", "2,1"],
    ],
)
def test_bad_arguments_are_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1
