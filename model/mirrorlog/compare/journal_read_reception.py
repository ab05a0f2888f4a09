"""Follows the records of journal read reception (process 5, FIG 14 and 15), with the device reads that they need."""

from collections.abc import Iterator

from mirrorlog.compare.device_reads import RangeRead, Seek
from mirrorlog.compare.difference import Mismatch, not_before
from mirrorlog.compare.path_port import TAG, PathPort, choose
from mirrorlog.compare.sent_packets import ExpectedPacket
from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.formats.outcomes import ReceptionOutcome
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from mirrorlog.processes.journal_check import is_right
from mirrorlog.processes.journal_read_reception import BatchReading
from mirrorlog.processes.step import Step
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import VolumeState
from mirrorlog.tables.units import NONE

_SENT = (ReceptionOutcome.TRANSMITTED, ReceptionOutcome.RETRANSMITTED)
_BEGUN = (ReceptionOutcome.READING, ReceptionOutcome.READING_AGAIN)


class JournalReadReception:
    """Journal read reception's steps. `seek` looks for bursts that parts of reads lack among those of others (see
    `DevicePort.seek`).
    """

    def __init__(self, model: StorageSystem, path: PathPort, seek: Seek) -> None:
        self.model = model
        self._path = path
        self._seek = seek
        self._entries: dict[int, tuple[BatchReading, RangeRead]] = {}
        self._sendings: list[ExpectedPacket] = []
        self._given_up: list[RangeRead] = []

    def step(self, actual: CommitRecord, cycle: int) -> Step:
        """Let the model take the step that a record announces."""
        reception = self.model.journal_read_reception
        if actual.outcome in (ReceptionOutcome.DATA_READ_FAILED, ReceptionOutcome.OVERTAKEN):
            return self._data_damaged(actual, cycle) if actual.volume == NONE else self._data_failed(actual, cycle)
        if actual.outcome == ReceptionOutcome.HEARTBEAT_TIMEOUT:
            silent = reception.watch(actual.group, cycle) if actual.group in reception.groups else None
            if silent is None:
                raise Mismatch("outcome", "no record: the group has a command, or no limit", actual.outcome)
            return silent
        entries = self._entries.get(actual.group)
        if entries is not None and entries[0].packet.tag & TAG == actual.tag and actual.outcome not in _BEGUN:
            return self._entries_read(actual, cycle, *entries)
        if actual.outcome in _SENT:
            raise Mismatch("outcome", "no record: no journals are being read for this tag", actual.outcome)
        received = choose(self._path.commands, actual, "journal read command")
        self._path.reach(received)
        self._path.commands.remove(received)
        not_before(cycle, received.cycle, "its packet")
        step = reception.receive(received.packet, cycle)
        if step.outcome in _BEGUN:
            reading = reception.groups[received.packet.group].readings[-1]
            self._entries[received.packet.group] = reading, self._entries_of(reading, cycle)
        return step

    def reads(self) -> Iterator[RangeRead]:
        """Return the device reads in flight: of update information, then of packets' data."""
        for _, entries in self._entries.values():
            yield entries
        for sending in self._sendings:
            yield from sending.reads.values()

    def given_up(self) -> Iterator[RangeRead]:
        """Return reads that may be read to their end or not."""
        yield from self._given_up

    def settle_packets(self, now: float) -> None:
        """Compare packets that were sent with their records, those up to the cycle `now`."""
        if self._given_up:
            self._given_up = [read for read in self._given_up if not read.is_complete()]
        if not self._path.sent:
            return
        for expected, sent in self._path.settle(now):
            for read in expected.reads.values():
                self._seek(read.lacking())
                if not expected.poisoned and sent.data is not None and not read.is_complete():
                    raise Mismatch("packet_out", "after all of its data was read", read.pending()[0])
                read.given_up = True
            expected.out = sent.last

    def reset_in_flight(self) -> None:
        """Registers were loaded: the model has reset its in-flight state."""
        for number, (_, read) in list(self._entries.items()):
            if not self.model.journal_read_reception.groups[number].readings:
                self._given_up.append(read)
                del self._entries[number]

    def pending(self) -> list[str]:
        """Say what is outstanding."""
        return [said for sending in self._sendings for said in sending.unrecorded()]

    def _entries_of(self, reading: BatchReading, cycle: int) -> RangeRead:
        """The update information that is read for a command."""
        group = self.model.shared.groups[reading.packet.group]
        read = RangeRead(f"update information of journals {reading.first} and on", cycle)
        first = reading.first - group.oldest_number()
        for index in range(first, first + reading.count):
            place = group.ring.entry_place(index)
            device, part = self.model.disk_adapter.volume_range(group.journal_volume, place, group.ring.entry)
            read.add(device, [part], together=True)
        return read

    def _entries_read(self, actual: CommitRecord, cycle: int, reading: BatchReading, read: RangeRead) -> Step:
        self._seek(read.lacking())
        if not read.is_complete():
            raise Mismatch("outcome", "no record before the update information was read", read.pending()[0])
        not_before(cycle, read.cycle, "its device's answer")
        del self._entries[reading.packet.group]
        return self.model.journal_read_reception.read(reading, bool(read.failed), bool(read.damaged))

    def send(self, expected: ExpectedPacket) -> None:
        """A packet of journals is sent: their data is read."""
        self._sendings.append(expected)
        group = self.model.shared.groups[expected.packet.source_group]
        adapter = self.model.disk_adapter
        for information, _ in expected.packet.journals:
            if not information.data_bytes():
                continue
            parts: tuple[tuple[int, int], ...] = ((information.journal_position, information.size),)
            if information.kind == JournalKind.HOST_WRITE:
                parts = group.ring.parts(information.journal_position, information.size)
            volume = information.journal_volume
            what = f"data of volume {volume} for tag {expected.packet.tag}"
            checked = information.kind == JournalKind.HOST_WRITE
            read = expected.reads.setdefault(volume, RangeRead(what, expected.cycle, checked))
            for place, size in parts:
                device, part = adapter.volume_range(volume, place, size)
                read.add(device, [part])

    def _data_failed(self, actual: CommitRecord, cycle: int) -> Step:
        volumes = self.model.shared.volumes
        # packets that are sent twice have the same tag, and each has a record of its own, behind its device's answer
        for sending in sorted(self._sendings, key=lambda sending: sending.is_late(actual.volume, cycle)):
            read = sending.reads.get(actual.volume)
            packet = sending.packet
            was_out = sending.out is not None and sending.out <= cycle
            if read is None or was_out or packet.tag & TAG != actual.tag:
                continue
            if volumes[actual.volume].state is not VolumeState.ABNORMAL:  # else it need not be read to its end
                if not read.failed:
                    continue
                not_before(cycle, read.failed_since, "its device's answer")
            sending.recorded.add(actual.volume)
            return self.model.journal_read_reception.data_failed(packet, actual.volume)
        raise Mismatch("outcome", "no record: no read of this volume failed for a packet with this tag", actual.outcome)

    def _data_damaged(self, actual: CommitRecord, cycle: int) -> Step:
        """The data of a journal, which the record names, is not what its host wrote (or its place holds others')."""
        for sending in self._sendings:
            packet = sending.packet
            was_out = sending.out is not None and sending.out <= cycle
            named = [journal for journal in packet.journals if journal[0].update_number == actual.reference]
            if was_out or not named or packet.tag & TAG != actual.tag or packet.source_group != actual.group:
                continue
            number = actual.reference
            freed = number < self.model.shared.groups[packet.source_group].oldest_number()
            if not freed and not self._is_damaged(sending, *named[0]):
                continue
            sending.named = number
            return self.model.journal_read_reception.data_damaged(packet, number)
        raise Mismatch("outcome", f"no record: the data of journal {actual.reference} is right", actual.outcome)

    def _is_damaged(self, sending: ExpectedPacket, information: UpdateInformation, data: bytes) -> bool:
        """Has the journal volume's device returned other data of a journal than its host wrote?"""
        read = sending.reads.get(information.journal_volume)
        if information.kind != JournalKind.HOST_WRITE or read is None:
            return False
        parts = self.model.shared.groups[sending.packet.source_group].ring.parts(
            information.journal_position, information.size
        )
        places = [self.model.disk_adapter.volume_range(information.journal_volume, *part) for part in parts]
        return not is_right(information, data) or any(read.has_damaged(device, [part]) for device, part in places)

    def settle(self, now: int) -> None:
        """Drop packets that were out before a record's cycle and of which all failed reads are recorded."""
        for sending in list(self._sendings):
            if sending.out is not None and sending.out <= now and not sending.unrecorded():
                self._sendings.remove(sending)
                self._given_up += [read for read in sending.reads.values() if not read.is_complete()]
