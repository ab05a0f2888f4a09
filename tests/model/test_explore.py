"""Fault exploration: the protocol keeps its promises, and every planted bug is found."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from model.__main__ import main
from model.explore_command import explore
from tests.model.planted_bugs import PLANTED, restore_before_commit

STEPS = 500


@pytest.mark.parametrize("first", range(0, 100, 10))
def test_no_promise_is_broken(first: int) -> None:
    failures = [failure for seed in range(first, first + 10) if (failure := explore(seed, STEPS)) is not None]
    assert failures == []


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_bug_is_found_within_200_seeds(plant: Callable[[], AbstractContextManager[Any]]) -> None:
    with plant():
        failure = next((f for seed in range(200) if (f := explore(seed, STEPS)) is not None), None)
    assert failure is not None
    assert explore(failure.seed, STEPS) is None


def test_a_failing_seed_prints_its_end_and_the_command_that_repeats_it(capsys: pytest.CaptureFixture[str]) -> None:
    with restore_before_commit():
        assert main(["explore", "--seeds", "20", "--jobs", "1"]) == 1
    said = capsys.readouterr().out
    assert "again: python -m model explore --seed" in said
    assert "restore" in said


@pytest.mark.parametrize("arguments", [["--seeds", "0"], ["--steps", "-1"], ["--exhaustive", "13"], ["--jobs", "0"]])
def test_bad_arguments_are_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1
