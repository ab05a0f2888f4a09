"""Fault exploration of the variations: each is drawn, and every bug planted into one is found."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import fields
from enum import Enum
from typing import Any

import pytest

from mirrorlog.explore.command import explore
from mirrorlog.explore.settings import draw_settings
from mirrorlog.tables.settings import GroupSettings
from tests.model.explore.planted_variation_bugs import PLANTED

STEPS = 500


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_bug_planted_into_a_variation_is_found_within_300_seeds(
    plant: Callable[[], AbstractContextManager[Any]],
) -> None:
    with plant():
        failure = next((f for seed in range(300) if (f := explore(seed, STEPS)) is not None), None)
    assert failure is not None
    assert explore(failure.seed, STEPS) is None


def test_every_setting_is_drawn_with_every_choice() -> None:
    drawn = [draw_settings(random.Random(seed)) for seed in range(100)]
    for setting in fields(GroupSettings):
        values = {getattr(settings, setting.name) for settings in drawn}
        kind = type(next(iter(values)))
        assert values == set(kind) if issubclass(kind, Enum) else len(values) > 1, setting.name
