"""Fault exploration with three systems: what it promises, and planted bugs."""

import pytest

from mirrorlog.explore.command import exploration
from mirrorlog.explore.three_systems import ThreeSystemExploration
from tests.model.explore.finding import STEPS, assert_found
from tests.planted.bug import Bug
from tests.planted.model_three_systems import THREE_SYSTEM_BUGS


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


@pytest.mark.parametrize("bug", THREE_SYSTEM_BUGS, ids=lambda bug: bug.id)
def test_a_planted_bug_of_three_systems_is_found_within_300_seeds(bug: Bug) -> None:
    assert_found(bug)
