"""A storage system that the model plays at its ports: host, maintenance terminal and storage devices.

Every step is one of the model's, taken when the one who plays it says so; commit records, boundary events and data are
shown as docs/capture.md has them, so that the comparison checks a played system as any other.
"""

import random
import zlib
from dataclasses import dataclass, field
from typing import Any, Protocol

from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.formats.serial_number import shortened
from mirrorlog.processes.command_reception import HostCommand
from mirrorlog.processes.step import Step
from mirrorlog.registers.register_map import ALL_STROBES
from mirrorlog.storage.cache_memory import JournalWrite, VolumeWrite
from mirrorlog.storage.storage_device import StorageDevice
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import Parameters
from mirrorlog.tables.status import Status

OKAY = 0
# AXI: the longest burst in beats, and what none crosses
_BURST_BEATS, _BURST_BOUNDARY = 256, 4096


class Shown(Protocol):
    """Takes what a played system shows: a line of the capture, bytes of one of its data files."""

    def line(self, fields: dict[str, Any]) -> None:
        """Take a line."""

    def put(self, name: str, data: bytes) -> None:
        """Take the next bytes of the data file with this suffix."""


@dataclass(slots=True)
class Work:
    """Bursts of one write still to be answered, not before cycle `since`; `ranges` are (device, address, data) pieces,
    `failed` what was refused.
    """

    target: VolumeWrite | JournalWrite
    ranges: list[tuple[int, int, bytes]]
    since: int
    failed: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class Answer:
    """A host's read whose bursts are still to be answered, not before cycle `since`."""

    number: int
    ranges: list[tuple[int, int, int]]
    since: int
    failed: bool = False


class PlayedSystem:
    """One system and what is in flight at its ports. `cycle` is the last that anything happened in: it only grows.

    `devices` hold what bursts have written; those that wait for a device are `work` and `answers`. `write_latency` and
    `read_latency` are cycles until a device answers the first burst of something. Who plays it overrides what is left
    to chance or to a neighbour: how much time passes, how bursts are cut, which of them fail.
    """

    def __init__(self, parameters: Parameters, rng: random.Random, shown: Shown, incarnation: int = 0) -> None:
        self.parameters = parameters
        self.rng = rng
        self.shown = shown
        self.system = StorageSystem(parameters, incarnation)
        self.cycle = 0
        self.devices = [StorageDevice() for _ in range(parameters.devices)]
        self.stalled: tuple[HostCommand, bytes, int] | None = None
        self.work: list[Work] = []
        self.answers: list[Answer] = []
        self.write_latency = self.read_latency = 0

    @property
    def now(self) -> int:
        """The cycle of a record that comes next."""
        return self.cycle + 1

    def load(self, device: int, address: int, image: bytes) -> None:
        """A device holds this before the start."""
        self.devices[device].write(address, image)
        self.system.disk_adapter.devices[device].write(address, image)

    def restart(self, incarnation: int) -> None:
        """The system is reset: its devices keep what they hold, all else is lost."""
        self.system = StorageSystem(self.parameters, incarnation)
        self.system.disk_adapter.devices[:] = [device.copy() for device in self.devices]
        self.stalled = None
        self.work.clear()
        self.answers.clear()

    def give_command(self, command: HostCommand, data: bytes | None) -> None:
        """A host gives a command with its packet (None: it brings none), which is decided at once. No write may be
        stalled."""
        names = ("time", "opcode", "tag", "volume", "position", "size")
        self._event("host_command", **{name: getattr(command, name) for name in names})
        if data is not None:
            self._put("write_data", data)
            self._event("write_data", bytes=len(data))
        self._decide(command, data or b"", None)

    def write_register(self, address: int, data: int, strobe: int = ALL_STROBES) -> int:
        """Write a register; returns the response code."""
        self._event("register_write", address=address, data=int(data), strobe=strobe)
        step = self.system.register_access.write(address, int(data), strobe, self.is_idle(), self.now)
        self._record(step)
        self._event("register_response", data=0, resp=step.status)
        return step.status

    def read_register(self, address: int) -> tuple[int, int]:
        """Read a register; returns its data and the response code."""
        self._event("register_read", address=address)
        step, compared = self.system.register_access.read(address)
        step.reference |= self._told(address) & ~compared
        self._record(step)
        self._event("register_response", data=step.reference, resp=step.status)
        return step.reference, step.status

    def is_idle(self) -> bool:
        """Is nothing in flight in the system?"""
        return self.system.is_idle() and self.stalled is None

    # What is left to who plays it

    def _told(self, address: int) -> int:
        """Return what a register that only informs reads."""
        return self.cycle

    def _event_gap(self) -> int:
        """Return how many cycles pass before an event."""
        return 0

    def _record_gap(self) -> int:
        """Return how many cycles pass before a record, one or more."""
        return 1

    def _burst_bytes(self, most: int) -> int:
        """Return the size of a burst of at most so many bytes."""
        return most

    def _write_response(self, device: int, address: int, size: int) -> int:
        """Return what a device answers to a write burst: 0 OKAY, 2 SLVERR, 3 DECERR."""
        return OKAY

    def _read_response(self, device: int, address: int, size: int) -> int:
        """Return what a device answers to a read burst of a host's command."""
        return OKAY

    # Steps, each about something that is in flight

    def _retry(self) -> bool:
        """A stalled write tries again; returns whether it was decided on."""
        assert self.stalled is not None
        command, data, since = self.stalled
        return self._decide(command, data, self.cycle - since)

    def _decide(self, command: HostCommand, data: bytes, waited: int | None) -> bool:
        """1300: decide on a command, unless it goes on waiting."""
        step = self.system.command_reception.receive(command, data, waited)
        if step is None:
            return False
        self._record(step)
        self.stalled = None
        number = step.reference
        if step.outcome == CommandOutcome.STALLED:
            self.stalled = (command, data, self.cycle)
        elif step.outcome == CommandOutcome.READ_TAKEN:
            self._start_read(number)
        elif number not in self.system.command_reception.flushes:
            self._respond(command.tag, step.status)
        if step.outcome == CommandOutcome.WRITTEN:
            self._start_write(self.system.disk_adapter.volume_writes[number])
        return True

    def _start_read(self, number: int) -> None:
        read = self.system.command_reception.reads[number]
        ranges: list[tuple[int, int, int]] = []
        if not read.in_cache:
            device, (address, size) = self.system.disk_adapter.volume_range(read.volume, read.position, read.size)
            ranges = [(device, at, count) for at, count in self._bursts(address, size)]
        self.answers.append(Answer(number, ranges, self.cycle + self.read_latency))

    def _start_write(self, write: VolumeWrite) -> None:
        device, (address, _) = self.system.disk_adapter.volume_range(write.volume, write.position, write.size)
        self.work.append(Work(write, self._pieces(device, address, write.data), self.cycle + self.write_latency))
        if write.journal is not None:
            self._start_journal(write.journal)

    def _start_journal(self, journal: JournalWrite) -> None:
        adapter = self.system.disk_adapter
        device, (address, _) = adapter.volume_range(journal.journal_volume, journal.information_place, 64)
        ranges = [(device, address, journal.information)]
        taken = 0
        for place, size in journal.parts:
            device, (address, _) = adapter.volume_range(journal.journal_volume, place, size)
            ranges += self._pieces(device, address, journal.data[taken : taken + size])
            taken += size
        self.work.append(Work(journal, ranges, self.cycle + self.write_latency))

    def _write_on(self, work: Work) -> None:
        """Answer a burst of a write, or finish it when all its bursts are answered and its turn has come."""
        target = work.target
        if work.ranges:
            device, address, data = work.ranges.pop(self.rng.randrange(len(work.ranges)))
            resp = self._write_response(device, address, len(data))
            if resp == OKAY:
                self.devices[device].write(address, data)
            else:
                work.failed.append((address, len(data)))
            self._put("device", data, device)
            self._event("device_write", device=device, address=address, bytes=len(data), resp=resp)
        elif self._may_finish(target):
            if isinstance(target, VolumeWrite):
                self._record(self.system.volume_write_step(target, work.failed))
            else:
                self._record(self.system.journal_write_step(target, work.failed))
            self.work.remove(work)

    def _may_start(self, target: VolumeWrite | JournalWrite) -> bool:
        """May the bursts of a write begin: is nothing before it that it overlaps?"""
        return isinstance(target, JournalWrite) or self.system.cache.blocks_volume_write(target) is None

    def _may_finish(self, target: VolumeWrite | JournalWrite) -> bool:
        """Is it a write's turn to be finished? Journals of a group are in their order."""
        if isinstance(target, VolumeWrite):
            return True
        return self.system.disk_adapter.journal_writes[target.group][0] is target

    def _read_on(self, answer: Answer) -> None:
        """Answer a burst of a read, or give the host the first unanswered read's data (or failure)."""
        if answer.ranges:
            answer = next(other for other in self.answers if other.ranges and other.ranges[0][0] == answer.ranges[0][0])
            device, address, size = answer.ranges.pop(0)
            resp = self._read_response(device, address, size)
            answer.failed |= resp != OKAY
            self._device_read(device, address, size, resp)
        elif answer is self.answers[0]:
            self.answers.pop(0)
            read = self.system.command_reception.reads.pop(answer.number)
            status = Status.OK
            if answer.failed:
                status = Status.DEVICE_ERROR
                self._record(self.system.disk_adapter.read_failed(read.volume, read.position, read.size, read.number))
            else:
                self._put("read_data", read.data)
                self._event("read_data", tag=read.tag, bytes=read.size)
            self._respond(read.tag, status)

    def _flush_on(self, number: int) -> None:
        """Answer a flush that waits for no write any more."""
        flush = self.system.command_reception.flushes[number]
        if not flush.waiting:
            step = self.system.command_reception.answer_flush(number)
            self._record(step)
            self._respond(flush.tag, step.status)

    # What is shown

    def _pieces(self, device: int, address: int, data: bytes) -> list[tuple[int, int, bytes]]:
        return [
            (device, at, data[at - address : at - address + count]) for at, count in self._bursts(address, len(data))
        ]

    def _bursts(self, address: int, size: int) -> list[tuple[int, int]]:
        """Cut a range into bursts as AXI allows."""
        beat = self.parameters.data_width // 8
        bursts = []
        end = address + size
        while address < end:
            most = min(end - address, _BURST_BOUNDARY - address % _BURST_BOUNDARY, _BURST_BEATS * beat)
            count = self._burst_bytes(most)
            bursts.append((address, count))
            address += count
        return bursts

    def _device_read(self, device: int, address: int, size: int, resp: int = OKAY, damaged: bool = False) -> None:
        """A device answers a read burst; `damaged`: with something else than it holds."""
        data = self.devices[device].read(address, size) if resp == OKAY else bytes(size)
        crc = zlib.crc32(data) ^ damaged
        self._event("device_read", device=device, address=address, bytes=size, resp=resp, crc=crc)

    def _respond(self, tag: int, status: int) -> None:
        """The host takes a response."""
        self._event("host_response", tag=tag, status=status)

    def _event(self, event: str, **fields: int) -> None:
        self.cycle += self._event_gap()
        self.shown.line(
            {"event": event, "system": self.parameters.system, "cycle": shortened(self.cycle)}
            | {name: int(value) for name, value in fields.items()}
        )

    def _record(self, step: Step) -> None:
        self.cycle += self._record_gap()
        record = self.system.record(step, self.cycle)
        self.shown.line({"event": "record", "system": record.system, "record": record.to_hex()})

    def _put(self, name: str, data: bytes, device: int | None = None) -> None:
        """Show bytes of this system's data file of a kind, of a device if one is given."""
        number = self.parameters.system
        self.shown.put(f"{name}{number}" if device is None else f"{name}{number}_{device}", data)
