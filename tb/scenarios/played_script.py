"""Plays a script in lock-step: what its run gave to the systems, at the same times. The scoreboard compares
everything."""

import inspect
from pathlib import Path

import cocotb
import pyuvm
from cocotb.triggers import Timer
from cocotb.utils import get_sim_time

from tb.environment.environment import POLL_CYCLES, BenchTest
from tb.environment.script import Script, handles

# Within which hosts and registers are answered when the script is over
ANSWERED_CYCLES = 60_000


@pyuvm.test()
class PlayedScript(BenchTest):
    """The settings' trace is the file of the script."""

    async def _run_body(self) -> None:
        """Nothing but the script: it sets the tables up itself, and asks for what it wants to see."""
        script = Script.parse(Path(self.bench.settings.trace).read_text())
        for system in self.environment.systems:
            for agent in (system.host, system.registers):
                agent.answer = lambda event: None
        await self.begin()
        known = handles(self.bench)
        for step in script.steps:
            await self._reach(step.ns)
            done = getattr(known[step.at], step.call)(*step.words, **dict(step.named))
            if inspect.isawaitable(done):
                cocotb.start_soon(done)
        await self._reach(script.until)
        for _ in range(ANSWERED_CYCLES // POLL_CYCLES):
            if all(system.answered for system in self.bench.systems):
                break
            await self.bench.sleep(POLL_CYCLES)
        else:
            raise AssertionError(f"hosts and registers are not all answered within {ANSWERED_CYCLES} cycles")
        await self.bench.finish()
        await self.environment.scoreboard.finish()

    async def _reach(self, ns: float) -> None:
        """Wait until then."""
        left = ns - get_sim_time("ns")
        if left > 0:
            await Timer(left, "ns")
