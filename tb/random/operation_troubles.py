"""Troubles of operations that are refused, late or not answered: coroutines as those of troubles.py."""

from typing import TYPE_CHECKING

import cocotb
from cocotb.task import Task

from mirrorlog.formats.connection_path import PacketType
from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.tables.shared_memory import GroupState, Reason
from tb.config.settings import BLOCK_BYTES
from tb.environment.operations import OperationResult, operate
from tb.handles.capabilities import Capability
from tb.handles.connection_path import Fault
from tb.random.limits import SILENCE_CYCLES
from tb.random.names import JOURNALS, VOLUMES, group_at, volume_at
from tb.random.trouble_steps import (
    asks,
    begun,
    group_write,
    hold_volumes,
    journals_come,
    load,
    path_from,
    soon,
    unused,
)

if TYPE_CHECKING:
    from tb.random.trouble_scenarios import RandomTroubles

WRONG_OPERATIONS = 16
# Cycles in which a second operation waits for the path
ASKED_CYCLES = 500
# How often a group begins anew at its secondary system while it restores, group states that are lost, and journals that
# come with START
BEGINNINGS, MANY, FEW = 3, 30, (1, 6)
# Cycles in which START is under way to a path that takes nothing, and how long after START comes what was held back, at
# least and at most; or after that what has waited is restored
START_CYCLES, TOGETHER_CYCLES, FLOWING_CYCLES = 2_000, (-150, 80), (-900, 0)
# Cycles within which a group that has begun asks for journals
ASKING_CYCLES = 8_000
# Bits of START's packet, and cycles that it takes when it comes behind journals, at most
START_BITS, APART_CYCLES = 1024, 250
# That are never; the first one is no system, either
UNKNOWN_GROUP, UNKNOWN_VOLUME, UNKNOWN_OPERATION = 150, 60, 99
# Of a unit of initial copy that no write data area has room for
LARGE_UNITS = (1 << 20, 1 << 48, 1 << 63)
# By how much a generation is over
OLDER = (1, 1 << 30, (1 << 31) - 1)
# What a command or its answer has, more often so that it must be sent again
OPERATION_FAULTS = (Fault.CORRUPT, Fault.CORRUPT, Fault.CORRUPT, Fault.DROP, *Fault)


async def nobody_answers(run: "RandomTroubles", group: int) -> None:
    """The group begins anew while the path carries nothing, or takes nothing, until that ends without an answer; then
    another operation is specified."""
    original, row = run.original(group), run.row(run.original(group), group)
    for path in run.environment.paths:
        await path.cut()
    held = run.bench.generator.random() < 0.7
    await operate(original, Operation.SUSPEND, group_at(original.layout, group))
    # else its partner's silence would end it before
    assert await original.write(row + "silence", 0) == 0
    await path_from(run, original).hold(held)
    await operate(original, Operation.INITIATE, *run.initiation(group))
    await run.becomes(original, row + "state", GroupState.ABNORMAL)
    there = run.secondary(group)
    exists = group_at(there.layout, group)
    asked = cocotb.start_soon(operate(original, Operation.CREATE_GROUP, exists, destination=there.system.number))
    await run.bench.sleep(ASKED_CYCLES)
    await path_from(run, original).hold(False)
    for path in run.environment.paths:
        await path.heal()
    await asked
    assert await original.write(row + "silence", SILENCE_CYCLES * run.bench.settings.patience) == 0


async def started_again(run: "RandomTroubles", group: int) -> None:
    """The group begins anew though its secondary system knows nothing of its end, in the very cycles in which what
    restore waits for comes from its journal volume, or while it restores what has waited; again and again."""
    rng, original, secondary = run.bench.generator, run.original(group), run.secondary(group)
    path = path_from(run, original)
    device = secondary.devices[volume_at(secondary.layout, JOURNALS[group]).device]
    for _ in range(BEGINNINGS):
        flows = rng.random() < 0.6

        async def hold(held: bool, flows: bool = flows) -> None:
            if flows:
                await hold_volumes(run, group, held)
            else:
                await device.hold(read_data=held)

        await hold(True)
        await journals_come(run, group)
        initiated = await _initiated(run, group)
        await path.hold(True)
        await run.bench.sleep(START_CYCLES)
        later = run.bench.settings.path.delay + rng.randrange(*(FLOWING_CYCLES if flows else TOGETHER_CYCLES))
        first, second = (path.hold, hold) if later >= 0 else (hold, path.hold)
        await first(False)
        await run.bench.sleep(abs(later))
        await second(False)
        await _begins(run, group, initiated)


async def start_behind_journals(run: "RandomTroubles", group: int) -> None:
    """The group begins anew though its secondary system knows nothing of its end. START comes right behind journals, a
    packet a little after the other, and the steps of both wait for each other, perhaps."""
    rng, original, secondary = run.bench.generator, run.original(group), run.secondary(group)
    path, usual, parameters = path_from(run, original), run.bench.settings.path, run.bench.settings.parameters
    for _ in range(BEGINNINGS):
        await soon(run, lambda: asks(run, group), ASKING_CYCLES)
        await path.set_delay(MANY * START_CYCLES)
        await original.send([group_write(run, group, BLOCK_BYTES) for _ in range(rng.randint(*FEW))])
        await run.bench.cycles(rng.randrange(START_CYCLES))
        initiated = await _initiated(run, group)
        await run.bench.sleep(START_CYCLES)
        stops = rng.random() < 0.4 and Capability.STOP not in secondary.system.cannot
        if stops:
            secondary.system.stop(commit=True)
        await path.set_bandwidth(1, 1 + rng.randrange(APART_CYCLES) * parameters.data_width // START_BITS)
        await path.set_delay(usual.delay)
        await initiated
        if stops:
            secondary.system.stop()
        await path.set_bandwidth(usual.beats, usual.cycles)
        await _begins(run, group, initiated)


async def _initiated(run: "RandomTroubles", group: int) -> Task[OperationResult]:
    """Suspend a group, which its secondary system is not told, and begin to initiate it."""
    original = run.original(group)
    await path_from(run, original).fail(Fault.DROP, MANY, PacketType.GROUP_STATE)
    await operate(original, Operation.SUSPEND, group_at(original.layout, group))
    return cocotb.start_soon(operate(original, Operation.INITIATE, *run.initiation(group)))


async def _begins(run: "RandomTroubles", group: int, initiated: Task[OperationResult]) -> None:
    """Wait until a group that is being initiated has begun, for whose secondary system it may have been too early."""
    original = run.original(group)
    result = await initiated
    await path_from(run, original).fail(Fault.DROP, 0, PacketType.GROUP_STATE)
    if result.answer is not Answer.OK:
        await run.until(original, Answer.OK, Operation.INITIATE, *run.initiation(group))


async def operation_delayed(run: "RandomTroubles", group: int) -> None:
    """The group begins anew, and the operation for that, its answer or both have a fault. What was lost is sent again,
    after longer than the original waits for its partner."""
    rng, original, secondary = run.bench.generator, run.original(group), run.secondary(group)
    ways = {original: PacketType.MAINTENANCE_COMMAND, secondary: PacketType.MAINTENANCE_ANSWER}
    for end, kind in rng.sample(list(ways.items()), rng.randint(1, 2)):
        await path_from(run, end).fail(rng.choice(OPERATION_FAULTS), 1, kind)
    await run.until(original, Answer.OK, Operation.INITIATE, *run.initiation(group))
    await begun(run, group)


async def start_refused(run: "RandomTroubles", group: int) -> None:
    """The group begins anew, but a secondary volume is smaller than its original, or units of initial copy are as large
    as the secondary system's write data area: that refuses to begin."""
    rng, original, secondary = run.bench.generator, run.original(group), run.secondary(group)
    volume = volume_at(secondary.layout, rng.choice(VOLUMES[group]))
    journal = volume_at(secondary.layout, JOURNALS[group])
    unit = await original.read(run.row(original, group) + "copy_unit")
    head = await secondary.read(run.row(secondary, group) + "write_data_head")
    small, capacity, answer = rng.choice(
        [
            (volume, volume.capacity - BLOCK_BYTES * rng.randint(1, 3), Answer.TOO_SMALL),
            (journal, head + BLOCK_BYTES * rng.randint(1, unit // BLOCK_BYTES), Answer.NEVER_FITS),
        ]
    )
    await operate(original, Operation.SUSPEND, group_at(original.layout, group))
    await run.becomes(secondary, run.row(secondary, group) + "state", GroupState.ABNORMAL)
    name = f"volume[{small.number}].capacity"
    await load(run, secondary, name, capacity // BLOCK_BYTES * BLOCK_BYTES)
    await run.until(original, answer, Operation.INITIATE, *run.initiation(group))
    await run.becomes(original, run.row(original, group) + "state", GroupState.ABNORMAL)
    reason = await original.read(run.row(original, group) + "reason")
    assert reason == Reason.START_REFUSED, f"group {group} was to be refused, its reason is {reason}"
    await load(run, secondary, name, small.capacity)


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
            (Operation.RECORD_PAIR, number, here, journal, there, volume, 0),
            (Operation.RECORD_JOURNAL_VOLUME, number, journal, 4096),
            (Operation.RECORD_JOURNAL_VOLUME, number, volume, 4096),
            (Operation.RECORD_JOURNAL_VOLUME, number, UNKNOWN_VOLUME, 4096),
            (Operation.START, number, there, UNKNOWN_GROUP + 256, 0, 1, 0, 4096),
            (Operation.START, number, UNKNOWN_GROUP, number, 0, 1, 0, 4096),
            (Operation.START, number, there, number, 0, 1, 0, rng.choice(LARGE_UNITS)),
        ]
        if not elsewhere:
            generation = await place.read(run.row(place, group) + "generation")
            older = (generation - rng.choice(OLDER)) % (1 << 32) if generation else 1 << 32
            known += [
                (Operation.START, number, there, number, older, 1, 0, BLOCK_BYTES),
                (UNKNOWN_OPERATION, number),
                (Operation.INITIATE, blank, there, number),
                (Operation.INITIATE, number, UNKNOWN_GROUP, number),
                (Operation.SUSPEND, blank),
                (Operation.TAKEOVER, blank, 0),
                (Operation.TAKEOVER, number, rng.choice([0, 2, 1 << 32, (1 << 64) - 1])),
                (Operation.FINISH_TAKEOVER, number),
                (Operation.GIVE_UP, number),
            ]
        operation, *arguments = rng.choice(known)
        result = await operate(at, operation, *arguments, destination=place.system.number if elsewhere else 0)
        assert result.answer is not Answer.OK, (operation, arguments, here)
