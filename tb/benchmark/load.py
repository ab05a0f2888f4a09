"""The simulation's side of `make benchmark`: a load of host commands, with the lock-step live or with Python asleep."""

import json
import time

import cocotb
import pyuvm
from cocotb.triggers import FallingEdge, RisingEdge
from cocotb.utils import get_sim_time

from mirrorlog.simulate.workload import Workload
from tb.config.files import beside
from tb.config.settings import BLOCK_BYTES, Activity, Settings
from tb.environment.environment import Environment, SystemTest
from tb.environment.sequences import table_writes, workload_commands
from tb.handles.host_port import HostCommand, Opcode
from tb.handles.register_port import RegisterAccess
from tb.handles.testbench import BenchControl
from tb.scenarios.replicate import ReplicationTest

SETTLE_CYCLES = 2000
LATENCY_GAP = 300


def load_commands(settings: Settings, bench: BenchControl) -> list[HostCommand]:
    """Return the load that `settings.trace` names: a trace's prefix, or
    `writes:COUNT:SIZE[,SIZE...][:alone|:LEAST-MOST]`.

    Writes go one behind the other through volume 1, sizes in bytes drawn at random; `alone`: each on an idle system;
    LEAST-MOST: each so many cycles behind the one before, drawn at random.
    """
    if not settings.trace.startswith("writes:"):
        workload = Workload.load(settings.trace)
        return list(workload_commands(workload, settings.parameters.max_transfer_bytes))
    _, count, sizes, *pace = settings.trace.split(":")
    alone = pace == ["alone"]
    least, most = (LATENCY_GAP, LATENCY_GAP) if alone else map(int, pace[0].split("-")) if pace else (0, 0)
    choices = [int(size) for size in sizes.split(",")]
    capacity = next(volume.capacity for volume in settings.layout.volumes if volume.number == 1)
    commands, position = [], 0
    for _ in range(int(count)):
        size = bench.generator.choice(choices)
        if position + size > capacity:
            position = 0
        data = bench.generator.randbytes(BLOCK_BYTES) * (size // BLOCK_BYTES)
        gap = bench.generator.randint(least, most) if least < most else least
        commands.append(HostCommand(Opcode.WRITE, 1, position, size, data, gap, alone))
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
    await set_up(bench)
    commands = load_commands(settings, bench)
    for command in commands:
        bench.systems[0].host.push(command)
    await FallingEdge(bench.dut.host.all_answered)
    timing = Timing(bench)
    await RisingEdge(bench.dut.host.all_answered)
    timing.write(len(commands))
    # the rest of what is to be restored stays where it is
    for path in bench.paths:
        path.cut()
    await bench.cycles(settings.path.delay + SETTLE_CYCLES)
    lines = -1
    while lines != int(bench.top.capture.lines.value):  # until nothing more happens
        lines = int(bench.top.capture.lines.value)
        await bench.cycles(SETTLE_CYCLES)
    await bench.finish()


async def set_up(bench: BenchControl) -> None:
    """Set up the tables of every system, and let replication run; an original that does not run yet would stop its
    secondary."""
    addresses = bench.addresses
    for system in bench.systems:
        base = bench.settings.starts[system.number].device_base
        for access in table_writes(bench.settings.layouts[system.number], addresses, system.number, base):
            system.registers.push(access)
    await bench.wait_answered()
    for activity in (Activity.ORIGINAL, Activity.SECONDARY):
        for system in bench.systems:
            for group, replication in bench.settings.layouts[system.number].running(activity):
                address = addresses[f"group[{group.number}].activity"]
                system.registers.push(RegisterAccess(True, address, replication.activity))
        await bench.wait_answered()


@pyuvm.test()
class LockStep(SystemTest):
    """The same load with the scoreboard live."""

    async def scenario(self, environment: Environment) -> None:
        """Send everything, wait for all answers."""
        commands = load_commands(self.bench.settings, self.bench)
        timing = Timing(self.bench)
        await (await environment.send(commands)).all_answered()
        timing.write(len(commands))


@pyuvm.test()
class LockStepCopy(ReplicationTest):
    """The same while everything is copied to a second system, whose volumes are looked at now and then; it ends with
    the hosts' last answer."""

    async def body(self) -> None:
        """Send everything, wait for all answers, cut the path."""
        commands = load_commands(self.bench.settings, self.bench)
        looks = self.look_now_and_then()
        timing = Timing(self.bench)
        await (await self.environment.systems[0].send(commands)).all_answered()
        timing.write(len(commands))
        await self.quiet()
        looks.cancel()
