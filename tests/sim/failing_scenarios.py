"""Lock-step scenarios of one storage system that does nothing wrong, and yet must not pass: each for what the
scoreboard or the run itself looks at in the end."""

import pyuvm

from tb.config.files import beside
from tb.environment.environment import Environment, SystemTest
from tb.scenarios import one_system as systems
from tests.sim.scenarios import flush, write

# Cycles of a run that has no end
FEW_CYCLES = 3000


@pyuvm.test()
class EndsBeforeItsComparison(SystemTest):
    """Nobody asks the scoreboard whether all was compared."""

    async def run_phase(self) -> None:
        """Commands are answered, and that is all."""
        self.raise_objection()
        await self.begin()
        await self.environment.systems[0].do(flush(systems.NORMAL))
        self.drop_objection()


@pyuvm.test()
class HasNoRecord(SystemTest):
    """Everything is compared, and there was nothing."""

    async def run_phase(self) -> None:
        """Not even tables are set up."""
        self.raise_objection()
        await self.begin()
        await self.bench.finish()
        await self.environment.scoreboard.finish()
        self.drop_objection()


@pyuvm.test()
class DeviceHoldsAnotherByte(SystemTest):
    """A device does not hold what was written, and nobody reads it."""

    async def scenario(self, environment: Environment) -> None:
        """The last byte of the last device is another one, when it is looked at."""
        await environment.do(write(systems.ORIGINAL), flush(systems.ORIGINAL))
        device = self.bench.devices[-1]
        right = device.dump

        async def dump() -> bytes:
            held = await right()
            return held[:-1] + bytes([held[-1] ^ 1])

        device.dump = dump  # type: ignore[method-assign]


@pyuvm.test()
class DataFileDoesNotCome(SystemTest):
    """The capture announces data that no file has."""

    async def scenario(self, environment: Environment) -> None:
        """A host writes into a file that is gone."""
        beside(self.bench.prefix, f"write_data{environment.system.number}").unlink()
        await environment.do(write(systems.ORIGINAL), flush(systems.ORIGINAL))


@pyuvm.test()
class HasNoEnd(SystemTest):
    """Something happens again and again."""

    most_cycles = FEW_CYCLES

    async def scenario(self, environment: Environment) -> None:
        """Flush for ever."""
        while True:
            await environment.do(flush(systems.NORMAL))


@pyuvm.test()
class WaitsForever(SystemTest):
    """Nothing happens any more, and something is outstanding."""

    async def scenario(self, environment: Environment) -> None:
        """A device does not answer a write, and nobody waits for it with a limit."""
        self.bench.devices[0].hold(write_responses=True)
        await environment.do(write(systems.NORMAL), flush(systems.NORMAL))
