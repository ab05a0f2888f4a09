"""Neighbours of two systems that hang, each with what may stand still for it; all others must go on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from tb.config.settings import Activity, Layout
from tb.handles.testbench import BenchControl

# What of a device may hang
DEVICE_SIDES = ("write_responses", "read_data", "commands")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A neighbour of a `kind` that hangs while it is held. `hosts` are the groups whose host writes need not be
    answered meanwhile, `groups` those that need not make progress."""

    kind: str
    name: str
    hold: Callable[[bool], None]
    hosts: frozenset[int] = field(default=frozenset())
    groups: frozenset[int] = field(default=frozenset())


def neighbours(bench: BenchControl) -> Iterator[Neighbour]:
    """Yield every neighbour of two systems that can hang."""
    groups = {group.number for group in bench.settings.layout.groups}
    for index, system in enumerate(bench.systems):
        own = originals(bench, system.number)
        yield Neighbour(
            "responses", f"host responses of {system.number}", partial(_hold, system.host.hold, "responses"), own
        )
        yield Neighbour(
            "read data", f"read data of {system.number}", partial(_hold, system.host.hold, "read_data"), own
        )
        yield Neighbour("path", f"path from {system.number}", bench.paths[index].hold, groups=frozenset(groups))
        layout = bench.settings.layouts[system.number]
        for number, device in enumerate(system.devices):
            stopped = frozenset(group for group in groups if number in _devices(layout, group))
            for side in DEVICE_SIDES:
                name = f"device {number} of {system.number}, {side}"
                yield Neighbour("device", name, partial(_hold, device.hold, side), own & stopped, stopped)


def originals(bench: BenchControl, system: int) -> frozenset[int]:
    """Return the groups of which a system is the original."""
    return frozenset(group.number for group, _ in bench.settings.layouts[system].running(Activity.ORIGINAL))


def _hold(hold: Callable[..., None], side: str, held: bool) -> None:
    """Hold one side of a neighbour, or none."""
    hold(**{side: held})


def _devices(layout: Layout, number: int) -> set[int]:
    """Return the devices on which a group's volumes and its journal volume lie."""
    group = next(group for group in layout.groups if group.number == number)
    volumes = {pair.original_volume for pair in layout.pairs if pair.group == number} | {group.journal_volume}
    return {volume.device for volume in layout.volumes if volume.number in volumes}
