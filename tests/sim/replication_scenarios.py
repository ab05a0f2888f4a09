"""Lock-step scenarios of replication between two systems. The scoreboard compares everything; what a scenario asserts
is that it reached what it is about, and that the copy is its original's."""

import pyuvm

from tb.environment.environment import Environment
from tb.environment.operations import take_over
from tb.handles.connection_path import Fault
from tb.handles.host_port import HostCommand, Opcode
from tb.scenarios import two_systems as systems
from tb.scenarios.written import Written

BLOCK = 512
# of 100 cycles, within which a group is restored whose devices work
TIMEOUT_POLLS = 200
# Devices that answer nothing, of the original (0) or the secondary system (1), and what they hold back
HANGS = ((1, 0, "write_responses"), (0, 1, "read_data"), (1, 1, "read_data"), (1, 0, "commands"))
JOURNALS, COMMAND = 2, 1
# Cycles in which commands are sent again
SOME_COMMANDS = 10_000
GROUPS = (systems.GROUP, systems.OTHER_GROUP)
# Settings, the first of each for the end
CHANGES = {
    "interval": (100, 16, 15, 700),
    "timeout": (4000, 64, 63, 1, 500),
    "batch_journals": (8, 1, 3, 64, 0),
    "batch_bytes": (8192, 512, 511, 65536),
    "commands": (4, 1, 2, 3, 0),
    "no_room": (0, 1),
    "next_command": (0, 1, 2),
    "backlog": (64, 1, 9, 0),
    "silence": (0, 40_000, 1023, 1),
    "watch_time": (systems.WATCH_TIME, 10 * systems.WATCH_TIME),
}
LEAST = {
    "interval": 16, "timeout": 64, "batch_journals": 1, "batch_bytes": 512, "commands": 1, "backlog": 1,
    "silence": 1024,
}  # fmt: skip


@pyuvm.test()
class Copied(Written):
    """Initial copy beside writes, then writes alone; the copy equals the original in the end."""

    async def body(self) -> None:
        """Write while it is copied and afterwards."""
        original = self.environment.systems[0]
        looks = self.look_now_and_then()
        await self.write_and_discard(original, (systems.FIRST, systems.SECOND), 60)
        await self.wait_copied()
        await self.write_and_discard(original, (systems.FIRST, systems.SECOND), 60)
        await self.wait_restored()
        looks.cancel()
        await self.drain()


@pyuvm.test()
class BothWays(Written):
    """Two groups in opposite directions at once, and operators who change their settings meanwhile."""

    async def change_settings(self) -> None:
        """Write random settings of both groups on both systems, which are not idle; some that are refused. Those of
        the end let everything drain."""
        rng = self.bench.generator
        for _ in range(80):
            name, values = rng.choice(list(CHANGES.items()))
            await self._change(rng.choice(self.environment.systems), rng.choice(GROUPS), name, rng.choice(values))
            await self.bench.cycles(rng.randrange(100))
        for environment in self.environment.systems:
            for group in GROUPS:
                for name, values in CHANGES.items():
                    await self._change(environment, group, name, values[0])

    async def _change(self, environment: Environment, group: int, name: str, value: int) -> None:
        refused = value < LEAST.get(name, 0) and not (name == "silence" and value == 0)
        assert await environment.write(f"group[{group}].{name}", value) == (2 if refused else 0), (name, value)

    async def body(self) -> None:
        """Write on both systems."""
        first, second = self.environment.systems
        sequences = [
            await first.send(self.writes((systems.FIRST, systems.SECOND), 60)),
            await second.send(self.writes((systems.OTHER,), 60)),
        ]
        await self.change_settings()
        for sequence in sequences:
            await sequence.all_answered()
        await self.wait_copied()
        await self.write(first, (systems.FIRST,), 20)
        await self.write(second, (systems.OTHER,), 20)
        await self.drain()


@pyuvm.test()
class DeviceHangs(Written):
    """Two groups that share no device; one device after the other answers nothing, of the secondary system and of the
    original one, whose data is written by then and only waits to be read. What is written to the group on the other
    device is restored all the same; that of the first one when its device goes on."""

    async def body(self) -> None:
        """Each device, for longer than any queue takes to fill."""
        original, secondary = self.environment.systems
        await self.wait_copied()
        await self.wait_restored()
        groups = {0: (systems.GROUP, (systems.FIRST, systems.SECOND)), 1: (systems.OTHER_GROUP, (systems.OTHER,))}
        for side, hung, what in HANGS:
            device = self.environment.systems[side].system.devices[hung]
            device.hold(**{what: True})
            # as many as the original has room for: more than the secondary system has
            await self.write(original, groups[hung][1], 40, (1,))
            await self.bench.sleep(2_000)
            number, volumes = groups[1 - hung]
            await self.write(original, volumes, 10)
            created = await original.read(f"group[{number}].update_number")
            for _ in range(TIMEOUT_POLLS):
                restored = await secondary.read(f"group[{number}].next_restore")
                if restored == created:
                    break
                await self.bench.sleep(100)
            assert restored == created, f"device {hung} holds {what}, group {number} stops at {restored}"
            device.hold()
            await self.wait_restored()
        await self.drain()


@pyuvm.test()
class Strangers(Written):
    """The secondary system is not the original group's partner: its commands are dropped, and counted."""

    async def body(self) -> None:
        """Write, and wait for a few commands; nothing is read or freed."""
        original, secondary = self.environment.systems
        await self.write(original, (systems.FIRST, systems.SECOND), 10)
        await self.bench.sleep(SOME_COMMANDS)
        assert await original.read("strange_packets") > 1
        assert await secondary.read("strange_packets") == 0
        assert await original.read(f"group[{systems.GROUP}].update_information_sent") == 0
        assert await secondary.read(f"group[{systems.GROUP}].update_number") == 1


class OneFault(Written):
    """Packets with a fault, of commands and of answers; both sides are equal in the end."""

    fault: Fault

    async def body(self) -> None:
        """Initial copy; writes while packets of each type have the fault."""
        original = self.environment.systems[0]
        there, back = self.bench.paths
        await self.wait_copied()
        for path, packet_type in ((there, JOURNALS), (back, COMMAND)):
            for _ in range(3):
                path.fail(self.fault, 1, packet_type)
                await self.write(original, (systems.FIRST, systems.SECOND), 12)
        await self.drain()
        for path in self.bench.paths:
            assert getattr(path.counts(), self.fault.value) > 0, f"{self.fault.value}: {path.counts()}"


@pyuvm.test()
class Lost(OneFault):
    """Lost packets."""

    fault = Fault.DROP


@pyuvm.test()
class Corrupted(OneFault):
    """Corrupted packets."""

    fault = Fault.CORRUPT


@pyuvm.test()
class Duplicated(OneFault):
    """Packets that come twice."""

    fault = Fault.DUPLICATE


@pyuvm.test()
class Reordered(OneFault):
    """Packets that are overtaken."""

    fault = Fault.REORDER


@pyuvm.test()
class TakenOver(Written):
    """The path is cut during writes; the secondary is taken over, and hosts write there."""

    async def body(self) -> None:
        """Cut, go on writing, take over, read and write."""
        original, secondary = self.environment.systems
        await self.wait_copied()
        await self.write(original, (systems.FIRST, systems.SECOND), 30)
        for path in self.bench.paths:
            path.cut()
        await self.write(original, (systems.FIRST,), 5)
        await self.quiet()
        assert await take_over(secondary, systems.GROUP)
        await self.bench.capture_now()
        (copy,) = self.copies
        _, expected = copy.follower.final(self.bench.cycle)
        assert await copy.volumes() == expected
        await self.write(secondary, (systems.FIRST, systems.SECOND), 10)
        assert set(await secondary.do(HostCommand(Opcode.READ, systems.FIRST, 0, BLOCK))) == {0}
