"""Random lock-step scenarios of one storage system: traffic, and tables in every combination. The scoreboard compares
everything."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import cocotb
import pyuvm

from mirrorlog.tables.shared_memory import FullPolicy, GroupState, PairState, VolumeState
from mirrorlog.tables.units import NONE
from tb.config.settings import Volume
from tb.environment.environment import Environment, SystemTest
from tb.environment.random_host import discard
from tb.handles.capabilities import Capability
from tb.handles.host_port import HostCommand
from tb.handles.register_port import RegisterAccess
from tb.handles.storage_device import DeviceError, Kinds
from tb.handles.testbench import BenchControl
from tb.random.limits import MOST_ALONE_CYCLES
from tb.random.operators import mailbox_accesses, random_host, refused_accesses, register_accesses, unused_accesses
from tb.scenarios import one_system as systems

BLOCK = 512
# How often commands are for volumes of one group alone
ONE_GROUP = 0.3
MOST_BEATS = 256
# How often tables are random anew
TABLES = 40
# Writes of rows of tables that nobody uses
UNUSED = 40
# ... of rows that are used, with values that are refused
REFUSED = 10
# ... and of arguments of operations
ARGUMENTS = 40


def most_bytes(bench: BenchControl) -> int:
    """Return the most that a transfer has, so that a run of narrow systems does not take long."""
    return MOST_BEATS * bench.settings.parameters.data_width // 8


async def free_journals(environment: Environment, group: int) -> None:
    """Free all journals of a group, as its reader would, by loading its pointers; make group and pairs work again."""
    await environment.settle()
    row = f"group[{group}]."
    information = await environment.read(row + "update_information_newest")
    data = await environment.read(row + "write_data_newest")
    for name in ("update_information_oldest", "update_information_commit", "read_initiation", "retry_initiation"):
        assert await environment.write(row + name, information) == 0
    for name in ("write_data_oldest", "write_data_commit"):
        assert await environment.write(row + name, data) == 0
    for name in ("update_information_used", "write_data_used", "update_information_committed", "write_data_committed"):
        assert await environment.write(row + name, 0) == 0
    assert await environment.write(row + "state", GroupState.NORMAL) == 0


@asynccontextmanager
async def unsteady(environment: Environment) -> AsyncIterator[None]:
    """Meanwhile each device, the host's responses and the commit trace stop now and then for a long time, so that one
    side runs far behind another and every queue gets full."""
    bench, system = environment.bench, environment.system
    rng = bench.generator

    async def stop_and_go() -> None:
        while True:
            for device in environment.devices:
                await device.hold(rng.random() < 0.4, rng.random() < 0.2)
            stops = rng.random() < 0.3, rng.random() < 0.3
            if Capability.STOP not in system.cannot:
                system.stop(*stops)
            await bench.sleep(rng.randrange(20, 600))

    task = cocotb.start_soon(stop_and_go())
    yield
    task.cancel()
    if Capability.STOP not in system.cannot:
        system.stop()
    for device in environment.devices:
        await device.hold()


@pyuvm.test()
class RandomTraffic(SystemTest):
    """Random commands in phases; between them the journals are freed, so that both rings wrap again and again."""

    most_cycles = MOST_ALONE_CYCLES

    async def scenario(self, environment: Environment) -> None:
        """Each phase: commands beside register accesses, idle, free, restore the states."""
        rng = self.bench.generator
        layout = self.bench.settings.layout
        for phase in range(6):
            commands = self.commands()
            if phase % 2:
                async with unsteady(environment):
                    await (await environment.send(commands)).all_answered()
            else:
                sequence = await environment.send(commands)
                await environment.access(*register_accesses(environment, 30))
                await sequence.all_answered()
            for group in layout.groups:
                await free_journals(environment, group.number)
            for pair in layout.pairs:
                assert await environment.write(f"pair[{pair.number}].state", pair.state) == 0
            copied = BLOCK * rng.randrange(systems.CAPACITY // BLOCK)
            assert await environment.write("pair[2].copy_complete_address", copied) == 0
        await environment.access(*mailbox_accesses(environment, ARGUMENTS))

    def commands(self) -> list[HostCommand]:
        """Return commands for all volumes, or for those of one group alone, which is full soon; there writes may all be
        discards."""
        rng, layout = self.bench.generator, self.bench.settings.layout
        volumes, discarded = layout.volumes, False
        if rng.random() < ONE_GROUP:
            group = rng.choice(layout.groups)
            volumes = tuple(volume for volume in volumes if volume.pair in group.pairs)
            discarded = rng.random() < 0.5
        host = random_host(self.bench, volumes, most_bytes(self.bench))
        commands = [host.command() for _ in range(rng.randrange(24, 72))]
        return [discard(command) for command in commands] if discarded else commands


@pyuvm.test()
class RandomTables(SystemTest):
    """A few commands on tables in random states and combinations, wrong ones too, now and then with a device error."""

    most_cycles = MOST_ALONE_CYCLES

    async def scenario(self, environment: Environment) -> None:
        """Each phase: tables, commands, idle."""
        rng = self.bench.generator
        for _ in range(TABLES):
            volumes = await self._tables(environment)
            await environment.access(*unused_accesses(environment, UNUSED), *refused_accesses(environment, REFUSED))
            host = random_host(self.bench, volumes, most_bytes(self.bench))
            for device in environment.devices:
                first = rng.choice([0, BLOCK * rng.randrange(12 * systems.CAPACITY // BLOCK)])
                count = rng.choice([0, 1, 1, 3])
                await device.fail(DeviceError(rng.choice(list(Kinds)), first, resp=rng.choice([2, 3]), count=count))
            await environment.do(*(host.command() for _ in range(rng.randrange(8, 24))))
            await environment.settle()

    async def _tables(self, environment: Environment) -> tuple[Volume, ...]:
        """Give every table random contents; return the volumes."""
        rng = self.bench.generator
        layout = self.bench.settings.layout
        journals = [group.journal_volume for group in layout.groups]
        values: dict[str, int] = {}
        volumes = []
        for volume in layout.volumes:
            usual = [VolumeState.NORMAL] if volume.number in journals else [VolumeState.NORMAL, VolumeState.ORIGINAL]
            state = rng.choice(list(VolumeState)) if rng.random() < 0.15 else rng.choice(usual)
            pair = rng.choice([*[volume.pair] * 4, rng.randrange(8), rng.randrange(1, 6), NONE])
            volumes.append(replace(volume, state=state, pair=pair))
            values |= {f"volume[{volume.number}].state": state, f"volume[{volume.number}].pair": pair}
        for pair in range(1, 6):
            row = f"pair[{pair}]."
            values[row + "state"] = rng.choice([*PairState, *[PairState.NORMAL] * 4, PairState.COPYING])
            values[row + "copy_complete_address"] = rng.choice([0, systems.CAPACITY, BLOCK * rng.randrange(128)])
        for group in layout.groups:
            await free_journals(environment, group.number)
            row = f"group[{group.number}]."
            values[row + "state"] = rng.choice([*GroupState, *[GroupState.NORMAL] * 5])
            values[row + "journal_volume"] = rng.choice([*[group.journal_volume] * 5, NONE])
            values[row + "pair_set"] = rng.choice([sum(1 << n for n in group.pairs), rng.getrandbits(8)])
            values[row + "full_policy"] = rng.choice(list(FullPolicy))
            values[row + "watch_time"] = rng.randrange(400)
        writes = (RegisterAccess(True, environment.addresses[name], value) for name, value in values.items())
        assert {item.resp for item in await environment.access(*writes)} == {0}
        return tuple(volumes)
