"""The simulation's side of the timing diagrams: one host write, its journal and its restore, sampled in every cycle.

PREFIX.timing holds, for each system and channel, what it did in each cycle: 0 nothing, 1 valid but not ready, and for a
transfer its label.
"""

import json
from typing import Any

import cocotb
import pyuvm
from cocotb.triggers import RisingEdge

from mirrorlog.formats.commit_record import CommitRecord
from tb.config.files import beside
from tb.handles.host_port import HostCommand, Opcode
from tb.scenarios.replicate import ReplicationTest

BLOCK = 512
# Before the write and behind its restore
CALM_CYCLES = 150
# of a channel: its signals' prefix, the bits of it for a device (None: it has none)
STREAMS = {
    "host command": "command_",
    "host write data": "write_t",
    "host response": "response_",
    "packet to the other system": "path_out_t",
    "packet from the other system": "path_in_t",
    "commit record": "commit_t",
}
DEVICE_CHANNELS = {"AW": "aw", "W": "w", "B": "b", "AR": "ar", "R": "r"}


class Sampler:
    """Takes what every channel of one system does, once a cycle."""

    def __init__(self, dut: Any, devices: int) -> None:
        self._dut = dut
        self._streams = {
            name: (getattr(dut, f"{prefix}valid"), None if name == "commit record" else getattr(dut, f"{prefix}ready"))
            for name, prefix in STREAMS.items()
        }
        self._channels = [
            (f"device {device} {name}", getattr(dut, f"{prefix}valid"), getattr(dut, f"{prefix}ready"), device)
            for device in range(devices)
            for name, prefix in DEVICE_CHANNELS.items()
        ]
        self.taken: dict[str, list[int | str]] = {name: [] for name in self._streams} | {
            name: [] for name, *_ in self._channels
        }

    def sample(self) -> None:
        """Take one cycle."""
        for name, (valid, ready) in self._streams.items():
            moves = int(valid.value) and (ready is None or int(ready.value))
            self.taken[name].append(self._label(name) if moves else int(valid.value))
        for name, valid, ready, device in self._channels:
            valid_now, ready_now = (int(signal.value) >> device & 1 for signal in (valid, ready))
            self.taken[name].append("beat" if valid_now and ready_now else valid_now)

    def _label(self, name: str) -> str:
        if name == "commit record":
            record = CommitRecord.unpack(int(self._dut.commit_tdata.value).to_bytes(128, "little"))
            return f"{record.process}/{record.outcome}"
        return "beat"


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
