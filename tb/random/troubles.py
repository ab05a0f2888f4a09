"""Troubles of two groups in the middle of traffic: each is a coroutine of a run and the group that it strikes. What is
over in the end is healed by the run."""

import random
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from mirrorlog.formats.connection_path import PacketType
from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.tables.shared_memory import GroupState
from tb.config.settings import BLOCK_BYTES
from tb.environment.environment import Environment
from tb.environment.operations import OperationResult, operate, take_over
from tb.environment.random_host import varied
from tb.handles.connection_path import ConnectionPath, Fault
from tb.handles.register_port import RegisterAccess
from tb.handles.storage_device import DeviceDamage, DeviceError, Kinds
from tb.random.command_troubles import (
    answered_early,
    answered_late,
    commands_pile_up,
    freed_while_read,
    groups_at_once,
    tags_large,
)
from tb.random.forged_troubles import operations_forged, packets_forged
from tb.random.full_troubles import (
    FULL_CYCLES,
    LATER_CYCLES,
    areas_end,
    full,
    full_volume_fails,
    large_batch,
    secondary_full,
)
from tb.random.names import JOURNALS, VOLUMES, group_at, volume_at
from tb.random.operation_troubles import (
    nobody_answers,
    operation_delayed,
    start_refused,
    started_again,
    wrong_operations,
)
from tb.random.table_troubles import (
    journal_volume_lost,
    numbers_gone,
    pair_recorded,
    tables_wrong,
    third_group,
    volume_unknown,
)
from tb.random.trouble_steps import WAITING, group_write, hold_paths, hold_volumes, journals_come
from tb.scenarios.two_systems import DEVICE_BYTES

if TYPE_CHECKING:
    from tb.random.trouble_scenarios import RandomTroubles

Trouble = Callable[["RandomTroubles", int], Awaitable[None]]
MANY = 30
# At the end of an area
LAST_BLOCKS = 4
BURSTS = (1, 2, MANY, MANY)
# Cycles in which a group that is taken over restores what it has read
UNREAD_CYCLES = 200, 1_500
# What a damaged device returns: other bytes, or those of another place: one update information away or more, or blocks
ELSEWHERE = (0, 0, 0, 64, 64, 128, 512)
MASKS = (0, 0, 63, 63, 127)


async def suspended(run: "RandomTroubles", group: int) -> None:
    """An operator suspends the group, at either end; what tells the other one has faults, perhaps; or journals that are
    on their way to the journal volume fail behind that."""
    rng, ends = run.bench.generator, [run.original(group), run.secondary(group)]
    if rng.random() < 0.7:
        for path in run.bench.paths:
            _faults(rng, path, PacketType.GROUP_STATE)
    end = rng.choice(ends)
    journal = volume_at(end.layout, JOURNALS[group])
    device = end.system.devices[journal.device]
    if rng.random() < 0.6:
        device.hold(write_responses=True)
        last = journal.offset + journal.capacity - 1
        device.fail(DeviceError(Kinds.WRITES, journal.offset, last, rng.choice([2, 3]), rng.choice(BURSTS)))
        await run.original(group).send([group_write(run, group) for _ in range(rng.randint(*WAITING))])
        await run.bench.cycles(rng.randrange(*UNREAD_CYCLES))
    await operate(end, Operation.SUSPEND, group_at(end.layout, group))
    device.hold()


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
    environment.system.devices[volume.device].damage(_damage(rng, first, last))


async def sending_fails(run: "RandomTroubles", group: int) -> None:
    """Journals wait at the original, as the path carries nothing; then its journal volume is read with errors or
    returns something else."""
    rng, original = run.bench.generator, run.original(group)
    journal = volume_at(original.layout, JOURNALS[group])
    device = original.system.devices[journal.device]
    hold_paths(run, True)
    await original.send([varied(group_write(run, group)) for _ in range(rng.randint(*WAITING))])
    await run.bench.cycles(rng.randrange(*FULL_CYCLES))
    end = journal.offset + journal.capacity - 1
    data = journal.offset + await original.read(run.row(original, group) + "write_data_head")
    last = end + 1 - BLOCK_BYTES * rng.randint(1, LAST_BLOCKS)
    if rng.random() < 0.5:
        device.damage(_damage(rng, rng.choice([journal.offset, journal.offset, data, data, last]), end))
    else:
        first = rng.choice([journal.offset, data, data, last])
        device.fail(DeviceError(Kinds.READS, first, end, rng.choice([2, 3]), rng.choice(BURSTS)))
    hold_paths(run, False)


async def restore_fails(run: "RandomTroubles", group: int) -> None:
    """Journals wait at the secondary system; before that or then its journal volume is read with errors or returns
    something else, its volumes take no writes, or two of that at once. More journals come, so that they come and go as
    something fails."""
    rng, secondary = run.bench.generator, run.secondary(group)
    journal = volume_at(secondary.layout, JOURNALS[group])
    volume = volume_at(secondary.layout, rng.choice(VOLUMES[group]))
    first, behind = journal.offset, journal.offset + journal.capacity
    data = first + await secondary.read(run.row(secondary, group) + "write_data_head")
    last = behind - BLOCK_BYTES * rng.randint(1, LAST_BLOCKS)
    before = rng.random() < 0.5
    if not before:
        await _restore_waits(run, group)
    for trouble in rng.sample(["reads", "damage", "damage", "writes"], rng.randint(1, 2)):
        resp, bursts = rng.choice([2, 3]), rng.choice(BURSTS)
        if trouble == "damage":
            secondary.system.devices[journal.device].damage(_damage(rng, rng.choice([first, first, data]), behind - 1))
        elif trouble == "reads":
            error = DeviceError(Kinds.READS, rng.choice([first, data, last, last]), behind - 1, resp, bursts)
            secondary.system.devices[journal.device].fail(error)
        else:
            place = volume.offset + rng.choice([0, rng.randrange(volume.capacity)])
            error = DeviceError(Kinds.WRITES, place, volume.offset + volume.capacity - 1, resp, bursts)
            secondary.system.devices[volume.device].fail(error)
    if before:
        await _restore_waits(run, group)
    hold_volumes(run, group, False)
    await run.original(group).send([group_write(run, group) for _ in range(rng.randint(*WAITING))])


async def path_cut(run: "RandomTroubles", group: int) -> None:
    """The path carries nothing, until the original gives the group up; so does that of each other group, a little
    sooner or later."""
    for path in run.bench.paths:
        path.cut()
    for one in (group, *sorted(VOLUMES.keys() - {group})):
        await run.becomes(run.original(one), run.row(run.original(one), one) + "state", GroupState.ABNORMAL)


async def taken_over(run: "RandomTroubles", group: int) -> None:
    """The group is taken over at its secondary system, whose hosts write, and is given up then. Before that it was
    suspended there, perhaps, which its original is not told."""
    rng, secondary, number = run.bench.generator, run.secondary(group), group_at(run.secondary(group).layout, group)
    if rng.random() < 0.5:
        for path in run.bench.paths:
            path.cut()
        if rng.random() < 0.6:
            await operate(secondary, Operation.SUSPEND, number)
    early = await _takeover_waits(run, group, number) if rng.random() < 0.7 else None
    if early is not None and early.answer is Answer.OK:
        run.forget(group, bool(early.value))
    else:
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


async def _takeover_waits(run: "RandomTroubles", group: int, number: int) -> OperationResult | None:
    """A takeover begins while the group's volumes take no writes, or while its journals cannot be read. Returns the
    answer to its end, which is asked for meanwhile, if it is: nearly always "busy"."""
    rng, secondary, early = run.bench.generator, run.secondary(group), None
    await _restore_waits(run, group)
    journals = secondary.system.devices[volume_at(secondary.layout, JOURNALS[group]).device]
    unread = rng.random() < 0.6
    if unread:  # what was read is written, the rest is not
        hold_volumes(run, group, False)
        journals.hold(read_data=True)
        await run.bench.cycles(rng.randrange(*UNREAD_CYCLES))
    result = await operate(secondary, Operation.TAKEOVER, number, 1)
    assert result.answer is Answer.OK, result
    if unread:
        early = await operate(secondary, Operation.FINISH_TAKEOVER, number)
        journals.hold()
    hold_volumes(run, group, False)
    return early


# How often each is drawn
WEIGHTS: dict[Trouble, int] = {
    suspended: 2,
    packets_fail: 4,
    device_fails: 4,
    device_fails_while_copying: 3,
    journal_damaged: 3,
    sending_fails: 6,
    restore_fails: 7,
    path_cut: 3,
    taken_over: 5,
    commands_pile_up: 3,
    groups_at_once: 4,
    answered_late: 4,
    answered_early: 3,
    freed_while_read: 3,
    tags_large: 2,
    full: 4,
    full_volume_fails: 4,
    secondary_full: 5,
    large_batch: 7,
    areas_end: 5,
    operation_delayed: 6,
    start_refused: 2,
    started_again: 4,
    nobody_answers: 1,
    wrong_operations: 2,
    packets_forged: 6,
    operations_forged: 3,
    tables_wrong: 2,
    numbers_gone: 3,
    journal_volume_lost: 2,
    volume_unknown: 1,
    pair_recorded: 3,
    third_group: 2,
}


def _damage(rng: random.Random, first: int, last: int) -> DeviceDamage:
    """Return what some bursts from these bytes of a device come with: all of them, or one of each update information,
    or of every second one."""
    return DeviceDamage(
        first, last, rng.choice(BURSTS), rng.choice(ELSEWHERE), rng.choice(MASKS), rng.randrange(max(MASKS) + 1)
    )


def _of_device(rng: random.Random, first: int, last: int) -> tuple[int, int]:
    """Return what of a device fails: a volume, which are these bytes, or now and then all of it."""
    return (0, DEVICE_BYTES - 1) if rng.random() < 0.3 else (first, last)


async def _restore_waits(run: "RandomTroubles", group: int) -> None:
    """Let journals come to the secondary system that are not restored."""
    hold_volumes(run, group, True)
    await journals_come(run, group, run.bench.generator.choice([0, BLOCK_BYTES]))


def healing(environment: Environment, states: dict[int, int]) -> list[RegisterAccess]:
    """Return the writes that give volumes the states that they had."""
    return [
        RegisterAccess(True, environment.addresses[f"volume[{number}].state"], state)
        for number, state in states.items()
    ]
