"""Puts packets that no system has sent into the path of a random run."""

import random
from collections.abc import Sequence

import cocotb
from cocotb.task import Task

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.processes.path_sources import MOST_SYSTEMS
from tb.environment.environment import BenchEnvironment
from tb.handles.testbench import BenchControl
from tb.random import forged
from tb.random.malformed import MALFORMED
from tb.random.way import Forge, Make, Way

# Cycles between two of them, and beats of one that comes at any moment, so that nothing waits for long behind it
GAP_CYCLES, MOST_BEATS = (50, 1_500), 1_200
LAST_ANSWER = max(Answer)
NO_OPERATIONS = (0, *range(5, 16), *Operation, 99, 0xFF)


def packed(make: Make) -> Forge:
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
EARLY: tuple[Forge, ...] = (packed(forged.answer_to_the_next),)
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

    async def put(self, forge: Forge, way: Way, most_beats: int | None = None) -> None:
        """Put one in, if it is not too long."""
        data = forge(way)
        if most_beats is None or len(data) <= most_beats * way.beat:
            await self._environment.paths[way.index].insert(data)

    def begin(self, forges: Sequence[Forge]) -> Task[None]:
        """Put some of these in, at any moment; cancel what this returns to end it."""

        async def now_and_then() -> None:
            while True:
                await self._bench.sleep(self.rng.randint(*GAP_CYCLES))
                await self.put(self.rng.choice(forges), self.way(), MOST_BEATS)

        return cocotb.start_soon(now_and_then())
