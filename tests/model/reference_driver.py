"""A storage system without latency or fault: steps the model at random and writes the capture that such a system would
show.

It plays host, maintenance terminal, devices and the RTL's freedom (which step comes next, how writes are cut into
bursts), so that the comparison has captures to check, and shows how a capture comes about.
"""

import json
import random
import zlib
from dataclasses import dataclass, field
from typing import Any

from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.formats.serial_number import shortened
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.step import Step
from mirrorlog.registers import register_map
from mirrorlog.storage.cache_memory import JournalWrite, VolumeWrite
from mirrorlog.storage.storage_device import StorageDevice
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import FullPolicy, GroupState, PairState, Parameters, VolumeState
from mirrorlog.tables.status import Status
from tests.model.captures import Capture, CaptureData

CAPACITY = 65536
JOURNAL_VOLUME = 4
WATCH_TIME = 40


@dataclass
class _Work:
    """Bursts of one write still to be answered; `ranges` are (device, address, data) pieces, `failed` what was
    refused.
    """

    target: VolumeWrite | JournalWrite
    ranges: list[tuple[int, int, bytes]]
    failed: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class _Answer:
    """A read whose bursts are still to be answered."""

    number: int
    ranges: list[tuple[int, int, int]]
    failed: bool = False


class ReferenceDriver:
    """Produces one capture. `journal_bytes` is the capacity of the journal volume, `error_rate` the share of failing
    bursts.
    """

    def __init__(
        self,
        seed: int,
        policy: FullPolicy = FullPolicy.STALL,
        journal_bytes: int = 64 * 64 + 32768,
        error_rate: float = 0.0,
        entries: int = 64,
        largest: int = 8192,
        system: int = 1,
        capture: Capture | None = None,
    ) -> None:
        self.rng = random.Random(seed)
        data_width = self.rng.choice((64, 128, 256, 512))
        self.parameters = Parameters(system, data_width, max_transfer_bytes=largest)
        self.system = StorageSystem(self.parameters)
        self.capture = Capture() if capture is None else capture
        self.policy = policy
        self.journal_bytes = journal_bytes
        self.entries = entries
        self.error_rate = error_rate
        self.cycle = 0
        self.tag = 0
        self.stalled: tuple[HostCommand, bytes, int] | None = None
        self.devices = [StorageDevice() for _ in range(self.parameters.devices)]
        self.work: list[_Work] = []
        self.answers: list[_Answer] = []
        if capture is None:
            self.capture.begin([(self.parameters, False)])
        for name in (f"write_data{system}", f"read_data{system}", f"device{system}_0", f"device{system}_1"):
            self.capture.data[name] = bytearray()

    def set_up(self) -> None:
        """Give the system volumes 1 (pair "normal"), 2 ("copying"), 3 (no replication) and a journal volume."""
        for volume, state, device in ((1, 2, 0), (2, 2, 0), (3, 1, 1), (JOURNAL_VOLUME, 1, 1), (5, 3, 0), (6, 4, 0)):
            self.write_register(register_map.volume_register(volume, "capacity"), CAPACITY)
            self.write_register(register_map.volume_register(volume, "offset"), volume * CAPACITY)
            self.write_register(register_map.volume_register(volume, "device"), device)
            self.write_register(register_map.volume_register(volume, "state"), state)
        self.write_register(register_map.volume_register(JOURNAL_VOLUME, "capacity"), self.journal_bytes)
        self.write_register(register_map.volume_register(1, "pair"), 0)
        self.write_register(register_map.volume_register(2, "pair"), 1)
        self.write_register(register_map.pair_register(0, "state"), PairState.NORMAL)
        self.write_register(register_map.pair_register(1, "state"), PairState.COPYING)
        self.write_register(register_map.pair_register(1, "copy_complete_address"), CAPACITY // 2)
        self.write_register(register_map.pair_register(0, "group"), 1)
        self.write_register(register_map.pair_register(1, "group"), 1)
        self.write_register(register_map.group_register(1, "journal_volume"), JOURNAL_VOLUME)
        self.write_register(register_map.group_register(1, "pair_set"), 3)
        self.write_register(register_map.group_register(1, "full_policy"), self.policy)
        self.write_register(register_map.group_register(1, "watch_time"), WATCH_TIME)
        self.write_register(register_map.group_register(1, "write_data_head"), self.entries * 64)
        for name in ("write_data_newest", "write_data_oldest", "write_data_commit"):
            self.write_register(register_map.group_register(1, name), self.entries * 64)
        self.write_register(register_map.group_register(1, "state"), GroupState.NORMAL)

    def normalise(self) -> None:
        """Bring every state back to where `set_up` left it, and free all journals; the system must be idle."""
        ring = self.system.shared.groups[1].ring
        for volume, state in ((1, 2), (2, 2), (3, 1), (JOURNAL_VOLUME, 1)):
            self.write_register(register_map.volume_register(volume, "state"), state)
        self.write_register(register_map.pair_register(0, "state"), PairState.NORMAL)
        self.write_register(register_map.pair_register(1, "state"), PairState.COPYING)
        self.write_register(register_map.group_register(1, "state"), GroupState.NORMAL)
        for part in ("update_information", "write_data"):
            newest = getattr(ring, f"{part}_newest")
            self.write_register(register_map.group_register(1, f"{part}_oldest"), newest)
            self.write_register(register_map.group_register(1, f"{part}_commit"), newest)
            self.write_register(register_map.group_register(1, f"{part}_used"), 0)
            self.write_register(register_map.group_register(1, f"{part}_committed"), 0)

    def read_registers(self) -> None:
        """Read the registers that tell what the system is, one of each table, and holes."""
        for address in (
            register_map.IDENTITY,
            register_map.PARAMETERS,
            register_map.LIMITS,
            register_map.STATUS,
            register_map.CYCLE,
        ):
            self.read_register(address)
        self.read_register(register_map.volume_register(1, "capacity"))
        self.read_register(register_map.pair_register(1, "copy_complete_address"))
        self.read_register(register_map.group_register(1, "update_number"))
        self.read_register(0x0FF8)
        self.write_register(0x1003, 1)
        self.write_register(register_map.IDENTITY, 5)
        self.write_register(register_map.volume_register(1, "state"), 7)
        self.write_register(register_map.volume_register(3, "format"), 0x4F50454E33, 0x0F)

    def run(self, steps: int) -> None:
        """Take random steps, then let everything finish."""
        self.take(steps)
        self.drain()

    def take(self, steps: int) -> None:
        """Take random steps."""
        for _ in range(steps):
            choice = self.rng.random()
            if choice < 0.45 and self.stalled is None:
                self.command()
            elif choice < 0.48:
                self.write_register(register_map.volume_register(3, "format"), self.rng.getrandbits(64))
            elif choice < 0.5:
                self.read_register(register_map.group_register(1, "data_offset"))
            else:
                self.progress()

    def reset(self) -> None:
        """Reset the system in the middle of what it does: its devices keep what they hold, all else is lost. Packets
        and bursts are cut off."""
        number, beat = self.parameters.system, self.parameters.data_width // 8
        names = [
            f"write_data{number}",
            f"read_data{number}",
            *(f"device{number}_{device}" for device in range(len(self.devices))),
        ]
        cut_off = [beat * self.rng.randrange(4) for _ in names]
        for name, size in zip(names, cut_off, strict=True):
            self._data(name, self.rng.randbytes(size))
        self.cycle += self.rng.randrange(1, 100)
        fields = {"event": "reset", "system": number, "cycle": self.cycle, "incarnation": 7}
        fields |= {"first_cycle": self.cycle + 1, "write_data": cut_off[0], "read_data": cut_off[1]}
        self._line(fields | {"path_in": 0, "path_out": 0, "devices": cut_off[2:]})
        self.system = StorageSystem(self.parameters, 7)
        self.system.disk_adapter.devices[:] = [device.copy() for device in self.devices]
        self.cycle += 1
        self.stalled = None
        self.work.clear()
        self.answers.clear()

    def drain(self) -> None:
        """Let everything finish."""
        while self.stalled is not None or self.work or self.answers or self.system.command_reception.flushes:
            self.progress()

    def end(self) -> Capture:
        """Write the last line and return the capture."""
        self._line({"event": "end", "events": len(self.capture.lines)})
        return self.capture

    def command(self) -> None:
        """Give the host port one random command, good or bad."""
        opcode = self.rng.choices((1, 2, 3, 4, 5, 6, 130, 133), (20, 50, 8, 1, 8, 1, 6, 2))[0]
        volume = self.rng.choices((1, 2, 3, JOURNAL_VOLUME, 5, 6, 7, 99), (40, 30, 20, 3, 2, 2, 2, 2))[0]
        size = 512 * self.rng.choices((1, 2, 8, 16, 0, 17), (40, 20, 20, 10, 3, 2))[0]
        position = 512 * self.rng.randrange(24) + self.rng.choice((0, CAPACITY // 2 - 4096))
        if self.rng.random() < 0.04:
            position += self.rng.choice((7, CAPACITY))
        received = size if self.rng.random() > 0.04 else max(1, size + self.rng.choice((-64, 64, 512)))
        self.give(opcode, volume, position, size, received)

    def give(self, opcode: int, volume: int, position: int, size: int, received: int | None = None) -> None:
        """Give the host port one command, and carry it out; it waits for a write that is stalled."""
        while self.stalled is not None:
            self.progress()
        self.tag = (self.tag + self.rng.randrange(1, 5)) & 0xFFFF
        time = 1_000_000 + 1000 * self.cycle + self.rng.randrange(1000)
        command = HostCommand(opcode, self.tag, volume, position, size, time)
        fields = {"time": time, "opcode": opcode, "tag": self.tag, "volume": volume, "position": position, "size": size}
        self._event("host_command", **fields)
        data = b""
        if command.brings_data():
            data = self.rng.randbytes(size if received is None else received)
            self._data(f"write_data{self.parameters.system}", data)
            self._event("write_data", bytes=len(data))
        self._retire(command, data, None)

    def progress(self) -> None:
        """Let one thing happen that is in flight: a burst, a finished write, a read's data, a flush's answer, a
        stalled write.
        """
        choices = []
        if self.stalled is not None:
            choices.append(self._retry)
        if self.work:
            choices.append(self._write_on)
        if self.answers:
            choices.append(self._read_on)
        if self.system.command_reception.flushes:
            choices.append(self._flush_on)
        if choices:
            self.rng.choice(choices)()

    def write_register(self, address: int, data: int, strobe: int = register_map.ALL_STROBES) -> None:
        """Write a register."""
        self._event("register_write", address=address, data=int(data), strobe=strobe)
        idle = self.system.is_idle() and self.stalled is None
        step = self.system.register_access.write(address, int(data), strobe, idle)
        self._record(step)
        self._event("register_response", data=0, resp=step.status)

    def read_register(self, address: int) -> None:
        """Read a register."""
        self._event("register_read", address=address)
        step, compared = self.system.register_access.read(address)
        step.reference |= self.cycle & ~compared
        self._record(step)
        self._event("register_response", data=step.reference, resp=step.status)

    def _retry(self) -> None:
        assert self.stalled is not None
        command, data, since = self.stalled
        self.cycle += self.rng.randrange(10)
        self._retire(command, data, self.cycle - since)

    def _retire(self, command: HostCommand, data: bytes, waited: int | None) -> None:
        reception = self.system.command_reception
        step = reception.receive(command, data, waited)
        if step is None:
            return
        self._record(step)
        self.stalled = None
        number = step.reference
        if step.outcome == CommandOutcome.STALLED:
            self.stalled = (command, data, self.cycle)
        elif step.outcome == CommandOutcome.READ_TAKEN:
            self._start_read(number)
        elif step.reference not in reception.flushes:
            self._event("host_response", tag=command.tag, status=step.status)
        if step.outcome == CommandOutcome.WRITTEN:
            self._start_write(self.system.disk_adapter.volume_writes[number])

    def _start_read(self, number: int) -> None:
        read = self.system.command_reception.reads[number]
        ranges: list[tuple[int, int, int]] = []
        if not read.in_cache:
            device, (address, size) = self.system.disk_adapter.volume_range(read.volume, read.position, read.size)
            ranges = [(device, at, count) for at, count in self._bursts(address, size)]
        self.answers.append(_Answer(number, ranges))

    def _start_write(self, write: VolumeWrite) -> None:
        adapter = self.system.disk_adapter
        device, (address, _) = adapter.volume_range(write.volume, write.position, write.size)
        self.work.append(_Work(write, self._pieces(device, address, write.data)))
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
        self.work.append(_Work(journal, ranges))

    def _write_on(self) -> None:
        """Answer a burst, or finish a write all of whose bursts are answered."""
        ready = [work for work in self.work if self._may_start(work.target)]
        work = self.rng.choice(ready)
        if work.ranges:
            device, address, data = work.ranges.pop(self.rng.randrange(len(work.ranges)))
            failed = self.rng.random() < self.error_rate
            if failed:
                work.failed.append((address, len(data)))
            else:
                self.devices[device].write(address, data)
            self._data(f"device{self.parameters.system}_{device}", data)
            resp = self.rng.choice((2, 3)) if failed else 0
            self._event("device_write", device=device, address=address, bytes=len(data), resp=resp)
        elif isinstance(work.target, VolumeWrite):
            self._record(self.system.volume_write_step(work.target, work.failed))
            self.work.remove(work)
        elif self.system.disk_adapter.journal_writes[work.target.group][0] is work.target:
            self._record(self.system.journal_write_step(work.target, work.failed))
            self.work.remove(work)

    def _may_start(self, target: VolumeWrite | JournalWrite) -> bool:
        return isinstance(target, JournalWrite) or self.system.cache.blocks_volume_write(target) is None

    def _read_on(self) -> None:
        """Answer a burst of a read, or give the host the first unanswered read's data (or failure)."""
        reception = self.system.command_reception
        answer = self.rng.choice(self.answers)
        if answer.ranges:
            answer = next(other for other in self.answers if other.ranges and other.ranges[0][0] == answer.ranges[0][0])
            device, address, size = answer.ranges.pop(0)
            failed = self.rng.random() < self.error_rate
            answer.failed |= failed
            self._device_read(device, address, size, failed)
        elif answer is self.answers[0]:
            self.answers.pop(0)
            read = reception.reads.pop(answer.number)
            status = Status.OK
            if answer.failed:
                status = Status.DEVICE_ERROR
                self._record(self.system.disk_adapter.read_failed(read.volume, read.position, read.size, read.number))
            else:
                self._data(f"read_data{self.parameters.system}", read.data)
                self._event("read_data", bytes=read.size)
            self._event("host_response", tag=read.tag, status=status)

    def _flush_on(self) -> None:
        flush = self.rng.choice(list(self.system.command_reception.flushes.values()))
        if not flush.waiting:
            step = self.system.command_reception.answer_flush(flush.number)
            self._record(step)
            self._event("host_response", tag=flush.tag, status=step.status)

    def _pieces(self, device: int, address: int, data: bytes) -> list[tuple[int, int, bytes]]:
        return [
            (device, at, data[at - address : at - address + count]) for at, count in self._bursts(address, len(data))
        ]

    def _bursts(self, address: int, size: int) -> list[tuple[int, int]]:
        """Cut a range into bursts as AXI allows, sometimes smaller ones."""
        beat = self.parameters.data_width // 8
        bursts = []
        end = address + size
        while address < end:
            count = min(end - address, 4096 - address % 4096, 256 * beat)
            if self.rng.random() < 0.2:
                count = beat * self.rng.randrange(1, count // beat + 1)
            bursts.append((address, count))
            address += count
        return bursts

    def _device_read(self, device: int, address: int, size: int, failed: bool = False, damaged: bool = False) -> None:
        """A device answers a read burst; `damaged`: with something else than it holds."""
        data = bytes(size) if failed else self.devices[device].read(address, size)
        resp = 2 if failed else 0
        self._event(
            "device_read", device=device, address=address, bytes=size, resp=resp, crc=zlib.crc32(data) ^ damaged
        )

    def _event(self, event: str, **fields: int) -> None:
        self.cycle += self.rng.randrange(3)
        self._line(
            {"event": event, "system": self.parameters.system, "cycle": shortened(self.cycle)}
            | {name: int(value) for name, value in fields.items()}
        )

    def _record(self, step: Step) -> None:
        self.cycle += 1 + self.rng.randrange(3)
        record = self.system.record(step, self.cycle)
        self._line({"event": "record", "system": record.system, "record": record.to_hex()})

    def _line(self, fields: dict[str, Any]) -> None:
        self.capture.lines.append(json.dumps(fields))

    def _data(self, name: str, data: bytes) -> None:
        self.capture.data[name] += data


def busy_capture(
    seed: int, steps: int = 60, policy: FullPolicy = FullPolicy.STALL, error_rate: float = 0.0, **settings: int
) -> tuple[Capture, StorageSystem]:
    """Return a capture of a set-up system under random load, and the system as it is at the end."""
    driver = ReferenceDriver(seed, policy, error_rate=error_rate, **settings)
    driver.set_up()
    driver.read_registers()
    driver.run(steps // 2)
    driver.normalise()
    driver.run(steps - steps // 2)
    return driver.end(), driver.system


__all__ = ["Capture", "CaptureData", "Opcode", "ReferenceDriver", "VolumeState", "busy_capture"]
