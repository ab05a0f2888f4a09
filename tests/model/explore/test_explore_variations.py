"""Fault exploration of the variations: each is drawn, and every bug planted into one is found."""

import random
from dataclasses import fields
from enum import Enum

import pytest

from mirrorlog.explore.settings import draw_settings
from mirrorlog.tables.settings import GroupSettings
from tests.model.explore.finding import assert_found
from tests.planted.bug import Bug
from tests.planted.model_variations import VARIATION_BUGS


@pytest.mark.parametrize("bug", VARIATION_BUGS, ids=lambda bug: bug.id)
def test_a_bug_planted_into_a_variation_is_found_within_300_seeds(bug: Bug) -> None:
    assert_found(bug)


def test_every_setting_is_drawn_with_every_choice() -> None:
    drawn = [draw_settings(random.Random(seed)) for seed in range(100)]
    for setting in fields(GroupSettings):
        values = {getattr(settings, setting.name) for settings in drawn}
        kind = type(next(iter(values)))
        assert values == set(kind) if issubclass(kind, Enum) else len(values) > 1, setting.name
