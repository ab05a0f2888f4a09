"""Troubles of operators who load tables, or set a group up that cannot run: coroutines as those of troubles.py."""

from typing import TYPE_CHECKING

from mirrorlog.formats.connection_path import PacketType
from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.tables.shared_memory import GroupState, PairState, VolumeState
from mirrorlog.tables.units import NONE
from tb.config.settings import BLOCK_BYTES, ReadMode
from tb.environment.environment import Environment
from tb.environment.operations import operate
from tb.handles.connection_path import Fault
from tb.handles.register_port import RegisterAccess
from tb.random.operating import JOURNALS, VOLUMES

if TYPE_CHECKING:
    from tb.random.trouble_scenarios import RandomTroubles

# Numbers by which an original is ahead of what its secondary system will ask for
AHEAD = 10
# What nobody uses otherwise; the pair that is the first blank one
THIRD_GROUP, FREE_VOLUME, FREE_PAIR = 0, 0, 3
SMALL = 8 * BLOCK_BYTES


async def tables_wrong(run: "RandomTroubles", group: int) -> None:
    """A journal volume or an original volume is loaded as "abnormal"; the group goes on, or begins anew."""
    rng = run.bench.generator
    original, secondary = run.original(group), run.secondary(group)
    at, volume = rng.choice(
        [(original, JOURNALS[group]), (secondary, JOURNALS[group]), (original, min(VOLUMES[group]))]
    )
    anew = rng.random() < 0.5
    if anew:
        await operate(original, Operation.SUSPEND, group)
    await load(run, at, f"volume[{volume}].state", VolumeState.ABNORMAL)
    if anew:
        await operate(original, Operation.INITIATE, group, secondary.system.number, group)


async def restore_begins_again(run: "RandomTroubles", group: int) -> None:
    """While the path carries nothing the journal volume at the secondary system is loaded as "abnormal", and restore
    begins again, perhaps before anything else looks at it."""
    secondary = run.secondary(group)
    await run.wait_restored()
    await run.quiet()
    name = f"group[{group}].activity"
    activity = await secondary.read(name)
    await load(run, secondary, f"volume[{JOURNALS[group]}].state", VolumeState.ABNORMAL)
    await load(run, secondary, name, activity)


async def numbers_gone(run: "RandomTroubles", group: int) -> None:
    """The original's numbers go on without its secondary system, which asks for what there is no more. A packet that
    says so has a fault, perhaps."""
    rng, original, secondary = run.bench.generator, run.original(group), run.secondary(group)
    settings = next(row.replication for row in secondary.layout.groups if row.number == group)
    if settings is None or settings.read_mode != ReadMode.BY_NUMBER:
        return  # nothing is asked for by its number
    await run.wait_restored()
    await run.quiet()
    name = f"group[{group}].update_number"
    await load(run, original, name, await original.read(name) + AHEAD)
    for path in run.bench.paths:
        for fault in rng.sample(list(Fault), rng.randint(0, 3)):
            path.fail(fault, 1, PacketType.GONE)
        path.heal()
    await run.becomes(original, f"group[{group}].state", GroupState.ABNORMAL)


async def third_group(run: "RandomTroubles", group: int) -> None:
    """One more group is set up at a system, wrongly in each step, and is taken away again."""
    at = run.bench.generator.choice([run.original(group), run.secondary(group)])
    here = at.system.number
    other = next(e.system.number for e in (run.original(group), run.secondary(group)) if e is not at)

    async def asked(answer: Answer, operation: Operation, *arguments: int) -> None:
        result = await operate(at, operation, THIRD_GROUP, *arguments)
        assert result.answer is answer, (operation, arguments, result)

    await asked(Answer.OK, Operation.CREATE_GROUP)
    await asked(Answer.NO_JOURNAL_VOLUME, Operation.INITIATE, other, THIRD_GROUP)
    await asked(Answer.NEVER_FITS, Operation.RECORD_JOURNAL_VOLUME, FREE_VOLUME, SMALL)
    for name, value in (("capacity", SMALL), ("state", VolumeState.NORMAL)):
        await load(run, at, f"volume[{FREE_VOLUME}].{name}", value)
    await asked(Answer.TOO_SMALL, Operation.RECORD_PAIR, other, FREE_VOLUME, here, FREE_VOLUME, 2 * SMALL)
    await asked(Answer.OK, Operation.RECORD_JOURNAL_VOLUME, FREE_VOLUME, BLOCK_BYTES)
    await asked(Answer.NO_PAIR, Operation.INITIATE, other, THIRD_GROUP)
    for name, value in (("journal_volume", NONE), ("state", GroupState.BLANK)):
        await load(run, at, f"group[{THIRD_GROUP}].{name}", value)
    for name, value in (("state", VolumeState.BLANK), ("capacity", 0)):
        await load(run, at, f"volume[{FREE_VOLUME}].{name}", value)
    assert await at.read(f"pair[{FREE_PAIR}].state") == PairState.BLANK


async def load(run: "RandomTroubles", at: Environment, name: str, value: int) -> None:
    """Load a table, once the system is idle."""
    await run.insist(at, RegisterAccess(True, at.addresses[name], value))
