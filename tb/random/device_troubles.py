"""Troubles of devices that fail or return something else: coroutines as those of troubles.py."""

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mirrorlog.processes.maintenance import Operation
from tb.config.settings import BLOCK_BYTES
from tb.environment.operations import operate
from tb.environment.random_host import discard, varied
from tb.handles.host_port import HostCommand, Opcode
from tb.handles.storage_device import DeviceDamage, DeviceError, Kinds
from tb.random.full_troubles import FULL_CYCLES, LATER_CYCLES
from tb.random.names import JOURNALS, VOLUMES, group_at, volume_at
from tb.random.trouble_steps import (
    COMING_CYCLES,
    WAITING,
    Trouble,
    group_write,
    hold_paths,
    hold_volumes,
    journals_wait,
    large_batches,
    restore_waits,
    restoring,
    soon,
    write_all,
)
from tb.scenarios.two_systems import DEVICE_BYTES

if TYPE_CHECKING:
    from tb.random.trouble_scenarios import RandomTroubles

MANY = 30
BURSTS = (1, 2, MANY, MANY)
# Cycles in which writes are on their way to a journal volume; how often initial copy is, in the place of writes
SENT_CYCLES, COPYING = (200, 1_500), 0.5
# What a damaged device returns: other bytes, or those of another place: one update information away or more, or blocks
ELSEWHERE = (0, 0, 0, 64, 64, 128, 512)
# Of which bytes: all, or one in so many and one, which is as many as an update information has, or several
MASKS = (0, 63, 127, 127, 255)
# How often journals fail as they are sent or restored, and cycles after which all is healed in between, at most
ROUNDS, FAILED_CYCLES = 3, 2_000
# What is sent: bytes of each write, 0: any, more often so that some lie on both sides of an area's end; its kind
SENT = ((0, varied), (0, varied), (BLOCK_BYTES, varied), (BLOCK_BYTES, discard))
# At the end of an area
LAST_BLOCKS = 4
# Between what is read and what is committed
TOGETHER_CYCLES = 40
# Journals that have waited are read in so many cycles, more than so many at once; a group is suspended then that often
FLOWING_CYCLES, MANY_READ, SUSPENDED_ROUNDS = 400, 4, 5


async def device_fails(run: "RandomTroubles", group: int) -> None:
    """A device answers some bursts with an error: of the group's volumes or of its journal volume, at either end."""
    rng = run.bench.generator
    environment = rng.choice([run.original(group), run.secondary(group)])
    name = rng.choice([*VOLUMES[group], JOURNALS[group]])
    volume = volume_at(environment.layout, name)
    last = volume.offset + volume.capacity - 1
    # secondary volumes are not read
    written = environment is run.secondary(group) and name in VOLUMES[group]
    kinds = rng.choice([Kinds.WRITES, Kinds.BOTH] if written else list(Kinds))
    resp, count = rng.choice([2, 3]), rng.choice(BURSTS)
    await run.bench.cycles(rng.randrange(LATER_CYCLES))
    device = environment.devices[volume.device]
    first, last = _of_device(rng, volume.offset, last)
    await device.fail(DeviceError(kinds, first, last, resp, count))


async def device_fails_while_copying(run: "RandomTroubles", group: int) -> None:
    """The group begins anew, and a device of its original fails in the middle of initial copy."""
    rng, original = run.bench.generator, run.original(group)
    volume = volume_at(original.layout, rng.choice([*VOLUMES[group], JOURNALS[group]]))
    await _begin_anew(run, group)
    first, last = _of_device(rng, volume.offset, volume.offset + volume.capacity - 1)
    error = DeviceError(rng.choice(list(Kinds)), first, last, 2, MANY)
    await original.devices[volume.device].fail(error)


async def _begin_anew(run: "RandomTroubles", group: int) -> None:
    """Let a group's volumes be copied from their beginning."""
    original = run.original(group)
    await operate(original, Operation.SUSPEND, group_at(original.layout, group))
    await operate(original, Operation.INITIATE, *run.initiation(group))


async def journal_fails_behind_its_volume(run: "RandomTroubles", group: int) -> None:
    """A host's read of the original's journal volume fails, and behind it writes that are on their way there; or the
    group has begun anew, and it is initial copy that finds its journal volume abnormal."""
    rng, original = run.bench.generator, run.original(group)
    journal = volume_at(original.layout, JOURNALS[group])
    device = original.devices[journal.device]
    await run.hosts_answered()
    copying = rng.random() < COPYING
    if copying:
        await _begin_anew(run, group)
    await device.hold(write_responses=True)
    last = journal.offset + journal.capacity - 1
    await device.fail(DeviceError(Kinds.BOTH, journal.offset, last, rng.choice([2, 3]), MANY))
    writes = [] if copying else [group_write(run, group, BLOCK_BYTES) for _ in range(rng.randint(1, 3))]
    await original.send([*writes, HostCommand(Opcode.READ, journal.number, 0, BLOCK_BYTES)])
    await run.bench.cycles(rng.randrange(*SENT_CYCLES))
    await device.hold()


async def journal_damaged(run: "RandomTroubles", group: int) -> None:
    """A journal volume returns something else than was written, at either end: all of it, of its write data, or of a
    byte's burst."""
    rng = run.bench.generator
    environment = rng.choice([run.original(group), run.secondary(group)])
    volume = volume_at(environment.layout, JOURNALS[group])
    end, byte = volume.offset + volume.capacity - 1, volume.offset + rng.randrange(volume.capacity)
    data = volume.offset + await environment.read(run.row(environment, group) + "write_data_head")
    first, last = rng.choice([(byte, byte), (volume.offset, end), (data, end), (data, end)])
    await environment.devices[volume.device].damage(_damage(rng, first, last))


async def _again(run: "RandomTroubles", group: int, fails: Trouble, rounds: int = ROUNDS) -> None:
    """Let something fail, and heal all in between."""
    for left in reversed(range(rounds)):
        await fails(run, group)
        if left:
            await run.hosts_answered()
            await run.bench.sleep(run.bench.generator.randrange(FAILED_CYCLES))
            await run.heal()


async def _sent(run: "RandomTroubles", groups: Sequence[int], count: int) -> None:
    """Send so many writes of each of some groups, of a block each or of any size, or discards."""
    size, change = run.bench.generator.choice(SENT)
    for group in groups:
        await run.original(group).send([change(group_write(run, group, size)) for _ in range(count)])


async def sending_fails(run: "RandomTroubles", group: int) -> None:
    """Journals wait at the original, as the path carries nothing; then its journal volume is read with errors or
    returns something else; again and again."""
    await _again(run, group, _sending_fails)


async def _sending_fails(run: "RandomTroubles", group: int) -> None:
    rng, original = run.bench.generator, run.original(group)
    journal = volume_at(original.layout, JOURNALS[group])
    device = original.devices[journal.device]
    await hold_paths(run, True)
    if rng.random() < 0.6:  # many are read at once
        await write_all(run.secondary(group), run.row(run.secondary(group), group), large_batches(run))
    await _sent(run, [group], rng.randint(*WAITING))
    await run.bench.cycles(rng.randrange(*FULL_CYCLES))
    end = journal.offset + journal.capacity - 1
    data = journal.offset + await original.read(run.row(original, group) + "write_data_head")
    last = end + 1 - BLOCK_BYTES * rng.randint(1, LAST_BLOCKS)
    if rng.random() < 0.5:
        await device.damage(_damage(rng, rng.choice([journal.offset, journal.offset, journal.offset, data, last]), end))
    else:
        first = rng.choice([journal.offset, data, data, last])
        await device.fail(DeviceError(Kinds.READS, first, end, rng.choice([2, 3]), rng.choice(BURSTS)))
    await hold_paths(run, False)


async def restore_fails(run: "RandomTroubles", group: int) -> None:
    """Journals come to the secondary system, and wait there for its volumes, are not read yet, or are restored as they
    come; before that or then its journal volume is read with errors or returns something else, its volumes take no
    writes, or two of that at once. More journals come, so that they come and go as something fails; again and
    again."""
    await _again(run, group, _restore_fails)


async def _restore_fails(run: "RandomTroubles", group: int) -> None:
    rng, secondary = run.bench.generator, run.secondary(group)
    journal = volume_at(secondary.layout, JOURNALS[group])
    volume = volume_at(secondary.layout, rng.choice(VOLUMES[group]))
    first, behind = journal.offset, journal.offset + journal.capacity
    data = first + await secondary.read(run.row(secondary, group) + "write_data_head")
    last = behind - BLOCK_BYTES * rng.randint(1, LAST_BLOCKS)
    before, what = rng.random() < 0.5, rng.choice(["waits", "is unread", "is unread", "flows", "flows"])
    device = secondary.devices[journal.device]
    # what else is restored there, perhaps, is in the way
    groups = [group] if rng.random() < 0.3 else [one for one in VOLUMES if run.secondary(one) is secondary]

    async def come() -> None:
        if what == "waits":
            await restore_waits(run, group)
            return
        await device.hold(read_data=what == "is unread")
        await _sent(run, groups, rng.choice(WAITING))
        await run.bench.cycles(rng.randrange(COMING_CYCLES))
        if what == "is unread" and rng.random() < 0.6:  # more are committed as those before them are read
            await device.hold(read_data=True, write_responses=True)
            await _sent(run, groups, WAITING[1])
            await run.bench.cycles(rng.randrange(COMING_CYCLES))

    if not before:
        await come()
    for trouble in rng.sample(["reads", "reads", "damage", "damage", "writes"], rng.randint(1, 2)):
        resp, bursts = rng.choice([2, 3]), rng.choice(BURSTS)
        if trouble == "damage":
            await device.damage(_damage(rng, rng.choice([first, first, data]), behind - 1))
        elif trouble == "reads":
            error = DeviceError(Kinds.READS, rng.choice([first, data, last, last]), behind - 1, resp, bursts)
            await device.fail(error)
        else:
            place = volume.offset + rng.choice([0, rng.randrange(volume.capacity)])
            error = DeviceError(Kinds.WRITES, place, volume.offset + volume.capacity - 1, resp, bursts)
            await secondary.devices[volume.device].fail(error)
    if before:
        await come()
    # what is read comes a little before what is committed
    await device.hold(write_responses=what == "is unread")
    await run.bench.cycles(rng.randrange(TOGETHER_CYCLES))
    await device.hold()
    await hold_volumes(run, group, False)
    await run.original(group).send([group_write(run, group) for _ in range(rng.randint(*WAITING))])


async def suspended_in_restore(run: "RandomTroubles", group: int) -> None:
    """Journals wait at the secondary system, as they cannot be read or its volumes take no writes; as they are read and
    written all at once it is suspended, so that what was read is not restored; again and again."""
    await _again(run, group, _suspended_in_restore, SUSPENDED_ROUNDS)


async def _suspended_in_restore(run: "RandomTroubles", group: int) -> None:
    rng, secondary = run.bench.generator, run.secondary(group)
    device = secondary.devices[volume_at(secondary.layout, JOURNALS[group]).device]
    await run.hosts_answered()
    if rng.random() < 0.7:
        await device.hold(read_data=True)
    else:
        await hold_volumes(run, group, True)
    # the less data, the quicker they are restored
    await run.original(group).send([discard(group_write(run, group, BLOCK_BYTES)) for _ in range(WAITING[1])])
    await journals_wait(run, group, WAITING[1])
    await device.hold()
    await hold_volumes(run, group, False)
    await soon(run, lambda: restoring(run, group) > MANY_READ, FLOWING_CYCLES)
    await run.bench.cycles(rng.randrange(TOGETHER_CYCLES))
    await operate(secondary, Operation.SUSPEND, group_at(secondary.layout, group))


def _damage(rng: random.Random, first: int, last: int) -> DeviceDamage:
    """Return what some bursts from these bytes of a device come with: all of them, or one of each update information,
    or of every second or fourth one. What comes from elsewhere is whole, most often, so that its own CRC is right."""
    elsewhere = rng.choice(ELSEWHERE)
    mask = 0 if elsewhere and rng.random() < 0.7 else rng.choice(MASKS)
    return DeviceDamage(first, last, rng.choice(BURSTS), elsewhere, mask, rng.randrange(max(MASKS) + 1))


def _of_device(rng: random.Random, first: int, last: int) -> tuple[int, int]:
    """Return what of a device fails: a volume, which are these bytes, or now and then all of it."""
    return (0, DEVICE_BYTES - 1) if rng.random() < 0.3 else (first, last)
