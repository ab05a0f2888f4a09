"""Neighbours of two systems that hang, each with what may stand still for it; all others must go on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from tb.bench_control import BenchControl
from tb.settings import Layout

# What of a device may hang
DEVICE_SIDES = ("write_responses", "read_data", "commands")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A neighbour that hangs while it is held. `hosts` are the systems, by their place on the bench, whose hosts need
    not be answered meanwhile, `groups` those that need not make progress."""

    name: str
    hold: Callable[[bool], None]
    hosts: frozenset[int] = field(default=frozenset())
    groups: frozenset[int] = field(default=frozenset())


def neighbours(bench: BenchControl, groups: tuple[int, ...]) -> Iterator[Neighbour]:
    """Yield every neighbour of two systems that can hang. System n of the bench is the original of `groups[n]`."""
    for index, system in enumerate(bench.systems):
        own = frozenset({index})
        yield Neighbour(f"host responses of {system.number}", partial(_hold, system.host.hold, "responses"), own)
        yield Neighbour(f"read data of {system.number}", partial(_hold, system.host.hold, "read_data"), own)
        yield Neighbour(f"path from {system.number}", bench.paths[index].hold, groups=frozenset(groups))
        layout = bench.settings.layouts[system.number]
        for number, device in enumerate(system.devices):
            stopped = frozenset(group for group in groups if number in _devices(layout, group))
            hosts = own if groups[index] in stopped else frozenset()
            for side in DEVICE_SIDES:
                name = f"device {number} of {system.number}, {side}"
                yield Neighbour(name, partial(_hold, device.hold, side), hosts, stopped)


def _hold(hold: Callable[..., None], side: str, held: bool) -> None:
    """Hold one side of a neighbour, or none."""
    hold(**{side: held})


def _devices(layout: Layout, number: int) -> set[int]:
    """Return the devices on which a group's volumes and its journal volume lie."""
    group = next(group for group in layout.groups if group.number == number)
    volumes = {pair.original_volume for pair in layout.pairs if pair.group == number} | {group.journal_volume}
    return {volume.device for volume in layout.volumes if volume.number in volumes}
