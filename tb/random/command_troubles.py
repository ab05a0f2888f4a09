"""Troubles of journal read commands, and of groups that need the same at once: coroutines as those of troubles.py."""

from typing import TYPE_CHECKING

from mirrorlog.formats.connection_path import PacketType
from mirrorlog.processes.maintenance import Operation
from tb.config.settings import BLOCK_BYTES, NoRoom, ReadMode
from tb.environment.operations import operate
from tb.environment.random_host import varied
from tb.handles.connection_path import Fault
from tb.random.forged import all_again, asked_again, gone_with, greedy_command, no_journal_early, useless_command
from tb.random.forged_troubles import arrived
from tb.random.forging import packed
from tb.random.full_troubles import ASKED_CYCLES, FILLING, FULL_CYCLES, filled
from tb.random.names import JOURNALS, VOLUMES, group_at, volume_at
from tb.random.trouble_steps import (
    asks_once,
    group_write,
    hold_paths,
    hold_volumes,
    large_batches,
    load,
    path_from,
    read_by,
    soon,
    write_all,
)

if TYPE_CHECKING:
    from tb.random.trouble_scenarios import RandomTroubles

# Journals of a packet of which many come, and how many come twice
BUFFERED, DUPLICATES = 3, 90
# Commands that come while none is answered; cycles between two, at most, and in which all have come
PILED, PILED_CYCLES, COME_CYCLES = 40, 12, 2_000
# Journals of each group that wait for the same moment; cycles in which they gather
GATHERING, GATHERED_CYCLES = 24, (3_000, 6_000)
# How often what is sent is not read for so many cycles, at most, and is read again
STOPS, STOPPED_CYCLES = 6, 600
# Cycles in which a command is sent again, of which its answer takes so many
AGAIN_CYCLES, LATE_CYCLES = 16_000, 5_000
# Answers to commands that have not been sent
EARLY_ROUNDS = 24
# Journals that are read as they are freed, and cycles in which their update information comes and their data
# does not
FREED, INFORMATION_CYCLES = 6, (4, 150)
# Bits that tags have had until now, where a carry goes up
TAG_BITS = (16, 16, 24, 32)


async def commands_pile_up(run: "RandomTroubles", group: int) -> None:
    """More commands come to the group's original than it has places for, while it can send nothing, and those of
    another group in the middle of them."""
    forger, original = run.forger, run.original(group)
    out = path_from(run, original)
    index = 1 - run.environment.systems.index(original)
    others = [number for number in VOLUMES if run.original(number) is original]
    await out.hold(True)
    await original.send([varied(group_write(run, group)) for _ in range(GATHERING)])
    for _ in range(PILED):
        number = group if forger.rng.random() < 0.7 else forger.rng.choice(others)
        make = forger.rng.choice([greedy_command, useless_command])
        await forger.put(packed(make), forger.way(index, group_at(original.layout, number)))
        await run.bench.sleep(forger.rng.randrange(PILED_CYCLES))
    await run.bench.cycles(forger.rng.randrange(COME_CYCLES))
    await out.hold(False)


async def groups_at_once(run: "RandomTroubles", group: int) -> None:
    """Journals of both groups gather while the path takes nothing, or while their volumes take no writes; then all of
    them move at once, in batches as large as may be."""
    rng = run.bench.generator
    # the originals of both at one system send in turn
    together = all(run.original(number) is run.original(group) for number in VOLUMES)
    sends = rng.random() < (0.9 if together else 0.7)
    for number in VOLUMES:
        secondary = run.secondary(number)
        await write_all(secondary, run.row(secondary, number), large_batches(run))

    async def hold(held: bool) -> None:
        if sends:
            await hold_paths(run, held)
        else:
            for number in VOLUMES:
                await hold_volumes(run, number, held)

    await hold(True)
    for number in rng.sample(list(VOLUMES), len(VOLUMES)):
        await run.original(number).send([group_write(run, number, BLOCK_BYTES) for _ in range(GATHERING)])
    await run.bench.cycles(rng.randrange(*GATHERED_CYCLES))
    originals = [(number, run.original(number)) for number in VOLUMES if sends]
    read = [end.devices[volume_at(end.layout, JOURNALS[number]).device] for number, end in originals]
    for stop in range(STOPS):  # what is sent comes from there now and then, of both at once
        for device in read:
            await device.hold(read_data=True)
        if not stop:
            await hold(False)
        await run.bench.cycles(rng.randrange(STOPPED_CYCLES))
        for device in read:
            await device.hold()
        await run.bench.cycles(rng.randrange(STOPPED_CYCLES))
    await run.hosts_answered()


async def answered_late(run: "RandomTroubles", group: int) -> None:
    """What the original sends takes longer than its secondary system waits, which asks again: then what it asked for
    comes, and that it is there no more."""
    rng, group = run.bench.generator, read_by(run, group, ReadMode.BY_NUMBER) or group
    original, secondary = run.original(group), run.secondary(group)
    path, asking = path_from(run, original), path_from(run, secondary)
    way = run.forger.way(run.environment.systems.index(original), group_at(secondary.layout, group))
    await run.bench.sleep(ASKED_CYCLES)
    await path.set_delay(LATE_CYCLES)
    await original.send([group_write(run, group) for _ in range(rng.randint(1, GATHERING))])
    await run.bench.cycles(ASKED_CYCLES)
    # what is asked again does not come
    await asking.hold(True)
    await run.bench.capture_now()
    before = way.group.secondary.sent_tag
    await soon(run, lambda: way.group.secondary.sent_tag != before, AGAIN_CYCLES)
    if rng.random() < 0.7:
        await soon(run, lambda: asked_again(way) != [], LATE_CYCLES)
        await path.set_delay(run.bench.settings.path.delay)
    last = way.group.secondary.sent_tag
    tag = rng.choice([*asked_again(way)] or [last, last, last - 1, last - 2])
    await run.forger.put(packed(lambda way: gone_with(way, tag)), way)
    await run.bench.sleep(2 * LATE_CYCLES)
    await asking.hold(False)
    await path.set_delay(run.bench.settings.path.delay)
    await run.bench.sleep(LATE_CYCLES)


async def buffers_wanted(run: "RandomTroubles", group: int) -> None:
    """Packets of a group are held, as the secondary system's journal volume is full, and come twice, perhaps; then so
    many of the other one come that all buffers are in use, as that volume is slow."""
    rng = run.bench.generator
    if rng.random() < 0.7:
        group = asks_once(run, group) or group
    secondary, (other,) = run.secondary(group), VOLUMES.keys() - {group}
    values = large_batches(run) | {"interval": 50, "no_room": NoRoom.HOLD}
    await write_all(secondary, run.row(secondary, group), values)
    few = {"batch_journals": BUFFERED, "batch_bytes": BUFFERED * BLOCK_BYTES, "interval": 50}
    await write_all(run.secondary(other), run.row(run.secondary(other), other), few)
    await hold_volumes(run, group, True)
    path = path_from(run, run.original(group))
    await path.fail(Fault.DUPLICATE, rng.choice([0, DUPLICATES]), PacketType.JOURNALS)
    await run.original(group).send([varied(group_write(run, group)) for _ in range(FILLING)])
    await run.bench.cycles(rng.randrange(*FULL_CYCLES))
    await filled(run, group)
    await path.fail(Fault.DUPLICATE, 0, PacketType.JOURNALS)
    journals = secondary.devices[volume_at(secondary.layout, JOURNALS[other]).device]
    await journals.hold(write_responses=True)
    await run.original(other).send([group_write(run, other, BLOCK_BYTES) for _ in range(GATHERING)])
    await run.bench.cycles(rng.randrange(*FULL_CYCLES))
    await journals.hold()
    await hold_volumes(run, group, False)


async def tags_large(run: "RandomTroubles", group: int) -> None:
    """A secondary system has sent so many commands by number that their tags are large, or begin again."""
    group = read_by(run, group, ReadMode.BY_NUMBER)
    if not group:
        return  # an answer to a plain command that is under way would be none any more
    rng, secondary = run.bench.generator, run.secondary(group)
    await run.wait_restored()
    await run.quiet()
    tag = rng.choice([rng.getrandbits(32), (1 << rng.choice(TAG_BITS)) - rng.randrange(1, 4)])
    await load(run, secondary, run.row(secondary, group) + "tag", tag)
    for path in run.environment.paths:
        await path.heal()
    await run.original(group).send([group_write(run, group) for _ in range(GATHERING)])
    await run.hosts_answered()


async def answered_early(run: "RandomTroubles", group: int) -> None:
    """Answers to the next command come as it is sent; then the group is suspended, as it may wait for what was sent
    without it."""
    rng, original, secondary = run.bench.generator, run.original(group), run.secondary(group)
    way = run.forger.way(run.environment.systems.index(original), group_at(secondary.layout, group))
    for _ in range(EARLY_ROUNDS):
        await original.send([group_write(run, group)])
        await run.bench.cycles(rng.randrange(ASKED_CYCLES))
        await run.bench.capture_now()
        await run.forger.put(packed(no_journal_early), way)
    await arrived(run)
    await operate(original, Operation.SUSPEND, group_at(original.layout, group))


async def freed_while_read(run: "RandomTroubles", group: int) -> None:
    """Journals that are restored are asked for once more and freed, and others take their place, before they come from
    the journal volume."""
    group = read_by(run, group, ReadMode.BY_NUMBER)
    if not group:
        return  # none is asked for by its number
    rng, original, secondary = run.bench.generator, run.original(group), run.secondary(group)
    asking = path_from(run, secondary)
    way = run.forger.way(run.environment.systems.index(secondary), group_at(original.layout, group))
    device = original.devices[volume_at(original.layout, JOURNALS[group]).device]
    await run.wait_restored()
    # what is sent is not freed
    await asking.hold(True)
    await original.send([group_write(run, group, BLOCK_BYTES) for _ in range(FREED)])
    for held in (False, True):
        await run.bench.cycles(COME_CYCLES)
        await device.hold(read_data=held)
        await run.bench.capture_now()
        await run.forger.put(packed(all_again), way)
    await run.bench.cycles(COME_CYCLES)
    if rng.random() < 0.7:  # their update information comes
        await device.hold()
        await run.bench.cycles(rng.randrange(*INFORMATION_CYCLES))
        await device.hold(read_data=True)
    await asking.hold(False)
    await run.bench.cycles(rng.randrange(*GATHERED_CYCLES))
    await original.send([varied(group_write(run, group)) for _ in range(FILLING)])
    await run.bench.cycles(rng.randrange(*GATHERED_CYCLES))
    await device.hold()
