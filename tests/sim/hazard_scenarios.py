"""Lock-step scenarios of overlapping accesses whose order matters, each with devices and host stopped so that the wrong
order would be seen; and of register writes that come beside commands."""

from dataclasses import replace

import pyuvm

from tb.environment.environment import Environment, SystemTest
from tb.handles.host_port import HostCommand, Opcode
from tb.handles.storage_device import DeviceError, Kinds, pause
from tb.random.operators import random_host, register_accesses
from tb.scenarios import one_system as systems
from tests.sim.scenarios import BLOCK, flush, read, write

READ_DATA = 2
CHANNELS = 4
V = systems.NORMAL


@pyuvm.test()
class Hazards(SystemTest):
    """Reads before writes, writes before writes, slots that must stay, one case after the other."""

    async def scenario(self, environment: Environment) -> None:
        """Every case begins with an idle system."""
        for case in (
            self._write_behind_read,
            self._write_close_behind_read,
            self._write_behind_read_in_cache,
            self._write_behind_read_that_has_arrived,
            self._write_behind_read_that_fails,
            self._write_behind_one_of_two_writes,
            self._journal_behind_its_volume_write,
            self._writes_into_a_full_cache_behind_a_read_of_it,
            self._refused_data_beside_full_cache,
            self._write_as_a_read_ends,
        ):
            await case(environment)
            await environment.settle()

    async def _run(self, environment: Environment, commands: list[HostCommand], cycles: int) -> None:
        """Send, wait for `cycles`, let everything go on, wait for the answers."""
        sequence = await environment.send(commands)
        await self.bench.sleep(cycles)
        self._stop_read_data(False)
        for device in self.bench.devices:
            device.hold()
        await sequence.all_answered()

    def _stop_read_data(self, stop: bool) -> None:
        pause(
            self.bench.dut.host.pauses,
            [100 * (stop and channel == READ_DATA) for channel in range(CHANNELS)],
            self.bench.generator,
        )

    async def _write_behind_read(self, environment: Environment) -> None:
        """A write to any block of a read waits until the read's data has come."""
        for case, (first, blocks) in enumerate(((3, 1), (3, 2), (-1, 2), (0, 1), (1, 2))):
            at = 16 * case + 4
            self.bench.devices[0].hold(read_data=True)
            commands = [read(V, at * BLOCK, 4 * BLOCK), write(V, (at + first) * BLOCK, blocks * BLOCK)]
            await self._run(environment, commands, 250)

    async def _write_close_behind_read(self, environment: Environment) -> None:
        """The write's step follows the read's at once, while the read still looks for its blocks in cache."""
        await environment.do(write(V, 0, 8 * BLOCK, 77))
        await environment.settle()
        self.bench.devices[0].hold(write_responses=True, read_data=True)
        self._stop_read_data(True)
        written = [write(V, 0, 7 * BLOCK)]
        # these two occupy all places for reads
        written += [read(V, 0, BLOCK), read(V, BLOCK, BLOCK)]
        sequence = await environment.send([*written, read(V, 0, 8 * BLOCK), write(V, 7 * BLOCK, BLOCK, 99)])
        await self.bench.sleep(300)
        self._stop_read_data(False)
        await self.bench.sleep(300)
        await self._run(environment, [flush(V)], 1)
        await sequence.all_answered()

    async def _write_behind_read_in_cache(self, environment: Environment) -> None:
        """The same with a read that needs no device."""
        self.bench.devices[0].hold(write_responses=True)
        self._stop_read_data(True)
        commands = [write(V, 0, 8 * BLOCK, 5), read(V, 0, BLOCK), read(V, BLOCK, BLOCK)]
        sequence = await environment.send([*commands, read(V, 0, 8 * BLOCK), write(V, 7 * BLOCK, BLOCK, 6)])
        await self.bench.sleep(300)
        self._stop_read_data(False)
        await self._run(environment, [], 300)
        await sequence.all_answered()

    async def _write_behind_read_that_has_arrived(self, environment: Environment) -> None:
        """A read whose data has come, but not left, holds up no write."""
        self._stop_read_data(True)
        sequence = await environment.send([read(V, 0, 2 * BLOCK)])
        await self.bench.sleep(200)
        await self._run(environment, [write(V, BLOCK)], 200)
        await sequence.all_answered()

    async def _write_behind_read_that_fails(self, environment: Environment) -> None:
        """A failed read holds up no write, either."""
        device, offset = self.bench.devices[0], systems.COPYING * systems.CAPACITY
        device.fail(DeviceError(Kinds.READS, offset, offset))
        device.hold(read_data=True)
        await self._run(environment, [read(systems.COPYING), write(systems.COPYING)], 200)

    async def _write_behind_one_of_two_writes(self, environment: Environment) -> None:
        """The end of one write lets no write go that waits for another."""
        latency = self.bench.settings.behaviour
        self.bench.devices[0].set_latency(200, latency.read_latency)
        second = replace(write(V, 20 * BLOCK, BLOCK, 2), gap=80)
        await self._run(environment, [write(V, 10 * BLOCK), second, write(V, 20 * BLOCK, BLOCK, 3)], 1)
        await environment.settle()
        self.bench.devices[0].set_latency(latency.write_latency, latency.read_latency)

    async def _journal_behind_its_volume_write(self, environment: Environment) -> None:
        """A cache slot whose volume write is done stays until its journal is written."""
        self.bench.devices[1].hold(write_responses=True)
        commands = [write(systems.ORIGINAL, BLOCK * n, BLOCK, n) for n in range(4)]
        commands += [write(V, BLOCK * n, BLOCK, 100 + n) for n in range(10)]
        await self._run(environment, commands, 500)

    async def _writes_into_a_full_cache_behind_a_read_of_it(self, environment: Environment) -> None:
        """A cache slot whose write is done stays until the host has taken the data that it reads from there."""
        slots = self.bench.settings.parameters.cache_slots
        self.bench.devices[0].hold(write_responses=True)
        self._stop_read_data(True)
        commands = [write(V, 0, 8 * BLOCK, 11), read(V, 0, 8 * BLOCK)]
        sequence = await environment.send(commands)
        await self.bench.sleep(200)
        self.bench.devices[0].hold()
        await self.bench.sleep(200)
        # as many writes as there are slots go round the whole cache
        others = [write(V, (8 + n) * BLOCK, BLOCK, 100 + n) for n in range(2 * slots)]
        await self._run(environment, others, 800)
        await sequence.all_answered()

    async def _refused_data_beside_full_cache(self, environment: Environment) -> None:
        """Data of a write that can have no slot goes nowhere, even when every slot is taken."""
        self.bench.devices[0].hold(write_responses=True)
        slots = self.bench.settings.parameters.cache_slots
        wrong = HostCommand(Opcode.WRITE, V, 0, 100, bytes(BLOCK))
        commands = [write(V, BLOCK * n, BLOCK, n + 1) for n in range(slots)]
        commands += [wrong, write(systems.BLANK, 0, 0)] + [read(V, BLOCK * n) for n in range(slots)]
        await self._run(environment, commands, 600)

    async def _write_as_a_read_ends(self, environment: Environment) -> None:
        """The write's step at every distance from the read's end."""
        for gap in range(36):
            behind = replace(write(V, 0, BLOCK, gap), gap=gap)
            await self._run(environment, [read(V, 0, BLOCK), behind], 1)
            await environment.settle()


@pyuvm.test()
class RegistersBesideCommands(SystemTest):
    """Register writes one after the other while commands come and go: each falls before, into or behind a command."""

    async def scenario(self, environment: Environment) -> None:
        """Commands with gaps as long as their execution, so that the system is idle half of the time."""
        rng = self.bench.generator
        host = random_host(self.bench, self.bench.settings.layout.volumes)
        commands = [replace(host.command(), alone=True, gap=rng.randrange(40)) for _ in range(80)]
        sequence = await environment.send(commands)
        outcomes = set()
        while not all(item.answered.is_set() for item in sequence.items):
            items = await environment.access(*register_accesses(environment, 60))
            outcomes |= {item.resp for item in items}
        assert outcomes == {0, 2}
