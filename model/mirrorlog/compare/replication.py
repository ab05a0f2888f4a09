"""Follows the records of replication (processes 4 to 9) of one system: which packet, read or table a record's step
takes.
"""

from collections.abc import Iterator

from mirrorlog.compare.copied_units import CopiedUnits
from mirrorlog.compare.device_reads import RangeRead, Seek
from mirrorlog.compare.difference import Mismatch
from mirrorlog.compare.path import Due, PathPort, Received
from mirrorlog.compare.ports import not_before
from mirrorlog.compare.restore import RestoreReads
from mirrorlog.formats.commit_record import CommitRecord, Process
from mirrorlog.formats.connection_path import PacketType
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from mirrorlog.processes import group_announcement, initial_copy, journal_read_command, journal_read_reception
from mirrorlog.processes.journal_check import is_right
from mirrorlog.processes.journal_read_reception import BatchReading
from mirrorlog.processes.journal_store import COMMITTED
from mirrorlog.processes.maintenance import Answer
from mirrorlog.processes.operations import ANSWERED, NOT_ASKED, SPECIFIED
from mirrorlog.processes.step import Step
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import NONE, VolumeState

_TAG = 0xFFFF
_SENT = (journal_read_reception.TRANSMITTED, journal_read_reception.RETRANSMITTED)
_BEGUN = (journal_read_reception.READING, journal_read_reception.READING_AGAIN)


class Replication:
    """One system's replication in a comparison. `seek` looks for bursts that parts of reads lack among those of others
    (see `DevicePort.seek`)."""

    def __init__(self, model: StorageSystem, seek: Seek) -> None:
        self.model = model
        self._seek = seek
        self.units = CopiedUnits(model.shared, model.disk_adapter)
        self.path = PathPort(model.shared, model.sources, self.units)
        self.restores = RestoreReads(model, seek)
        self._entries: dict[int, tuple[BatchReading, RangeRead]] = {}
        self._sendings: list[Due] = []
        self._given_up: list[RangeRead] = []

    def step(self, actual: CommitRecord, cycle: int) -> Step:
        """Let the model take the step that a record announces."""
        self._settle(cycle)
        match actual.process:
            case Process.INITIAL_COPY:
                step = self._initial_copy(actual)
            case Process.JOURNAL_READ_RECEPTION:
                step = self._reception(actual, cycle)
            case Process.JOURNAL_READ_COMMAND:
                step = self._command(actual, cycle)
            case Process.JOURNAL_STORE:
                step = self._store(actual, cycle)
            case Process.RESTORE:
                step = self.restores.step(actual, cycle)
            case Process.GROUP_ANNOUNCEMENT:
                step = self._announcement(actual, cycle)
            case _:
                step = self._operation(actual, cycle)
        if step.packet is not None:
            due = self.path.send(step.packet, cycle)
            if step.packet.journals:
                self._read_for(due)
                self._sendings.append(due)
        return step

    def reads(self) -> Iterator[RangeRead]:
        """Return the device reads of replication, the oldest of each process first."""
        for _, entries in self._entries.values():
            yield entries
        for sending in self._sendings:
            yield from sending.reads.values()
        yield from self.restores.reads()
        yield from self._given_up

    def settle_packets(self, now: float) -> None:
        """Compare packets that were sent with their records, those up to the cycle `now`."""
        if self._given_up:
            self._given_up = [read for read in self._given_up if not read.is_complete()]
        if not self.path.left:
            return
        for due, left in self.path.settle(now):
            for read in due.reads.values():
                self._seek(read.lacking())
                if not due.spoiled and left.data is not None and not read.is_complete():
                    raise Mismatch("packet_out", "after all of its data was read", read.pending()[0])
                read.given_up = True
            due.out = left.last

    def forget(self) -> None:
        """Registers were loaded: the model has forgotten what was under way."""
        self.restores.forget()
        for number, (_, read) in list(self._entries.items()):
            if not self.model.journal_read_reception.groups[number].readings:
                self._given_up.append(read)
                del self._entries[number]

    def is_running(self) -> bool:
        """May replication keep the system busy at any moment?"""
        return any(group.original_started or group.secondary_started for group in self.model.shared.groups) or bool(
            self.path.pending()
        )

    def pending(self) -> list[str]:
        """Say what is outstanding."""
        said = self.path.pending()
        said += [text for read in self.reads() for text in read.pending()]
        for sending in self._sendings:
            for volume in sorted(sending.failed - sending.recorded):
                said.append(f"failed read of volume {volume} for a packet without a record")
            if sending.spoiled and not sending.recorded and sending.named is None:
                said.append("a packet with a wrong trailer without a record of a failed read")
            if sending.damaged and not sending.spoiled:
                said.append("a packet with damaged data and a right trailer")
        said += self.restores.pending()
        if self.model.mailbox.under_way and not self.model.mailbox.is_sent():
            said.append(f"operation {self.model.mailbox.operation & 0xFF} not carried out")
        return said

    def _initial_copy(self, actual: CommitRecord) -> Step:
        number = actual.group
        if number >= len(self.model.shared.groups):
            raise Mismatch("group", f"a number below {len(self.model.shared.groups)}", number)
        step = self.model.initial_copy.step(number)
        if step.outcome in (initial_copy.UNIT_CREATED, initial_copy.VOLUME_COPIED):
            self.units.create(step.volume, step.position, step.size, step.reference)
        return step

    def _reception(self, actual: CommitRecord, cycle: int) -> Step:
        reception = self.model.journal_read_reception
        if actual.outcome in (journal_read_reception.DATA_READ_FAILED, journal_read_reception.OVERTAKEN):
            return self._data_damaged(actual, cycle) if actual.volume == NONE else self._data_failed(actual, cycle)
        if actual.outcome == journal_read_reception.SILENT:
            silent = reception.watch(actual.group, cycle) if actual.group in reception.groups else None
            if silent is None:
                raise Mismatch("outcome", "no record: the group has a command, or no limit", actual.outcome)
            return silent
        under_way = self._entries.get(actual.group)
        if under_way is not None and under_way[0].packet.tag & _TAG == actual.tag and actual.outcome not in _BEGUN:
            return self._entries_read(actual, cycle, *under_way)
        if actual.outcome in _SENT:
            raise Mismatch("outcome", "no record: no journals are being read for this tag", actual.outcome)
        received = _choose(list(self.path.commands), actual, "journal read command")
        self.path.commands.remove(received)
        not_before(cycle, received.cycle, "its packet")
        step = reception.receive(received.packet, cycle)
        if step.outcome in _BEGUN:
            reading = reception.groups[received.packet.group].readings[-1]
            self._entries[received.packet.group] = reading, self._entries_of(reading, cycle)
        return step

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

    def _read_for(self, due: Due) -> None:
        """The data of a packet's journals is read."""
        group = self.model.shared.groups[due.packet.source_group]
        adapter = self.model.disk_adapter
        for information, _ in due.packet.journals:
            parts: tuple[tuple[int, int], ...] = ((information.journal_position, information.size),)
            if information.kind == JournalKind.HOST_WRITE:
                parts = group.ring.parts(information.journal_position, information.size)
            volume = information.journal_volume
            what = f"data of volume {volume} for tag {due.packet.tag}"
            checked = information.kind == JournalKind.HOST_WRITE
            read = due.reads.setdefault(volume, RangeRead(what, due.cycle, checked))
            for place, size in parts:
                device, part = adapter.volume_range(volume, place, size)
                read.add(device, [part])

    def _data_failed(self, actual: CommitRecord, cycle: int) -> Step:
        volumes = self.model.shared.volumes
        for sending in self._sendings:
            read = sending.reads.get(actual.volume)
            packet = sending.packet
            was_out = sending.out is not None and sending.out <= cycle
            if read is None or was_out or packet.tag & _TAG != actual.tag:
                continue
            if not read.failed and volumes[actual.volume].state is not VolumeState.ABNORMAL:
                continue
            if read.failed:
                not_before(cycle, read.cycle, "its device's answer")
            sending.recorded.add(actual.volume)
            return self.model.journal_read_reception.data_failed(packet, actual.volume)
        raise Mismatch("outcome", "no record: no read of this volume failed for a packet with this tag", actual.outcome)

    def _data_damaged(self, actual: CommitRecord, cycle: int) -> Step:
        """The data of a journal, which the record names, is not what its host wrote (or its place holds others')."""
        for sending in self._sendings:
            packet = sending.packet
            was_out = sending.out is not None and sending.out <= cycle
            named = [journal for journal in packet.journals if journal[0].update_number == actual.reference]
            if was_out or not named or packet.tag & _TAG != actual.tag or packet.source_group != actual.group:
                continue
            number = actual.reference
            freed = number < self.model.shared.groups[packet.source_group].oldest_number()
            if not freed and not self._is_damaged(sending, *named[0]):
                continue
            sending.named = number
            return self.model.journal_read_reception.data_damaged(packet, number)
        raise Mismatch("outcome", f"no record: the data of journal {actual.reference} is right", actual.outcome)

    def _is_damaged(self, sending: Due, information: UpdateInformation, data: bytes) -> bool:
        """Has the journal volume's device returned other data of a journal than its host wrote?"""
        read = sending.reads.get(information.journal_volume)
        if information.kind != JournalKind.HOST_WRITE or read is None:
            return False
        parts = self.model.shared.groups[sending.packet.source_group].ring.parts(
            information.journal_position, information.size
        )
        places = [self.model.disk_adapter.volume_range(information.journal_volume, *part) for part in parts]
        return not is_right(information, data) or any(read.has_damaged(device, [part]) for device, part in places)

    def _settle(self, now: int) -> None:
        """Forget packets that were out before a record's cycle and of which all failed reads are recorded."""
        for sending in list(self._sendings):
            if sending.out is not None and sending.out <= now and not sending.unsaid():
                self._sendings.remove(sending)
                self._given_up += [read for read in sending.reads.values() if not read.is_complete()]

    def _command(self, actual: CommitRecord, cycle: int) -> Step:
        process = self.model.journal_read_command
        if actual.outcome == journal_read_command.SENT:
            groups = self.model.shared.groups
            if actual.group >= len(groups) or not process.may_send(actual.group, actual.status, cycle):
                raise Mismatch("outcome", f"no record: slot {actual.status} must not send now", actual.outcome)
            return process.send(actual.group, actual.status, cycle)
        received = _choose(list(self.path.answers), actual, "answer")
        if process.may_store(received.arrival) and not self._gives_up(received):
            number = received.packet.journals[received.arrival.at][0].update_number
            raise Mismatch("process", f"{int(Process.JOURNAL_STORE)}: journal {number} of its packet", actual.process)
        self.path.reach(received)
        self.path.answers.remove(received)
        not_before(cycle, received.cycle, "its packet")
        return process.close(received.arrival, cycle)

    def _gives_up(self, received: Received) -> bool:
        """Does a held answer give its buffer up to another group's journals that wait for one?"""
        group = received.packet.group
        waits = any(r.packet.journals and r.packet.group != group and not r.arrival.at for r in self.path.answers)
        return waits and self.model.journal_read_command.give_up(received.arrival)

    def _store(self, actual: CommitRecord, cycle: int) -> Step:
        if actual.outcome == COMMITTED:
            known = actual.group < len(self.model.shared.groups)
            step = self.model.journal_store.commit_next(actual.group) if known else None
            if step is None:
                raise Mismatch("outcome", "no record: the next journal is not durable", actual.outcome)
            return step
        process = self.model.journal_read_command
        ready = [received for received in self.path.answers if process.may_store(received.arrival)]
        following = [r for r in ready if r.packet.journals[r.arrival.at][0].update_number == actual.reference]
        received = _choose(following or ready, actual, "journal")
        not_before(cycle, received.cycle, "its packet")
        received.may_be_lost = False
        self.path.reach(received)
        return process.store(received.arrival)

    def _announcement(self, actual: CommitRecord, cycle: int) -> Step:
        process, number = self.model.announcement, actual.group
        if number not in process.groups:
            raise Mismatch("group", f"a number below {len(process.groups)}", number)
        if actual.outcome == group_announcement.ANNOUNCED:
            if not process.may_announce(number, cycle):
                raise Mismatch("outcome", "no record: the group's state must not be announced now", actual.outcome)
            return process.announce(number, cycle)
        if actual.outcome == group_announcement.ANSWERED:
            if process.groups[number].unanswered is None:
                raise Mismatch("outcome", "no record: the partner has announced nothing", actual.outcome)
            return process.answer(number)
        if not self.path.announcements:
            raise Mismatch("outcome", "no record: no group state is waiting", actual.outcome)
        received = self.path.announcements.popleft()
        not_before(cycle, received.cycle, "its packet")
        return process.receive(received.packet)

    def _operation(self, actual: CommitRecord, cycle: int) -> Step:
        mailbox, operations = self.model.mailbox, self.model.operations
        sends = SPECIFIED <= actual.outcome < ANSWERED
        # an answer to nothing has no status, operation 0 has: it is unknown
        if sends or (not actual.tag and (actual.outcome != NOT_ASKED or actual.status)):
            if not mailbox.under_way or (sends and not mailbox.may_send()) or (not sends and mailbox.is_sent()):
                raise Mismatch("outcome", "no record: no such operation is under way", actual.outcome)
            return mailbox.step(cycle)
        if actual.outcome >= ANSWERED and actual.status == Answer.NO_ANSWER and mailbox.may_give_up(cycle):
            return mailbox.give_up()
        received = _choose(list(self.path.operations), actual, "maintenance packet")
        self.path.operations.remove(received)
        not_before(cycle, received.cycle, "its packet")
        if received.packet.type is PacketType.MAINTENANCE_COMMAND:
            return operations.receive(received.packet)
        step = operations.take_answer(received.packet)
        mailbox.answered(received.packet.tag, step, cycle)
        return step


def _choose(waiting: list[Received], actual: CommitRecord, what: str) -> Received:
    """Return the packet that a record takes: the first of its tag (and group), else the first that waits."""
    if not waiting:
        raise Mismatch("outcome", f"no record: no {what} is waiting", actual.outcome)
    matching = [received for received in waiting if received.packet.tag & _TAG == actual.tag]
    in_group = [received for received in matching if received.packet.group == actual.group]
    return (in_group or matching or waiting)[0]
