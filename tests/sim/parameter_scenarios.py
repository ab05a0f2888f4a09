"""What a system of any legal parameters does, in lock-step: hosts that overlap, a copy at a second system."""

import pyuvm

from tb.environment.environment import Environment, SystemTest
from tb.environment.random_host import RandomHost
from tb.handles.host_port import HostCommand, Opcode
from tb.random.operators import random_host
from tb.scenarios.replicate import ReplicationTest

# Bytes that hosts may move in a run, and commands
BYTES, COMMANDS = 150_000, 24


def some_commands(host: RandomHost) -> list[HostCommand]:
    """Return random commands, the first a write as large as can be; fewer if they are long."""
    found: list[HostCommand] = []
    moved = 0
    while len(found) < COMMANDS and moved < BYTES:
        command = host.command()
        # what a host reads of a journal volume is not ordered with its commands
        if command.volume not in host.unread or command.opcode == Opcode.WRITE:
            found.append(command)
            moved += command.size
    volume = next(v for v in host.volumes if v.number not in host.unread)
    size = host.max_transfer_bytes
    return [HostCommand(Opcode.WRITE, volume.number, 0, size, host.generator.randbytes(size)), *found]


async def write_places(environment: Environment) -> None:
    """Write places of every size: those beyond the addresses are refused. The system is idle, and is left as it was."""
    rng = environment.bench.generator
    for name in (
        "volume[0].capacity",
        "volume[0].offset",
        "pair[0].copy_complete_address",
        "pair[0].original_capacity",
    ):
        before = await environment.read(name)
        for bits in range(32, 50):
            await environment.write(name, rng.getrandbits(bits) >> 9 << 9 | 1 << bits - 1)
        await environment.write(name, before)


@pyuvm.test()
class Alone(SystemTest):
    """One system without a copy."""

    async def scenario(self, environment: Environment) -> None:
        """Random commands."""
        await environment.do(*some_commands(random_host(self.bench, self.bench.settings.layout.volumes)))
        await environment.settle()
        await write_places(environment)


@pyuvm.test()
class Copied(ReplicationTest):
    """Initial copy beside commands, then commands; the copy equals the original in the end."""

    async def body(self) -> None:
        """Send while it is copied and afterwards."""
        original, secondary = self.environment.systems
        journals = {group.journal_volume for group in original.layout.groups}
        host = random_host(self.bench, tuple(v for v in original.layout.volumes if v.number not in journals))
        host.unread = frozenset(journals)
        looks = self.look_now_and_then()
        await original.do(*some_commands(host))
        await self.wait_copied()
        await original.do(*some_commands(host))
        # hosts are refused there, or read
        await secondary.do(*some_commands(host)[:4])
        await self.wait_restored()
        looks.cancel()
        await self.drain()
