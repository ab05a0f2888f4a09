"""A storage system that the model plays at its ports, and that replicates with another one over a connection path."""

import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from mirrorlog.formats.connection_path import Packet, PacketError, PacketType
from mirrorlog.formats.outcomes import InitialCopyOutcome, ReceptionOutcome, RestoreOutcome, StoreOutcome
from mirrorlog.formats.update_information import UPDATE_INFORMATION_BYTES, JournalKind
from mirrorlog.partner.played_system import OKAY, PlayedSystem, Shown
from mirrorlog.processes.group_announcement import is_announcement
from mirrorlog.processes.journal_read_command import Arrival
from mirrorlog.processes.journal_read_reception import BatchReading
from mirrorlog.processes.path_sources import fits
from mirrorlog.processes.restore import RestoredGroup
from mirrorlog.processes.step import Step
from mirrorlog.registers.register_map import ALL_STROBES
from mirrorlog.tables.shared_memory import Parameters

RESEND_CYCLES = 32_768
"""Cycles after which an operation that another system has not answered is sent again."""

# Between two looks at an initial copy that cannot go on
_COPY_CYCLES = 64
# Journals that are read for restore, of a group, at most
_MOST_RESTORING = 20
_BEGUN = (ReceptionOutcome.READING, ReceptionOutcome.READING_AGAIN)

Action = Callable[[], None]
"""A step, or something else that happens at a port."""


@dataclass
class Reading:
    """Bursts (device, address, bytes, number of their journal if they are checked) still to be read for something, not
    before cycle `since`, whether one has failed, and which journals are damaged.
    """

    ranges: list[tuple[int, int, int, int]]
    since: int = 0
    failed: bool = False
    damaged: list[int] = field(default_factory=list)


@dataclass
class Sending:
    """A packet that is sent once its data is read, by volume."""

    packet: Packet
    reads: dict[int, Reading] = field(default_factory=dict)


class ReplicatingSystem(PlayedSystem):
    """One system with a connection path. Packets come in `incoming` and leave in `outgoing`, whole; `leaving` is one
    whose first beat has left, and the cycle of its last beat.

    Of what came: `commands` (journal read commands), `operations`, `announcements` and `arrivals` wait for their steps;
    of each group `entries` are the update information that is read for a command, `restoring` the journals that are
    read for restore; `waiting` are those whose next journal has found no room, `copying` is the cycle before which
    initial copy need not be looked at.
    """

    def __init__(self, parameters: Parameters, rng: random.Random, shown: Shown, incarnation: int = 0) -> None:
        super().__init__(parameters, rng, shown, incarnation)
        self.incoming: deque[bytes] = deque()
        self.outgoing: deque[bytes] = deque()
        self._forget()

    def restart(self, incarnation: int) -> None:
        """The system is reset: what was on the way to it or from it is lost, too."""
        super().restart(incarnation)
        self.incoming.clear()
        self.outgoing.clear()
        self._forget()

    def _forget(self) -> None:
        groups = range(self.parameters.groups)
        self.commands: list[Packet] = []
        self.operations: list[Packet] = []
        self.announcements: deque[Packet] = deque()
        self.arrivals: list[Arrival] = []
        self.entries: dict[int, tuple[BatchReading, Reading]] = {}
        self.sendings: list[Sending] = []
        self.leaving: tuple[bytes, int] | None = None
        self.restoring: dict[int, deque[tuple[int, Reading]]] = {group: deque() for group in groups}
        self._restored: dict[int, RestoredGroup] = {}
        self.waiting: set[int] = set()
        self.copying = dict.fromkeys(groups, 0)
        self._sent: int | None = None

    def write_register(self, address: int, data: int, strobe: int = ALL_STROBES) -> int:
        """Write a register; returns the response code. What is read for a command of a group whose tables are loaded
        anew is forgotten."""
        sent = self.system.journal_read_reception.groups
        read = [number for number, (reading, _) in self.entries.items() if reading in sent[number].readings]
        status = super().write_register(address, data, strobe)
        for number in read:
            if not sent[number].readings:
                del self.entries[number]
        return status

    def is_idle(self) -> bool:
        """Is nothing in flight in the system?"""
        reads = self.entries or self.sendings or self.leaving or self.arrivals or any(self.restoring.values())
        return super().is_idle() and not reads

    def is_quiet(self) -> bool:
        """Is nothing in flight here, but what the system is given up to now?"""
        came = self.incoming or self.commands or self.operations or self.announcements
        restored = self.system.restore.groups
        in_flight = any(group.in_flight and not group.in_flight[0].failed for group in restored.values())
        told = any(group.unanswered for group in self.system.announcement.groups.values())
        host = self.work or self.answers or self.system.command_reception.flushes
        return self.is_idle() and not (came or in_flight or told or host)

    def actions(self, begins: bool = True) -> list[Action]:
        """Return what can be done now, each of which changes something. `begins`: also what the system begins by itself
        (it asks for journals, sends again what was not answered).
        """
        found: list[Action] = list(self._at_ports())
        if self.incoming:
            found.append(self.receive)
        found += [partial(self._answer, packet) for packet in self._first_commands()]
        found += [partial(self._store, arrival) for arrival in self._first_arrivals()]
        if self.operations:
            found.append(self.carry_out)
        if self.announcements:
            found.append(self._hear)
        found += [partial(self._send, sending) for sending in self.sendings if self._may_go_on(sending)]
        if self.leaving is not None and self.cycle >= self.leaving[1]:
            found.append(self._leave)
        for group, information in enumerate(self.system.shared.groups):
            if information.is_started() or group in self.entries or self.restoring[group]:
                found += self._of_group(group)
        if begins:
            found += self._begun()
        return found

    def _at_ports(self) -> Iterator[Action]:
        """Yield what storage devices and hosts can go on with."""
        for work in self.work:
            if work.ranges:
                if self.cycle >= work.since and self._may_start(work.target) and self._takes(work.ranges[0][0]):
                    yield partial(self._write_on, work)
            elif self._may_finish(work.target):
                yield partial(self._write_on, work)
        for index, answer in enumerate(self.answers):
            if answer.ranges:
                if self.cycle >= answer.since and self._returns(answer.ranges[0][0]):
                    yield partial(self._read_on, answer)
            elif index == 0 and self._takes_data():
                yield partial(self._read_on, answer)
        for number, flush in self.system.command_reception.flushes.items():
            if not flush.waiting:
                yield partial(self._flush_on, number)

    def _of_group(self, group: int) -> Iterator[Action]:
        """Yield what can go on in a group."""
        system, restoring = self.system, self.restoring[group]
        information = system.shared.groups[group]
        if group in self.entries and self._may_burst(self.entries[group][1]):
            yield partial(self._read_entries, group)
        if (
            information.original.started
            and self.cycle >= self.copying[group]
            and not system.initial_copy.is_over(group)
        ):
            yield partial(self._copy, group)
        if information.secondary.started and len(restoring) <= _MOST_RESTORING and system.restore.may_scan(group):
            yield partial(self._restore, group)
        if restoring and self._may_burst(restoring[0][1]):
            yield partial(self._write_restored, group)
        if system.restore.may_free(group):
            yield partial(self._free, group)
        if system.journal_store.may_commit(group):
            yield partial(self._commit, group)

    def _begun(self) -> Iterator[Action]:
        """Yield what the system begins by itself."""
        mailbox, now = self.system.mailbox, self.now
        if mailbox.outstanding:
            if mailbox.is_sent() and mailbox.may_give_up(now):
                yield self._give_up
            elif not mailbox.is_sent() or self._sent is None or now - self._sent >= RESEND_CYCLES:
                yield self._operate
        for group, information in enumerate(self.system.shared.groups):
            told = self.system.announcement
            if told.groups[group].unanswered is not None or told.may_announce(group, now):
                yield partial(self._tell, group)
            if not information.is_started():
                continue
            reading = self.system.journal_read_command
            for slot in range(self.parameters.commands):
                if reading.may_send(group, slot, now):
                    yield partial(self._poll, group, slot)
            if self.system.journal_read_reception.is_silent(group, now):
                yield partial(self._watch, group)

    # What is left to who plays it

    def _takes(self, device: int) -> bool:
        """Does a device take, and answer, write bursts now?"""
        return True

    def _returns(self, device: int) -> bool:
        """Does a device answer read bursts now?"""
        return True

    def _port_cycles(self, size: int) -> int:
        """Return how many cycles lie between the first and the last beat of a packet."""
        return 0

    def _takes_data(self) -> bool:
        """Does the host take read data now?"""
        return True

    def _read_response_of_journal(self, device: int, address: int, size: int, data: bool) -> int:
        """Return what a device answers to a read burst of replication, of `data` or of update information for restore:
        0 OKAY, 2 SLVERR, 3 DECERR."""
        return OKAY

    def _damages(self, device: int, address: int, size: int) -> bool:
        """Does a device return something else than it holds?"""
        return False

    # Steps

    def retire(self, step: Step) -> None:
        """Record a step, and send what is due with it."""
        self._record(step)
        if step.packet is None:
            return
        sending = Sending(step.packet)
        adapter = self.system.disk_adapter
        ring = self.system.shared.groups[step.packet.source_group].ring if step.packet.journals else None
        for information, _ in step.packet.journals:
            parts: Iterable[tuple[int, int]] = ((information.journal_position, information.data_bytes()),)
            if information.kind == JournalKind.HOST_WRITE and ring is not None:
                parts = ring.parts(information.journal_position, information.size)
            reading = sending.reads.setdefault(information.journal_volume, self._reading([]))
            for place, size in parts:
                device, (address, _) = adapter.volume_range(information.journal_volume, place, size)
                number = information.update_number * (information.kind == JournalKind.HOST_WRITE)
                reading.ranges += [(device, at, count, number) for at, count in self._bursts(address, size)]
        self.sendings.append(sending)

    def _operate(self) -> None:
        """The outstanding operation takes its next step."""
        step = self.system.mailbox.step(self.now)
        self._sent = self.now if step.packet is not None else None
        self.retire(step)

    def _give_up(self) -> None:
        """The outstanding operation ends without an answer."""
        self._record(self.system.mailbox.give_up())

    def _copy(self, group: int) -> None:
        """Initial copy goes on; what changes nothing has no record, and is tried again later."""
        step = self.system.initial_copy.step(group)
        if step.outcome in (InitialCopyOutcome.NO_VOLUME, InitialCopyOutcome.WAITING):
            self.copying[group] = self.cycle + _COPY_CYCLES
            return
        self._record(step)
        if step.reference:
            self._start_journal(self.system.disk_adapter.journal_writes[group][-1])

    def _poll(self, group: int, slot: int) -> None:
        """A command slot sends its journal read command."""
        self.retire(self.system.journal_read_command.send(group, slot, self.now))

    def _watch(self, group: int) -> None:
        """A group whose journal read commands stay away is given up."""
        step = self.system.journal_read_reception.watch(group, self.now)
        if step is not None:
            self._record(step)

    def receive(self) -> None:
        """A packet comes from the path."""
        data = self.incoming.popleft()
        self._put_path("in", data)
        self._event("packet_in", bytes=len(data))
        try:
            packet = Packet.unpack(data)
        except PacketError:
            return
        if not fits(packet, self.parameters) or not self.system.sources.takes(packet):
            return
        if packet.type in (PacketType.MAINTENANCE_COMMAND, PacketType.MAINTENANCE_ANSWER):
            self.operations.append(packet)
        elif packet.group >= self.parameters.groups:
            return
        elif packet.type is PacketType.JOURNAL_READ_COMMAND:
            self.commands.append(packet)
        elif packet.type is PacketType.GROUP_STATE and is_announcement(packet):
            self.announcements.append(packet)
        else:
            self.arrivals.append(Arrival(packet))

    def _first_commands(self) -> list[Packet]:
        """Return the first journal read command of each group for which no other is being read."""
        first = {packet.group: packet for packet in reversed(self.commands)}
        return [packet for group, packet in first.items() if group not in self.entries]

    def _answer(self, packet: Packet) -> None:
        """Take a journal read command."""
        self.commands.remove(packet)
        reception = self.system.journal_read_reception
        step = reception.receive(packet, self.now)
        self.retire(step)
        if step.outcome not in _BEGUN:
            return
        reading = reception.groups[packet.group].readings[-1]
        group = self.system.shared.groups[packet.group]
        ranges = []
        for number in range(reading.first, reading.first + reading.count):
            place = group.ring.entry_place(number - group.oldest_number())
            device, (address, size) = self.system.disk_adapter.volume_range(
                group.journal_volume, place, UPDATE_INFORMATION_BYTES
            )
            ranges.append((device, address, size, number))
        self.entries[packet.group] = reading, self._reading(ranges)

    def _read_entries(self, group: int) -> None:
        """Read an entry of a batch, or send the batch."""
        reading, read = self.entries[group]
        if read.ranges:
            self._burst(read)
            return
        del self.entries[group]
        self.retire(self.system.journal_read_reception.read(reading, read.failed, bool(read.damaged)))

    def _may_go_on(self, sending: Sending) -> bool:
        """Can reading for a packet go on, or is all read and no other one leaving?"""
        reading = next((read for read in sending.reads.values() if read.ranges), None)
        return self.leaving is None if reading is None else self._may_burst(reading)

    def _may_burst(self, read: Reading) -> bool:
        """Will the next burst's device answer now, or is there none?"""
        return not read.ranges or (self.cycle >= read.since and self._returns(read.ranges[0][0]))

    def _reading(self, ranges: list[tuple[int, int, int, int]]) -> Reading:
        return Reading(ranges, self.cycle + self.read_latency)

    def _send(self, sending: Sending) -> None:
        """Read data of a packet, or let it go out."""
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
        self.sendings.remove(sending)
        self._event("packet_first")
        for index, (information, _) in enumerate(sending.packet.journals):
            if information.kind == JournalKind.INITIAL_COPY:  # read in place by now
                content = self.system.disk_adapter.read(information.volume, information.position, information.size)
                sending.packet.journals[index] = information, content
            elif information.update_number in damaged:
                wrong = bytes(byte ^ 0xFF for byte in sending.packet.journals[index][1])
                sending.packet.journals[index] = information, wrong
        data = sending.packet.pack()
        self.leaving = data, self.cycle + self._port_cycles(len(data))
        if self.cycle >= self.leaving[1]:
            self._leave()

    def _leave(self) -> None:
        """The last beat of a packet leaves."""
        assert self.leaving is not None
        data, self.leaving = self.leaving[0], None
        self._put_path("out", data)
        self._event("packet_out", bytes=len(data))
        self.outgoing.append(data)

    def _burst(self, read: Reading) -> None:
        device, address, size, number = read.ranges.pop(0)
        resp = self._read_response_of_journal(device, address, size, True)
        read.failed |= resp != OKAY
        self._read_or_lie(read, device, address, size, number * (resp == OKAY), resp)

    def _read_or_lie(self, read: Reading, device: int, address: int, size: int, number: int, resp: int = OKAY) -> None:
        """A device answers a burst of a journal, perhaps with something else than it holds."""
        damaged = number > 0 and self._damages(device, address, size)
        if damaged:
            read.damaged.append(number)
        self._device_read(device, address, size, resp, damaged)

    def _first_arrivals(self) -> list[Arrival]:
        """Return the first answer of each group that can go on."""
        first = {arrival.packet.group: arrival for arrival in reversed(self.arrivals)}
        store = self.system.journal_read_command.may_store
        return [arrival for group, arrival in first.items() if group not in self.waiting or not store(arrival)]

    def _store(self, arrival: Arrival) -> None:
        """Store the next journal of an answer, or close it."""
        process, group = self.system.journal_read_command, arrival.packet.group
        if not process.may_store(arrival):
            self.arrivals.remove(arrival)
            self.waiting.discard(group)
            self._record(process.close(arrival, self.now))
            return
        known = len(self.system.disk_adapter.journal_writes[group])
        step = process.store(arrival)
        self._record(step)
        if step.outcome == StoreOutcome.NO_ROOM and not arrival.refused:
            self.waiting.add(group)
        for journal in list(self.system.disk_adapter.journal_writes[group])[known:]:
            self._start_journal(journal)

    def _commit(self, group: int) -> None:
        step = self.system.journal_store.commit_next(group)
        if step is not None:
            self.waiting.discard(group)
            self._record(step)

    def _restore(self, group: int) -> None:
        """Look for journals to restore."""
        step = self.system.restore.scan(group)
        self._record(step)
        if step.outcome == RestoreOutcome.READING:
            self._read_for_restore(group, step)

    def _read_for_restore(self, group: int, step: Step) -> None:
        """Begin to read journals that were found: first the update information of all of them."""
        adapter, information = self.system.disk_adapter, self.system.shared.groups[group]
        found: list[tuple[int, Reading]] = []
        whole = True
        for number in range(step.reference, step.reference + step.size):
            place = information.ring.entry_place(number - information.oldest_stored())
            device, (address, size) = adapter.volume_range(information.journal_volume, place, UPDATE_INFORMATION_BYTES)
            ranges = [(device, address, size, number)]
            entry = self.system.restore.entry(group, number) if whole else None
            whole = entry is not None
            for at, count in information.ring.parts(entry.journal_position, entry.data_bytes()) if entry else ():
                device, (address, _) = adapter.volume_range(information.journal_volume, at, count)
                ranges += [(device, place, part, number) for place, part in self._bursts(address, count)]
            found.append((number, self._reading(ranges)))
        if not self._goes_on(group):
            self.restoring[group].clear()
        self._restored[group] = self.system.restore.groups[group]
        self.restoring[group] += found
        for _, read in found:
            device, address, size, number = read.ranges.pop(0)
            resp = self._read_response_of_journal(device, address, size, False)
            if resp != OKAY:
                for _, other in found:  # none of them can be restored
                    other.failed = True
            self._read_or_lie(read, device, address, size, number * (resp == OKAY), resp)

    def _write_restored(self, group: int) -> None:
        """Read a journal's data, or begin to write it."""
        restoring = self.restoring[group]
        number, read = restoring[0]
        if not self._goes_on(group):
            restoring.clear()
            return
        if read.ranges and not read.failed and not read.damaged:
            self._burst(read)
            return
        step = self.system.restore.write(group, read.failed, bool(read.damaged))
        self._record(step)
        if step.outcome != RestoreOutcome.WRITING:
            restoring.clear()
            return
        restoring.popleft()
        write = self.system.disk_adapter.restore_writes.get((group, number))
        if write is not None:
            self._start_write(write)

    def _goes_on(self, group: int) -> bool:
        """Is what is read for restore still wanted, the group not begun anew since?"""
        return self._restored.get(group) is self.system.restore.groups[group]

    def _free(self, group: int) -> None:
        step = self.system.restore.free(group)
        if step is not None:
            self.waiting.discard(group)
            self._record(step)

    def _tell(self, group: int) -> None:
        """Announce the group's state, or answer the partner's announcement, if one of them is due."""
        process = self.system.announcement
        if process.groups[group].unanswered is not None:
            self.retire(process.answer(group))
        elif process.may_announce(group, self.now):
            self.retire(process.announce(group, self.now))

    def _hear(self) -> None:
        """Take a group state that was announced, or in answer to that."""
        self._record(self.system.announcement.receive(self.announcements.popleft()))

    def carry_out(self) -> None:
        """Take a maintenance packet."""
        packet = self.operations.pop(0)
        if packet.type is PacketType.MAINTENANCE_COMMAND:
            self.retire(self.system.operations.receive(packet))
        else:
            step = self.system.operations.take_answer(packet)
            self.system.mailbox.answered(packet.tag, step, self.now)
            self._record(step)

    def _put_path(self, way: str, data: bytes) -> None:
        self.shown.put(f"path{self.parameters.system}_{way}", data)
