"""What random runs of two systems have in common whose groups operators set up: two groups, one each way or both the
same, traffic on both sides, and what an operator does."""

import random
from dataclasses import replace

from mirrorlog.processes.maintenance import Operation
from mirrorlog.tables.shared_memory import PairState
from tb.config.settings import BLOCK_BYTES, ENTRY_BYTES, Activity
from tb.environment.agents import PortSequence, accesses
from tb.environment.consistency import Consistency
from tb.environment.copied_group import CopiedGroup
from tb.environment.environment import POLL_CYCLES, Environment
from tb.environment.random_host import RandomHost
from tb.handles.register_port import RegisterAccess
from tb.random.draw_groups import COUNT_BITS, TAG_BITS, large
from tb.random.forging import Forger
from tb.random.limits import ANSWERED_CYCLES, MOST_OPERATED_CYCLES
from tb.random.names import JOURNALS, VOLUMES, group_at, replication_at, volume_at
from tb.random.operators import operator, refused_accesses, some_allowed
from tb.scenarios.operated import POLLS, Operated
from tb.scenarios.replicate import ReplicationTest

COMMANDS, ACCESSES = 20, 4
# Writes that are refused while nothing goes on, and chance of an operation that the other system is asked for
REFUSED, ELSEWHERE = 24, 0.3
# That a journal volume has room for: few, so that it wraps and is full, as many as fit into the largest batch, more, so
# that as many are asked for
ENTRIES = (16, 24, 64, 72, 72, 72)
# Where the originals of both groups are: one each way, or both the same, where they are in each other's way
WAYS: tuple[tuple[int, ...], ...] = ((0, 1), (1, 0), (0, 0), (1, 1))
# The heartbeat time, by which a partner notices; how long a write waits for room, of which there is none for long where
# a device or the path was in trouble
KEPT = frozenset({"silence", "watch_time"})
MOST_BYTES = 4096


class Operating(ReplicationTest, Operated):
    """Two groups, set up by operations."""

    most_cycles = MOST_OPERATED_CYCLES

    def build_phase(self) -> None:
        super().build_phase()
        self.progress_timeout = ANSWERED_CYCLES * self.bench.settings.patience
        rng = self.bench.generator
        # pairs as each system records them, by their numbers; the first or the last number is left blank
        self.pairs = {system.number: _recorded(rng) for system in self.bench.systems}
        # as many as a journal volume has room for at both ends, if not drawn anew
        self.entries = {group: rng.choice(ENTRIES) for group in VOLUMES}
        # where the original of a group is: one each way, or both the same
        self.originals = dict(zip(VOLUMES, rng.choice(WAYS), strict=True))
        for index in sorted(set(self.originals.values())):
            self.copies.append(self.copy_from(index))
        self.forger = Forger(self.bench, self.environment)

    def copy_from(self, index: int) -> Consistency:
        """Return what looks at the copies of the groups whose original is one of the bench's systems."""
        original, secondary = self.bench.systems[index], self.bench.systems[1 - index]
        copy = Consistency(f"copy_of_{original.number}", self)
        copy.bench, copy.original, copy.secondary = self.bench, original, secondary
        here, there = (self.bench.settings.layouts[system.number] for system in (original, secondary))
        recorded = self.pairs[secondary.number]
        copy.copied = {
            group_at(here, group): CopiedGroup(
                group_at(there, group),
                {
                    volume_at(here, volume).number: (volume_at(there, volume).number, recorded.index((group, volume)))
                    for volume in VOLUMES[group]
                },
            )
            for group, place in self.originals.items()
            if place == index
        }
        return copy

    async def record(self, environment: Environment) -> None:
        """Create groups at a system, with their pairs and journal volumes, after some writes of what cannot be, and
        of whose operations it takes."""
        rng, layout = self.bench.generator, environment.layout
        for item in await environment.access(*refused_accesses(environment, REFUSED)):
            assert item.resp != 0, f"system {environment.system.number} takes {item.transaction}"
        await self.insist(environment, some_allowed(environment))
        for group in VOLUMES:
            await self.specify(environment, Operation.CREATE_GROUP, group_at(layout, group))
            await self._ask_once(environment, group)
            await self.count_on(environment, group)
        await self._set_pair(environment, PairState.ABNORMAL)
        for number, pair in enumerate(self.pairs[environment.system.number]):
            if pair is None:
                continue
            group, volume = pair
            arguments = (group_at(layout, group), *self.ends(group, volume), volume_at(layout, volume).capacity)
            recorded = await self.specify(environment, Operation.RECORD_PAIR, *arguments)
            assert recorded == number, f"pair {recorded} was the first blank one, expected {number}"
        await self._set_pair(environment, PairState.BLANK)
        for group in VOLUMES:
            entries = rng.choice([self.entries[group], rng.choice(ENTRIES)])
            information = ENTRY_BYTES * entries
            arguments = (group_at(layout, group), volume_at(layout, JOURNALS[group]).number, information)
            await self.specify(environment, Operation.RECORD_JOURNAL_VOLUME, *arguments)

    async def _ask_once(self, environment: Environment, group: int) -> None:
        """Let a group that is to ask for nothing again do so."""
        settings = replication_at(environment.layout, group)
        if settings is not None and not settings.activity & Activity.RETRY:
            name = self.row(environment, group) + "activity"
            await self.insist(environment, RegisterAccess(True, environment.addresses[name], int(settings.activity)))

    async def _set_pair(self, environment: Environment, state: PairState) -> None:
        """Give the pair that is left blank a state."""
        name = f"pair[{self.blank_pair(environment)}].state"
        await self.insist(environment, RegisterAccess(True, environment.addresses[name], state))

    def blank_pair(self, environment: Environment) -> int:
        """Return the number of the pair that a system does not record."""
        return self.pairs[environment.system.number].index(None)

    async def specify(self, environment: Environment, operation: Operation, *arguments: int) -> int:
        """Carry out an operation of a system, now and then from the other one's terminal; returns what it returns."""
        if self.bench.generator.random() < ELSEWHERE:
            other = next(one for one in self.environment.systems if one is not environment)
            return await self.ok(other, operation, *arguments, destination=environment.system.number)
        return await self.ok(environment, operation, *arguments)

    def ends(self, group: int, volume: int) -> tuple[int, int, int, int]:
        """Return what a pair is: its original system and volume, its secondary system and volume."""
        original, secondary = self.original(group), self.secondary(group)
        return (
            original.system.number,
            volume_at(original.layout, volume).number,
            secondary.system.number,
            volume_at(secondary.layout, volume).number,
        )

    def row(self, environment: Environment, group: int) -> str:
        """Return what begins the names of a group's registers at a system."""
        return f"group[{group_at(environment.layout, group)}]."

    async def count_on(self, environment: Environment, group: int) -> None:
        """A group that has existed for long: what it goes on counting from is large, at its original or its secondary
        system."""
        rng = self.bench.generator
        if self.original(group) is environment:
            numbers = {
                "update_number": 1 + large(rng, COUNT_BITS),
                "data_offset": large(rng, COUNT_BITS) // BLOCK_BYTES * BLOCK_BYTES,
            }
        else:
            numbers = {"tag": large(rng, TAG_BITS)}
        for name, value in numbers.items():
            address = environment.addresses[self.row(environment, group) + name]
            await self.insist(environment, RegisterAccess(True, address, value))

    async def initiate(self) -> None:
        """Begin both groups at their originals."""
        for group in VOLUMES:
            await self.ok(self.original(group), Operation.INITIATE, *self.initiation(group))

    def initiation(self, group: int) -> tuple[int, int, int]:
        """Return the arguments of INITIATE at a group's original."""
        original, secondary = self.original(group), self.secondary(group)
        return group_at(original.layout, group), secondary.system.number, group_at(secondary.layout, group)

    def original(self, group: int) -> Environment:
        """Return the original system of a group."""
        return self.environment.systems[self.originals[group]]

    def secondary(self, group: int) -> Environment:
        """Return the secondary system of a group."""
        return self.environment.systems[1 - self.originals[group]]

    async def begin_traffic(self, environment: Environment) -> list[PortSequence]:
        """Give host and registers of a system something to do; returns what must be answered."""
        parameters = self.bench.settings.parameters
        host = RandomHost(
            self.bench.generator,
            environment.layout.volumes,
            min(parameters.max_transfer_bytes, MOST_BYTES),
            parameters.data_width // 8,
            unread=frozenset(volume_at(environment.layout, journal).number for journal in JOURNALS.values()),
            largest_read_bytes=parameters.max_transfer_bytes,
        )
        commands = await environment.send([host.command() for _ in range(COMMANDS)])
        terminal = accesses(operator(environment, ACCESSES, KEPT))
        await terminal.start(environment.registers.sequencer)
        return [commands, terminal]

    async def answered(self, sequence: PortSequence, who: str) -> None:
        """Wait for the answers. Raises AssertionError if none comes, and nothing is restored, for too long: writes of a
        full group wait for the journals before them, which may be read one in each round trip, and again and again.
        """
        before, waited = (-1, -1), 0
        while (answers := sum(item.answered.is_set() for item in sequence.items)) < len(sequence.items):
            now = answers, sum(copy.follower.restored_journals for copy in self.copies)
            waited = waited + POLL_CYCLES if now == before else 0
            before = now
            assert waited < self.progress_timeout, (
                f"{who}: nothing more is answered or restored within {self.progress_timeout} cycles"
            )
            await self.bench.sleep(POLL_CYCLES)
            await self.bench.capture_now(whole=False)

    async def insist(self, environment: Environment, access: RegisterAccess, counted: str = "") -> None:
        """Write a table. While the partner's packets come the system is now and then not idle, and refuses it. To the
        data what the register `counted` has at each attempt is added, as hosts count it up meanwhile."""
        for _ in range(POLLS):
            base = await environment.read(counted) if counted else 0
            (item,) = await environment.access(replace(access, data=base + access.data))
            if item.resp == 0:
                return
        raise AssertionError(f"system {environment.system.number} refuses {access}")


def _recorded(rng: random.Random) -> list[tuple[int, int] | None]:
    """Draw the order in which a system records pairs, {group, volume}."""
    pairs = [(group, volume) for group in VOLUMES for volume in VOLUMES[group]]
    recorded: list[tuple[int, int] | None] = [*rng.sample(pairs, len(pairs))]
    recorded.insert(rng.choice((0, len(pairs))), None)
    return recorded
