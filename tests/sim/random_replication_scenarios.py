"""Random lock-step runs of two systems that replicate to each other. The scoreboard compares everything."""

from collections.abc import Callable
from functools import partial

import pyuvm

from tb.agents import PortSequence, accesses
from tb.consistency import Follower
from tb.environment import POLL_CYCLES
from tests.sim import replication_systems as systems
from tests.sim.neighbours import Neighbour, neighbours
from tests.sim.random_scenarios import random_host, register_accesses
from tests.sim.replication_scenarios import Written

PHASES = 2
COMMANDS = (6, 16)
HANGS = 2
# Host writes of a group while a neighbour hangs: of one that it stops, and of one that must go on
STOPPED_WRITES, WRITES = 6, 3
# Within which a group makes progress that has a working path, room and no pacing; hosts and registers are answered
PROGRESS_CYCLES = 15_000
GROUPS = (systems.GROUP, systems.OTHER_GROUP)
VOLUMES = ((systems.FIRST, systems.SECOND), (systems.OTHER,))


class RandomRun(Written):
    """Two systems that replicate to each other, each the original of one group."""

    patience = PROGRESS_CYCLES

    async def traffic(self) -> None:
        """Commands at both systems beside register accesses."""
        rng = self.bench.generator
        sequences = []
        for environment in self.environment.systems:
            host = random_host(self.bench, environment.layout.volumes)
            count = rng.randint(*COMMANDS)
            sequences.append(await environment.send([host.command() for _ in range(count)]))
        for environment in self.environment.systems:
            await environment.access(*register_accesses(environment, 5))
        for sequence in sequences:
            await sequence.all_answered()

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
        hosts, terminals = {}, {}
        # what is stopped first, so that it is in the way
        for index in sorted(range(len(GROUPS)), key=lambda index: GROUPS[index] not in neighbour.groups):
            environment, group = self.environment.systems[index], GROUPS[index]
            stopped = group in neighbour.groups and index not in neighbour.hosts
            writes = self.writes(VOLUMES[index], STOPPED_WRITES if stopped else WRITES)
            hosts[index] = await environment.send(writes)
            terminals[index] = accesses(register_accesses(environment, 3))
            await terminals[index].start(environment.registers.sequencer)
        for index, sequence in terminals.items():
            await self.answered(sequence, f"{neighbour.name} hangs, maintenance terminal {index}")
        for index, sequence in hosts.items():
            if index not in neighbour.hosts:
                await self.answered(sequence, f"{neighbour.name} hangs, host {index}")
        for group, copy in zip(GROUPS, self.copies, strict=True):
            if group not in neighbour.groups:
                what = f"{neighbour.name} hangs, group {group}: not everything is restored"
                await self.within(partial(self.up_to_date, copy.follower), what)
        neighbour.hold(False)
        for sequence in hosts.values():
            await sequence.all_answered()

    async def answered(self, sequence: PortSequence, what: str) -> None:
        """Wait for the answers of a sequence. Raises AssertionError if they do not come soon."""
        await self.within(lambda: all(item.answered.is_set() for item in sequence.items), f"{what}: not all answered")

    def up_to_date(self, follower: Follower) -> bool:
        """Is everything restored that the original has created?"""
        return follower.is_up_to_date(self.bench.cycle)


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
        for neighbour in self.bench.generator.sample(list(neighbours(self.bench, GROUPS)), HANGS):
            await self.wait_restored()
            await self.hang(neighbour)
            await self.traffic()
        await self.drain()
