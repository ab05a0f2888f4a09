"""The simulation's side of `make sim`: replays a workload."""

import pyuvm

from model.workload import Workload
from tb.environment import Environment, SystemTest
from tb.files import beside
from tb.sequences import workload_commands

PROGRESS_COMMANDS = 16


@pyuvm.test()
class Replay(SystemTest):
    """Sends every request of the trace, in order, as fast as the host port takes them.

    PREFIX.progress holds the number of commands handed to the host port and of all commands, for the process that waits.
    """

    async def scenario(self, environment: Environment) -> None:
        """Replay the settings' trace."""
        settings = self.bench.settings
        workload = Workload.load(settings.trace)
        todo = list(workload_commands(workload, settings.parameters.max_transfer_bytes))
        progress = beside(self.bench.prefix, "progress")
        for start in range(0, len(todo), PROGRESS_COMMANDS):
            sequence = await environment.send(todo[start : start + PROGRESS_COMMANDS])
            progress.write_text(f"{min(start + PROGRESS_COMMANDS, len(todo))} {len(todo)}")
        await sequence.all_answered()
