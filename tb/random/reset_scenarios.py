"""Random lock-step runs of two systems of which one after the other is reset in the middle of traffic while its partner
goes on. The scoreboard compares everything, and the copies are looked at now and then, past the model."""

from itertools import permutations

import pyuvm

from mirrorlog.processes.maintenance import Operation
from mirrorlog.tables.shared_memory import GroupState
from tb.environment.agents import PortSequence, accesses
from tb.environment.consistency import Consistency
from tb.environment.environment import POLL_CYCLES, Environment
from tb.environment.random_host import RandomHost
from tb.environment.sequences import table_writes
from tb.handles.register_port import RegisterAccess
from tb.random.limits import ANSWERED_CYCLES
from tb.random.operators import next_incarnation, operator
from tb.scenarios import two_systems as systems
from tb.scenarios.operated import INFORMATION_BYTES, POLLS, Operated
from tb.scenarios.replicate import ReplicationTest

# Each system once, in either order
RESETS = 2
COMMANDS, ACCESSES = 20, 4
# The heartbeat time, by which a partner notices
KEPT = frozenset({"silence"})
MOST_BYTES = 4096
# Cycles of traffic before the reset, at most
LATEST = 4_000
# Volumes of each group, with their pairs' numbers, as they are recorded
VOLUMES = {systems.GROUP: {systems.FIRST: 0, systems.SECOND: 1}, systems.OTHER_GROUP: {systems.OTHER: 2}}
JOURNALS = {systems.GROUP: systems.JOURNAL, systems.OTHER_GROUP: systems.OTHER_JOURNAL}


@pyuvm.test()
class RandomReset(ReplicationTest, Operated):
    """A group each way, set up by operations. One system after the other is reset; its partner goes on. The operator
    sets it up again and initiates both groups anew; in the end each copy is its original."""

    progress_timeout = ANSWERED_CYCLES

    def build_phase(self) -> None:
        super().build_phase()
        for original, secondary, group in zip(self.bench.systems, self.bench.systems[::-1], VOLUMES, strict=True):
            copy = Consistency(f"copy_of_{original.number}", self)
            copy.bench, copy.original, copy.secondary = self.bench, original, secondary
            copy.copied = {group: VOLUMES[group]}
            self.copies.append(copy)

    async def body(self) -> None:
        """Traffic, a reset in the middle of it, and so on; traffic again, and then everything is restored."""
        rng = self.bench.generator
        for environment in self.environment.systems:
            await self.record(environment)
        await self.initiate()
        looks = self.look_now_and_then()
        for stopped, partner in rng.sample(list(permutations(self.environment.systems)), RESETS):
            await self.reset_one(stopped, partner)
        for environment in self.environment.systems:
            for sequence in await self.begin_traffic(environment):
                await self.answered(sequence, f"system {environment.system.number} after the resets")
        await self.wait_restored()
        looks.cancel()
        await self.drain()

    async def reset_one(self, stopped: Environment, partner: Environment) -> None:
        """Traffic of both systems, a reset of one in the middle of it; it is set up again, both groups begin anew."""
        rng = self.bench.generator
        if rng.random() < 0.5:
            await self.wait_restored()
        traffic = {e.system.number: await self.begin_traffic(e) for e in self.environment.systems}
        await self.bench.cycles(rng.randrange(LATEST))
        await stopped.reset()
        for copy in self.copies:
            if copy.original is stopped.system:
                await copy.original_reset()
        # each table is as a reset leaves it
        await stopped.access(*(RegisterAccess(False, address) for address in stopped.addresses.values()))
        own = partner.system.number
        for sequence in traffic[own]:
            await self.answered(sequence, f"partner {own}")
        await self.given_up(partner)
        await self.set_up_again(stopped, partner)
        await self.initiate()

    async def record(self, environment: Environment) -> None:
        """Create groups at a system, with their pairs and journal volumes."""
        for group in VOLUMES:
            await self.ok(environment, Operation.CREATE_GROUP, group)
            original = self.original(group).system.number
            capacities = {volume.number: volume.capacity for volume in environment.layout.volumes}
            for volume in VOLUMES[group]:
                ends = (original, volume, self.secondary(group).system.number, volume)
                await self.ok(environment, Operation.RECORD_PAIR, group, *ends, capacities[volume])
            await self.ok(environment, Operation.RECORD_JOURNAL_VOLUME, group, JOURNALS[group], INFORMATION_BYTES)

    def original(self, group: int) -> Environment:
        """Return the original system of a group."""
        return self.environment.systems[0 if group == systems.GROUP else 1]

    def secondary(self, group: int) -> Environment:
        """Return the secondary system of a group."""
        return self.environment.systems[1 if group == systems.GROUP else 0]

    async def initiate(self) -> None:
        """Begin both groups at their originals."""
        for group in VOLUMES:
            original, secondary = self.original(group), self.secondary(group)
            await self.ok(original, Operation.INITIATE, group, secondary.system.number, group)

    async def begin_traffic(self, environment: Environment) -> list[PortSequence]:
        """Give host and registers of a system something to do; returns what must be answered."""
        parameters = self.bench.settings.parameters
        host = RandomHost(
            self.bench.generator,
            environment.layout.volumes,
            min(parameters.max_transfer_bytes, MOST_BYTES),
            parameters.data_width // 8,
            unread=frozenset(JOURNALS.values()),
        )
        commands = await environment.send([host.command() for _ in range(COMMANDS)])
        terminal = accesses(operator(environment, ACCESSES, KEPT))
        await terminal.start(environment.registers.sequencer)
        return [commands, terminal]

    async def answered(self, sequence: PortSequence, who: str) -> None:
        """Wait for the answers. Raises AssertionError if they do not come soon."""
        for _ in range(ANSWERED_CYCLES // POLL_CYCLES):
            if all(item.answered.is_set() for item in sequence.items):
                return
            await self.bench.sleep(POLL_CYCLES)
            await self.bench.capture_now()
        raise AssertionError(f"{who}: not everything is answered within {ANSWERED_CYCLES} cycles")

    async def given_up(self, partner: Environment) -> None:
        """The group whose secondary system was reset is given up by its original."""
        for group in VOLUMES:
            if self.original(group) is partner:
                await self.becomes(partner, f"group[{group}].state", GroupState.ABNORMAL)

    async def set_up_again(self, stopped: Environment, partner: Environment) -> None:
        """What the operator does at a system after its reset: a higher incarnation, its volumes, its groups, of which
        an original's generation goes on from its partner's."""
        assert await stopped.write("incarnation", next_incarnation(stopped)) == 0
        number = stopped.system.number
        base = self.bench.settings.starts[number].device_base
        for access in table_writes(stopped.layout, stopped.addresses, number, base):
            await self.insist(stopped, access)
        for group in VOLUMES:
            generation = await partner.read(f"group[{group}].generation")
            await self.insist(
                stopped, RegisterAccess(True, stopped.addresses[f"group[{group}].generation"], generation)
            )
        await self.record(stopped)

    async def insist(self, environment: Environment, access: RegisterAccess) -> None:
        """Write a table. While the partner's packets come the system is now and then not idle, and refuses it."""
        for _ in range(POLLS):
            (item,) = await environment.access(access)
            if item.resp == 0:
                return
        raise AssertionError(f"system {environment.system.number} refuses {access}")
