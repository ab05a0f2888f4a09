"""Fault exploration with three systems: what it promises, and planted bugs."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from mirrorlog.explore.command import exploration, explore
from mirrorlog.explore.three_systems import ThreeSystemExploration
from tests.model.explore.planted_bugs_three import PLANTED_THREE

STEPS = 500


def test_every_topology_is_drawn() -> None:
    runs = [exploration(seed) for seed in range(30)]
    drawn = {run.links[0].has_storage if isinstance(run, ThreeSystemExploration) else None for run in runs}
    assert drawn == {None, True, False}


@pytest.mark.parametrize(
    "first",
    [pytest.param(first, marks=[pytest.mark.long] if first >= 1040 else []) for first in range(1000, 1100, 20)],
)
def test_no_promise_is_broken_with_three_systems(first: int) -> None:
    for seed in range(first, first + 20):
        run = ThreeSystemExploration(seed)
        run.run(range(STEPS))
        assert run.actions


@pytest.mark.parametrize("plant", PLANTED_THREE, ids=lambda plant: plant.__name__)
def test_a_planted_bug_of_three_systems_is_found_within_300_seeds(
    plant: Callable[[], AbstractContextManager[Any]],
) -> None:
    seeds = [seed for seed in range(300) if isinstance(exploration(seed), ThreeSystemExploration)]
    with plant():
        failure = next((f for seed in seeds if (f := explore(seed, STEPS)) is not None), None)
    assert failure is not None
    assert explore(failure.seed, STEPS) is None
