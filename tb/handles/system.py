"""One system of the bench from Python: the instances of its system_bench, and how they are to behave."""

import random
from typing import Any

from cocotb.triggers import ClockCycles
from pyuvm import uvm_object

from tb.config.settings import Behaviour, Start
from tb.handles.capabilities import Capability
from tb.handles.host_port import HostPortDriver
from tb.handles.register_port import RegisterPortDriver
from tb.handles.storage_device import CHANCE_UNITS, StorageDevice, pause

CHANNELS = 4
# Chance of a pause, nearly always, and the place of the response channel's in the host port's
ALWAYS = CHANCE_UNITS - 1
HOST_RESPONSES = 8 * 3


class SystemControl(uvm_object):  # type: ignore[misc]
    """Handles of one system: its drivers, its devices. `number` is the storage system's, `dut` its system_bench,
    `cannot` what it cannot do. pyuvm's factory makes them, and others in their place (testbench.py)."""

    cannot: frozenset[Capability] = frozenset()
    # Is the commit trace stopped, so that records come late?
    is_stopped = False

    def connect(self, bench: Any, index: int, number: int) -> None:
        """Find the system in a bench (testbench.py, BenchControl); `index` counts its systems from 0."""
        parameters, clock, prefix = bench.settings.parameters, bench.clock, bench.prefix
        self.number = number
        self.dut = dut = bench.top.system[index].at.bench
        self._clock = clock
        self._resets = 0
        # Chances of pauses of host and commit trace, while they are not stopped
        self._usual: tuple[int, int] | None = None
        self.devices = [
            StorageDevice(dut.device[d].storage, clock, prefix, number, d) for d in range(parameters.devices)
        ]
        self.host = HostPortDriver(dut.host, clock, prefix, number, parameters.data_width // 8)
        self.registers = RegisterPortDriver(dut.registers, clock, prefix, number)

    def configure(self, behaviour: Behaviour, generator: random.Random) -> None:
        """Set host, devices and pauses."""
        self.host.configure(behaviour.queue_depth, generator.getrandbits(16))
        for device in self.devices:
            device.set_latency(behaviour.write_latency, behaviour.read_latency)
            device.set_pauses(behaviour.device_pauses, generator)
        pause(self.dut.host.pauses, [behaviour.host_pauses] * CHANNELS, generator)
        pause(self.dut.registers.pauses, [behaviour.register_pauses] * CHANNELS, generator)
        pause(self.dut.commit_pauses, [behaviour.commit_pauses], generator)

    def stop(self, responses: bool = False, commit: bool = False) -> None:
        """Nearly always pause the host's responses, the commit trace, until called again."""
        host, trace = self.dut.host.pauses.chance, self.dut.commit_pauses.chance
        if self._usual is None:
            self._usual = int(host.value), int(trace.value)
        host.value = self._usual[0] | (ALWAYS << HOST_RESPONSES if responses else 0)
        trace.value = ALWAYS if commit else self._usual[1]
        self.is_stopped = commit

    def begin_at(self, start: Start) -> None:
        """Set what the system starts from, before the end of reset."""
        self.dut.device_base.value = start.device_base
        self.dut.first_cycle.value = start.first_cycle
        self.dut.first_time_ns.value = start.time_ns

    async def reset(self) -> None:
        """Reset this system, with all that answers at its ports, while the rest of the bench goes on: what host and
        registers were given and is not answered is lost. Nothing may be given to them meanwhile."""
        self._resets += 1
        self.dut.reset_request.value = self._resets
        while int(self.dut.reset_done.value) != self._resets:
            await ClockCycles(self._clock, 1)

    @property
    def answered(self) -> bool:
        """Have host and registers all their answers?"""
        return (
            int(self.dut.host.answered.value) == self.host.pushed
            and int(self.dut.registers.answered.value) == self.registers.pushed
        )
