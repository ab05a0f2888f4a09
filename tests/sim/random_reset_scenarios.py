"""Random lock-step runs of two systems of which one is reset in the middle of traffic while the other goes on. The
scoreboard compares everything."""

import pyuvm

from model.maintenance import Operation
from model.shared_memory import GroupState, PairState
from tb.agents import PortSequence, accesses
from tb.environment import POLL_CYCLES, Environment
from tb.random_host import RandomHost
from tb.register_port import RegisterAccess
from tb.sequences import table_writes
from tests.sim import replication_systems as systems
from tests.sim.operation_scenarios import INFORMATION_BYTES, POLLS, Operated
from tests.sim.random_scenarios import register_accesses

COMMANDS, ACCESSES = 20, 6
# Cycles of traffic before the reset, at most
LATEST = 6_000
# Within which the partner's host and registers are answered, and its group as an original is given up: its heartbeat
# time, and what it takes to look
ANSWERED_CYCLES = 60_000
VOLUMES = {systems.GROUP: (systems.FIRST, systems.SECOND), systems.OTHER_GROUP: (systems.OTHER,)}
# ... and their pairs, as they are recorded
PAIRS = {systems.GROUP: (0, 1), systems.OTHER_GROUP: (2,)}
JOURNALS = {systems.GROUP: systems.JOURNAL, systems.OTHER_GROUP: systems.OTHER_JOURNAL}


@pyuvm.test()
class RandomReset(Operated):
    """A group each way, set up by operations. One system is reset; its partner goes on. The operator sets it up again
    and initiates both groups anew; in the end each copy is its original."""

    async def body(self) -> None:
        """Traffic, a reset in the middle of it, traffic again, and then everything is restored."""
        rng = self.bench.generator
        for environment in self.environment.systems:
            await self.record(environment)
        await self.initiate()
        if rng.random() < 0.5:
            await self.all_copied()
        traffic = [await self.begin_traffic(environment) for environment in self.environment.systems]
        await self.bench.cycles(rng.randrange(LATEST))
        stopped, partner = rng.sample(self.environment.systems, 2)
        await stopped.reset()
        # each table is as a reset leaves it
        await stopped.access(*(RegisterAccess(False, address) for address in stopped.addresses.values()))
        own = partner.system.number
        for sequence in traffic[own - 1]:
            await self.answered(sequence, f"partner {own}")
        await self.given_up(partner)
        await self.set_up_again(stopped, partner)
        await self.initiate()
        for environment in self.environment.systems:
            for sequence in await self.begin_traffic(environment):
                await self.answered(sequence, f"system {environment.system.number} after the reset")
        await self.all_copied()
        await self.quiet()
        await self.compare_volumes()

    async def record(self, environment: Environment) -> None:
        """Create groups at a system, with their pairs and journal volumes."""
        for group in VOLUMES:
            await self.ok(environment, Operation.CREATE_GROUP, group)
            original = self.original(group).system.number
            for volume in VOLUMES[group]:
                ends = (original, volume, 3 - original, volume)
                await self.ok(environment, Operation.RECORD_PAIR, group, *ends, systems.CAPACITY)
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
            parameters.max_transfer_bytes,
            parameters.data_width // 8,
            unread=frozenset(JOURNALS.values()),
        )
        commands = await environment.send([host.command() for _ in range(COMMANDS)])
        reads = accesses(register_accesses(environment, ACCESSES))
        await reads.start(environment.registers.sequencer)
        return [commands, reads]

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
        incarnation = await stopped.read("incarnation")
        assert await stopped.write("incarnation", incarnation + 1) == 0
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

    async def all_copied(self) -> None:
        """Wait until everything is restored."""
        for group in VOLUMES:
            original, secondary = self.original(group), self.secondary(group)
            for pair in PAIRS[group]:
                await self.becomes(secondary, f"pair[{pair}].state", PairState.NORMAL)
            number = await original.read(f"group[{group}].update_number")
            await self.becomes(secondary, f"group[{group}].next_restore", number)

    async def compare_volumes(self) -> None:
        """Compare what the devices hold of each original volume and of its copy."""
        held = {
            (environment.system.number, number): await device.dump()
            for environment in self.environment.systems
            for number, device in enumerate(environment.system.devices)
        }
        for group, volumes in VOLUMES.items():
            ends = self.original(group), self.secondary(group)
            for volume in volumes:
                contents = []
                for end in ends:
                    row = next(row for row in end.layout.volumes if row.number == volume)
                    image = held[end.system.number, row.device]
                    contents.append(image[row.offset : row.offset + row.capacity])
                assert contents[0] == contents[1], f"volume {volume} of group {group} and its copy differ"
