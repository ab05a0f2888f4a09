"""Neighbours of two systems that hang, each with what may stand still for it; all others must go on."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from tb.config.settings import Activity, Layout
from tb.environment.environment import BenchEnvironment
from tb.handles.capabilities import Capability
from tb.handles.testbench import BenchControl
from tb.random.names import GROUPS, JOURNALS, VOLUMES, group_called, volume_at

# What of a device may hang
DEVICE_SIDES = ("write_responses", "read_data", "commands")
NOTHING: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A neighbour of a `kind` that hangs while it is held, of the system `system`. `hosts` are the groups (as scenarios
    call them) whose host writes need not be answered meanwhile, `groups` those that need not make progress. `sides` of
    a device hang."""

    kind: str
    name: str
    system: int
    hold: Callable[[bool], Awaitable[None]]
    hosts: frozenset[int] = field(default=NOTHING)
    groups: frozenset[int] = field(default=NOTHING)
    sides: frozenset[str] = field(default=frozenset())


def neighbours(environment: BenchEnvironment) -> Iterator[Neighbour]:
    """Yield every neighbour of two systems that can hang, and can be told to; of a device one side after the other, and
    all of it."""
    bench, groups = environment.bench, set(GROUPS)
    for index, of in enumerate(environment.systems):
        system, own = of.system, originals(bench, of.system.number)
        # a host that takes the data of none of its reads, of which there are not too many, can write all the same
        for kind, side, hosts in (("responses", "responses", own), ("read data", "read_data", NOTHING)):
            if Capability.HOLD_HOST in system.cannot:
                continue
            hold = partial(_hold, of.host.hold, (side,))
            yield Neighbour(kind, f"host's {kind} of {system.number}", system.number, hold, hosts)
        yield Neighbour(
            "path", f"path from {system.number}", system.number, environment.paths[index].hold, groups=frozenset(groups)
        )
        layout = bench.settings.layouts[system.number]
        for number, device in enumerate(of.devices):
            touched = frozenset(group for group in groups if number in _devices(layout, group))
            sent = frozenset(group for group in groups if _journal_device(layout, group) == number)
            # sending needs the journal volume's device alone
            stopped = (touched - own) | (sent & own)
            for sides in (*((side,) for side in DEVICE_SIDES), DEVICE_SIDES):
                yield Neighbour(
                    "device",
                    f"device {number} of {system.number}, {' and '.join(sides)}",
                    system.number,
                    partial(_hold, device.hold, sides),
                    own & touched,
                    stopped,
                    frozenset(sides),
                )


def together(hanging: Iterable[Neighbour]) -> Neighbour:
    """Return neighbours that hang at the same time as one, of the first one's kind and system."""
    several = list(hanging)

    async def hold(held: bool) -> None:
        for neighbour in several:
            await neighbour.hold(held)

    return Neighbour(
        several[0].kind,
        "; ".join(neighbour.name for neighbour in several),
        several[0].system,
        hold,
        NOTHING.union(*(neighbour.hosts for neighbour in several)),
        NOTHING.union(*(neighbour.groups for neighbour in several)),
        frozenset().union(*(neighbour.sides for neighbour in several)),
    )


def originals(bench: BenchControl, system: int) -> frozenset[int]:
    """Return the groups of which a system is the original."""
    layout = bench.settings.layouts[system]
    return frozenset(group_called(layout, group.number) for group, _ in layout.running(Activity.ORIGINAL))


async def _hold(hold: Callable[..., Awaitable[None]], sides: tuple[str, ...], held: bool) -> None:
    """Hold sides of a neighbour, or none."""
    await hold(**dict.fromkeys(sides, held))


def _devices(layout: Layout, group: int) -> set[int]:
    """Return the devices on which a group's volumes and its journal volume lie."""
    return {volume_at(layout, volume).device for volume in (*VOLUMES[group], JOURNALS[group])}


def _journal_device(layout: Layout, group: int) -> int:
    """Return the device on which a group's journal volume lies."""
    return volume_at(layout, JOURNALS[group]).device
