"""What a seed draws: everything. Its systems and their parameters, what happens to them, and all that runs of that
kind draw."""

import functools
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from tb.config import parameter_table
from tb.config.settings import Settings
from tb.handles.capabilities import Capability
from tb.random import draw_one_system as one
from tb.random import draw_two_systems as two
from tb.random.target import Target

# Combinations of parameters, of one system and of two; each is a build of its own, that is kept
ONE_SYSTEM, TWO_SYSTEMS = 3, 9
COMBINATIONS = ONE_SYSTEM + TWO_SYSTEMS
# Which rows of tb/config/parameter_table.py they are
COMBINATIONS_SEED = 0


class Kind(Enum):
    """What happens in a run. The value is the cocotb test that does it, and its module."""

    TRAFFIC = ("RandomTraffic", "tb.random.one_system_scenarios")
    TABLES = ("RandomTables", "tb.random.one_system_scenarios")
    REPLICATION = ("RandomReplication", "tb.random.two_systems_scenarios")
    NEIGHBOURS = ("RandomNeighbours", "tb.random.two_systems_scenarios")
    HANGING_HOST = ("HangingHost", "tb.random.two_systems_scenarios")
    RESETS = ("RandomReset", "tb.random.reset_scenarios")
    TROUBLES = ("RandomTroubles", "tb.random.trouble_scenarios")

    @property
    def systems(self) -> int:
        """How many there are."""
        return 1 if self in (Kind.TRAFFIC, Kind.TABLES) else 2


# How often a seed draws a kind, of those with as many systems as it has
WEIGHTS = {
    Kind.TRAFFIC: 1,
    Kind.TABLES: 1,
    Kind.REPLICATION: 3,
    Kind.NEIGHBOURS: 12,
    Kind.HANGING_HOST: 6,
    Kind.RESETS: 6,
    Kind.TROUBLES: 28,
}

# What a kind needs that not every target can do
NEEDS = {Kind.RESETS: frozenset({Capability.RESET})}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A random run: its kind and its settings."""

    kind: Kind
    settings: Settings


def draw(seed: int, kind: Kind | None = None, partner: bool = False, target: Target | None = None) -> Drawn:
    """Draw the run of a seed; one of a kind with as many systems as the seed's, if a kind is given. `partner`: one of
    two systems, which the seed draws, is played by the model, all else is as without. `target`: one is on a board, with
    the parameters that the board has, and the model plays the other one, if there is one.

    Seeds that follow each other take the combinations of parameters in turn. Raises ValueError for a kind with another
    number of systems, and for a partner of one system; CannotError if the target cannot do what the seed draws.
    """
    parameters = combination_of(seed) if target is None else target.parameters
    systems = systems_of(seed)
    rng = random.Random(seed)
    kinds = [known for known in WEIGHTS if known.systems == systems]
    drawn = rng.choices(kinds, [WEIGHTS[known] for known in kinds])[0]
    if kind is not None and kind.systems != systems:
        raise ValueError(f"seed {seed} has {systems} systems, {kind.name} has {kind.systems}")
    if partner and systems != 2:
        raise ValueError(f"seed {seed} has one system: there is nothing that the model could play")
    chosen = kind or drawn
    if target is not None:
        target.check(one.TABLES if systems == 1 else two.TABLES, NEEDS.get(chosen, frozenset()))
    side = random.Random(f"model {seed}").choice((1, 2))
    if target is not None:
        # one on a board that is to come second needs a number before its own
        board = 1 if systems == 1 or target.parameters["system_number"] == 1 else 3 - side
        parameters = parameters | {"system_number": parameters["system_number"] - (board - 1)}
    if systems == 1:
        settings = one.draw_one_system(rng, parameters, chosen is Kind.TABLES)
    elif chosen in (Kind.RESETS, Kind.TROUBLES):
        settings = two.draw_operated(rng, parameters, chosen is Kind.TROUBLES)
    else:
        settings = two.draw_two_systems(rng, parameters, chosen is not Kind.REPLICATION)
    if target is not None:
        return Drawn(chosen, target.carry_out(settings, board))
    return Drawn(chosen, replace(settings, parameters=replace(settings.parameters, model=side if partner else 0)))


def systems_of(seed: int) -> int:
    """Return how many systems a seed has: every fourth has one."""
    return 2 if seed % COMBINATIONS % (COMBINATIONS // ONE_SYSTEM) else 1


def combination_of(seed: int) -> dict[str, int]:
    """Return the parameters of a seed's systems."""
    number, place = divmod(seed % COMBINATIONS, COMBINATIONS // ONE_SYSTEM)
    if place == 0:
        return _combinations(1)[number]
    return _combinations(2)[number * (COMBINATIONS // ONE_SYSTEM - 1) + place - 1]


def seeds(first: int, two_systems: int, one_system: int = 0) -> Iterator[int]:
    """Yield seeds without end, all of so many combinations of parameters of two systems and of one, taken in turn, so
    that few simulators are built: combinations that have little in common. Another `first`, other seeds and mostly
    other combinations."""
    rng = random.Random(first)
    chosen = [
        place
        for systems, count in ((2, two_systems), (1, one_system))
        for place in _unlike(rng, [place for place in range(COMBINATIONS) if systems_of(place) == systems], count)
    ]
    while True:
        for place in chosen:
            yield rng.randrange(1 << 24) * COMBINATIONS + place


def _unlike(rng: random.Random, places: list[int], count: int) -> list[int]:
    """Draw so many combinations, each with the most values that none before it has."""
    left, values = rng.sample(places, len(places)), set[tuple[str, int]]()
    chosen = []
    for _ in range(count):
        chosen.append(max(left, key=lambda place: len(combination_of(place).items() - values)))
        left.remove(chosen[-1])
        values |= combination_of(chosen[-1]).items()
    return chosen


@functools.cache
def _combinations(systems: int) -> list[dict[str, int]]:
    """Return the combinations of so many systems."""
    count, tables = (ONE_SYSTEM, one.TABLES) if systems == 1 else (TWO_SYSTEMS, two.TABLES)
    return parameter_table.draw(random.Random(COMBINATIONS_SEED), count, **tables)
