"""The simulation's side of `make sim`: replays a workload."""

import cocotb
import pyuvm

from model.workload import Workload
from tb.environment import Environment, SystemTest
from tb.files import beside
from tb.sequences import workload_commands

PROGRESS_CYCLES = 500


@pyuvm.test()
class Replay(SystemTest):
    """Sends every request of the trace, in order, as fast as the host port takes them.

    PREFIX.progress holds the numbers of answered commands and of all commands, for the process that waits.
    """

    async def scenario(self, environment: Environment) -> None:
        """Replay the settings' trace."""
        settings = self.bench.settings
        workload = Workload.load(settings.trace)
        todo = list(workload_commands(workload, settings.parameters.max_transfer_bytes))
        reporter = cocotb.start_soon(self._report(len(todo)))
        sequence = await environment.send(todo)
        await sequence.all_answered()
        reporter.cancel()

    async def _report(self, total: int) -> None:
        progress = beside(self.bench.prefix, "progress")
        while True:
            await self.bench.cycles(PROGRESS_CYCLES)
            progress.write_text(f"{int(self.bench.dut.host.answered.value)} {total}")
