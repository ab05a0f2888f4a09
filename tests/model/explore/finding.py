"""Exploration with a planted bug."""

from mirrorlog.explore.command import exploration, explore
from mirrorlog.explore.three_systems import ThreeSystemExploration
from tests.planted.bug import Bug, Exploration
from tests.planted.plant import plant_model

STEPS = 500


def assert_found(bug: Bug) -> None:
    """Fails unless exploration finds a bug within its seeds, and finds nothing there without it."""
    finder = bug.found_by
    assert isinstance(finder, Exploration)
    seeds = [
        seed
        for seed in range(finder.seeds)
        if not finder.three_systems or isinstance(exploration(seed), ThreeSystemExploration)
    ]
    with plant_model(bug):
        failure = next((f for seed in seeds if (f := explore(seed, STEPS, finder.operations)) is not None), None)
    assert failure is not None
    assert explore(failure.seed, STEPS, finder.operations) is None
