"""The pyuvm environments of a storage system and of the whole bench, and the bases of all tests."""

import json
import time
from collections.abc import Iterable
from typing import Any

import cocotb
from cocotb.triggers import SimTimeoutError, gather, with_timeout
from cocotb.utils import get_sim_time
from pyuvm import ConfigDB, uvm_analysis_port, uvm_env, uvm_monitor, uvm_status_e, uvm_test

from tb.config.files import beside
from tb.config.settings import Activity
from tb.environment.agents import HostAgent, HostItem, PortSequence, RegisterAgent, RegisterItem, accesses, commands
from tb.environment.neighbour_agents import DeviceAgent, PathAgent
from tb.environment.register_adapter import RegisterAdapter
from tb.environment.scoreboard import Scoreboard, ScoreboardError
from tb.environment.script import Recorder
from tb.environment.sequences import table_writes
from tb.handles.capabilities import LACKS, CannotError
from tb.handles.host_port import HostCommand
from tb.handles.register_port import RegisterAccess
from tb.handles.system import SystemControl
from tb.handles.testbench import POLL_CYCLES, BenchControl

IDLE = 1
OKAY, SLVERR = 0, 2
IDLE_POLLS = 2000


class CommitMonitor(uvm_monitor):  # type: ignore[misc]
    """Publishes the capture's events, as the bench's capture monitor receives them."""

    bench: BenchControl

    def build_phase(self) -> None:
        self.port = uvm_analysis_port("port", self)
        self.bench.capture.add_callback(self.port.write)


class Environment(uvm_env):  # type: ignore[misc]
    """The agents of one storage system, and the model of its registers, which are read and written by their names.
    `system` is set before the build phase."""

    system: SystemControl

    def build_phase(self) -> None:
        self.bench: BenchControl = self.cdb_get("bench")
        number = self.system.number
        self.host = HostAgent("host", self)
        self.host.bus, self.host.system = self.system.host, number
        self.registers = RegisterAgent("registers", self)
        self.registers.bus, self.registers.system = self.system.registers, number
        self.devices: list[DeviceAgent] = []
        for device, handle in enumerate(self.system.devices):
            agent = DeviceAgent(f"device{device}", self)
            agent.handle, agent.system, agent.number = handle, number, device
            self.devices.append(agent)
        self.layout = self.bench.settings.layouts[number]
        self.model = self.bench.registers[number]
        self.addresses = self.model.addresses

    def connect_phase(self) -> None:
        self.model.block.get_default_map().set_sequencer(self.registers.sequencer, RegisterAdapter())

    async def send(self, transactions: Iterable[HostCommand]) -> PortSequence:
        """Send host commands, as far ahead of their answers as the driver allows; return their sequence."""
        sequence = commands(list(transactions))
        await sequence.start(self.host.sequencer)
        return sequence

    async def do(self, *transactions: HostCommand) -> list[int]:
        """Send host commands, wait for their answers, return their status codes."""
        sequence = await self.send(transactions)
        await sequence.all_answered()
        items: list[HostItem] = sequence.items
        return [item.status for item in items]

    async def access(self, *transactions: RegisterAccess) -> list[RegisterItem]:
        """Carry out register accesses, wait for their answers, return them."""
        sequence = accesses(list(transactions))
        await sequence.start(self.registers.sequencer)
        await sequence.all_answered()
        return sequence.items

    async def write(self, name: str, value: int) -> int:
        """Write a register by its name; return the response code (0 OKAY, 2 SLVERR, or a reset came before it)."""
        status = await self.model.registers[name].write(value)
        return OKAY if status is uvm_status_e.UVM_IS_OK else SLVERR

    async def read(self, name: str) -> int:
        """Read a register by its name. Raises AssertionError unless the answer is OKAY."""
        status, value = await self.model.registers[name].read()
        assert status is uvm_status_e.UVM_IS_OK, f"reading {name}: refused"
        return int(value)

    async def reset(self) -> None:
        """Reset the system in the middle of whatever it does. Commands and accesses that are not answered are lost:
        their sequences end, without a status. Nothing may be given to its ports meanwhile."""
        await self.system.reset()
        await self.bench.capture_now()
        for agent in (self.host, self.registers):
            agent.drop_outstanding()

    async def set_up_tables(self) -> None:
        """Write the settings' layout into volume, pair and group information."""
        base = self.bench.settings.starts[self.system.number].device_base
        items = await self.access(*table_writes(self.layout, self.addresses, self.system.number, base))
        for item in items:
            assert item.resp == 0, f"setting up the tables: {item.transaction} answered {item.resp}"

    async def start(self, activity: Activity) -> None:
        """Let every group with this activity run. Raises AssertionError if the system stays too busy for that."""
        for group, replication in self.layout.running(activity):
            for _ in range(IDLE_POLLS):
                if await self.write(f"group[{group.number}].activity", replication.activity) == 0:
                    break
                await self.bench.cycles(POLL_CYCLES)
            else:
                raise AssertionError(f"system {self.system.number}: group {group.number} cannot be started")

    async def settle(self) -> None:
        """Wait until nothing is in flight in the system. Raises AssertionError if that does not happen."""
        for _ in range(IDLE_POLLS):
            if await self.read("status") & IDLE and not self.host.unanswered:
                return
            await self.bench.cycles(POLL_CYCLES)
        raise AssertionError(f"system {self.system.number} does not become idle")

    async def read_all(self) -> None:
        """Settle and read every register, which compares every table."""
        await self.settle()
        await self.access(*(RegisterAccess(False, address) for address in self.addresses.values()))


class BenchEnvironment(uvm_env):  # type: ignore[misc]
    """Every system's environment, the agents of the connection path (`paths`, from each system to the other), commit
    monitor and scoreboard."""

    def build_phase(self) -> None:
        self.bench: BenchControl = self.cdb_get("bench")
        self.monitor = CommitMonitor("monitor", self)
        self.monitor.bench = self.bench
        self.scoreboard = Scoreboard("scoreboard", self)
        self.scoreboard.bench = self.bench
        self.systems: list[Environment] = []
        for system in self.bench.systems:
            environment = Environment(f"system{system.number}", self)
            environment.system = system
            self.systems.append(environment)
        self.paths: list[PathAgent] = []
        numbers = [system.number for system in self.bench.systems]
        for (number, other), handle in zip((numbers, numbers[::-1]), self.bench.paths, strict=False):
            agent = PathAgent(f"path{number}", self)
            agent.handle, agent.system, agent.other = handle, number, other
            self.paths.append(agent)

    def connect_phase(self) -> None:
        # the scoreboard first: what it refuses reaches nobody else
        self.monitor.port.connect(self.scoreboard.lines.analysis_export)
        for system in self.systems:
            self.monitor.port.connect(system.host.monitor.analysis_export)
            self.monitor.port.connect(system.registers.monitor.analysis_export)
            for device in system.devices:
                self.monitor.port.connect(device.monitor.analysis_export)
        for path in self.paths:
            self.monitor.port.connect(path.monitor.analysis_export)

    async def finish(self) -> None:
        """Compare every table, of all systems at once, end the capture, compare what is left."""
        await gather(*(system.read_all() for system in self.systems))
        await self.bench.finish()
        await self.scoreboard.finish()


class BenchTest(uvm_test):  # type: ignore[misc]
    """A test in lock-step with the model; `body` is what happens between set-up and end. `most_cycles` is what all of
    it may take, if it is not 0.

    Writes PREFIX.statistics: cycles, records, how often each exit of the flow charts was seen, and when hosts began; of
    a run that failed PREFIX.script (tb/environment/script.py), too.
    """

    most_cycles = 0

    def build_phase(self) -> None:
        self.started = 0.0
        self.recorder: Recorder | None = None
        self.bench = BenchControl(cocotb.top)
        ConfigDB().set(None, "*", "bench", self.bench)
        self.environment = BenchEnvironment("environment", self)

    def connect_phase(self) -> None:
        self.environment.scoreboard.on_break = self.keep

    async def run_phase(self) -> None:
        self.raise_objection()
        most_cycles = self.most_cycles * self.bench.settings.patience
        snapshots = cocotb.start_soon(self.bench.make_snapshots())
        try:
            if most_cycles:
                await with_timeout(self._run_body(), self.bench.nanoseconds(most_cycles), "ns")
            else:
                await self._run_body()
        except SimTimeoutError:
            ended = most_cycles and get_sim_time("ns") >= self.bench.nanoseconds(most_cycles)
            limit = f"the run does not end within {most_cycles} cycles"
            raise self._failure(limit if ended else "what a scenario waited for did not come") from None
        except ScoreboardError:
            raise
        except CannotError as error:
            beside(self.bench.prefix, LACKS).write_text(str(error))
            raise
        except AssertionError as error:
            raise self._failure(str(error)) from error
        finally:
            snapshots.cancel()
            self.bench.snapshots.end()
        self.drop_objection()

    async def begin(self) -> None:
        """Wait for the end of reset. What is given to the systems from now on is noted."""
        await self.bench.start()
        self.recorder = Recorder(self.bench)

    async def _run_body(self) -> None:
        await self.begin()
        await gather(*(system.set_up_tables() for system in self.environment.systems))
        # an original that does not run yet would stop its secondary
        for activity in (Activity.ORIGINAL, Activity.SECONDARY):
            for system in self.environment.systems:
                await system.start(activity)
        self.started = time.time()
        await self.body()
        await self.environment.finish()

    def _failure(self, what: str) -> ScoreboardError:
        """Return the error of a run that stands still, or of something that is not as the test wants it."""
        return self.environment.scoreboard.fail("\n  ".join([what, *self.standing()]))

    def standing(self) -> list[str]:
        """Say how far everything is that goes on by itself, a line each."""
        return []

    async def body(self) -> None:
        """What the test does; the tables are set up."""
        raise NotImplementedError

    def report_phase(self) -> None:
        self.write_statistics()

    def keep(self) -> None:
        """Write what is known of a run that failed: its statistics and its script."""
        self.write_statistics()
        if self.recorder is not None:
            self.recorder.write()

    def write_statistics(self) -> None:
        """Write PREFIX.statistics, at the end or at the first difference."""
        exits = sorted(self.environment.scoreboard.comparison.exits.items())
        statistics: dict[str, Any] = {
            "cycles": self.bench.cycle,
            "records": self.environment.scoreboard.comparison.records,
            "exits": [[*exit_, count] for exit_, count in exits],
            "started": self.started,
        }
        beside(self.bench.prefix, "statistics").write_text(json.dumps(statistics))


class SystemTest(BenchTest):
    """A test of one storage system."""

    async def body(self) -> None:
        """Run the scenario."""
        await self.scenario(self.environment.systems[0])

    async def scenario(self, environment: Environment) -> None:
        """What the test does; the tables are set up."""
        raise NotImplementedError
