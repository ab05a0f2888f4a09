"""What seeds draw: the same again and again, all kinds, legal parameters with their corners."""

import re
from dataclasses import replace
from importlib import import_module
from itertools import islice, permutations

import pytest

from mirrorlog.command_line import option_name
from tb.config.parameter_table import LEGAL, refusal
from tb.handles.capabilities import CannotError
from tb.random.draw import COMBINATIONS, WEIGHTS, Kind, combination_of, draw, seeds, systems_of
from tb.random.limits import MOST_CYCLES
from tb.random.target import PATIENCE, Target
from tests.tb.link.twin import HELLO
from tools.sources import ROOT

SEEDS = range(300)


def test_the_same_seed_draws_the_same() -> None:
    """Everything that a run is made of; another seed draws something else."""
    for seed in islice(SEEDS, 40):
        assert draw(seed) == draw(seed)
        assert draw(seed) != draw(seed + COMBINATIONS)


@pytest.mark.parametrize("kind", Kind)
def test_a_run_of_each_kind_has_a_limit_of_cycles(kind: Kind) -> None:
    """It ends even if something happens in it again and again."""
    scenario, module = kind.value
    assert getattr(import_module(module), scenario).most_cycles >= MOST_CYCLES


def test_seeds_draw_every_kind() -> None:
    """Those of one system and those of two."""
    drawn = [draw(seed) for seed in SEEDS]
    assert {one.kind for one in drawn} == set(WEIGHTS) == set(Kind)
    for seed, one in zip(SEEDS, drawn, strict=True):
        assert one.kind.systems == systems_of(seed) == one.settings.parameters.systems


def test_the_document_has_a_row_for_every_kind() -> None:
    """With the systems that it has."""
    rows = re.findall(r"^\| `([a-z-]+)` \| ([12]) \|", (ROOT / "docs" / "testing.md").read_text(), re.M)
    assert sorted(rows) == sorted((option_name(kind), str(kind.systems)) for kind in Kind)


def test_a_kind_that_is_asked_for_is_drawn_if_it_fits() -> None:
    """It has as many systems as the seed."""
    assert draw(1, Kind.RESETS).kind is Kind.RESETS
    with pytest.raises(ValueError, match="seed 1 has 2 systems, TABLES has 1"):
        draw(1, Kind.TABLES)


def test_the_model_plays_either_of_two_systems_and_all_else_is_as_without() -> None:
    """A seed of one system has none that it could play."""
    played = [draw(seed, partner=True).settings for seed in SEEDS if systems_of(seed) == 2]
    assert {settings.parameters.model for settings in played} == {1, 2}
    assert replace(played[0], parameters=replace(played[0].parameters, model=0)) == draw(1).settings
    with pytest.raises(ValueError, match="seed 0 has one system: there is nothing that the model could play"):
        draw(0, partner=True)


def test_a_board_has_its_own_parameters_and_says_what_it_lacks() -> None:
    """The model plays the other system; everything may take longer. A board with number 1 is the first system."""
    drawn, lacking = {}, {}
    for number in (1, 2):
        board = Target("socket://host:1", replace(HELLO, system_number=number))
        for seed in SEEDS:
            try:
                drawn[number, seed] = draw(seed, target=board).settings
            except CannotError as error:
                lacking[number, seed] = str(error)
    assert {(number, s.parameters.board, s.parameters.model) for (number, _), s in drawn.items()} == {
        *((1, 1, 2), (2, 1, 2), (2, 2, 1))
    }
    for (number, _), settings in drawn.items():
        assert settings.parameters.system_number == number - (settings.parameters.board - 1)
        assert (settings.parameters.data_width, settings.patience) == (HELLO.data_width, PATIENCE)
        timeouts = {group.replication.timeout for group in settings.layout.groups if group.replication}
        assert timeouts <= {1500 * PATIENCE, 3000 * PATIENCE}
    tables = "the target lacks a capability: tables as large as the run's volumes, pairs and groups"
    assert set(lacking.values()) == {
        "the target lacks a capability: a reset of one system in the middle of a run",
        f"{tables} (12 volumes, the board has 8)",
    }
    assert draw(0, target=Target("x", replace(HELLO, volumes=12))).settings.parameters.board == 1
    with pytest.raises(CannotError, match="a storage device that fails, hangs, or begins anywhere"):
        draw(0, target=Target("x", replace(HELLO, volumes=12, memory_devices=1, memory_bytes=65536)))


def test_combinations_are_legal_and_seeds_that_follow_each_other_have_all_corners() -> None:
    """Of every parameter that the layouts leave open."""
    rows = [combination_of(seed) for seed in range(COMBINATIONS)]
    assert len({tuple(row.items()) for row in rows}) == COMBINATIONS
    assert [refusal(row) for row in rows] == [""] * COMBINATIONS
    for name in LEGAL.keys() - {"volumes", "pairs", "groups", "devices"}:
        # of cache slots, those that are enough for three groups
        corners = {value for value in LEGAL[name].corners if not refusal(rows[0] | {name: value})}
        met = {row[name] for seed, row in enumerate(rows) if systems_of(seed) == 2}
        assert met >= corners, name


def test_two_systems_have_numbers_of_their_own() -> None:
    """Of groups, the first one among them, of volumes and pairs; each side names what the other one has."""
    drawn = [draw(seed).settings for seed in SEEDS if systems_of(seed) == 2]
    for settings in drawn:
        for here, there in permutations((settings.layout, settings.second)):
            volumes = {volume.number: volume.pair for volume in here.volumes}
            pairs = {pair.number: pair for pair in here.pairs}
            assert (len(volumes), len(here.groups)) == (5, 2)
            assert {pair.volumes for pair in here.pairs} == {pair.volumes for pair in there.pairs}
            for group, other in zip(here.groups, there.groups, strict=True):
                assert all(pairs[pair].group == group.number for pair in group.pairs)
                assert all(volumes[pairs[pair].here] == pair for pair in group.pairs)
                if group.replication is not None and group.pairs:
                    assert group.replication.partner_group == other.number
    for name in ("groups", "volumes", "pairs"):
        ends = [[[row.number for row in getattr(side, name)] for side in (s.layout, s.second)] for s in drawn]
        assert {min(numbers) for both in ends for numbers in both if numbers} >= {0, 1}, name
        assert any(here != there for here, there in ends), name


def test_a_series_of_seeds_takes_few_combinations_in_turn() -> None:
    """So that few simulators are built; of two systems all."""
    series = list(islice(seeds(5, 3), 12))
    assert [seed % COMBINATIONS for seed in series] == [seed % COMBINATIONS for seed in series[:3]] * 4
    assert len(set(series)) == 12 and {systems_of(seed) for seed in series} == {2}


def test_few_combinations_have_little_in_common() -> None:
    """Three of two systems have small and large values of what decides most, whatever is drawn."""
    for first in range(40):
        rows = [combination_of(seed) for seed in islice(seeds(first, 3), 3)]
        for name in ("data_width", "max_transfer_bytes", "max_data_bytes", "commands", "read_slots", "outstanding"):
            assert len({row[name] for row in rows}) > 1, (first, name)
