"""Journal read reception process (FIG 14, 15; [0107]-[0128], [0153]): the original system answers journal read
commands.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import Enum

from mirrorlog.formats.commit_record import Process
from mirrorlog.formats.connection_path import Journal, Packet, PacketType, ReadCommand
from mirrorlog.formats.outcomes import ReceptionOutcome
from mirrorlog.formats.serial_number import is_before
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from mirrorlog.processes.disk_adapter import DiskAdapter
from mirrorlog.processes.journal_check import check_entry, is_right
from mirrorlog.processes.step import Step
from mirrorlog.processes.third_embodiment import RemoteReads
from mirrorlog.tables.settings import NextCommand
from mirrorlog.tables.shared_memory import GroupInformation, GroupState, Reason, SharedMemory, VolumeState
from mirrorlog.tables.status import Status

_TAG = 0xFFFF


class ReadFault(Enum):
    """What a device does while journals are read for sending."""

    NONE = "none"
    ENTRIES = "entries"
    JOURNAL_VOLUME = "journal volume"
    ORIGINAL_VOLUME = "original volume"


@dataclass(slots=True)
class BatchReading:
    """A command whose journals are being read: `count` update information from number `first` on, before they are cut
    to the bytes that the command allows. `again`: they were sent before.
    """

    packet: Packet
    first: int
    count: int
    again: bool


@dataclass(slots=True)
class SentGroup:
    """The commands in flight in the original system for a group. `heard` is when the last one came, or when the group
    began or its tables were loaded; `exits` counts the exits.
    """

    heard: int = 0
    readings: deque[BatchReading] = field(default_factory=deque)
    exits: dict[int, int] = field(default_factory=dict)


class JournalReadReception:
    """Answers journal read commands, sends journals, and frees those that the secondary system has.

    A command that finds journals takes two steps: `receive` when it comes, `read` when the update information of its
    journals is read; their data is read while they are sent.
    """

    __slots__ = ("disk_adapter", "groups", "remote_read", "shared")

    def __init__(self, shared: SharedMemory, disk_adapter: DiskAdapter, remote_read: RemoteReads) -> None:
        self.remote_read = remote_read
        self.shared = shared
        self.disk_adapter = disk_adapter
        self.groups = {number: SentGroup() for number in range(len(shared.groups))}

    def begin(self, number: int, now: int) -> None:
        """The group begins, or its tables were loaded: nothing is in flight, and its silence counts from now on."""
        self.groups[number].readings.clear()
        self.groups[number].heard = now

    def answer(self, packet: Packet, now: int = 0, fault: ReadFault = ReadFault.NONE) -> Packet | None:
        """Take both steps of a journal read command at once; returns the answer, None if the command is dropped.
        `fault` is what a device does if it is read.
        """
        step = self.receive(packet, now)
        if step.outcome not in (ReceptionOutcome.READING, ReceptionOutcome.READING_AGAIN):
            return step.packet
        answer = self.read(self.groups[packet.group].readings[-1], fault is ReadFault.ENTRIES).packet
        if answer is not None:
            self._fail(answer, fault)
            self.check_data(answer)
        return answer

    def receive(self, packet: Packet, now: int = 0) -> Step:
        """Take a journal read command (1220) of a group that exists."""
        step = self._receive(packet, now)
        self._count(packet.group, step)
        return step

    def is_current(self, packet: Packet) -> bool:
        """Is the command of the group's generation?"""
        return packet.generation == self.shared.groups[packet.group].generation

    def read(self, reading: BatchReading, failed: bool = False, damaged: bool = False) -> Step:
        """The update information of a command's journals is read (or its device `failed`, or what it returned is
        `damaged`): send them.
        """
        number = reading.packet.group
        readings = self.groups[number].readings
        if reading in readings:  # else the group has begun anew meanwhile
            readings.remove(reading)
        step = self._read(reading, failed, damaged)
        self._count(number, step)
        return step

    def data_failed(self, packet: Packet, volume: int) -> Step:
        """A device failed reading data of `volume` for a packet that is being sent: its trailer becomes wrong."""
        packet.poisoned = True
        information = self.shared.volumes[volume]
        group = self.shared.groups[packet.source_group]
        information.state = VolumeState.ABNORMAL
        if not self.shared.is_journal_volume(volume):
            self.shared.fail_group(group, Reason.VOLUME_DEVICE)  # this journal can never be sent
        step = Step(
            Process.JOURNAL_READ_RECEPTION,
            ReceptionOutcome.DATA_READ_FAILED,
            Status.DEVICE_ERROR,
            tag=packet.tag & _TAG,
            volume=volume,
            reference=packet.journals[0][0].update_number,
        )
        self._count(packet.source_group, step)
        return step

    def entry(self, number: int, journal: int) -> UpdateInformation | None:
        """Return the update information of a committed journal, as the journal volume's device or the journal cache
        holds it; None if it is damaged.
        """
        group = self.shared.groups[number]
        index = journal - group.oldest_number()
        volume, place = group.ring.journal_volume_at(index), group.ring.entry_place(index)
        packed = self.disk_adapter.read_information(number, journal, volume, place)
        return check_entry(packed, number, journal, self.shared.largest_journal(group))

    def check_data(self, packet: Packet) -> None:
        """Compare the host writes' data with their data_crc, while it streams to the path."""
        for information, data in packet.journals:
            if information.kind == JournalKind.HOST_WRITE and not is_right(information, data):
                self.data_damaged(packet, information.update_number)
                return

    def data_damaged(self, packet: Packet, number: int) -> Step:
        """The data of journal `number`, in a packet that is being sent, is not what its host wrote: the packet's
        trailer becomes wrong. If the journal was freed meanwhile, others are written in its place: nothing is damaged.
        """
        packet.poisoned = True
        group = self.shared.groups[packet.source_group]
        step = Step(
            Process.JOURNAL_READ_RECEPTION,
            ReceptionOutcome.OVERTAKEN,
            tag=packet.tag & _TAG,
            group=packet.source_group,
            reference=number,
        )
        index = number - group.oldest_number()
        if index >= 0:
            step.outcome, step.status = ReceptionOutcome.DATA_READ_FAILED, Status.DEVICE_ERROR
            self._journal_damaged(group, index)
        self._count(packet.source_group, step)
        return step

    def watch(self, number: int, now: int) -> Step | None:
        """Give a group up for which no journal read command came within the heartbeat timeout ([0051])."""
        if not self.is_silent(number, now):
            return None
        self.shared.fail_group(self.shared.groups[number], Reason.HEARTBEAT)
        return Step(Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.HEARTBEAT_TIMEOUT, group=number)

    def is_silent(self, number: int, now: int) -> bool:
        """Has no journal read command come for a running group within the heartbeat timeout?"""
        group = self.shared.groups[number]
        silence = group.settings.silence
        if silence is None or not group.original.started or group.state is not GroupState.NORMAL:
            return False
        return now - self.groups[number].heard >= silence

    def _receive(self, packet: Packet, now: int) -> Step:
        group = self.shared.groups[packet.group]
        command = packet.command
        if not group.is_partner(packet.source):
            self.shared.strange_packets += 1
            return self._step(packet, ReceptionOutcome.DROPPED)
        if command is None or not group.original.started or not self.is_current(packet):
            return self._step(packet, ReceptionOutcome.DROPPED)
        self.groups[packet.group].heard = now
        if 0 < command.restored < group.update_number:
            self.shared.changed_blocks.restored(packet.group, self.shared.volumes_of(group), command.restored)
        if group.state is not GroupState.NORMAL:  # 1510
            return self._post_state(packet, ReceptionOutcome.GROUP_STATE_POSTED)  # 1515
        if not self.shared.journal_volumes_are_normal(group):  # 1520
            self.shared.fail_group(group, Reason.JOURNAL_DEVICE)
            return self._post_state(packet, ReceptionOutcome.JOURNAL_VOLUME_ABNORMAL)  # 1525
        return self._by_number(packet, command, group) if command.by_number else self._plain(packet, command, group)

    def _by_number(self, packet: Packet, command: ReadCommand, group: GroupInformation) -> Step:
        ring = group.ring
        oldest = group.oldest_number()
        count = self._free_count(command, oldest)
        if count > 0:
            size = command.free_bytes - group.original.freed_host_bytes
            if count * ring.entry > ring.sent or not 0 <= size <= ring.write_data_committed:
                return self._step(packet, ReceptionOutcome.DROPPED)
            ring.free(size, count)  # 1590
            group.original.freed_host_bytes = command.free_bytes
            oldest += count
        if command.first < oldest:
            return self._step(packet, ReceptionOutcome.GONE, PacketType.GONE)
        index = command.first - oldest
        committed = self.readable(packet.group, group)
        if index >= committed:  # 1550
            return self._step(packet, ReceptionOutcome.NO_JOURNAL, PacketType.NO_JOURNAL)  # 1560
        again = index < ring.sent // ring.entry  # 1530
        return self._begin(packet, command.first, min(committed - index, self._most_journals(command)), again)

    def _free_count(self, command: ReadCommand, oldest: int) -> int:
        """Return how many journals a command by number lets go."""
        return command.free + 1 - oldest

    def _most_journals(self, command: ReadCommand) -> int:
        """Return how many journals a command may be answered with."""
        return max(1, min(command.limit_journals, self.shared.parameters.batch_journals))

    def _plain(self, packet: Packet, command: ReadCommand, group: GroupInformation) -> Step:
        if is_before(packet.tag, group.original.taken_tag):
            return self._step(packet, ReceptionOutcome.DROPPED)
        again = packet.tag == group.original.taken_tag or (command.retry and group.original.batch > 0)  # 1530
        if again and not group.original.batch:
            if group.original.answer == ReceptionOutcome.NO_JOURNAL:
                return self._step(packet, ReceptionOutcome.NO_JOURNAL, PacketType.NO_JOURNAL)
            return self._step(packet, ReceptionOutcome.GONE, PacketType.GONE)
        ring = group.ring
        following = group.oldest_number() + ring.sent // ring.entry
        if again:
            return self._begin(packet, following - group.original.batch, group.original.batch, again)
        unsent = self.readable(packet.group, group) - ring.sent // ring.entry
        if not unsent:  # 1550
            self._free_last(group)  # 1590
            ring.nothing_to_retry()
            group.original.taken_tag, group.original.answer = packet.tag, ReceptionOutcome.NO_JOURNAL
            return self._step(packet, ReceptionOutcome.NO_JOURNAL, PacketType.NO_JOURNAL)  # 1560
        return self._begin(packet, following, min(unsent, self._most_journals(command)), again)

    def readable(self, number: int, group: GroupInformation) -> int:
        """Return how many journals from the oldest on are committed and have their data at hand."""
        committed = group.ring.update_information_committed // group.ring.entry
        missing = self.remote_read.first_missing(number)
        return committed if missing is None else min(committed, missing - group.oldest_number())

    def _begin(self, packet: Packet, first: int, count: int, again: bool) -> Step:
        """1540, 1570: the journals' update information is to be read."""
        self.groups[packet.group].readings.append(BatchReading(packet, first, count, again))
        step = self._step(packet, ReceptionOutcome.READING_AGAIN if again else ReceptionOutcome.READING)
        step.reference, step.size = first, count
        return step

    def _read(self, reading: BatchReading, failed: bool, damaged: bool) -> Step:
        packet = reading.packet
        group = self.shared.groups[packet.group]
        command = packet.command
        assert command is not None
        if not self._may_send(reading, group):
            step = self._step(packet, ReceptionOutcome.DROPPED)
            step.reference = reading.first
            return step
        index = reading.first - group.oldest_number()
        if failed:
            self.shared.volumes[group.ring.journal_volume_at(index)].state = VolumeState.ABNORMAL
            self.shared.fail_group(group, Reason.JOURNAL_DEVICE)
        elif damaged:
            self._journal_damaged(group, index)
        journals = None if failed or damaged else self.cut(packet.group, reading, command)
        if journals is None:
            step = self._post_state(packet, ReceptionOutcome.JOURNAL_VOLUME_ABNORMAL)  # 1525
            step.status = Status.DEVICE_ERROR
        else:
            step = self._send(reading, group, journals)
        step.reference = reading.first
        return step

    def _may_send(self, reading: BatchReading, group: GroupInformation) -> bool:
        """Are a command's journals, just read, still to be sent?"""
        command = reading.packet.command
        assert command is not None
        if not self.is_current(reading.packet) or group.state is not GroupState.NORMAL:
            return False
        if not self.shared.journal_volumes_are_normal(group) or reading.first < group.oldest_number():
            return False
        # a repeated plain command may have been answered meanwhile
        return command.by_number or reading.again or is_before(group.original.taken_tag, reading.packet.tag)

    def _send(self, reading: BatchReading, group: GroupInformation, journals: list[Journal]) -> Step:
        packet, ring = reading.packet, group.ring
        command = packet.command
        assert command is not None
        data_bytes = sum(information.ring_bytes() for information, _ in journals)
        if command.by_number:
            new = reading.first + len(journals) - group.oldest_number() - ring.sent // ring.entry
            if new > 0:
                ring.send(new)
        else:
            group.original.taken_tag = packet.tag
            if reading.again:
                journals = self._again(journals)
            else:
                self._free_last(group)  # 1590
                ring.send(len(journals))
                group.original.answer = ReceptionOutcome.TRANSMITTED
                group.original.batch, group.original.batch_data = len(journals), data_bytes
                if group.settings.free_at_once:
                    self._free_last(group)
        step = self._step(
            packet,
            ReceptionOutcome.RETRANSMITTED if reading.again else ReceptionOutcome.TRANSMITTED,
            PacketType.JOURNALS,
        )  # 1545, 1580
        assert step.packet is not None
        step.packet.journals = journals
        step.size = len(journals)
        step.received = sum(information.data_bytes() for information, _ in journals)
        return step

    def cut(self, number: int, reading: BatchReading, command: ReadCommand) -> list[Journal] | None:
        """Return the journals of a group that a command may be sent: at least one, no more data than it allows (the
        whole last batch if it is plain and again).

        None if update information that was read for it is damaged: journal volume and group are "abnormal" then.
        """
        group = self.shared.groups[number]
        entries = self._entries(number, group, reading)
        if entries is None:
            return None
        whole = reading.again and not command.by_number
        most = min(command.limit_bytes, self.shared.parameters.batch_bytes)
        ring, adapter = group.ring, self.disk_adapter
        journals: list[Journal] = []
        size = 0
        for entry, information in enumerate(entries, reading.first - group.oldest_number()):
            size += information.data_bytes()
            if journals and size > most and not whole:
                break
            if information.kind == JournalKind.HOST_WRITE:
                volume = group.ring.journal_volume_at(entry)
                parts = ring.at(entry).parts(information.journal_position, information.size)
                data = adapter.read_data(number, information.update_number, volume, parts)
            else:
                data = self._read_in_place(information)
            journals.append((information, data))
        return journals

    def _entries(self, number: int, group: GroupInformation, reading: BatchReading) -> list[UpdateInformation] | None:
        """Read a batch's update information; None if some of it is damaged."""
        entries: list[UpdateInformation] = []
        for journal in range(reading.first, reading.first + reading.count):
            information = self.entry(number, journal)
            if information is None:
                self._journal_damaged(group, journal - group.oldest_number())
                return None
            entries.append(information)
        return entries

    def _journal_damaged(self, group: GroupInformation, index: int) -> None:
        """The journal `index` entries behind the oldest changed on its journal volume."""
        self.shared.volumes[group.ring.journal_volume_at(index)].state = VolumeState.ABNORMAL
        self.shared.fail_group(group, Reason.JOURNAL_DAMAGED)

    def _again(self, journals: list[Journal]) -> list[Journal]:
        """Return what a retry sends: the whole last batch."""
        return journals

    def _free_last(self, group: GroupInformation) -> None:
        """1590: free what the last plain command was sent, once."""
        if group.original.batch:
            group.ring.free(group.original.batch_data, group.original.batch)
            group.original.freed_host_bytes += group.original.batch_data
        group.original.batch = group.original.batch_data = 0

    def _read_in_place(self, information: UpdateInformation) -> bytes:
        """Read an initial copy's data where it lies, through the cache; a volume without storage has it in cache.
        Other kinds have none.
        """
        if not information.data_bytes():
            return b""
        if not self.shared.volumes[information.journal_volume].has_storage():
            return self.remote_read.data(information.group, information.update_number)
        return self.disk_adapter.read(information.journal_volume, information.journal_position, information.size)

    def _fail(self, answer: Packet, fault: ReadFault) -> None:
        """Let a device fail while an answer's data is read, if there is data of the kind to read."""
        in_ring = {ReadFault.JOURNAL_VOLUME: True, ReadFault.ORIGINAL_VOLUME: False}.get(fault)
        for information, _ in answer.journals:
            if information.data_bytes() and (information.kind == JournalKind.HOST_WRITE) == in_ring:
                self.data_failed(answer, information.journal_volume)
                return

    def _post_state(self, packet: Packet, outcome: int) -> Step:
        step = self._step(packet, outcome, PacketType.GROUP_STATE)
        assert step.packet is not None
        group = self.shared.groups[packet.group]
        step.packet.status, step.packet.reason = group.state, group.reason
        return step

    def _count(self, number: int, step: Step) -> None:
        exits = self.groups[number].exits
        exits[step.outcome] = exits.get(step.outcome, 0) + 1
        group = self.shared.groups[number]
        if step.packet is not None and group.settings.next_command is NextCommand.ORIGINAL:
            ring = group.ring
            step.packet.youngest = group.oldest_number() + ring.update_information_committed // ring.entry - 1
            step.packet.held = ring.update_information_used + ring.write_data_used

    def _step(self, packet: Packet, outcome: int, answer: PacketType | None = None) -> Step:
        """Return the step of a command, with its answer's packet."""
        command = packet.command
        step = Step(Process.JOURNAL_READ_RECEPTION, outcome, tag=packet.tag & _TAG, group=packet.group)
        step.reference = 0 if command is None else command.first
        if answer is not None:
            step.packet = Packet(
                answer,
                packet.destination,
                packet.source,
                packet.source_group,
                packet.group,
                packet.generation,
                packet.tag,
                incarnation=self.shared.incarnation,
            )
        return step
