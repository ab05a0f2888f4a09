"""One of two storage systems whose devices answer at once: takes the model's steps one by one, and writes the capture
that it would show.
"""

import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from mirrorlog.formats.connection_path import Packet, PacketError, PacketType
from mirrorlog.formats.outcomes import CommandOutcome, ReceptionOutcome, RestoreOutcome
from mirrorlog.formats.update_information import OF_HOSTS
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.group_announcement import is_announcement
from mirrorlog.processes.journal_read_command import Arrival
from mirrorlog.processes.step import Step
from mirrorlog.registers.register_map import ALL_STROBES, ARGUMENT, OPERATION, REGISTER_BYTES
from mirrorlog.serve.capture_files import CaptureFiles
from mirrorlog.serve.hosts import Part
from mirrorlog.storage.cache_memory import JournalWrite, VolumeWrite
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import GroupState, Parameters
from mirrorlog.tables.status import Status

GROUP = 0
BURST_BYTES = 4096
NANOSECONDS_A_CYCLE = 4
# What a device answers on AXI
OKAY, SLVERR = 0, 2
# Commands that the host port takes before anything else goes on
AT_ONCE = 4
READING = frozenset({ReceptionOutcome.READING, ReceptionOutcome.READING_AGAIN})


@dataclass(slots=True)
class Clock:
    """The cycle that all systems of a run are in."""

    cycle: int = 0


@dataclass(slots=True)
class Stalled:
    """A write that waits for room, since a cycle."""

    part: Part
    command: HostCommand
    since: int


class ServedSystem:
    """A system and all that is between its ports and its processes. `sent` are packets for the path; `finished` is
    called with each answer of the host port."""

    def __init__(
        self,
        parameters: Parameters,
        capture: CaptureFiles,
        clock: Clock,
        finished: Callable[[Part, Status, bytes], None],
    ) -> None:
        self.number = parameters.system
        self.system = StorageSystem(parameters)
        self.sent: deque[bytes] = deque()
        self.stalled: Stalled | None = None
        self._capture = capture
        self._clock = clock
        self._finished = finished
        self._tag = 0
        self._parts: deque[Part] = deque()
        self._flushes: dict[int, Part] = {}
        self._commands: deque[Packet] = deque()
        self._operations: deque[Packet] = deque()
        self._announcements: deque[Packet] = deque()
        self._arrivals: deque[Arrival] = deque()
        self._failing: set[int] = set()

    def fail(self, volume: int) -> None:
        """The storage device beneath a volume answers with errors from now on."""
        self._failing.add(volume)

    def write_register(self, address: int, value: int) -> None:
        """Write a register. Raises ValueError if it does not take the value."""
        self._event("register_write", address=address, data=int(value), strobe=ALL_STROBES)
        idle = self.system.is_idle() and self.stalled is None
        step = self.system.register_access.write(address, int(value), ALL_STROBES, idle, self._clock.cycle + 1)
        self._record(step)
        self._event("register_response", data=0, resp=step.status)
        if step.status != Status.OK:
            raise ValueError(f"register {address:#06x} does not take {value:#x}")

    def operate(self, operation: int, *arguments: int) -> Step:
        """Carry out an operation of the maintenance terminal; returns its step."""
        for index, argument in enumerate(arguments):
            self.write_register(ARGUMENT + REGISTER_BYTES * index, argument)
        self.write_register(OPERATION, operation)
        step = self.system.mailbox.step(self._clock.cycle + 1)
        self._record(step)
        return step

    def submit(self, part: Part) -> None:
        """Give the host port a command."""
        self._parts.append(part)

    def arrive(self, data: bytes) -> None:
        """A packet comes from the path."""
        self._capture.data(f"path{self.number}_in", data)
        self._event("packet_in", bytes=len(data))
        try:
            packet = Packet.unpack(data)
        except PacketError:
            return
        if packet.type is PacketType.JOURNAL_READ_COMMAND:
            self._commands.append(packet)
        elif packet.type in (PacketType.MAINTENANCE_COMMAND, PacketType.MAINTENANCE_ANSWER):
            self._operations.append(packet)
        elif packet.type is PacketType.GROUP_STATE and is_announcement(packet):
            self._announcements.append(packet)
        else:
            self._arrivals.append(Arrival(packet))

    def advance(self) -> bool:
        """Do once whatever can be done now; returns whether anything was."""
        moved = self._take_commands()
        moved |= self._write_volumes() | self._write_journals() | self._answer_flushes()
        moved |= self._answer_reader() | self._store() | self._carry_out() | self._hear()
        moved |= self._restore() | self._tell()
        return moved | self._ask()

    def is_quiet(self) -> bool:
        """Is nothing in flight here, but what the path or the other system has to bring?"""
        announced = self.system.announcement.groups[GROUP].unanswered
        waiting = self._parts or self._flushes or self._commands or self._operations or self._announcements
        return not (waiting or self._arrivals or self.stalled or announced) and self.system.is_idle()

    def is_running(self) -> bool:
        """Does the group replicate?"""
        return self.system.shared.groups[GROUP].state is GroupState.NORMAL

    def _take_commands(self) -> bool:
        """The host port: a write that waits for room first, it holds up all others."""
        if self.stalled is not None:
            return self._take_stalled(self.stalled)
        for count in range(AT_ONCE):
            if not self._parts or self.stalled is not None:
                return count > 0
            self._take_command(self._parts.popleft())
        return True

    def _take_command(self, part: Part) -> None:
        self._tag = self._tag + 1 & 0xFFFF
        time = NANOSECONDS_A_CYCLE * self._clock.cycle
        command = HostCommand(part.opcode, self._tag, part.volume, part.position, part.size, time)
        self._event(
            "host_command",
            time=time,
            opcode=part.opcode,
            tag=self._tag,
            volume=part.volume,
            position=part.position,
            size=part.size,
        )
        if command.brings_data():
            self._capture.data(f"write_data{self.number}", part.data)
            self._event("write_data", bytes=len(part.data))
        step = self.system.command_reception.receive(command, part.data)
        assert step is not None
        self._record(step)
        if step.outcome == CommandOutcome.STALLED:
            self.stalled = Stalled(part, command, self._clock.cycle)
            return
        self._taken(part, step)

    def _take_stalled(self, stalled: Stalled) -> bool:
        waited = self._clock.cycle - stalled.since
        step = self.system.command_reception.receive(stalled.command, stalled.part.data, waited)
        if step is None:
            return False
        self.stalled = None
        self._record(step)
        self._taken(stalled.part, step)
        return True

    def _taken(self, part: Part, step: Step) -> None:
        """A command was taken or refused."""
        if step.reference in self.system.command_reception.flushes:  # or a write that waits for its device
            self._flushes[step.reference] = part
            return
        data, status = b"", Status(step.status)
        if step.outcome == CommandOutcome.READ_TAKEN:
            read = self.system.command_reception.reads.pop(step.reference)
            if not (read.in_cache or self._read_device(read.volume, read.position, read.size)):
                status = Status.DEVICE_ERROR
                adapter = self.system.disk_adapter
                self._record(adapter.read_failed(read.volume, read.position, read.size, read.number))
            else:
                data = read.data
                self._capture.data(f"read_data{self.number}", data)
                self._event("read_data", tag=step.tag, bytes=len(data))
        self._event("host_response", tag=step.tag, status=status)
        self._finished(part, status, data)

    def _answer_flushes(self) -> bool:
        reception = self.system.command_reception
        ready = [flush for flush in reception.flushes.values() if not flush.waiting]
        for flush in ready:
            step = reception.answer_flush(flush.number)
            self._record(step)
            self._event("host_response", tag=flush.tag, status=step.status)
            self._finished(self._flushes.pop(flush.number), Status(step.status), b"")
        return bool(ready)

    def _write_volumes(self) -> bool:
        adapter = self.system.disk_adapter
        writes = [*adapter.volume_writes.values(), *adapter.restore_writes.values()]
        done = False
        for write in sorted(writes, key=lambda write: write.sequence):
            if self.system.cache.blocks_volume_write(write) is None:
                self._write_volume(write)
                done = True
        while (step := self.system.restore.free(GROUP)) is not None:
            self._record(step)
        return done

    def _write_volume(self, write: VolumeWrite) -> None:
        device, (address, _) = self.system.disk_adapter.volume_range(write.volume, write.position, write.size)
        resp = self._response(write.volume)
        self._write_device(device, address, write.data, resp)
        failed = [] if resp == OKAY else _bursts(address, write.size)
        self._record(self.system.volume_write_step(write, failed))

    def _write_journals(self) -> bool:
        journals = list(self.system.disk_adapter.journal_writes[GROUP])
        for journal in journals:
            self._write_journal(journal)
        while (step := self.system.journal_store.commit_next(GROUP)) is not None:
            self._record(step)
        return bool(journals)

    def _write_journal(self, journal: JournalWrite) -> None:
        adapter = self.system.disk_adapter
        device, (address, _) = adapter.volume_range(journal.journal_volume, journal.information_place, 64)
        self._write_device(device, address, journal.information)
        taken = 0
        for place, size in journal.parts:
            device, (address, _) = adapter.volume_range(journal.journal_volume, place, size)
            self._write_device(device, address, journal.data[taken : taken + size])
            taken += size
        self._record(self.system.journal_write_step(journal))

    def _answer_reader(self) -> bool:
        """Take the journal read commands that came."""
        reception = self.system.journal_read_reception
        group = self.system.shared.groups[GROUP]
        done = bool(self._commands)
        while self._commands:
            step = reception.receive(self._commands.popleft(), self._clock.cycle + 1)
            self._take(step)
            if step.outcome not in READING:
                continue
            reading = reception.groups[GROUP].readings[-1]
            for number in range(reading.first, reading.first + reading.count):
                place = group.ring.entry_place(number - group.oldest_number())
                self._read_device(group.journal_volume, place, 64)
            self._take(reception.read(reading, False))
        return done

    def _store(self) -> bool:
        """Store what answers brought, and close them."""
        reading = self.system.journal_read_command
        done = bool(self._arrivals)
        while self._arrivals:
            arrival = self._arrivals.popleft()
            while reading.may_store(arrival):
                self._record(reading.store(arrival))
            self._record(reading.close(arrival, self._clock.cycle + 1))
        return done

    def _carry_out(self) -> bool:
        """Take maintenance packets."""
        done = bool(self._operations)
        while self._operations:
            packet = self._operations.popleft()
            if packet.type is PacketType.MAINTENANCE_COMMAND:
                self._take(self.system.operations.receive(packet))
                continue
            step = self.system.operations.take_answer(packet)
            self.system.mailbox.answered(packet.tag, step)
            self._record(step)
        return done

    def _hear(self) -> bool:
        """Take group states that were announced."""
        done = bool(self._announcements)
        while self._announcements:
            self._record(self.system.announcement.receive(self._announcements.popleft()))
        return done

    def _tell(self) -> bool:
        """Announce the group's state, or answer an announcement."""
        announcement = self.system.announcement
        if announcement.groups[GROUP].unanswered is not None:
            self._take(announcement.answer(GROUP))
            return True
        if announcement.may_announce(GROUP, self._clock.cycle + 1):
            self._take(announcement.announce(GROUP, self._clock.cycle + 1))
            return True
        return False

    def _ask(self) -> bool:
        """Send the journal read commands that are due."""
        reading = self.system.journal_read_command
        done = False
        for slot in range(self.system.parameters.commands):
            if reading.may_send(GROUP, slot, self._clock.cycle + 1):
                self._take(reading.send(GROUP, slot, self._clock.cycle + 1))
                done = True
        return done

    def _restore(self) -> bool:
        """Read the next journals that are committed, and begin to write them."""
        group = self.system.shared.groups[GROUP]
        restore = self.system.restore
        if not group.secondary.started or group.secondary.restore_stopped or not restore.has_journal(GROUP):
            return False
        step = restore.scan(GROUP)
        if step.outcome != RestoreOutcome.READING:
            return False
        self._record(step)
        numbers = range(step.reference, step.reference + step.size)
        for number in numbers:
            self._read_device(group.journal_volume, group.ring.entry_place(number - group.oldest_stored()), 64)
        for number in numbers:
            information = restore.entry(GROUP, number)
            if information is not None:
                for place, size in group.ring.parts(information.journal_position, information.data_bytes()):
                    self._read_device(group.journal_volume, place, size)
            self._record(restore.write(GROUP))
        return True

    def _take(self, step: Step) -> None:
        """Record a step, and send the packet that is due with it."""
        self._record(step)
        packet = step.packet
        if packet is None:
            return
        ring = self.system.shared.groups[packet.source_group].ring
        for information, _ in packet.journals:
            assert information.kind in OF_HOSTS  # all was copied before the run
            for place, size in ring.parts(information.journal_position, information.data_bytes()):
                self._read_device(information.journal_volume, place, size)
        self._event("packet_first")
        data = packet.pack()
        self._capture.data(f"path{self.number}_out", data)
        self._event("packet_out", bytes=len(data))
        self.sent.append(data)

    def _response(self, volume: int) -> int:
        """Return what a volume's device answers."""
        return SLVERR if volume in self._failing else OKAY

    def _write_device(self, device: int, address: int, data: bytes, resp: int = OKAY) -> None:
        """A device answers the bursts of a write."""
        for at, size in _bursts(address, len(data)):
            self._capture.data(f"device{self.number}_{device}", data[at - address : at - address + size])
            self._event("device_write", device=device, address=at, bytes=size, resp=resp)

    def _read_device(self, volume: int, position: int, size: int) -> bool:
        """A device answers the bursts of a read; returns whether it returned data."""
        resp = self._response(volume)
        adapter = self.system.disk_adapter
        device, (address, _) = adapter.volume_range(volume, position, size)
        for at, count in _bursts(address, size):
            crc = zlib.crc32(adapter.devices[device].read(at, count) if resp == OKAY else bytes(count))
            self._event("device_read", device=device, address=at, bytes=count, resp=resp, crc=crc)
        return resp == OKAY

    def _event(self, event: str, **fields: int) -> None:
        self._capture.event(event, self.number, self._clock.cycle, **fields)

    def _record(self, step: Step) -> None:
        self._clock.cycle += 1
        self._capture.record(self.number, self.system.record(step, self._clock.cycle).to_hex())


def _bursts(address: int, size: int) -> list[tuple[int, int]]:
    """Cut a range of a device into bursts that cross no 4 KiB border."""
    bursts = []
    end = address + size
    while address < end:
        count = min(end - address, BURST_BYTES - address % BURST_BYTES)
        bursts.append((address, count))
        address += count
    return bursts


__all__ = ["GROUP", "Clock", "Opcode", "ServedSystem"]
