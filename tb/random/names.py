"""What groups, volumes and pairs are called in random runs of two systems. Scenarios call groups and volumes as
tb/scenarios/two_systems.py does; each system has numbers of its own for them, and its layout has them in this order."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from tb.config.settings import Group, Layout, Pair, Replication, Volume
from tb.scenarios.two_systems import FIRST, GROUP, JOURNAL, OTHER, OTHER_GROUP, OTHER_JOURNAL, SECOND

GROUPS = (GROUP, OTHER_GROUP)
# Of each group those that are copied, and its journal volume
VOLUMES = {GROUP: (FIRST, SECOND), OTHER_GROUP: (OTHER,)}
JOURNALS = {GROUP: JOURNAL, OTHER_GROUP: OTHER_JOURNAL}
# Chance that the only volume of a group has the number 0 at a system
LOWEST = 0.3
# Chance that the numbers of a system's groups are the lowest ones, so that each has its turn right behind the other
DENSE = 0.7
_VOLUMES = tuple(volume for group in GROUPS for volume in (*VOLUMES[group], JOURNALS[group]))


def group_at(layout: Layout, group: int) -> int:
    """Return the number that a system has for a group."""
    return layout.groups[GROUPS.index(group)].number


def replication_at(layout: Layout, group: int) -> Replication | None:
    """Return the settings of a group's replication at a system, None if it has none."""
    return layout.groups[GROUPS.index(group)].replication


def volume_at(layout: Layout, volume: int) -> Volume:
    """Return a volume as a system has it."""
    return layout.volumes[_VOLUMES.index(volume)]


def group_called(layout: Layout, number: int) -> int:
    """Return the group that has this number at a system."""
    return GROUPS[[group.number for group in layout.groups].index(number)]


def renumbered(
    rng: random.Random, layouts: tuple[Layout, Layout], parameters: Mapping[str, int]
) -> tuple[Layout, Layout]:
    """Draw other numbers of the groups, volumes and pairs of two systems, for each of its own."""
    drawn = [
        {
            "groups": _drawn(
                rng,
                [group.number for group in layout.groups],
                len(layout.groups) if rng.random() < DENSE else parameters["groups"],
            ),
            "volumes": _drawn(rng, [volume.number for volume in layout.volumes], parameters["volumes"], OTHER),
            "pairs": _drawn(rng, [pair.number for pair in layout.pairs], parameters["pairs"]),
        }
        for layout in layouts
    ]
    first, second = (
        _renumbered(layout, {name: _number(own) for name, own in here.items()}, there)
        for layout, here, there in zip(layouts, drawn, drawn[::-1], strict=True)
    )
    return first, second


def _drawn(rng: random.Random, numbers: Sequence[int], count: int, lowest: int | None = None) -> dict[int, int]:
    """Draw other numbers, below `count`; now and then that of `lowest` is 0."""
    drawn = dict(zip(numbers, rng.sample(range(count), len(numbers)), strict=True))
    if lowest is not None and rng.random() < LOWEST:
        for other in (name for name, number in drawn.items() if number == 0):
            drawn[other] = drawn[lowest]
        drawn[lowest] = 0
    return drawn


Number = Callable[[int], int]


def _number(numbers: Mapping[int, int]) -> Number:
    return lambda number: numbers.get(number, number)


def _renumbered(layout: Layout, here: Mapping[str, Number], there: Mapping[str, Mapping[int, int]]) -> Layout:
    """Return one side with the numbers that it has; `there` are the other side's."""

    def pair(row: Pair) -> Pair:
        own, other = here["volumes"](row.original_volume), there["volumes"][row.original_volume]
        original, secondary = (other, own) if row.secondary else (own, other)
        return replace(
            row,
            number=here["pairs"](row.number),
            group=here["groups"](row.group),
            original_volume=original,
            secondary_volume=secondary,
        )

    def group(row: Group) -> Group:
        replication = row.replication
        if replication is not None:
            partner = _number(there["groups"])(replication.partner_group)
            replication = replace(replication, partner_group=partner)
        return replace(
            row,
            number=here["groups"](row.number),
            journal_volume=here["volumes"](row.journal_volume),
            pairs=tuple(map(here["pairs"], row.pairs)),
            replication=replication,
        )

    def volume(row: Volume) -> Volume:
        return replace(row, number=here["volumes"](row.number), pair=here["pairs"](row.pair))

    return Layout(tuple(map(volume, layout.volumes)), tuple(map(pair, layout.pairs)), tuple(map(group, layout.groups)))
