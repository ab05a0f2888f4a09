"""Troubles of a group each way, in the middle of traffic: each is a coroutine of a run, a group and the system that it
strikes. What is over in the end is healed by the run."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import cocotb

from mirrorlog.formats.connection_path import PacketType
from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.tables.shared_memory import FullPolicy, GroupState
from tb.config.settings import BLOCK_BYTES, NoRoom
from tb.environment.environment import Environment
from tb.environment.operations import operate, take_over
from tb.environment.random_host import varied
from tb.handles.connection_path import ConnectionPath, Fault
from tb.handles.host_port import HostCommand, Opcode
from tb.handles.register_port import RegisterAccess
from tb.handles.storage_device import DeviceDamage, DeviceError, Kinds
from tb.random.forging import operations_forged, packets_forged
from tb.random.limits import SILENCE_CYCLES
from tb.random.names import JOURNALS, VOLUMES, group_at, volume_at
from tb.random.operating import MOST_BYTES, Operating
from tb.random.table_troubles import (
    numbers_gone,
    pair_recorded,
    restore_begins_again,
    tables_wrong,
    third_group,
    unused,
    volume_unknown,
)
from tb.scenarios.two_systems import DEVICE_BYTES

if TYPE_CHECKING:
    from tb.random.trouble_scenarios import RandomTroubles

Trouble = Callable[["RandomTroubles", int], Awaitable[None]]
# More than a journal volume has room for
FILLING = 90
# Cycles that a write waits for room
WATCH_CYCLES = (500, 4_000, 40_000)
MANY = 30
BURSTS = (1, 2, MANY, MANY)
LARGEST_BATCH = 64
# Cycles in which a journal volume becomes full, and journals before a takeover that are not restored
FULL_CYCLES, WAITING = (3_000, 9_000), (2, 30)
# In which commands that are new are on their way
ASKED_CYCLES = 500
# Of a device's work with the group, after which it fails
LATER_CYCLES = 800
WRONG_OPERATIONS = 16
# How often a group begins anew at its secondary system while it restores; cycles in which START is under way to a path
# that takes nothing, and how long after START comes what was held back, at least and at most
BEGINNINGS, START_CYCLES, TOGETHER_CYCLES = 4, 2_000, (-150, 80)
# That are never; the first one is no system, either
UNKNOWN_GROUP, UNKNOWN_VOLUME, UNKNOWN_OPERATION = 150, 60, 99


async def suspended(run: "RandomTroubles", group: int) -> None:
    """An operator suspends the group, at either end; what tells the other one has faults, perhaps."""
    rng, ends = run.bench.generator, [run.original(group), run.secondary(group)]
    if rng.random() < 0.7:
        for path in run.bench.paths:
            _faults(rng, path, PacketType.GROUP_STATE)
    end = rng.choice(ends)
    await operate(end, Operation.SUSPEND, group_at(end.layout, group))


async def packets_fail(run: "RandomTroubles", group: int) -> None:
    """The next packets of a type have faults, on both ways."""
    rng = run.bench.generator
    kind = rng.choice([PacketType.JOURNAL_READ_COMMAND, PacketType.JOURNALS, PacketType.NO_JOURNAL])
    for path in run.bench.paths:
        _faults(rng, path, kind)


def _faults(rng: random.Random, path: ConnectionPath, kind: PacketType) -> None:
    """Let packets of a type have some faults: what is lost has no other one, those after it may."""
    for fault in rng.sample(list(Fault), rng.randint(1, 3)):
        path.fail(fault, 1, kind)


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
    device = environment.system.devices[volume.device]
    first, last = _of_device(rng, volume.offset, last)
    device.fail(DeviceError(kinds, first, last, resp, count))


async def device_fails_while_copying(run: "RandomTroubles", group: int) -> None:
    """The group begins anew, and a device of its original fails in the middle of initial copy."""
    rng, original = run.bench.generator, run.original(group)
    volume = volume_at(original.layout, rng.choice([*VOLUMES[group], JOURNALS[group]]))
    await operate(original, Operation.SUSPEND, group_at(original.layout, group))
    await operate(original, Operation.INITIATE, *run.initiation(group))
    first, last = _of_device(rng, volume.offset, volume.offset + volume.capacity - 1)
    error = DeviceError(rng.choice(list(Kinds)), first, last, 2, MANY)
    original.system.devices[volume.device].fail(error)


async def journal_damaged(run: "RandomTroubles", group: int) -> None:
    """A journal volume returns something else than was written, at either end: all of it, of its write data, or of a
    byte's burst."""
    rng = run.bench.generator
    environment = rng.choice([run.original(group), run.secondary(group)])
    volume = volume_at(environment.layout, JOURNALS[group])
    end, byte = volume.offset + volume.capacity - 1, volume.offset + rng.randrange(volume.capacity)
    data = volume.offset + await environment.read(run.row(environment, group) + "write_data_head")
    first, last = rng.choice([(byte, byte), (volume.offset, end), (data, end), (data, end)])
    environment.system.devices[volume.device].damage(DeviceDamage(first, last, rng.choice(BURSTS)))


async def sending_fails(run: "RandomTroubles", group: int) -> None:
    """Journals wait at the original, as the path carries nothing; then its journal volume is read with errors or
    returns something else."""
    rng, original = run.bench.generator, run.original(group)
    journal = volume_at(original.layout, JOURNALS[group])
    device = original.system.devices[journal.device]
    for path in run.bench.paths:
        path.hold(True)
    await original.send([varied(_write(run, original, group)) for _ in range(rng.randint(*WAITING))])
    await run.bench.cycles(rng.randrange(*FULL_CYCLES))
    end = journal.offset + journal.capacity - 1
    data = journal.offset + await original.read(run.row(original, group) + "write_data_head")
    if rng.random() < 0.7:
        device.damage(DeviceDamage(rng.choice([journal.offset, data, data, data]), end, rng.choice(BURSTS)))
    else:
        first = rng.choice([journal.offset, data])
        device.fail(DeviceError(Kinds.READS, first, end, rng.choice([2, 3]), rng.choice(BURSTS)))
    for path in run.bench.paths:
        path.hold(False)


async def restore_fails(run: "RandomTroubles", group: int) -> None:
    """Journals wait at the secondary system; then its journal volume is read with errors or returns something else,
    its volumes take no writes, or two of that at once."""
    rng, secondary = run.bench.generator, run.secondary(group)
    journal = volume_at(secondary.layout, JOURNALS[group])
    volume = volume_at(secondary.layout, rng.choice(VOLUMES[group]))
    await _restore_waits(run, group)
    ends = journal.offset, journal.offset + journal.capacity - 1
    data = journal.offset + await secondary.read(run.row(secondary, group) + "write_data_head")
    troubles = rng.sample(["reads", "damage", "damage", "writes"], rng.randint(1, 2))
    for trouble in troubles:
        if trouble == "damage":
            damage = DeviceDamage(rng.choice([ends[0], data]), ends[1], rng.choice(BURSTS))
            secondary.system.devices[journal.device].damage(damage)
        elif trouble == "reads":
            error = DeviceError(Kinds.READS, *ends, rng.choice([2, 3]), rng.choice(BURSTS))
            secondary.system.devices[journal.device].fail(error)
        else:
            last = volume.offset + volume.capacity - 1
            error = DeviceError(Kinds.WRITES, volume.offset, last, rng.choice([2, 3]), rng.choice(BURSTS))
            secondary.system.devices[volume.device].fail(error)
    hold_volumes(run, group, False)


async def path_cut(run: "RandomTroubles", group: int) -> None:
    """The path carries nothing, until the original gives the group up; so does that of each other group, a little
    sooner or later."""
    for path in run.bench.paths:
        path.cut()
    for one in (group, *sorted(VOLUMES.keys() - {group})):
        await run.becomes(run.original(one), run.row(run.original(one), one) + "state", GroupState.ABNORMAL)


async def taken_over(run: "RandomTroubles", group: int) -> None:
    """The group is taken over at its secondary system, whose hosts write, and is given up then."""
    rng, secondary, number = run.bench.generator, run.secondary(group), group_at(run.secondary(group).layout, group)
    if rng.random() < 0.5:
        for path in run.bench.paths:
            path.cut()
    if rng.random() < 0.7:
        await _restore_waits(run, group)
        result = await operate(secondary, Operation.TAKEOVER, number, 1)
        assert result.answer is Answer.OK, result
        hold_volumes(run, group, False)
    run.forget(group, await take_over(secondary, number))
    for path in run.bench.paths:
        path.heal()
    for sequence in await run.begin_traffic(secondary):
        await run.answered(sequence, f"system {secondary.system.number} after the takeover")
    # not before it is given up
    original = run.original(group)
    await operate(original, Operation.INITIATE, *run.initiation(group))
    await run.becomes(original, run.row(original, group) + "state", GroupState.ABNORMAL)
    await run.until(secondary, Answer.OK, Operation.GIVE_UP, number)


async def full(run: "RandomTroubles", group: int) -> None:
    """More is written or discarded than the journal volume has room for, under any policy."""
    rng, original = run.bench.generator, run.original(group)
    policy = rng.choice(list(FullPolicy))
    for name, value in (("full_policy", policy), ("watch_time", rng.choice(WATCH_CYCLES))):
        assert await original.write(run.row(original, group) + name, value) == 0
    longer = rng.random() < 0.5
    for path in run.bench.paths:
        path.hold(True)
    commands = [varied(_write(run, original, group)) for _ in range(FILLING)]
    writes = await original.send(_discards(commands) if rng.random() < 0.5 else commands)
    if not longer:
        await run.bench.cycles(rng.randrange(2 * WATCH_CYCLES[0]))
        for path in run.bench.paths:
            path.hold(False)
    await run.answered(writes, f"writes to group {group}, which is full")
    for path in run.bench.paths:
        path.hold(False)


async def secondary_full(run: "RandomTroubles", group: int) -> None:
    """The secondary system's volumes take no writes, so that its journal volume becomes full, under any setting of
    `no_room`; perhaps that takes none, either, so that nothing of it is committed."""
    rng, original, secondary = run.bench.generator, run.original(group), run.secondary(group)
    for name, value in (("no_room", rng.choice(list(NoRoom))), ("interval", 50), ("backlog", 64)):
        assert await secondary.write(run.row(secondary, group) + name, value) == 0
    hold_volumes(run, group, True)
    journals = secondary.system.devices[volume_at(secondary.layout, JOURNALS[group]).device]
    journals.hold(write_responses=rng.random() < 0.5)
    block = rng.random() < 0.5
    writes = await original.send([varied(_write(run, original, group, block)) for _ in range(FILLING)])
    await run.bench.cycles(rng.randrange(*FULL_CYCLES))
    journals.hold()
    if rng.random() < 0.5:
        await run.bench.cycles(rng.randrange(LATER_CYCLES))
    hold_volumes(run, group, False)
    await run.answered(writes, f"writes to group {group}, whose copy is full")


async def large_batch(run: "RandomTroubles", group: int) -> None:
    """Journals or discards of a block gather while the path takes nothing, in the group with the most room, then as
    many as may be are asked for at once; now and then the first packet of them has a fault, and they are sent again."""
    room = {}
    for number in VOLUMES:
        ends = run.original(number), run.secondary(number)
        room[number] = min([await end.read(run.row(end, number) + "write_data_head") for end in ends])
    group = max(room, key=lambda number: room[number])
    rng, original, secondary = run.bench.generator, run.original(group), run.secondary(group)
    parameters = run.bench.settings.parameters
    # discards take no room for data, neither in the journal volume nor in a packet
    discards = rng.random() < 0.75
    batch = parameters.batch_journals if discards else min(LARGEST_BATCH, parameters.max_data_bytes // BLOCK_BYTES)
    most = min(batch * BLOCK_BYTES, parameters.max_data_bytes)
    values = {"batch_journals": batch, "batch_bytes": most, "timeout": 20_000, "interval": 50}
    for name, value in (values | {"backlog": 1}).items():
        assert await secondary.write(run.row(secondary, group) + name, value) == 0
    # nothing else is in the way, and commands on the path ask for so many
    await run.wait_restored()
    await run.bench.sleep(ASKED_CYCLES + 4 * run.bench.settings.path.delay)
    for path in run.bench.paths:
        path.hold(True)
    commands = [_write(run, original, group, True) for _ in range(FILLING)]
    writes = await original.send(_discards(commands) if discards else commands)
    await run.bench.cycles(rng.randrange(*FULL_CYCLES))
    if rng.random() < 0.5:
        for path in run.bench.paths:
            path.fail(rng.choice(list(Fault)), 1, PacketType.JOURNALS)
    for path in run.bench.paths:
        path.hold(False)
    await run.answered(writes, f"writes to group {group} of a block each")


async def nobody_answers(run: "RandomTroubles", group: int) -> None:
    """The group begins anew while the path carries nothing, until that ends without an answer."""
    original, row = run.original(group), run.row(run.original(group), group)
    for path in run.bench.paths:
        path.cut()
    await operate(original, Operation.SUSPEND, group_at(original.layout, group))
    # else its partner's silence would end it before
    assert await original.write(row + "silence", 0) == 0
    await operate(original, Operation.INITIATE, *run.initiation(group))
    await run.becomes(original, row + "state", GroupState.ABNORMAL)
    assert await original.write(row + "silence", SILENCE_CYCLES * run.bench.settings.patience) == 0


async def started_again(run: "RandomTroubles", group: int) -> None:
    """The group begins anew though its secondary system knows nothing of its end, in the very cycles in which what
    restore waits for comes from its journal volume; again and again."""
    rng, original, secondary = run.bench.generator, run.original(group), run.secondary(group)
    number = group_at(original.layout, group)
    path = run.bench.paths[run.environment.systems.index(original)]
    device = secondary.system.devices[volume_at(secondary.layout, JOURNALS[group]).device]
    for _ in range(BEGINNINGS):
        device.hold(read_data=True)
        await original.send([_write(run, original, group, True) for _ in range(rng.randint(*WAITING))])
        await run.bench.cycles(FULL_CYCLES[0])
        path.fail(Fault.DROP, MANY, PacketType.GROUP_STATE)
        await operate(original, Operation.SUSPEND, number)
        path.hold(True)
        begun = cocotb.start_soon(operate(original, Operation.INITIATE, *run.initiation(group)))
        await run.bench.sleep(START_CYCLES)
        later = run.bench.settings.path.delay + rng.randrange(*TOGETHER_CYCLES)
        first, second = (path.hold, device.hold) if later >= 0 else (device.hold, path.hold)
        first(False)
        await run.bench.sleep(abs(later))
        second(False)
        result = await begun
        path.fail(Fault.DROP, 0, PacketType.GROUP_STATE)
        if result.answer is not Answer.OK:
            await run.until(original, Answer.OK, Operation.INITIATE, *run.initiation(group))


async def operation_delayed(run: "RandomTroubles", group: int) -> None:
    """The group begins anew, and a packet of that has a fault. What was lost is sent again, after longer than the
    original waits for its partner."""
    rng, original, secondary = run.bench.generator, run.original(group), run.secondary(group)
    kinds = [PacketType.MAINTENANCE_COMMAND, PacketType.MAINTENANCE_ANSWER]
    for path in run.bench.paths:
        path.fail(rng.choice([Fault.DROP, Fault.CORRUPT, *Fault]), 1, rng.choice(kinds))
    await run.until(original, Answer.OK, Operation.INITIATE, *run.initiation(group))
    generation = await original.read(run.row(original, group) + "generation")
    await run.becomes(secondary, run.row(secondary, group) + "generation", generation)


async def wrong_operations(run: "RandomTroubles", group: int) -> None:
    """An operator asks for what is refused, here and at the other system."""
    rng = run.bench.generator
    ends = [run.original(group), run.secondary(group)]
    for _ in range(WRONG_OPERATIONS):
        at, other = rng.sample(ends, 2)
        # those up to START may be specified for the other system
        elsewhere = rng.random() < 0.3
        place = other if elsewhere else at
        here, there = (end.system.number for end in (place, ends[place is ends[0]]))
        number, blank = group_at(place.layout, group), unused(place, "group")
        volume, journal = (volume_at(place.layout, name).number for name in (VOLUMES[group][0], JOURNALS[group]))
        known: list[tuple[int, ...]] = [
            (Operation.CREATE_GROUP, number),
            (Operation.CREATE_GROUP, UNKNOWN_GROUP),
            (Operation.RECORD_PAIR, number, here, volume, there, volume, 0),
            (Operation.RECORD_PAIR, number, here, UNKNOWN_VOLUME, there, volume, 0),
            (Operation.RECORD_PAIR, UNKNOWN_GROUP, here, volume, there, volume, 0),
            (Operation.RECORD_JOURNAL_VOLUME, number, journal, 4096),
            (Operation.RECORD_JOURNAL_VOLUME, number, volume, 4096),
            (Operation.RECORD_JOURNAL_VOLUME, number, UNKNOWN_VOLUME, 4096),
            (Operation.START, number, there, UNKNOWN_GROUP + 256, 0, 1, 0, 4096),
            (Operation.START, number, UNKNOWN_GROUP, number, 0, 1, 0, 4096),
        ]
        if not elsewhere:
            known += [
                (UNKNOWN_OPERATION, number),
                (Operation.INITIATE, blank, there, number),
                (Operation.INITIATE, number, UNKNOWN_GROUP, number),
                (Operation.SUSPEND, blank),
                (Operation.TAKEOVER, blank, 0),
                (Operation.TAKEOVER, number, 0),
                (Operation.FINISH_TAKEOVER, number),
                (Operation.GIVE_UP, number),
            ]
        operation, *arguments = rng.choice(known)
        result = await operate(at, operation, *arguments, destination=place.system.number if elsewhere else 0)
        assert result.answer is not Answer.OK, (operation, arguments, here)


# How often each is drawn
WEIGHTS: dict[Trouble, int] = {
    suspended: 2,
    packets_fail: 1,
    device_fails: 4,
    device_fails_while_copying: 3,
    journal_damaged: 1,
    sending_fails: 3,
    restore_fails: 4,
    path_cut: 1,
    taken_over: 5,
    full: 2,
    secondary_full: 3,
    large_batch: 3,
    operation_delayed: 2,
    started_again: 4,
    nobody_answers: 1,
    wrong_operations: 1,
    packets_forged: 4,
    operations_forged: 3,
    tables_wrong: 2,
    numbers_gone: 1,
    restore_begins_again: 1,
    volume_unknown: 1,
    pair_recorded: 1,
    third_group: 1,
}


def hold_volumes(run: Operating, group: int, held: bool) -> None:
    """Let no device of a group's secondary volumes answer writes, or let all do so again."""
    environment = run.secondary(group)
    for name in VOLUMES[group]:
        environment.system.devices[volume_at(environment.layout, name).device].hold(write_responses=held)


def _of_device(rng: random.Random, first: int, last: int) -> tuple[int, int]:
    """Return what of a device fails: a volume, which are these bytes, or now and then all of it."""
    return (0, DEVICE_BYTES - 1) if rng.random() < 0.3 else (first, last)


async def _restore_waits(run: "RandomTroubles", group: int) -> None:
    """Let journals come to the secondary system that are not restored."""
    rng, original = run.bench.generator, run.original(group)
    hold_volumes(run, group, True)
    await original.send([_write(run, original, group, True) for _ in range(rng.randint(*WAITING))])
    await run.bench.cycles(FULL_CYCLES[0])


def _write(run: "RandomTroubles", original: Environment, group: int, block: bool = False) -> HostCommand:
    """Return a write to a volume of a group, of a block, or of any size."""
    rng = run.bench.generator
    volume = volume_at(original.layout, rng.choice(VOLUMES[group]))
    most = min(run.bench.settings.parameters.max_transfer_bytes, MOST_BYTES) // BLOCK_BYTES
    size = BLOCK_BYTES * (1 if block else rng.choice([1, most, rng.randint(1, most)]))
    position = volume.first + BLOCK_BYTES * rng.randrange((volume.capacity - size) // BLOCK_BYTES + 1)
    return HostCommand(Opcode.WRITE, volume.number, position, size, rng.randbytes(size))


def _discards(commands: list[HostCommand]) -> list[HostCommand]:
    """Return discards in the place of commands."""
    return [replace(command, opcode=Opcode.DISCARD, data=None) for command in commands]


def healing(environment: Environment, states: dict[int, int]) -> list[RegisterAccess]:
    """Return the writes that give volumes the states that they had."""
    return [
        RegisterAccess(True, environment.addresses[f"volume[{number}].state"], state)
        for number, state in states.items()
    ]
