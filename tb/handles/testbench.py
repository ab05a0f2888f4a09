"""bench.v from Python: its systems, the path between them, the settings of a run, and the steps of a run."""

import gc
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge, Timer
from pyuvm import uvm_factory

from tb.config.files import beside
from tb.config.settings import BOTH, Settings
from tb.handles.board import BoardControl
from tb.handles.capture import CaptureMonitor
from tb.handles.channels import Sampler
from tb.handles.connection_path import ConnectionPath
from tb.handles.partner import PartnerControl
from tb.handles.register_model import RegisterModel
from tb.handles.storage_device import StorageDevice
from tb.handles.system import SystemControl
from tb.running import snapshots

PREFIX_VARIABLE = "MIRRORLOG_FILES"
# The file of a run that says where the register model of its systems is, which is made before it begins
REGISTERS = "registers"
# Of the bench, as the factory knows its systems
NAME = "bench"
START_CYCLES = 12
# Objects that a run makes between two looks for what is in circles: few are, and what was imported stays
GARBAGE_OBJECTS = 50_000
POLL_CYCLES = 64


class BenchControl:
    """Handles of one running bench. Every random choice comes from `generator`, which has the run's seed.

    `systems` are its systems, `dut` and `devices` those of the first; `paths` has the path that leads from each system
    to the other.
    """

    def __init__(self, dut: Any) -> None:
        gc.freeze()
        gc.set_threshold(GARBAGE_OBJECTS)
        self.top = dut
        self.clock = dut.clk
        self.prefix = Path(os.environ[PREFIX_VARIABLE])
        self.settings = Settings.read(self.prefix)
        model = Path(beside(self.prefix, REGISTERS).read_text())
        self.seed = int(os.environ["COCOTB_RANDOM_SEED"])
        self.generator = random.Random(self.seed)
        self._override()
        self.systems: list[Any] = []
        for index, number in enumerate(self.settings.layouts):
            system = uvm_factory().create_object_by_type(SystemControl, NAME, f"system{index + 1}")
            system.connect(self, index, number)
            self.systems.append(system)
        # of each system, with the same addresses
        self.registers = {number: RegisterModel(model, f"system{number}") for number in self.settings.layouts}
        self.addresses: dict[str, int] = self.registers[self.systems[0].number].addresses
        self.partners = [s for s in self.systems if isinstance(s, PartnerControl | BoardControl)]
        self.boards = [system for system in self.partners if isinstance(system, BoardControl)]
        self.dut: Any = self.systems[0].dut
        self.devices: list[StorageDevice] = self.systems[0].devices
        self.paths: list[ConnectionPath] = []
        if len(self.systems) > 1:
            beat_bytes = self.settings.parameters.data_width // 8
            self.paths = [
                ConnectionPath(dut.two.connection[s].path, dut.clk, self.prefix, system.number, beat_bytes)
                for s, system in enumerate(self.systems)
            ]
        self.capture = CaptureMonitor(dut.capture, dut.clk, self.prefix)
        interval = int(os.environ.get(snapshots.VARIABLE, "0"))
        self.snapshots = snapshots.Snapshots(dut, beside(self.prefix, "jsonl"), interval, self.nanoseconds(1))

    def _override(self) -> None:
        """Let pyuvm's factory make the handles of the model, or of a link, in place of those of the Verilog."""
        parameters = self.settings.parameters
        for place in range(1, parameters.systems + 1):
            kinds = {PartnerControl: parameters.model == place, BoardControl: parameters.board in (place, BOTH)}
            for kind in (kind for kind, wanted in kinds.items() if wanted):
                uvm_factory().set_inst_override_by_type(SystemControl, kind, f"{NAME}.system{place}")

    async def start(self) -> None:
        """Set everything that the settings say, and wait for the end of reset."""
        await Timer(1, "ns")  # the Verilog's initial values are set now
        for system in self.systems:
            system.configure(self.settings.behaviour, self.generator)
            system.begin_at(self.settings.starts[system.number])
        for path in self.paths:
            path.configure(self.settings.path, self.generator)
        self.top.capture.drain_lines.value = self.settings.drain_lines
        await ClockCycles(self.clock, START_CYCLES)
        for board in self.boards:
            board.beside = self._moves_beside
        for partner in self.partners:
            partner.begin(self.settings.path)

    def _moves_beside(self) -> bool:
        """Is anything on the path, or has the system that the model plays just done something?"""
        played = (partner.moved for partner in self.partners if isinstance(partner, PartnerControl))
        return any(played) or any(not path.is_empty for path in self.paths)

    async def make_snapshots(self) -> None:
        """Make snapshots as long as the simulation runs. In one that wakes up files go to a folder of its own, and what
        the channels do is taken."""
        await self.snapshots.run(self._wake)

    def _wake(self, folder: Path) -> Callable[[], dict[str, Any]]:
        """Go on in a snapshot; returns what tells of the channels in the end."""
        self.prefix = folder / self.prefix.name
        samplers = {s.number: Sampler(s.dut, len(s.devices)) for s in self.systems if s.dut is not None}
        cycles: list[int] = []

        async def sample() -> None:
            while True:
                await RisingEdge(self.clock)
                cycles.append(self.cycle)
                for sampler in samplers.values():
                    sampler.sample()

        cocotb.start_soon(sample())
        return lambda: {
            "first": cycles[0] if cycles else 0,
            "taken": {str(number): sampler.taken for number, sampler in samplers.items()},
        }

    async def cycles(self, number: int) -> None:
        """Wait, for no cycle not at all."""
        if number:
            await ClockCycles(self.clock, number)

    async def sleep(self, cycles: int) -> None:
        """Wait without entering Python at every clock, for no cycle not at all."""
        if cycles:
            await Timer(self.nanoseconds(cycles), "ns")

    def nanoseconds(self, cycles: int) -> int:
        """Return how long so many cycles take."""
        return 2 * int(self.top.HALF_PERIOD.value) * cycles

    @property
    def cycle(self) -> int:
        """Cycles since reset; of a board, as far as they are known."""
        return max([int(self.top.capture.cycle.value), *(board.cycle for board in self.boards)])

    def cycle_of(self, system: Any) -> int:
        """Cycles since reset of a system of the bench: a board has a clock of its own."""
        return system.cycle if isinstance(system, BoardControl) else int(self.top.capture.cycle.value)

    async def capture_now(self, whole: bool = True) -> None:
        """Let all lines so far be received; those of a board all but the last ones, unless `whole`."""
        for board in self.boards:
            board.catch_up(whole)
        self.top.capture.drain_request.value = int(self.top.capture.drain_request.value) + 1
        await ClockCycles(self.clock, 2)
        self.capture.read()

    async def wait_answered(self) -> None:
        """Wait, with Python asleep between looks, until host and registers have all their answers."""
        while not all(system.answered for system in self.systems):
            await ClockCycles(self.clock, POLL_CYCLES)

    async def finish(self) -> None:
        """End the capture."""
        for partner in self.partners:
            await partner.finish()
        self.top.capture.finish.value = 1
        while not int(self.top.capture.finished.value):
            await ClockCycles(self.clock, 1)
        await ClockCycles(self.clock, 1)
