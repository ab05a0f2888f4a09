"""The simulation's side of `make serve` with the RTL or a board: hosts' requests enter through the systems' host ports.

Simulated time flows as long as a host waits or something is left to be restored; else the simulator waits for hosts.
"""

import contextlib
from collections import deque
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import cocotb
import pyuvm
from pyuvm import uvm_subscriber

from mirrorlog.compare.capture import DataFiles, DataNotReady
from mirrorlog.formats.commit_record import CommitRecord, Creation, Process
from mirrorlog.formats.outcomes import RestoreOutcome
from mirrorlog.serve.gate import Gate
from mirrorlog.serve.hosts import ORIGINAL, SECONDARY, Answered, Hosts, Part, log, lost_connection
from mirrorlog.tables.shared_memory import GroupState, PairState
from mirrorlog.tables.status import Status
from tb.config.files import beside
from tb.environment.environment import BenchTest, Environment
from tb.environment.operations import take_over
from tb.handles.capture import Events
from tb.handles.host_port import WRITES, HostCommand, Opcode
from tb.handles.storage_device import DeviceError, Kinds

# Cycles between two looks at what hosts ask for
LOOK_CYCLES = 64
COPY_POLLS, COPY_POLL_CYCLES = 2000, 300
GROUP = 1
# Bursts of a device that has failed, which all do
ALL_BURSTS = (1 << 32) - 1


class Follower(uvm_subscriber):  # type: ignore[misc]
    """Sees in the capture what host ports answer, with the data of reads, and how far restore is: `created` and
    `restored` are the update numbers of the last journals."""

    def build_phase(self) -> None:
        self.first = ORIGINAL
        self.waiting: dict[tuple[int, int], Part] = {}
        self.finished: Callable[[Part, Status, bytes], None]
        self.created = self.restored = 0
        self._reads: dict[int, deque[Part]] = {}
        self._sizes: dict[int, deque[int]] = {}
        self._data: DataFiles

    def begin(self, prefix: Path, first: int, copied: int, finished: Callable[[Part, Status, bytes], None]) -> None:
        """Follow what comes from now on; `first` is the number of the first system, `copied` that of the last journal
        of initial copy, `finished` is called with each answer."""
        self.first, self.finished = first, finished
        self._data = DataFiles(beside(prefix, "jsonl"), growing=True)
        self._reads = {system: deque() for system in (first, first + 1)}
        self._sizes = {system: deque() for system in (first, first + 1)}
        self.created = self.restored = copied

    def write(self, tt: Events) -> None:
        for event in tt:
            kind = event["event"]
            if kind == "record":
                self._record(event["record"])
            elif kind == "read_data" and self._sizes:
                self._sizes[event["system"]].append(event["bytes"])
            elif kind == "host_response" and self._reads:
                self._response(event["system"], event["tag"], Status(event["status"]))

    def hand_out(self) -> None:
        """Hand out the data of reads that has come: packets are in the order of the answers."""
        for system, sizes in self._sizes.items():
            while sizes and self._reads[system]:
                try:
                    data = self._data.take(f"read_data{system}", sizes[0])
                except DataNotReady:
                    break
                sizes.popleft()
                self.finished(self._reads[system].popleft(), Status.OK, data or b"")

    def _response(self, system: int, tag: int, status: Status) -> None:
        part = self.waiting.pop((system, tag))
        if part.opcode == Opcode.READ and status is Status.OK:
            self._reads[system].append(part)
        else:
            self.finished(part, status, b"")

    def _record(self, record: CommitRecord) -> None:
        if record.system == self.first:
            if record.creation == Creation.HOST_WRITE_CREATED:
                self.created = record.update_number - 1
        elif (record.process, record.outcome) == (Process.RESTORE, RestoreOutcome.FREED):
            # a board's records come late: this may be one of initial copy
            self.restored = max(self.restored, record.reference)


@pyuvm.test()
class Serve(BenchTest):
    """Serves hosts at the local socket that the settings' trace names, until somebody says stop."""

    def build_phase(self) -> None:
        super().build_phase()
        self.follower = Follower("follower", self)
        self.hosts: Hosts
        self._stopping = self._is_cut = False
        self._tasks = 0
        self._consistent: bool | None = None
        self._failed: set[tuple[int, int]] = set()

    def connect_phase(self) -> None:
        super().connect_phase()
        self.environment.monitor.port.connect(self.follower.analysis_export)

    async def body(self) -> None:
        """Wait for the end of initial copy, then serve. What is said of hosts is handed on by the process that waits
        for this one (tb/running/progress.py)."""
        await self._copied()
        with beside(self.bench.prefix, "said").open("w") as said, contextlib.redirect_stderr(said):
            await self._serve()
        # a write that waits for room waits no longer: its group is suspended
        for system in self.environment.systems:
            for group in system.layout.groups:
                await system.write(f"group[{group.number}].watch_time", 0)

    async def _serve(self) -> None:
        """Serve hosts until somebody says stop."""
        settings = self.bench.settings
        journals = {group.journal_volume for group in settings.layout.groups}
        volumes = {v.number: v.capacity for v in settings.layout.volumes if v.number not in journals}
        copied = await self._created() if len(self.environment.systems) > 1 else 0
        self.follower.begin(self.bench.prefix, settings.parameters.system_number, copied, self._finished)
        gate = Gate(Path(settings.trace), lost_connection)
        systems = settings.parameters.systems
        self.hosts = Hosts(gate, self, volumes, settings.parameters.max_transfer_bytes, systems)
        try:
            while not self._stopping:
                self.hosts.poll(0.0 if self._is_busy() else None)
                if self._is_busy():
                    await self.bench.sleep(LOOK_CYCLES)
                    await self.bench.capture_now()
                    self.follower.hand_out()
        finally:
            gate.close()

    def submit(self, part: Part) -> None:
        """Give a command to the host port of its system."""
        agent = self._system(part.system).host
        data = part.data if part.opcode in WRITES else None
        item = agent.give(HostCommand(Opcode(part.opcode), part.volume, part.position, part.size, data))
        self.follower.waiting[agent.system, agent.bus.tag(item.number)] = part

    def cut(self) -> None:
        """Cut the path."""
        self._is_cut = True
        for path in self.bench.paths:
            path.cut()
        log("the path is cut")

    def heal(self) -> None:
        """The path works again."""
        self._is_cut = False
        for path in self.bench.paths:
            path.heal()

    def fail(self, system: int, volume: int) -> None:
        """The storage device beneath a volume answers with errors from now on: where this volume lies, and those of the
        same device that failed before."""
        environment = self._system(system)
        self._failed.add((system, volume))
        failed = [v for v in environment.layout.volumes if (system, v.number) in self._failed]
        first, last = min(v.offset for v in failed), max(v.offset + v.capacity for v in failed) - 1
        error = DeviceError(Kinds.BOTH, first, last, count=ALL_BURSTS)
        environment.system.devices[failed[0].device].fail(error)

    def take_over(self, answer: Answered) -> None:
        """Take over at the secondary system."""
        self._start(self._take_over(answer))

    def stop(self, answer: Answered) -> None:
        """Serve no longer."""
        self._stopping = True
        answer({"stopped": True})

    def tell_status(self, answer: Answered) -> None:
        """Answer with the status, which takes simulated time."""
        self._start(self._status(answer))

    def _is_busy(self) -> bool:
        """Does a host wait, or is something left to be restored that can be?"""
        open_path = not self._is_cut and not self.hosts.taken_over
        return bool(self.hosts.asked or self._tasks or (open_path and self.follower.created > self.follower.restored))

    def _finished(self, part: Part, status: Status, data: bytes) -> None:
        self.hosts.finished(part, status, data)

    def _system(self, number: int) -> Environment:
        found: Environment = self.environment.systems[number - ORIGINAL]
        return found

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that takes simulated time."""

        async def counted() -> None:
            await work
            self._tasks -= 1

        self._tasks += 1
        cocotb.start_soon(counted())

    async def _copied(self) -> None:
        """Wait for the end of initial copy. Raises AssertionError if it does not come."""
        if len(self.environment.systems) == 1:
            return
        secondary = self._system(SECONDARY)
        for pair in self.bench.settings.second.pairs:
            for _ in range(COPY_POLLS):
                if await secondary.read(f"pair[{pair.number}].state") == PairState.NORMAL:
                    break
                await self.bench.sleep(COPY_POLL_CYCLES)
            else:
                raise AssertionError(f"pair {pair.number} is not copied")

    async def _take_over(self, answer: Answered) -> None:
        if not self._is_cut:
            self.cut()
        self._consistent = await take_over(self._system(SECONDARY), GROUP)
        self.hosts.taken_over = True
        told = await self._told()
        log(
            f"taken over: {'consistent' if self._consistent else 'not consistent'},"
            f" {told['restored']} of {told['created']} journals restored"
        )
        answer(told)

    async def _status(self, answer: Answered) -> None:
        if len(self.environment.systems) == 1:
            answer({"writes": self.hosts.acknowledged, "cycles": self.bench.cycle})
            return
        answer(await self._told())

    async def _created(self) -> int:
        """Return the update number of the original's last journal."""
        return int(await self._system(ORIGINAL).read(f"group[{GROUP}].update_number")) - 1

    async def _told(self) -> dict[str, object]:
        """Return the status of two systems."""
        original, secondary = self._system(ORIGINAL), self._system(SECONDARY)
        created = await self._created()
        stored = await secondary.read(f"group[{GROUP}].update_number") - 1
        state = [GroupState(await system.read(f"group[{GROUP}].state")) for system in (original, secondary)]
        await self.bench.capture_now()
        return {
            "path": "cut" if self._is_cut else "up",
            "original": "lost" if self.hosts.lost else state[0].name.lower(),
            "secondary": "taken over" if self.hosts.taken_over else state[1].name.lower(),
            "writes": self.hosts.acknowledged,
            "created": created,
            "stored": stored,
            "restored": self.follower.restored,
            "consistent": self._consistent,
            "cycles": self.bench.cycle,
        }
