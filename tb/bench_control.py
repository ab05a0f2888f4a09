"""bench.v from Python: its instances, the settings of a run, and the steps that a run consists of."""

import os
import random
from pathlib import Path
from typing import Any

from cocotb.triggers import ClockCycles, Timer

from tb.capture_monitor import CaptureMonitor
from tb.host_port import HostPortDriver
from tb.register_port import RegisterPortDriver
from tb.settings import Settings
from tb.storage_device import StorageDevice, pause

PREFIX_VARIABLE = "MIRRORLOG_FILES"
START_CYCLES = 12
POLL_CYCLES = 64
CHANNELS = 4


class BenchControl:
    """Handles of one running bench. Every random choice comes from `generator`, which has the run's seed."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.clock = dut.clk
        self.prefix = Path(os.environ[PREFIX_VARIABLE])
        self.settings = Settings.read(self.prefix)
        self.seed = int(os.environ["COCOTB_RANDOM_SEED"])
        self.generator = random.Random(self.seed)
        self.devices = [StorageDevice(dut.device[d].storage, dut.clk, self.prefix, d) for d in range(2)]
        self.host = HostPortDriver(dut.host, dut.clk, self.prefix, self.settings.parameters.data_width // 8)
        self.registers = RegisterPortDriver(dut.registers, dut.clk, self.prefix)
        self.capture = CaptureMonitor(dut.capture, dut.clk, self.prefix)

    async def start(self) -> None:
        """Set everything that the settings say, and wait for the end of reset."""
        await Timer(1, "ns")  # the Verilog's initial values are set now
        behaviour = self.settings.behaviour
        self.host.configure(behaviour.queue_depth, self.generator.getrandbits(16))
        for device in self.devices:
            device.set_latency(behaviour.write_latency, behaviour.read_latency)
            device.set_pauses(behaviour.device_pauses, self.generator)
        pause(self.dut.host.pauses, [behaviour.host_pauses] * CHANNELS, self.generator)
        pause(self.dut.registers.pauses, [behaviour.register_pauses] * CHANNELS, self.generator)
        pause(self.dut.commit_pauses, [behaviour.commit_pauses], self.generator)
        self.dut.capture.drain_lines.value = self.settings.drain_lines
        await ClockCycles(self.clock, START_CYCLES)

    async def cycles(self, number: int) -> None:
        """Wait."""
        await ClockCycles(self.clock, number)

    async def sleep(self, cycles: int) -> None:
        """Wait without entering Python at every clock."""
        await Timer(2 * int(self.dut.HALF_PERIOD.value) * cycles, "ns")

    @property
    def cycle(self) -> int:
        """Cycles since reset."""
        return int(self.dut.capture.cycle.value)

    async def wait_answered(self) -> None:
        """Wait, with Python asleep between looks, until host and registers have all their answers."""
        while (
            int(self.dut.host.answered.value) != self.host.pushed
            or int(self.dut.registers.answered.value) != self.registers.pushed
        ):
            await ClockCycles(self.clock, POLL_CYCLES)

    async def finish(self) -> None:
        """End the capture."""
        self.dut.capture.finish.value = 1
        while not int(self.dut.capture.finished.value):
            await ClockCycles(self.clock, 1)
        await ClockCycles(self.clock, 1)
