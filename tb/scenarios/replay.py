"""The simulation's side of `make sim`: replays a workload."""

import cocotb
import pyuvm

from mirrorlog.simulate.workload import Workload
from tb.environment.environment import Environment, SystemTest
from tb.environment.sequences import workload_commands
from tb.handles.testbench import BenchControl
from tb.running.progress import write_progress

PROGRESS_CYCLES = 500


async def report(bench: BenchControl, total: int) -> None:
    """Write the numbers of answered commands and of all commands into PREFIX.progress, for the process that waits."""
    while True:
        await bench.sleep(PROGRESS_CYCLES)
        write_progress(bench.prefix, "commands", bench.systems[0].host.answered, total)


@pyuvm.test()
class Replay(SystemTest):
    """Sends every request of the trace, in order, as fast as the host port takes them."""

    async def scenario(self, environment: Environment) -> None:
        """Replay the settings' trace."""
        settings = self.bench.settings
        workload = Workload.load(settings.trace)
        todo = list(workload_commands(workload, settings.parameters.max_transfer_bytes))
        reporter = cocotb.start_soon(report(self.bench, len(todo)))
        sequence = await environment.send(todo)
        await sequence.all_answered()
        reporter.cancel()
        write_progress(self.bench.prefix, "comparing")
