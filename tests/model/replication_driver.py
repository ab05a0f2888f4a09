"""One of two storage systems without latency that replicate: produces its part of their capture."""

from collections import deque
from dataclasses import dataclass, field

from mirrorlog.formats.connection_path import Packet, PacketError, PacketType
from mirrorlog.formats.outcomes import InitialCopyOutcome, ReceptionOutcome, RestoreOutcome
from mirrorlog.formats.update_information import JournalKind
from mirrorlog.processes.group_announcement import is_announcement
from mirrorlog.processes.journal_read_command import Arrival
from mirrorlog.processes.journal_read_reception import BatchReading
from mirrorlog.processes.step import Step
from mirrorlog.registers.register_map import ARGUMENT, OPERATION, volume_register
from mirrorlog.tables.shared_memory import VolumeState
from tests.model.captures import Capture
from tests.model.reference_driver import ReferenceDriver

VOLUMES = (1, 2)
JOURNAL = 4
CAPACITY = 16384
GROUP = 0


@dataclass
class Faults:
    """Chances of what happens to a packet, of a device's error, of one when replication reads, and of a journal's burst
    that returns something else than its device holds.
    """

    drop: float = 0.0
    duplicate: float = 0.0
    corrupt: float = 0.0
    reorder: float = 0.0
    device: float = 0.0
    read: float = 0.0
    damage: float = 0.0


@dataclass
class _Reading:
    """Bursts (device, address, bytes, number of their journal if they are checked) still to be read for something,
    whether one has failed, and which journals are damaged.
    """

    ranges: list[tuple[int, int, int, int]]
    failed: bool = False
    damaged: list[int] = field(default_factory=list)


@dataclass
class _Sending:
    """A packet that is sent once its data is read."""

    packet: Packet
    reads: dict[int, _Reading] = field(default_factory=dict)


class ReplicatingSystem(ReferenceDriver):
    """One of the two systems."""

    def __init__(self, seed: int, system: int, capture: Capture, faults: Faults, journal_bytes: int) -> None:
        super().__init__(seed, system=system, capture=capture, journal_bytes=journal_bytes, largest=4096)
        self.faults = faults
        self.error_rate = faults.device
        for name in (f"path{system}_in", f"path{system}_out"):
            capture.data[name] = bytearray()
        self.incoming: deque[bytes] = deque()
        self.outgoing: deque[bytes] = deque()
        self.commands: list[Packet] = []
        self.operations: list[Packet] = []
        self.announcements: deque[Packet] = deque()
        self.arrivals: list[Arrival] = []
        self.entries: list[tuple[BatchReading, _Reading]] = []
        self.sendings: list[_Sending] = []
        self.restoring: deque[tuple[int, _Reading]] = deque()
        self.path_first = -1
        # lines of bursts that returned something else
        self.lies: list[int] = []

    def command_or_wait(self, opcode: int, position: int, size: int) -> None:
        """Give the host port a command, unless a write waits for room."""
        if self.stalled is None:
            self.give(opcode, self.rng.choice(VOLUMES), position, size)

    def set_up_volumes(self) -> None:
        """Make volumes 1, 2 and the journal volume "normal"."""
        for volume in (*VOLUMES, JOURNAL):
            capacity = self.journal_bytes if volume == JOURNAL else CAPACITY
            self.write_register(volume_register(volume, "capacity"), capacity)
            self.write_register(volume_register(volume, "offset"), volume * 131072)
            self.write_register(volume_register(volume, "device"), int(volume == JOURNAL))
            self.write_register(volume_register(volume, "state"), VolumeState.NORMAL)

    def give_operation(self, operation: int, *arguments: int, destination: int = 0) -> int:
        """Give an operation through registers; returns its answer."""
        for index, argument in enumerate(arguments):
            self.write_register(ARGUMENT + 8 * index, argument)
        self.write_register(OPERATION, operation | destination << 16)
        return self.operate()

    def operate(self) -> int:
        """Take the next step of the outstanding operation."""
        self.cycle += 1
        step = self.system.mailbox.step(self.cycle)
        self.take(step)
        return step.status

    def take(self, step: Step) -> None:
        """Record a step, and send what is due with it."""
        self._record(step)
        if step.packet is None:
            return
        sending = _Sending(step.packet)
        adapter = self.system.disk_adapter
        ring = self.system.shared.groups[step.packet.source_group].ring
        for information, _ in step.packet.journals:
            parts: tuple[tuple[int, int], ...] = ((information.journal_position, information.data_bytes()),)
            if information.kind == JournalKind.HOST_WRITE:
                parts = ring.parts(information.journal_position, information.size)
            reading = sending.reads.setdefault(information.journal_volume, _Reading([]))
            for place, size in parts:
                device, (address, _) = adapter.volume_range(information.journal_volume, place, size)
                number = information.update_number * (information.kind == JournalKind.HOST_WRITE)
                reading.ranges += [(device, at, count, number) for at, count in self._bursts(address, size)]
        self.sendings.append(sending)

    def replicate(self) -> None:
        """Let something of replication happen."""
        choices = [self._copy, self._poll, self._restore, self._free, self._commit, self._write_restored]
        choices += [self.receive] * bool(self.incoming) + [self._answer] * bool(self.commands)
        choices += [self._store] * bool(self.arrivals) + [self._read_entries] * bool(self.entries)
        choices += [self.send] * bool(self.sendings) + [self.carry_out] * bool(self.operations)
        choices += [self._tell] + [self._hear] * bool(self.announcements)
        self.rng.choice(choices)()

    def is_quiet(self) -> bool:
        """Is nothing in flight here?"""
        waiting = self.incoming or self.commands or self.arrivals or self.entries or self.sendings or self.restoring
        in_flight = self.system.restore.groups[GROUP].in_flight
        stuck = bool(in_flight) and in_flight[0].failed
        waiting = waiting or self.announcements or self.system.announcement.groups[GROUP].unanswered
        host = self.work or self.answers or self.system.command_reception.flushes
        return not (waiting or self.operations or host or (in_flight and not stuck))

    def _copy(self) -> None:
        step = self.system.initial_copy.step(GROUP)
        if step.outcome != InitialCopyOutcome.NO_VOLUME or self.rng.random() < 0.02:
            self._record(step)
        if step.reference:
            self._start_journal(self.system.disk_adapter.journal_writes[GROUP][-1])

    def _poll(self) -> None:
        process = self.system.journal_read_command
        self.cycle += 1
        for slot in self.rng.sample(range(4), 4):
            if process.may_send(GROUP, slot, self.cycle + 1):
                self.cycle += 1
                self.take(process.send(GROUP, slot, self.cycle))
                return

    def _record(self, step: Step) -> None:
        # the step was taken at this cycle
        record = self.system.record(step, self.cycle + 1)
        self.cycle += 1
        self._line({"event": "record", "system": record.system, "record": record.to_hex()})

    def receive(self) -> None:
        """A packet comes from the path."""
        data = self.incoming.popleft()
        name = f"path{self.parameters.system}_in"
        self._data(name, data)
        self._event("packet_in", bytes=len(data))
        try:
            packet = Packet.unpack(data)
        except PacketError:
            return
        if packet.type is PacketType.JOURNAL_READ_COMMAND:
            self.commands.append(packet)
        elif packet.type in (PacketType.MAINTENANCE_COMMAND, PacketType.MAINTENANCE_ANSWER):
            self.operations.append(packet)
        elif packet.type is PacketType.GROUP_STATE and is_announcement(packet):
            self.announcements.append(packet)
        else:
            self.arrivals.append(Arrival(packet))

    def _answer(self) -> None:
        """Take a journal read command."""
        reception = self.system.journal_read_reception
        if self.entries:
            return
        step = reception.receive(self.commands.pop(0), self.cycle + 1)
        self.take(step)
        if step.outcome not in (ReceptionOutcome.READING, ReceptionOutcome.READING_AGAIN):
            return
        reading = reception.groups[GROUP].readings[-1]
        group = self.system.shared.groups[GROUP]
        ranges = []
        for number in range(reading.first, reading.first + reading.count):
            place = group.ring.entry_place(number - group.oldest_number())
            device, (address, size) = self.system.disk_adapter.volume_range(group.journal_volume, place, 64)
            ranges.append((device, address, size, number))
        self.entries.append((reading, _Reading(ranges)))

    def _read_entries(self) -> None:
        """Read an entry of a batch, or send the batch."""
        reading, read = self.entries[0]
        if read.ranges:
            self._burst(read)
            return
        del self.entries[0]
        self.take(self.system.journal_read_reception.read(reading, read.failed, bool(read.damaged)))

    def send(self) -> None:
        """Read data of a packet, or let it go out."""
        sending = self.sendings[0]
        for volume, read in sending.reads.items():
            if read.ranges:
                self._burst(read)
                return
            if read.failed:
                read.failed = False
                self._record(self.system.journal_read_reception.data_failed(sending.packet, volume))
        damaged = [number for read in sending.reads.values() for number in read.damaged]
        if damaged and not sending.packet.poisoned:
            self._record(self.system.journal_read_reception.data_damaged(sending.packet, damaged[0]))
            return
        del self.sendings[0]
        self._event("packet_first")
        for index, (information, _) in enumerate(sending.packet.journals):
            if information.kind == JournalKind.INITIAL_COPY:  # read in place by now
                content = self.system.disk_adapter.read(information.volume, information.position, information.size)
                sending.packet.journals[index] = information, content
            elif information.update_number in damaged:
                sending.packet.journals[index] = (
                    information,
                    bytes(byte ^ 0xFF for byte in sending.packet.journals[index][1]),
                )
        data = sending.packet.pack()
        self._data(f"path{self.parameters.system}_out", data)
        self._event("packet_out", bytes=len(data))
        self.outgoing.append(data)

    def _burst(self, read: _Reading) -> None:
        device, address, size, number = read.ranges.pop(0)
        failed = self.rng.random() < self.faults.device + self.faults.read
        read.failed |= failed
        self._read_or_lie(read, device, address, size, number * (not failed), failed)

    def _read_or_lie(
        self, read: _Reading, device: int, address: int, size: int, number: int, failed: bool = False
    ) -> None:
        """A device answers a burst of a journal, perhaps with something else than it holds."""
        damaged = number > 0 and self.rng.random() < self.faults.damage
        if damaged:
            read.damaged.append(number)
            self.lies.append(len(self.capture.lines))
        self._device_read(device, address, size, failed, damaged)

    def _store(self) -> None:
        """Store the next journal of an answer, or close it."""
        process = self.system.journal_read_command
        arrival = self.arrivals[0]
        if not process.may_store(arrival):
            del self.arrivals[0]
            self._record(process.close(arrival, self.cycle + 1))
            return
        known = len(self.system.disk_adapter.journal_writes[GROUP])
        self._record(process.store(arrival))
        for journal in list(self.system.disk_adapter.journal_writes[GROUP])[known:]:
            self._start_journal(journal)

    def _commit(self) -> None:
        step = self.system.journal_store.commit_next(GROUP)
        if step is not None:
            self._record(step)

    def _restore(self) -> None:
        """Look for journals to restore."""
        group = self.system.shared.groups[GROUP]
        if not group.secondary.started or len(self.restoring) > 20:
            return
        step = self.system.restore.scan(GROUP)
        if step.outcome != RestoreOutcome.NO_JOURNAL or self.rng.random() < 0.05:
            self._record(step)
        if step.outcome != RestoreOutcome.READING:
            return
        adapter = self.system.disk_adapter
        for number in range(step.reference, step.reference + step.size):
            place = group.ring.entry_place(number - group.oldest_stored())
            device, (address, size) = adapter.volume_range(group.journal_volume, place, 64)
            ranges = [(device, address, size, number)]
            information = self.system.restore.entry(GROUP, number)
            assert information is not None
            for at, count in group.ring.parts(information.journal_position, information.data_bytes()):
                device, (address, _) = adapter.volume_range(group.journal_volume, at, count)
                ranges += [(device, place, part, number) for place, part in self._bursts(address, count)]
            self.restoring.append((number, _Reading(ranges)))
        # all update information is read before the data
        reads = [read for _, read in self.restoring][-step.size :]
        for read in reads:
            self._read_or_lie(read, *read.ranges.pop(0))

    def _write_restored(self) -> None:
        """Read a journal's data, or begin to write it."""
        if not self.restoring:
            return
        number, read = self.restoring[0]
        if read.ranges and not read.failed and not read.damaged:
            self._burst(read)
            return
        step = self.system.restore.write(GROUP, read.failed, bool(read.damaged))
        self._record(step)
        if step.outcome != RestoreOutcome.WRITING:
            self.restoring.clear()
            return
        self.restoring.popleft()
        write = self.system.disk_adapter.restore_writes.get((GROUP, number))
        if write is not None:
            self._start_write(write)

    def _free(self) -> None:
        step = self.system.restore.free(GROUP)
        if step is not None:
            self._record(step)

    def _tell(self) -> None:
        """Announce the group's state, or answer the partner's announcement, if one of them is due."""
        process = self.system.announcement
        if process.groups[GROUP].unanswered is not None:
            self.take(process.answer(GROUP))
        elif process.may_announce(GROUP, self.cycle + 1):
            self.take(process.announce(GROUP, self.cycle + 1))

    def _hear(self) -> None:
        """Take a group state that was announced, or in answer to that."""
        self._record(self.system.announcement.receive(self.announcements.popleft()))

    def carry_out(self) -> None:
        """Take a maintenance packet."""
        packet = self.operations.pop(0)
        if packet.type is PacketType.MAINTENANCE_COMMAND:
            self.take(self.system.operations.receive(packet))
            if not self.system.restore.groups[GROUP].reading:
                self.restoring.clear()
        else:
            step = self.system.operations.take_answer(packet)
            self.system.mailbox.answered(packet.tag, step)
            self._record(step)
