"""The simulation's side of `make bench`: a load of host commands, with the lock-step live or with Python asleep."""

import json
import time

import cocotb
import pyuvm
from cocotb.triggers import FallingEdge, RisingEdge
from cocotb.utils import get_sim_time

from model.workload import Workload
from tb.bench_control import BenchControl
from tb.environment import Environment, SystemTest
from tb.files import beside
from tb.host_port import HostCommand, Opcode
from tb.registers import register_addresses
from tb.sequences import table_writes, workload_commands
from tb.settings import BLOCK_BYTES, Settings

SETTLE_CYCLES = 2000
LATENCY_GAP = 300


def load_commands(settings: Settings, bench: BenchControl) -> list[HostCommand]:
    """Return the load that `settings.trace` names: a trace's prefix, or `writes:COUNT:SIZE[,SIZE...][:alone]`.

    Writes go one behind the other through volume 1, sizes in bytes drawn at random; `alone`: each on an idle system.
    """
    if not settings.trace.startswith("writes:"):
        workload = Workload.load(settings.trace)
        return list(workload_commands(workload, settings.parameters.max_transfer_bytes))
    _, count, sizes, *alone = settings.trace.split(":")
    choices = [int(size) for size in sizes.split(",")]
    capacity = next(volume.capacity for volume in settings.layout.volumes if volume.number == 1)
    commands, position = [], 0
    for _ in range(int(count)):
        size = bench.generator.choice(choices)
        if position + size > capacity:
            position = 0
        data = bench.generator.randbytes(BLOCK_BYTES) * (size // BLOCK_BYTES)
        commands.append(
            HostCommand(Opcode.WRITE, 1, position, size, data, LATENCY_GAP if alone else 0, alone=bool(alone))
        )
        position += size
    return commands


class Timing:
    """Simulated cycles and CPU seconds of this process between two moments."""

    def __init__(self, bench: BenchControl) -> None:
        self._bench = bench
        self._cycles = bench.cycle
        self._seconds = time.process_time()
        self._started_ns = get_sim_time("ns")

    def write(self, commands: int) -> None:
        """Write PREFIX.timing."""
        seconds = time.process_time() - self._seconds
        found = {"cycles": self._bench.cycle - self._cycles, "cpu_seconds": seconds, "commands": commands}
        beside(self._bench.prefix, "timing").write_text(json.dumps(found))


@cocotb.test()
async def asleep(dut: object) -> None:
    """Everything is handed over at once, and Python sleeps until the last answer. The capture is left for a
    comparison."""
    bench = BenchControl(dut)
    settings = bench.settings
    await bench.start()
    parameters = settings.parameters
    addresses = register_addresses(parameters.volumes, parameters.pairs, parameters.groups)
    for access in table_writes(settings.layout, addresses, parameters.system_number):
        bench.systems[0].registers.push(access)
    await bench.wait_answered()
    commands = load_commands(settings, bench)
    for command in commands:
        bench.systems[0].host.push(command)
    await FallingEdge(bench.dut.host.all_answered)
    timing = Timing(bench)
    await RisingEdge(bench.dut.host.all_answered)
    timing.write(len(commands))
    lines = -1
    while lines != int(bench.top.capture.lines.value):  # until nothing more happens
        lines = int(bench.top.capture.lines.value)
        await bench.cycles(SETTLE_CYCLES)
    await bench.finish()


@pyuvm.test()
class LockStep(SystemTest):
    """The same load with the scoreboard live."""

    async def scenario(self, environment: Environment) -> None:
        """Send everything, wait for all answers."""
        commands = load_commands(self.bench.settings, self.bench)
        timing = Timing(self.bench)
        await (await environment.send(commands)).all_answered()
        timing.write(len(commands))
