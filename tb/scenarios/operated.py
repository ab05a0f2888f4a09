"""Operations of the maintenance terminal at the pairs of systems in two_systems.py, and what they ask for."""

from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.tables.shared_memory import PairState
from tb.config.settings import BLOCK_BYTES
from tb.environment.environment import BenchTest, Environment
from tb.environment.operations import operate
from tb.handles.host_port import HostCommand, Opcode
from tb.scenarios import two_systems as systems

INFORMATION_BYTES = 64 * 64
# The group's number at the original and at the secondary system
HERE, THERE = 1, 2
POLLS, POLL_CYCLES = 2000, 300
QUIET_CYCLES = 500


class Operated(BenchTest):
    """Operations, and what they ask for."""

    async def ok(self, environment: Environment, operation: Operation, *arguments: int, destination: int = 0) -> int:
        """Carry out an operation; returns what it returns. Raises AssertionError for any other answer than OK."""
        result = await operate(environment, operation, *arguments, destination=destination)
        assert result.answer is Answer.OK, f"{operation.name}{arguments}: {result.answer.name}"
        return result.value

    async def refused(
        self, environment: Environment, answer: Answer, operation: int, *arguments: int, destination: int = 0
    ) -> None:
        """Raises AssertionError unless an operation has this answer."""
        result = await operate(environment, operation, *arguments, destination=destination)
        expected = (answer, 0)
        assert (result.answer, result.value) == expected, f"{operation}{arguments}: {result.answer.name}"

    async def set_up(self, at: Environment, group: int, destination: int = 0) -> None:
        """Create a group with two pairs and its journal volume, given at one system for itself or another one."""
        await self.ok(at, Operation.CREATE_GROUP, group, destination=destination)
        for number, volume in enumerate((systems.FIRST, systems.SECOND)):
            arguments = (group, 1, volume, 2, volume, systems.CAPACITY)
            assert await self.ok(at, Operation.RECORD_PAIR, *arguments, destination=destination) == number
        arguments = (group, systems.JOURNAL, INFORMATION_BYTES)
        await self.ok(at, Operation.RECORD_JOURNAL_VOLUME, *arguments, destination=destination)

    async def write(self, environment: Environment, count: int) -> None:
        """Write at random places, and wait for the answers."""
        rng = self.bench.generator
        found = []
        for _ in range(count):
            size = BLOCK_BYTES * rng.choice([1, 1, 2, 8])
            position = BLOCK_BYTES * rng.randrange((systems.CAPACITY - size) // BLOCK_BYTES + 1)
            volume = rng.choice((systems.FIRST, systems.SECOND))
            found.append(HostCommand(Opcode.WRITE, volume, position, size, rng.randbytes(size)))
        assert set(await environment.do(*found)) == {0}

    async def becomes(self, environment: Environment, register: str, value: int) -> None:
        """Wait until a register has a value. Raises AssertionError if that does not happen."""
        for _ in range(POLLS):
            if await environment.read(register) == value:
                return
            await self.bench.sleep(POLL_CYCLES)
        raise AssertionError(f"system {environment.system.number}: {register} does not become {value}")

    async def copied(self, original: Environment, secondary: Environment) -> None:
        """Wait until everything is restored."""
        for pair in (0, 1):
            await self.becomes(secondary, f"pair[{pair}].state", PairState.NORMAL)
        number = await original.read(f"group[{HERE}].update_number")
        await self.becomes(secondary, f"group[{THERE}].next_restore", number)

    async def quiet(self) -> None:
        """Cut the path in both directions, and wait until nothing moves on it."""
        for path in self.environment.paths:
            await path.cut()
        for path in self.bench.paths:
            await path.wait_empty()
        await self.bench.sleep(QUIET_CYCLES)

    async def compare(self, original: Environment, secondary: Environment) -> None:
        """Read both systems' volumes through their hosts. The scoreboard compares the data with the model's."""
        reads = [
            HostCommand(Opcode.READ, volume, position, 4096)
            for volume in (systems.FIRST, systems.SECOND)
            for position in range(0, systems.CAPACITY, 4096)
        ]
        for environment in (original, secondary):
            assert set(await environment.do(*reads)) == {0}
