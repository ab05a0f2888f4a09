"""Troubles of two groups in the middle of traffic: each is a coroutine of a run and the group that it strikes. What is
over in the end is healed by the run."""

import random
from typing import TYPE_CHECKING

from mirrorlog.formats.connection_path import PacketType
from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.tables.shared_memory import GroupState
from tb.environment.environment import Environment
from tb.environment.neighbour_agents import PathAgent
from tb.environment.operations import OperationResult, operate, take_over
from tb.handles.connection_path import Fault
from tb.handles.register_port import RegisterAccess
from tb.handles.storage_device import DeviceError, Kinds
from tb.random.command_troubles import (
    answered_early,
    answered_late,
    buffers_wanted,
    commands_pile_up,
    freed_while_read,
    groups_at_once,
    tags_large,
)
from tb.random.device_troubles import (
    BURSTS,
    device_fails,
    device_fails_while_copying,
    journal_damaged,
    journal_fails_behind_its_volume,
    restore_fails,
    sending_fails,
    suspended_in_restore,
)
from tb.random.forged_troubles import operations_forged, packets_forged
from tb.random.full_troubles import (
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
    start_behind_journals,
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
from tb.random.trouble_steps import WAITING, Trouble, group_write, hold_volumes, restore_waits

if TYPE_CHECKING:
    from tb.random.trouble_scenarios import RandomTroubles

# Cycles in which a group that is taken over restores what it has read
UNREAD_CYCLES = 200, 1_500


async def suspended(run: "RandomTroubles", group: int) -> None:
    """An operator suspends the group, at either end; what tells the other one has faults, perhaps; or journals that are
    on their way to the journal volume fail behind that."""
    rng, ends = run.bench.generator, [run.original(group), run.secondary(group)]
    if rng.random() < 0.7:
        for path in run.environment.paths:
            await _faults(rng, path, PacketType.GROUP_STATE)
    end = rng.choice(ends)
    journal = volume_at(end.layout, JOURNALS[group])
    device = end.devices[journal.device]
    if rng.random() < 0.6:
        await device.hold(write_responses=True)
        last = journal.offset + journal.capacity - 1
        await device.fail(DeviceError(Kinds.WRITES, journal.offset, last, rng.choice([2, 3]), rng.choice(BURSTS)))
        await run.original(group).send([group_write(run, group) for _ in range(rng.randint(*WAITING))])
        await run.bench.cycles(rng.randrange(*UNREAD_CYCLES))
    await operate(end, Operation.SUSPEND, group_at(end.layout, group))
    await device.hold()


async def packets_fail(run: "RandomTroubles", group: int) -> None:
    """The next packets of a type have faults, on both ways."""
    rng = run.bench.generator
    kind = rng.choice([PacketType.JOURNAL_READ_COMMAND, PacketType.JOURNALS, PacketType.NO_JOURNAL])
    for path in run.environment.paths:
        await _faults(rng, path, kind)


async def _faults(rng: random.Random, path: PathAgent, kind: PacketType) -> None:
    """Let packets of a type have some faults: what is lost has no other one, those after it may."""
    for fault in rng.sample(list(Fault), rng.randint(1, 3)):
        await path.fail(fault, 1, kind)


async def path_cut(run: "RandomTroubles", group: int) -> None:
    """The path carries nothing, until the original gives the group up; so does that of each other group, a little
    sooner or later."""
    for path in run.environment.paths:
        await path.cut()
    for one in (group, *sorted(VOLUMES.keys() - {group})):
        await run.becomes(run.original(one), run.row(run.original(one), one) + "state", GroupState.ABNORMAL)


async def taken_over(run: "RandomTroubles", group: int) -> None:
    """The group is taken over at its secondary system, whose hosts write, and is given up then. Before that it was
    suspended there, perhaps, which its original is not told."""
    rng, secondary, number = run.bench.generator, run.secondary(group), group_at(run.secondary(group).layout, group)
    if rng.random() < 0.5:
        for path in run.environment.paths:
            await path.cut()
        if rng.random() < 0.6:
            await operate(secondary, Operation.SUSPEND, number)
    early = await _takeover_waits(run, group, number) if rng.random() < 0.7 else None
    if early is not None and early.answer is Answer.OK:
        run.forget(group, bool(early.value))
    else:
        run.forget(group, await take_over(secondary, number))
    for path in run.environment.paths:
        await path.heal()
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
    await restore_waits(run, group)
    journals = secondary.devices[volume_at(secondary.layout, JOURNALS[group]).device]
    unread = rng.random() < 0.75
    if unread:  # what was read is written, the rest is not
        await hold_volumes(run, group, False)
        await journals.hold(read_data=True)
        await run.bench.cycles(rng.randrange(*UNREAD_CYCLES))
    result = await operate(secondary, Operation.TAKEOVER, number, 1)
    assert result.answer is Answer.OK, result
    if unread:
        early = await operate(secondary, Operation.FINISH_TAKEOVER, number)
        await journals.hold()
    await hold_volumes(run, group, False)
    return early


# How often each is drawn
WEIGHTS: dict[Trouble, int] = {
    suspended: 2,
    packets_fail: 3,
    device_fails: 4,
    device_fails_while_copying: 3,
    journal_fails_behind_its_volume: 4,
    journal_damaged: 5,
    sending_fails: 11,
    restore_fails: 20,
    suspended_in_restore: 14,
    path_cut: 2,
    taken_over: 8,
    commands_pile_up: 6,
    groups_at_once: 13,
    answered_late: 5,
    answered_early: 3,
    freed_while_read: 4,
    tags_large: 2,
    buffers_wanted: 12,
    full: 3,
    full_volume_fails: 3,
    secondary_full: 10,
    large_batch: 6,
    areas_end: 5,
    operation_delayed: 4,
    start_refused: 4,
    started_again: 3,
    start_behind_journals: 4,
    nobody_answers: 2,
    wrong_operations: 2,
    packets_forged: 10,
    operations_forged: 3,
    tables_wrong: 2,
    numbers_gone: 3,
    journal_volume_lost: 2,
    volume_unknown: 1,
    pair_recorded: 5,
    third_group: 2,
}


def healing(environment: Environment, states: dict[int, int]) -> list[RegisterAccess]:
    """Return the writes that give volumes the states that they had."""
    return [
        RegisterAccess(True, environment.addresses[f"volume[{number}].state"], state)
        for number, state in states.items()
    ]
