"""Random lock-step runs of two systems that replicate to each other. The scoreboard compares everything."""

from collections.abc import Callable
from functools import partial

import pyuvm

from tb.config.settings import BLOCK_BYTES, ENTRY_BYTES
from tb.environment.agents import PortSequence, accesses
from tb.environment.environment import POLL_CYCLES, Environment
from tests.sim import replication_systems as systems
from tests.sim.neighbours import Neighbour, neighbours, originals
from tests.sim.random_scenarios import operator, own_accesses, random_host
from tests.sim.replication_scenarios import Written

PHASES = 2
COMMANDS = (6, 16)
HANGS = 2
# Host writes of a group while a neighbour hangs: of one that it stops behind its original system, or there, and of one
# that must go on
STOPPED_WRITES, HUNG_WRITES, WRITES = 6, 2, 3
# ... and, behind a device, as many as fill all that groups share: so many more than there are slots, if the original's
# journal volume has room for them and for so many that are not freed yet
MORE_THAN_SLOTS, NOT_FREED = 8, 4
# Few, so that the smallest journal volume has room for all
BLOCKS = (1, 1, 2)
# Of a transfer, so that the largest that the parameters allow do not take a whole journal volume
MOST_BYTES = 4096
# Within which a group makes progress that has a working path, room and no pacing; hosts and registers are answered
PROGRESS_CYCLES = 15_000
VOLUMES = {systems.GROUP: (systems.FIRST, systems.SECOND), systems.OTHER_GROUP: (systems.OTHER,)}


class RandomRun(Written):
    """Two systems and two groups, the same way or one each way."""

    patience = PROGRESS_CYCLES

    async def traffic(self) -> None:
        """Commands at both systems beside register accesses."""
        rng = self.bench.generator
        sequences = []
        for environment in self.environment.systems:
            host = random_host(self.bench, environment.layout.volumes, MOST_BYTES)
            count = rng.randint(*COMMANDS)
            sequences.append(await environment.send([host.command() for _ in range(count)]))
        for environment in self.environment.systems:
            await environment.access(*operator(environment, 5))
        for sequence in sequences:
            await sequence.all_answered()
        for environment in self.environment.systems:
            await environment.access(*own_accesses(environment))

    async def within(self, reached: Callable[[], bool], what: str) -> None:
        """Wait for what must come. Raises AssertionError if it does not, or not soon."""
        for _ in range(PROGRESS_CYCLES // POLL_CYCLES):
            if reached():
                return
            await self.bench.sleep(POLL_CYCLES)
            await self.bench.capture_now()
        raise AssertionError(f"{what} within {PROGRESS_CYCLES} cycles")

    async def hang(self, neighbour: Neighbour) -> None:
        """Let a neighbour hang while there is traffic: what does not need it goes on."""
        neighbour.hold(True)
        most = self.bench.settings.parameters.max_transfer_bytes
        blocks = tuple(count for count in BLOCKS if count * BLOCK_BYTES <= most)
        hosts, terminals = {}, {}
        # what is stopped first, so that it is in the way
        for group in sorted(VOLUMES, key=lambda group: (group not in neighbour.groups, group)):
            environment = next(e for e in self.environment.systems if group in originals(self.bench, e.system.number))
            count, sizes = WRITES, blocks
            if group in neighbour.groups & neighbour.hosts:
                count = HUNG_WRITES
            elif group in neighbour.groups:
                count, sizes = self.stopped_writes(neighbour, environment, group), (1,)
            hosts[group] = await environment.send(self.writes(VOLUMES[group], count, sizes))
        for environment in self.environment.systems:
            number = environment.system.number
            terminals[number] = accesses(operator(environment, 3))
            await terminals[number].start(environment.registers.sequencer)
        for number, sequence in terminals.items():
            await self.answered(sequence, f"{neighbour.name} hangs, maintenance terminal of {number}")
        for group, sequence in hosts.items():
            if group not in neighbour.hosts:
                await self.answered(sequence, f"{neighbour.name} hangs, writes of group {group}")
        for group in VOLUMES.keys() - neighbour.groups:
            what = f"{neighbour.name} hangs, group {group}: not everything is restored"
            await self.within(partial(self.up_to_date, group), what)
        neighbour.hold(False)
        for sequence in hosts.values():
            await sequence.all_answered()

    def stopped_writes(self, neighbour: Neighbour, original: Environment, number: int) -> int:
        """Return how many writes of a block a group gets that a neighbour stops behind its original system."""
        if neighbour.kind != "device":
            return STOPPED_WRITES
        group = next(group for group in original.layout.groups if group.number == number)
        room = min(group.information_bytes // ENTRY_BYTES, group.data_bytes // BLOCK_BYTES - 1) - NOT_FREED
        return min(self.bench.settings.parameters.cache_slots + MORE_THAN_SLOTS, room)

    async def answered(self, sequence: PortSequence, what: str) -> None:
        """Wait for the answers of a sequence. Raises AssertionError if they do not come soon."""
        await self.within(lambda: all(item.answered.is_set() for item in sequence.items), f"{what}: not all answered")

    def up_to_date(self, number: int) -> bool:
        """Is everything restored that the original of a group has created?"""
        group = next(c.follower.groups[number] for c in self.copies if number in c.follower.groups)
        return group.advance(self.bench.cycle) == group.created


@pyuvm.test()
class RandomReplication(RandomRun):
    """Initial copy and hosts on both sides at once; in the end each copy is its original."""

    async def body(self) -> None:
        """Phases of traffic, and then everything is restored."""
        looks = self.look_now_and_then()
        for _ in range(PHASES):
            await self.traffic()
        await self.wait_copied()
        await self.wait_restored()
        looks.cancel()
        await self.drain()


@pyuvm.test()
class RandomNeighbours(RandomRun):
    """One neighbour after the other hangs; all others go on, and in the end each copy is its original."""

    async def body(self) -> None:
        """Traffic, some hanging neighbours, and then everything is restored."""
        await self.wait_copied()
        rng = self.bench.generator
        found = list(neighbours(self.bench))
        # a device has most in its way
        others = sorted({neighbour.kind for neighbour in found} - {"device"})
        for kind in rng.sample(["device", rng.choice(others)], HANGS):
            await self.wait_restored()
            await self.hang(rng.choice([neighbour for neighbour in found if neighbour.kind == kind]))
            await self.traffic()
        await self.drain()
