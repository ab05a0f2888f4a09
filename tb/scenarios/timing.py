"""The simulation's side of the timing diagrams: one host write, its journal and its restore, sampled in every cycle.

PREFIX.timing holds, for each system and channel, what it did in each cycle (tb/handles/channels.py).
"""

import json

import cocotb
import pyuvm
from cocotb.triggers import RisingEdge

from tb.config.files import beside
from tb.handles.channels import Sampler
from tb.handles.host_port import HostCommand, Opcode
from tb.scenarios.replicate import ReplicationTest

BLOCK = 512
# Before the write and behind its restore
CALM_CYCLES = 150


@pyuvm.test()
class Timing(ReplicationTest):
    """After initial copy one block is written, journaled, read, stored and restored."""

    async def body(self) -> None:
        """Sample from a while before to a while behind it."""
        await self.wait_copied()
        await self.wait_restored()
        samplers = {system.number: Sampler(system.dut, len(system.devices)) for system in self.bench.systems}

        async def sample() -> None:
            while True:
                await RisingEdge(self.bench.clock)
                for sampler in samplers.values():
                    sampler.sample()

        sampling = cocotb.start_soon(sample())
        await self.bench.cycles(CALM_CYCLES)
        volume = self.bench.settings.layout.volumes[0]
        data = self.bench.generator.randbytes(BLOCK)
        await self.environment.systems[0].do(HostCommand(Opcode.WRITE, volume.number, volume.first, BLOCK, data))
        await self.wait_restored()
        await self.bench.cycles(CALM_CYCLES)
        sampling.cancel()
        shown = {number: sampler.taken for number, sampler in samplers.items()}
        beside(self.bench.prefix, "timing").write_text(json.dumps(shown))
        await self.drain()
