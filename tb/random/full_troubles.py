"""Troubles of journal volumes and batches that are full: coroutines as those of troubles.py."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mirrorlog.formats.connection_path import PacketType
from mirrorlog.processes.maintenance import Operation
from mirrorlog.tables.shared_memory import FullPolicy, GroupState
from tb.config.settings import BLOCK_BYTES, ENTRY_BYTES, NoRoom, ReadMode
from tb.environment.agents import PortSequence
from tb.environment.environment import POLL_CYCLES
from tb.environment.operations import operate
from tb.environment.random_host import discard, varied
from tb.handles.connection_path import Fault
from tb.handles.host_port import HostCommand, Opcode
from tb.handles.storage_device import DeviceError, Kinds
from tb.random.names import JOURNALS, VOLUMES, group_at, volume_at
from tb.random.trouble_steps import (
    asks_once,
    group_write,
    hold_paths,
    hold_volumes,
    large_batches,
    most_bytes,
    path_from,
    read_by,
    soon,
    write_all,
)

if TYPE_CHECKING:
    from tb.random.trouble_scenarios import RandomTroubles

# More than a journal volume has room for
FILLING = 90
# How a full group's writes wait for room, more often those that do, and for how many cycles
POLICIES = (*[FullPolicy.STALL] * 3, FullPolicy.SUSPEND, FullPolicy.ERROR)
WATCH_CYCLES = (500, 500, 500, 4_000, 40_000)
# Longer than any run; cycles within which what does not wait is answered, and reads of a volume that fails
LONGEST, SOON_CYCLES, READS = 0xFFFF_FFFF, 2_400, 2
# Cycles in which every group is heard of when the path works again
HEARD_CYCLES = 12_000
# Cycles in which a journal volume becomes full, more of them if packets have few journals, those after which volumes
# take writes again
FULL_CYCLES, MORE_CYCLES, LATER_CYCLES = (3_000, 9_000), 6_000, 800
LARGEST_BATCH = 64
# What becomes of journals for which a secondary system has no room, more often so that they are asked for again
NO_ROOM = (NoRoom.DROP, NoRoom.DROP, NoRoom.HOLD)
# Cycles in which commands that are new are on their way, and those after which one is sent again, with data or without
ASKED_CYCLES, DATA_TIMEOUT, TIMEOUT = 500, 12_000, 6_000
# Faults of a batch: most often it must be sent again
BATCH_FAULTS = (Fault.DROP, Fault.DROP, Fault.CORRUPT, Fault.CORRUPT, *Fault)
# Writes of the largest size behind those that end where an area does, and how often that is tried
BEHIND, ROUNDS = 3, 2


async def full(run: "RandomTroubles", group: int) -> None:
    """More is written or discarded than the journal volume has room for, under any policy."""
    rng, original = run.bench.generator, run.original(group)
    longer, discarded = rng.random() < 0.7, rng.random() < 0.6
    if discarded:  # else writes of the traffic before them fill it
        await run.wait_restored()
    values = {"full_policy": rng.choice(POLICIES), "watch_time": rng.choice(WATCH_CYCLES)}
    before = await _change(run, group, values)
    await hold_paths(run, True)
    commands = [varied(group_write(run, group)) for _ in range(FILLING)]
    writes = await original.send(map(discard, commands) if discarded else commands)
    if not longer:
        await run.bench.cycles(rng.randrange(2 * WATCH_CYCLES[0]))
        await hold_paths(run, False)
    await run.answered(writes, f"writes to group {group}, which is full")
    await hold_paths(run, False)
    # else traffic that fills it again would end the group in the middle of another trouble
    await _change(run, group, before)


async def full_volume_fails(run: "RandomTroubles", group: int) -> None:
    """As the path carries nothing the original's journal volume is full, and a write waits for room. Then reads of its
    volume that came before it fail: the write is answered, though there is no room."""
    rng, original = run.bench.generator, run.original(group)
    await run.hosts_answered()
    # no group is given up meanwhile
    changes = {number: {"silence": 0} for number in VOLUMES}
    changes[group] |= {"full_policy": FullPolicy.STALL, "watch_time": LONGEST}
    before = {number: await _change(run, number, values) for number, values in changes.items()}
    await hold_paths(run, True)
    name = rng.choice(VOLUMES[group])
    volume = volume_at(original.layout, name)
    device = original.devices[volume.device]
    await device.fail(
        DeviceError(Kinds.READS, volume.offset, volume.offset + volume.capacity - 1, rng.choice([2, 3]), FILLING)
    )
    await device.hold(read_data=True)
    original.system.host.set_queue_depth(1 + READS)
    places = [volume.first + BLOCK_BYTES * rng.randrange(volume.capacity // BLOCK_BYTES) for _ in range(READS)]
    reads = await original.send([HostCommand(Opcode.READ, volume.number, place, BLOCK_BYTES) for place in places])
    waiting = await _waiting_write(run, group, name)
    await device.hold()
    for sequence in (reads, waiting):
        assert await _soon(run, sequence), f"volume {volume.number} fails, its host is not told in {SOON_CYCLES} cycles"
    original.system.host.set_queue_depth(run.bench.settings.behaviour.queue_depth)
    await hold_paths(run, False)
    await run.bench.sleep(HEARD_CYCLES)
    for number, values in before.items():
        await _change(run, number, values)


async def _change(run: "RandomTroubles", group: int, values: Mapping[str, int]) -> dict[str, int]:
    """Write settings of a group at its original; returns what they were."""
    original, row = run.original(group), run.row(run.original(group), group)
    before = {name: await original.read(row + name) for name in values}
    await write_all(original, row, values)
    return before


async def _waiting_write(run: "RandomTroubles", group: int, volume: int) -> PortSequence:
    """Write to a volume of a group until a write is not answered soon; returns that."""
    for _ in range(FILLING):
        writes = await run.original(group).send([group_write(run, group, volume=volume)])
        if not await _soon(run, writes):
            return writes
    raise AssertionError(f"group {group} has room for {FILLING} writes, though the path carries nothing")


async def _soon(run: "RandomTroubles", sequence: PortSequence) -> bool:
    """Is a sequence answered soon?"""
    return await soon(run, lambda: sequence.is_answered, SOON_CYCLES)


async def secondary_full(run: "RandomTroubles", group: int) -> None:
    """The secondary system's volumes take no writes, so that its journal volume becomes full of writes or discards,
    under any setting of `no_room` and `backlog`; perhaps that takes none, either, so that nothing of it is committed.
    Then the group goes on, or begins anew, for which it is suspended sooner or later."""
    rng = run.bench.generator
    if rng.random() < 0.6:
        group = read_by(run, group, ReadMode.PLAIN) or group
    original, secondary = run.original(group), run.secondary(group)
    # what had no room is not asked for again while the backlog is full
    values = {"no_room": rng.choice(NO_ROOM), "interval": 50, "backlog": rng.choice([1, 1, 8, 64])}
    if rng.random() < 0.8:  # soon
        values |= large_batches(run)
    await write_all(secondary, run.row(secondary, group), values)
    await hold_volumes(run, group, True)
    await hold_paths(run, rng.random() < 0.5)
    journals = secondary.devices[volume_at(secondary.layout, JOURNALS[group]).device]
    await journals.hold(write_responses=rng.random() < 0.5)
    size = rng.choice([0, BLOCK_BYTES])
    commands = [varied(group_write(run, group, size)) for _ in range(FILLING)]
    writes = await original.send(map(discard, commands) if rng.random() < 0.6 else commands)
    await run.bench.cycles(rng.randrange(*FULL_CYCLES))
    await hold_paths(run, False)
    await journals.hold()
    await filled(run, group)
    if rng.random() < 0.5:
        await run.bench.cycles(rng.randrange(LATER_CYCLES))
    begins, released = rng.random() < 0.7, rng.random() < 0.4
    if released:
        await hold_volumes(run, group, False)
    if begins:
        await operate(original, Operation.SUSPEND, group_at(original.layout, group))
        if not released:
            await run.becomes(secondary, run.row(secondary, group) + "state", GroupState.ABNORMAL)
    await hold_volumes(run, group, False)
    if asks_once(run, group) == group:  # what was dropped is lost, the group ends with what comes next
        await run.bench.sleep(SOON_CYCLES)
        await write_all(secondary, run.row(secondary, group), {"no_room": NoRoom.HOLD})
    if begins:
        await operate(original, Operation.INITIATE, *run.initiation(group))
    await run.answered(writes, f"writes to group {group}, whose copy is full")


async def filled(run: "RandomTroubles", group: int) -> None:
    """Wait until the secondary system's journal volume has no entry left, though not for long."""
    secondary = run.secondary(group)
    row = run.row(secondary, group)
    entries = await secondary.read(row + "write_data_head") - await secondary.read(row + "update_information_head")
    for _ in range(MORE_CYCLES // POLL_CYCLES):
        if await secondary.read(row + "update_information_used") == entries:
            break
        await run.bench.sleep(POLL_CYCLES)


async def large_batch(run: "RandomTroubles", group: int) -> None:
    """Journals or discards of a block gather while the path takes nothing, in the group with the most room, then as
    many as may be are asked for at once; more often than not the first packet of them has a fault, and they are sent
    again."""
    room = {}
    for number in VOLUMES:
        ends = run.original(number), run.secondary(number)
        room[number] = min([await end.read(run.row(end, number) + "write_data_head") for end in ends])
    group = max(room, key=lambda number: room[number])
    rng, original, secondary = run.bench.generator, run.original(group), run.secondary(group)
    parameters = run.bench.settings.parameters
    # discards take no room for data, neither in the journal volume nor in a packet
    discarded = rng.random() < 0.85
    batch = parameters.batch_journals if discarded else min(LARGEST_BATCH, parameters.max_data_bytes // BLOCK_BYTES)
    most = min(batch * BLOCK_BYTES, parameters.max_data_bytes)
    values = {"batch_journals": batch, "batch_bytes": most, "timeout": TIMEOUT if discarded else DATA_TIMEOUT}
    await write_all(secondary, run.row(secondary, group), values | {"interval": 50, "backlog": 1})
    # no batch reaches over the end of the entries' area, so that begins anew; nothing else is in the way, and commands
    # on the path ask for so many
    await run.wait_restored()
    row = run.row(original, group)
    head, end, newest = [
        await original.read(row + name)
        for name in ("update_information_head", "write_data_head", "update_information_newest")
    ]
    entries = 0 if newest == head else (end - newest) // ENTRY_BYTES
    before = [group_write(run, group, BLOCK_BYTES) for _ in range(entries)]
    await run.answered(await original.send(map(discard, before)), f"discards of group {group} before a large batch")
    await run.wait_restored()
    await run.bench.sleep(ASKED_CYCLES + 4 * run.bench.settings.path.delay)
    await hold_paths(run, True)
    commands = [group_write(run, group, BLOCK_BYTES) for _ in range(FILLING)]
    writes = await original.send(map(discard, commands) if discarded else commands)
    await run.bench.cycles(rng.randrange(*FULL_CYCLES))
    if rng.random() < 0.9:
        await path_from(run, original).fail(rng.choice(BATCH_FAULTS), 1, PacketType.JOURNALS)
    await hold_paths(run, False)
    await run.answered(writes, f"writes to group {group} of a block each")
    # what was lost is sent again before anything else comes
    await run.wait_restored()


async def areas_end(run: "RandomTroubles", group: int) -> None:
    """When all is restored, writes of the largest size are sent to both groups, one of which ends where the original's
    write data area does; smaller ones come before them. Then that is done once more."""
    most = most_bytes(run)
    for _ in range(ROUNDS):
        await run.wait_restored()
        sent = []
        for number in (group, *sorted(VOLUMES.keys() - {group})):
            original = run.original(number)
            assert await original.write(run.row(original, number) + "full_policy", FullPolicy.STALL) == 0
            end = volume_at(original.layout, JOURNALS[number]).capacity
            large, left = divmod(end - await original.read(run.row(original, number) + "write_data_newest"), most)
            sizes = [BLOCK_BYTES] * (left // BLOCK_BYTES) + [most] * (large + BEHIND)
            sent.append(await original.send([group_write(run, number, size) for size in sizes]))
        for writes in sent:
            await run.answered(writes, "writes up to the end of an area")
