"""Troubles of operators who load tables, record a pair, or set a group up that cannot run: coroutines as those of
troubles.py."""

from typing import TYPE_CHECKING

from mirrorlog.formats.connection_path import PacketType
from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.tables.shared_memory import GroupState, PairState, VolumeState
from mirrorlog.tables.units import NONE
from tb.config.settings import BLOCK_BYTES, ENTRY_BYTES, ReadMode
from tb.environment.operations import operate
from tb.handles.connection_path import Fault
from tb.handles.host_port import HostCommand, Opcode
from tb.random.names import JOURNALS, VOLUMES, group_at, volume_at
from tb.random.trouble_steps import advance, begun, group_write, load, path_from, read_by, unused

if TYPE_CHECKING:
    from tb.random.trouble_scenarios import RandomTroubles

# Numbers by which an original is ahead of what its secondary system will ask for
AHEAD = 10
# Where nothing lies on the first device
FREE_OFFSET = 0
SMALL = 8 * BLOCK_BYTES
# Writes that come to a journal volume that is lost, at most
COMING = 10
# Writes to a volume whose pair is recorded in the middle of all, cycles in which it is copied, and those for which its
# group has copied others then, at most
RECORDED_WRITES, RECORDED_CYCLES, COPIED_CYCLES = 6, 6_000, 4_000


async def tables_wrong(run: "RandomTroubles", group: int) -> None:
    """A journal volume or an original volume is loaded as "abnormal"; the group goes on, or begins anew."""
    rng = run.bench.generator
    original, secondary = run.original(group), run.secondary(group)
    at, name = rng.choice([(original, JOURNALS[group]), (secondary, JOURNALS[group]), (original, VOLUMES[group][0])])
    anew = rng.random() < 0.5
    if anew:
        await operate(original, Operation.SUSPEND, group_at(original.layout, group))
    await load(run, at, f"volume[{volume_at(at.layout, name).number}].state", VolumeState.ABNORMAL)
    if anew:
        await operate(original, Operation.INITIATE, *run.initiation(group))


async def volume_unknown(run: "RandomTroubles", group: int) -> None:
    """A pair at the secondary system names a volume that it does not have, and the group begins anew: the first journal
    for it ends the group."""
    rng, original, secondary = run.bench.generator, run.original(group), run.secondary(group)
    pair = run.pairs[secondary.system.number].index((group, rng.choice(VOLUMES[group])))
    name = f"pair[{pair}].secondary_volume"
    own, most = await secondary.read(name), run.bench.settings.parameters.volumes
    await operate(original, Operation.SUSPEND, group_at(original.layout, group))
    await load(run, secondary, name, rng.choice([most, most, most + 1, NONE]))
    await run.until(original, Answer.OK, Operation.INITIATE, *run.initiation(group))
    await begun(run, group)
    await run.becomes(secondary, run.row(secondary, group) + "state", GroupState.ABNORMAL)
    await load(run, secondary, name, own)


async def journal_volume_lost(run: "RandomTroubles", group: int) -> None:
    """While the path carries nothing the journal volume at the secondary system is loaded as "abnormal". Then restore
    begins again, perhaps before anything else looks at it; or journals come that are to be stored there."""
    rng, original, secondary = run.bench.generator, run.original(group), run.secondary(group)
    await run.wait_restored()
    await run.quiet()
    name = run.row(secondary, group) + "activity"
    activity = await secondary.read(name)
    journal = volume_at(secondary.layout, JOURNALS[group]).number
    await load(run, secondary, f"volume[{journal}].state", VolumeState.ABNORMAL)
    if rng.random() < 0.3:
        await load(run, secondary, name, activity)
        return
    writes = await original.send([group_write(run, group) for _ in range(rng.randint(1, COMING))])
    for path in run.environment.paths:
        await path.heal()
    await run.becomes(secondary, run.row(secondary, group) + "state", GroupState.ABNORMAL)
    await run.answered(writes, f"writes to group {group}, whose copy has lost its journal volume")


async def numbers_gone(run: "RandomTroubles", group: int) -> None:
    """The original's numbers go on without its secondary system, which asks for what there is no more. A packet that
    says so has a fault, perhaps: most often it comes damaged."""
    rng = run.bench.generator
    group = read_by(run, group, ReadMode.BY_NUMBER)
    if not group:
        return  # nothing is asked for by its number
    original = run.original(group)
    await run.wait_restored()
    await run.quiet()
    await advance(run, original, run.row(original, group) + "update_number", AHEAD)
    faults = rng.choice([[Fault.CORRUPT], [Fault.CORRUPT], [Fault.REORDER], rng.sample(list(Fault), rng.randint(0, 3))])
    for fault in faults:
        await path_from(run, original).fail(fault, 1, PacketType.GONE)
    for path in run.environment.paths:
        await path.heal()
    await run.becomes(original, run.row(original, group) + "state", GroupState.ABNORMAL)


async def third_group(run: "RandomTroubles", group: int) -> None:
    """One more group is set up at a system, wrongly in each step, and is taken away again."""
    at = run.bench.generator.choice([run.original(group), run.secondary(group)])
    here, third, free = at.system.number, unused(at, "group"), unused(at, "volume")
    other = next(e.system.number for e in (run.original(group), run.secondary(group)) if e is not at)

    async def asked(answer: Answer, operation: Operation, *arguments: int) -> None:
        result = await operate(at, operation, third, *arguments)
        assert result.answer is answer, (operation, arguments, result)

    await asked(Answer.OK, Operation.CREATE_GROUP)
    await asked(Answer.NO_JOURNAL_VOLUME, Operation.INITIATE, other, third)
    await asked(Answer.NEVER_FITS, Operation.RECORD_JOURNAL_VOLUME, free, SMALL)
    await load(run, at, f"volume[{free}].capacity", SMALL)
    await asked(Answer.WRONG_VOLUME_STATE, Operation.RECORD_PAIR, here, free, other, free, SMALL)
    await load(run, at, f"volume[{free}].state", VolumeState.NORMAL)
    for size in (0, BLOCK_BYTES // 2, BLOCK_BYTES + ENTRY_BYTES):
        await asked(Answer.NEVER_FITS, Operation.RECORD_JOURNAL_VOLUME, free, size)
    await asked(Answer.TOO_SMALL, Operation.RECORD_PAIR, other, free, here, free, 2 * SMALL)
    await asked(Answer.OK, Operation.RECORD_JOURNAL_VOLUME, free, BLOCK_BYTES)
    await asked(Answer.NO_PAIR, Operation.INITIATE, other, third)
    for name, value in (("journal_volume", NONE), ("state", GroupState.BLANK)):
        await load(run, at, f"group[{third}].{name}", value)
    for name, value in (("state", VolumeState.BLANK), ("capacity", 0)):
        await load(run, at, f"volume[{free}].{name}", value)
    assert await at.read(f"pair[{run.blank_pair(at)}].state") == PairState.BLANK


async def pair_recorded(run: "RandomTroubles", group: int) -> None:
    """A pair is recorded in a group that runs, or has begun anew and copies others, at both ends, and copied. Then the
    group is suspended, and the pair is taken away again."""
    rng, ends = run.bench.generator, (run.original(group), run.secondary(group))
    rows = {end: (group_at(end.layout, group), unused(end, "volume")) for end in ends}
    for end, (_, volume) in rows.items():
        base = run.bench.settings.starts[end.system.number].device_base
        values = {"device": 0, "offset": base + FREE_OFFSET, "capacity": SMALL, "state": VolumeState.NORMAL}
        for name, value in values.items():
            await load(run, end, f"volume[{volume}].{name}", value)
    if rng.random() < 0.7:
        await operate(ends[0], Operation.SUSPEND, rows[ends[0]][0])
        await run.until(ends[0], Answer.OK, Operation.INITIATE, *run.initiation(group))
        await begun(run, group)
        await run.bench.cycles(rng.randrange(COPIED_CYCLES))
    arguments = [number for end in ends for number in (end.system.number, rows[end][1])]
    # a journal of a pair that the secondary system does not know yet would end the group
    for end in ends[::-1]:
        pair = await run.ok(end, Operation.RECORD_PAIR, rows[end][0], *arguments, SMALL)
        assert pair == run.blank_pair(end)
    commands, most = [], min(2, run.bench.settings.parameters.max_transfer_bytes // BLOCK_BYTES)
    for _ in range(RECORDED_WRITES):
        size = BLOCK_BYTES * rng.randint(1, most)
        position = BLOCK_BYTES * rng.randrange((SMALL - size) // BLOCK_BYTES + 1)
        commands.append(HostCommand(Opcode.WRITE, arguments[1], position, size, rng.randbytes(size)))
    writes = await ends[0].send(commands)
    await run.bench.cycles(rng.randrange(RECORDED_CYCLES))
    for end in rng.sample(ends, len(ends)):
        await operate(end, Operation.SUSPEND, rows[end][0])
    await run.answered(writes, f"writes to the pair that was recorded in group {group}")
    for end, (number, volume) in rows.items():
        pair, name = run.blank_pair(end), f"group[{number}].pair_set"
        await load(run, end, name, await end.read(name) & ~(1 << pair))
        for name, value in (
            (f"group[{number}].marked", await end.read(f"group[{number}].marked") & ~(1 << pair)),
            (f"pair[{pair}].state", PairState.BLANK),
            (f"volume[{volume}].pair", NONE),
            (f"volume[{volume}].state", VolumeState.BLANK),
            (f"volume[{volume}].capacity", 0),
        ):
            await load(run, end, name, value)
