"""Both systems together: journals cross the path and the secondary volumes become equal, with every setting."""

import random

import pytest

from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.systems.topology import GroupLink, Topology, finish_device_writes
from mirrorlog.tables.settings import GroupSettings, NextCommand, NoRoom, ReadMode
from mirrorlog.tables.shared_memory import PairState

CAPACITY = 32768
LONG = 10**9
SETTINGS = {
    "by number": GroupSettings(copy_unit=4096),
    "by number, one command": GroupSettings(copy_unit=4096, commands=1, batch_journals=3),
    "by number, hold": GroupSettings(copy_unit=4096, no_room=NoRoom.HOLD),
    "by number, no retry": GroupSettings(copy_unit=4096, retry=False),
    "plain": GroupSettings(mode=ReadMode.PLAIN, commands=1, copy_unit=4096),
    "plain, hold": GroupSettings(mode=ReadMode.PLAIN, commands=1, copy_unit=4096, no_room=NoRoom.HOLD, retry=False),
    "plain, free at once": GroupSettings(
        mode=ReadMode.PLAIN, commands=1, copy_unit=4096, no_room=NoRoom.HOLD, retry=False, free_at_once=True
    ),
    "one journal a batch": GroupSettings(copy_unit=4096, batch_journals=1),
    "one byte a batch": GroupSettings(copy_unit=4096, batch_bytes=1),
    "interval": GroupSettings(copy_unit=4096, next_command=NextCommand.INTERVAL),
    "backlog": GroupSettings(copy_unit=4096, next_command=NextCommand.BACKLOG, backlog=1),
    "several volumes at once": GroupSettings(copy_unit=4096, copy_volumes=3),
}


def topology(settings: GroupSettings, journal_bytes: tuple[int, int] = (65536, 65536)) -> Topology:
    """Return two systems with volumes 1 and 2 in group 0, system 1 original."""
    return Topology(
        {1: CAPACITY, 2: CAPACITY}, (GroupLink(0, 1, 2, (1, 2), 3, journal_bytes, settings, watch_time=LONG),)
    )


def write(systems: Topology, rng: random.Random, system: int = 1, volumes: tuple[int, ...] = (1, 2)) -> None:
    """Write a random range of a random volume; a write that has no room waits until it has."""
    size = 512 * rng.choice((1, 1, 2, 8))
    position = 512 * rng.randrange((CAPACITY - size) // 512 + 1)
    command = HostCommand(Opcode.WRITE, 1, rng.choice(volumes), position, size, 7)
    data = rng.randbytes(size)
    reception = systems.systems[system].command_reception
    step = reception.receive(command, data)
    now = 0
    while step is None or step.outcome == CommandOutcome.STALLED:
        systems.settle(now)
        now += 100_000_000
        step = reception.receive(command, data, 0 if step is None or step.outcome == CommandOutcome.STALLED else None)
        step = step if step is None or step.outcome != CommandOutcome.STALLED else None
    assert step.outcome == CommandOutcome.WRITTEN


@pytest.mark.parametrize("journal_bytes", [(65536, 65536), (65536, 16384), (16384, 65536)])
@pytest.mark.parametrize("name", SETTINGS)
def test_both_sides_are_equal_after_copy_and_writes(name: str, journal_bytes: tuple[int, int]) -> None:
    rng = random.Random(name)
    systems = topology(SETTINGS[name], journal_bytes)
    for volume in (1, 2):
        systems.load(1, volume, rng.randbytes(CAPACITY))
    systems.initiate(0)
    for _ in range(300):
        write(systems, rng)
        if rng.random() < 0.5:
            systems.settle()
    systems.drain()
    for volume in (1, 2):
        assert systems.image(1, volume) == systems.image(2, volume)
    for system in systems.systems.values():
        finish_device_writes(system)
        assert all(pair.state is PairState.NORMAL for pair in system.shared.pairs)
    assert systems.systems[2].restore.is_consistent(0)


def test_groups_in_both_directions_replicate_at_once() -> None:
    rng = random.Random(5)
    settings = GroupSettings(copy_unit=4096)
    links = (
        GroupLink(0, 1, 2, (1,), 3, (65536, 65536), settings, watch_time=LONG),
        GroupLink(1, 2, 1, (2,), 4, (65536, 65536), settings, watch_time=LONG),
    )
    systems = Topology({1: CAPACITY, 2: CAPACITY}, links)
    systems.load(1, 1, rng.randbytes(CAPACITY))
    systems.load(2, 2, rng.randbytes(CAPACITY))
    systems.initiate(0)
    systems.initiate(1)
    for _ in range(200):
        write(systems, rng, 1, (1,))
        write(systems, rng, 2, (2,))
        systems.settle()
    systems.drain()
    assert systems.image(1, 1) == systems.image(2, 1)
    assert systems.image(1, 2) == systems.image(2, 2)
