"""Troubles of packets that no system has sent: coroutines as those of troubles.py."""

from dataclasses import replace
from typing import TYPE_CHECKING

import cocotb

from mirrorlog.processes.maintenance import Answer, Operation
from tb.environment.operations import operate
from tb.random import forged
from tb.random.forging import EARLY, HARMLESS, OPERATING, answer_to_nothing, packed, refused_operation
from tb.random.names import group_at
from tb.random.trouble_steps import begun, path_from

if TYPE_CHECKING:
    from tb.random.trouble_scenarios import RandomTroubles

# How many, and cycles between two; how often the group begins anew and more come
COUNT, NEAR_CYCLES, ROUNDS = (4, 8), 400, 3
# In which an operation is on its way; in which any packet comes, and between two looks at whether all have
SENT_CYCLES, COME_CYCLES, LOOK_CYCLES = 1_000, 4_000, 20


async def packets_forged(run: "RandomTroubles", group: int) -> None:
    """Packets that no system has sent come, some of which stop the group; then it is suspended, as one side may have
    stopped that does not say so. It begins anew, and more of them come."""
    forger, stopping = run.forger, [packed(make) for make in forged.STOPPING]
    original, secondary = run.original(group), run.secondary(group)
    asking, to_secondary = path_from(run, secondary), run.environment.systems.index(original)
    for again in range(ROUNDS):
        if again:
            await run.until(original, Answer.OK, Operation.INITIATE, *run.initiation(group))
            await begun(run, group)
        # what the secondary system asks for is not answered, perhaps, but by these
        await asking.hold(forger.rng.random() < 0.5)
        for _ in range(forger.rng.randint(*COUNT)):
            forges = forger.rng.choice([HARMLESS, OPERATING, EARLY, stopping])
            index = to_secondary if forger.rng.random() < 0.7 else 1 - to_secondary
            layout = run.environment.systems[1 - index].layout
            await run.bench.capture_now(whole=False)
            await forger.put(forger.rng.choice(forges), forger.way(index, group_at(layout, group)))
            await run.bench.sleep(forger.rng.randrange(NEAR_CYCLES))
        await arrived(run)
        await asking.hold(False)
        await operate(original, Operation.SUSPEND, group_at(original.layout, group))


async def operations_forged(run: "RandomTroubles", group: int) -> None:
    """While an operation waits for its answer others' answers come, and operations, each again and once more after its
    system was reset."""
    forger, ends = run.forger, [run.original(group), run.secondary(group)]
    at, to = forger.rng.sample(ends, 2)
    index = run.environment.systems.index(to)
    await run.environment.paths[index].hold(True)
    exists = group_at(to.layout, group)
    asked = cocotb.start_soon(operate(at, Operation.CREATE_GROUP, exists, destination=to.system.number))
    await run.bench.sleep(SENT_CYCLES)
    await run.bench.capture_now()
    for _ in range(forger.rng.randint(*COUNT)):
        await forger.put(packed(answer_to_nothing), forger.way(index))
        await run.bench.sleep(forger.rng.randrange(NEAR_CYCLES))
    way = forger.way(index)
    packet = refused_operation(way)
    packet.source, packet.incarnation = forged.stranger(way)
    for later in (0, 0, 1, 0, 0x7FFF_FFFF):
        packet = replace(packet, incarnation=(packet.incarnation + later) % (1 << 32))
        if later:
            packet = replace(packet, status=forger.rng.choice([0, 99, Operation.SUSPEND]))
        await run.environment.paths[index].insert(packet.pack())
        await arrived(run)
    await run.environment.paths[index].hold(False)
    result = await asked
    assert result.answer is Answer.WRONG_GROUP_STATE, result


async def arrived(run: "RandomTroubles") -> None:
    """Wait until all that was put in has come, and is taken: until the paths are empty, which they may never be, or for
    longer than anything takes."""
    for _ in range(COME_CYCLES // LOOK_CYCLES):
        if all(path.is_empty for path in run.bench.paths):
            break
        await run.bench.sleep(LOOK_CYCLES)
    await run.bench.sleep(SENT_CYCLES)
