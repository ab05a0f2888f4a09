"""Random lock-step runs of two systems of which one after the other is reset in the middle of traffic while its partner
goes on. The scoreboard compares everything, and the copies are looked at now and then, past the model."""

from itertools import permutations

import pyuvm

from mirrorlog.tables.shared_memory import GroupState
from tb.config.settings import BLOCK_BYTES
from tb.environment.agents import PortSequence
from tb.environment.environment import Environment
from tb.environment.sequences import table_writes
from tb.handles.register_port import RegisterAccess
from tb.random.forging import DROPPED
from tb.random.names import VOLUMES
from tb.random.operating import Operating
from tb.random.operators import next_incarnation
from tb.random.trouble_steps import group_write, hold_paths, hold_volumes

# Each system once, in either order
RESETS = 2
# That a journal volume has room for
FEW_ENTRIES = 16
# Cycles of traffic before the reset, at most, and in which journals gather
LATEST, GATHERING = 4_000, (500, 4_000)


@pyuvm.test()
class RandomReset(Operating):
    """Two groups, set up by operations. One system after the other is reset; its partner goes on. The operator
    sets it up again and initiates both groups anew; in the end each copy is its original."""

    def build_phase(self) -> None:
        super().build_phase()
        if self.bench.generator.random() < 0.7:  # so that they wrap in the little time between resets
            self.entries = dict.fromkeys(VOLUMES, FEW_ENTRIES)

    async def body(self) -> None:
        """Traffic, a reset in the middle of it, and so on; traffic again, and then everything is restored."""
        rng = self.bench.generator
        for environment in self.environment.systems:
            await self.record(environment)
        await self.initiate()
        looks, forged = self.look_now_and_then(), self.forger.begin(DROPPED)
        for stopped, partner in rng.sample(list(permutations(self.environment.systems)), RESETS):
            await self.reset_one(stopped, partner)
        for environment in self.environment.systems:
            for sequence in await self.begin_traffic(environment):
                await self.answered(sequence, f"system {environment.system.number} after the resets")
        forged.cancel()
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
        if rng.random() < 0.7:
            traffic[partner.system.number] += await self.gather(stopped, partner)
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

    async def gather(self, stopped: Environment, partner: Environment) -> list[PortSequence]:
        """Let journals gather on either side, as the path carries nothing or volumes take no writes, up to now; returns
        what the partner's host and registers must be answered."""
        rng = self.bench.generator
        paths = rng.random() < 0.35

        async def hold(held: bool) -> None:
            if paths:
                await hold_paths(self, held)
            for group in () if paths else VOLUMES:
                await hold_volumes(self, group, held)

        await hold(True)
        sequences = {environment: await self.begin_traffic(environment) for environment in (stopped, partner)}
        for group in VOLUMES:
            if self.original(group) is partner:  # as many as have room at the system that is reset
                writes = [group_write(self, group, BLOCK_BYTES) for _ in range(FEW_ENTRIES)]
                sequences[partner].append(await partner.send(writes))
        await self.bench.cycles(rng.randrange(*GATHERING))
        await hold(False)
        return sequences[partner]

    async def given_up(self, partner: Environment) -> None:
        """The group whose secondary system was reset is given up by its original."""
        for group in VOLUMES:
            if self.original(group) is partner:
                await self.becomes(partner, self.row(partner, group) + "state", GroupState.ABNORMAL)

    async def set_up_again(self, stopped: Environment, partner: Environment) -> None:
        """What the operator does at a system after its reset: a higher incarnation, its volumes, its groups, of which
        an original's generation goes on from its partner's."""
        await self.insist(stopped, RegisterAccess(True, stopped.addresses["incarnation"], next_incarnation(stopped)))
        number = stopped.system.number
        base = self.bench.settings.starts[number].device_base
        for access in table_writes(stopped.layout, stopped.addresses, number, base):
            await self.insist(stopped, access)
        for group in VOLUMES:
            generation = await partner.read(self.row(partner, group) + "generation")
            address = stopped.addresses[self.row(stopped, group) + "generation"]
            await self.insist(stopped, RegisterAccess(True, address, generation))
        await self.record(stopped)
