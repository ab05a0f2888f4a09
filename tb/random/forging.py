"""Puts packets that no system has sent into the path of a random run, at any moment or as a trouble."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import cocotb
from cocotb.task import Task

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.processes.path_sources import MOST_SYSTEMS
from tb.environment.environment import BenchEnvironment
from tb.environment.operations import operate
from tb.handles.testbench import BenchControl
from tb.random import forged
from tb.random.forged import Forge, Way
from tb.random.malformed import MALFORMED
from tb.random.names import group_at

if TYPE_CHECKING:
    from tb.random.trouble_scenarios import RandomTroubles

# Cycles between two of them, and beats of one that comes at any moment, so that nothing waits for long behind it
GAP_CYCLES, MOST_BEATS = (50, 1_500), 1_200
# As a trouble: how many, and cycles between two
COUNT, NEAR_CYCLES = (8, 20), 400
# In which an operation is on its way; in which any packet comes, and between two looks at whether all have
SENT_CYCLES, COME_CYCLES, LOOK_CYCLES = 1_000, 4_000, 20
LAST_ANSWER = max(Answer)
NO_OPERATIONS = (0, *range(5, 16), *Operation, 99, 0xFF)


def packed(make: forged.Make) -> Forge:
    """Return what makes the bytes of a packet."""
    return lambda way: make(way).pack()


def refused_operation(way: Way) -> Packet:
    """An operation of the partner's or a stranger's that is none, about no group, or of a group that exists."""
    rng = way.rng
    packet = way.packet(PacketType.MAINTENANCE_COMMAND)
    count = rng.randint(1, 8)
    group = rng.choice([way.number, way.here.parameters.groups, way.number | 1 << rng.randrange(16, 64)])
    packet.status = rng.choice(NO_OPERATIONS)
    if packet.status in (Operation.CREATE_GROUP, Operation.RECORD_PAIR, Operation.RECORD_JOURNAL_VOLUME):
        group = way.number | 1 << rng.randrange(16, 64)
    packet.arguments = (group, *(rng.getrandbits(64) for _ in range(count - 1)))
    if rng.random() < 0.5:
        packet.source, packet.incarnation = forged.stranger(way)
    return packet


def operation_not_allowed(way: Way) -> Packet:
    """An operation of a system whose operations are not taken here; what another stranger sends if there is none."""
    rng, allowed = way.rng, way.here.shared.allowed_systems
    others = (*range(MOST_SYSTEMS), rng.randrange(MOST_SYSTEMS, 1 << 16))
    sources = [source for source in others if not allowed >> min(source, MOST_SYSTEMS) & 1]
    if not sources:
        return forged.from_stranger(way)
    packet = refused_operation(way)
    packet.source, packet.incarnation = rng.choice(sources), rng.getrandbits(32)
    return packet


def answer_to_nothing(way: Way) -> Packet:
    """An answer to an operation that was not specified; or of another incarnation, or another system's, to the one
    that was."""
    rng, mailbox = way.rng, way.here.mailbox
    packet = way.packet(PacketType.MAINTENANCE_ANSWER)
    packet.group = packet.source_group = 0
    packet.status, packet.generation = rng.randint(0, LAST_ANSWER), way.here.shared.incarnation
    packet.arguments = tuple(rng.getrandbits(32) for _ in range(rng.randint(0, 8)))
    other = rng.choice(["tag", "generation", "source"])
    if mailbox.tag is not None and other != "tag":
        packet.tag = mailbox.tag
    if other == "generation":
        packet.generation = (packet.generation + rng.choice([1, -1, 1 << 31])) % (1 << 32)
    if other == "source":
        packet.source, packet.incarnation = forged.stranger(way)
    return packet


# Of which a system takes no notice but by counting them, and others that change nothing
DROPPED: tuple[Forge, ...] = (
    *MALFORMED,
    *(packed(forged.from_stranger) for _ in range(8)),
    packed(operation_not_allowed),
)
HARMLESS: tuple[Forge, ...] = (*DROPPED, *(packed(make) for make in forged.IDLE))
# After which one that is sent may wait for what has come already
EARLY: tuple[Forge, ...] = (packed(forged.answered_early),)
OPERATING: tuple[Forge, ...] = (packed(refused_operation), packed(answer_to_nothing))


class Forger:
    """Makes packets from the tables that the comparison's models have, and puts them into the paths. What it draws is
    of the run's seed, and nothing else of the run's."""

    def __init__(self, bench: BenchControl, environment: BenchEnvironment) -> None:
        self._bench = bench
        self._environment = environment
        self.rng = random.Random(f"forged {bench.seed}")

    def way(self, index: int | None = None, group: int | None = None) -> Way:
        """Return the way of a path, of any if none is given, and a group, of any that there are."""
        index = self.rng.randrange(2) if index is None else index
        comparison = self._environment.scoreboard.comparison
        there, here = (comparison.system(self._bench.systems[one].number) for one in (index, 1 - index))
        started = [number for number, one in enumerate(here.shared.groups) if one.is_started()]
        numbers = started if started and self.rng.random() < 0.9 else range(len(here.shared.groups))
        return Way(self.rng, here, there, self.rng.choice(numbers) if group is None else group, index)

    def put(self, forge: Forge, way: Way, most_beats: int | None = None) -> None:
        """Put one in, if it is not too long."""
        data = forge(way)
        if most_beats is None or len(data) <= most_beats * way.beat:
            self._bench.paths[way.index].insert(data)

    def begin(self, forges: Sequence[Forge]) -> Task[None]:
        """Put some of these in, at any moment; cancel what this returns to end it."""

        async def now_and_then() -> None:
            while True:
                await self._bench.sleep(self.rng.randint(*GAP_CYCLES))
                self.put(self.rng.choice(forges), self.way(), MOST_BEATS)

        return cocotb.start_soon(now_and_then())


async def packets_forged(run: "RandomTroubles", group: int) -> None:
    """Packets that no system has sent come, some of which stop the group; then it is suspended, as one side may have
    stopped that does not say so."""
    forger, stopping = run.forger, [packed(make) for make in forged.STOPPING]
    for _ in range(forger.rng.randint(*COUNT)):
        forges = forger.rng.choice([HARMLESS, OPERATING, EARLY, stopping, stopping])
        index = forger.rng.randrange(2)
        layout = run.environment.systems[1 - index].layout
        forger.put(forger.rng.choice(forges), forger.way(index, group_at(layout, group)))
        await run.bench.sleep(forger.rng.randrange(NEAR_CYCLES))
    await arrived(run)
    original = run.original(group)
    await operate(original, Operation.SUSPEND, group_at(original.layout, group))


async def operations_forged(run: "RandomTroubles", group: int) -> None:
    """While an operation waits for its answer others' answers come, and operations, each again and once more after its
    system was reset."""
    forger, ends = run.forger, [run.original(group), run.secondary(group)]
    at, to = forger.rng.sample(ends, 2)
    index = run.environment.systems.index(to)
    run.bench.paths[index].hold(True)
    exists = group_at(to.layout, group)
    asked = cocotb.start_soon(operate(at, Operation.CREATE_GROUP, exists, destination=to.system.number))
    await run.bench.sleep(SENT_CYCLES)
    await run.bench.capture_now()
    for _ in range(forger.rng.randint(*COUNT)):
        forger.put(packed(answer_to_nothing), forger.way(index))
        await run.bench.sleep(forger.rng.randrange(NEAR_CYCLES))
    way = forger.way(index)
    packet = refused_operation(way)
    packet.source, packet.incarnation = forged.stranger(way)
    for later in (0, 0, 1, 0, 0x7FFF_FFFF):
        packet = replace(packet, incarnation=(packet.incarnation + later) % (1 << 32))
        if later:
            packet = replace(packet, status=forger.rng.choice([0, 99, Operation.SUSPEND]))
        run.bench.paths[index].insert(packet.pack())
        await arrived(run)
    run.bench.paths[index].hold(False)
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
