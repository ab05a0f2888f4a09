"""Reading journals with usual reads ([0154]): the original system's group and pointer information is fetched first,
then its journal volume is read.
"""

from collections import deque
from dataclasses import dataclass, field

from mirrorlog.formats.connection_path import Journal, Packet, PacketType
from mirrorlog.formats.serial_number import following_number
from mirrorlog.formats.update_information import UPDATE_INFORMATION_BYTES, JournalKind, UpdateInformation
from mirrorlog.processes.command_timing import holds_back
from mirrorlog.processes.journal_check import check_entry, is_right
from mirrorlog.processes.journal_read_command import JournalReadCommand
from mirrorlog.processes.journal_read_reception import JournalReadReception, ReadFault
from mirrorlog.processes.journal_store import TAKEN
from mirrorlog.tables.settings import NextCommand, ReadMode
from mirrorlog.tables.shared_memory import GroupInformation, GroupState, Reason, VolumeState
from mirrorlog.tables.status import Status

_Read = tuple[int, int, int, int]
"""(volume, position, bytes, update number or 0) of a read at the original system."""


@dataclass(slots=True)
class VolumeReading:
    """The secondary system's reading of a group, a batch at a time.

    `pointers` is the pointer information of the original system; `journals` the update information of the batch once it
    is read; `asked` the reads in flight by their tags, `found` what they brought. Nothing begins before `not_before`.
    """

    generation: int = 0
    pointers: tuple[int, ...] = ()
    journals: list[UpdateInformation] = field(default_factory=list)
    asked: dict[int, Packet] = field(default_factory=dict)
    found: dict[_Read, bytes] = field(default_factory=dict)
    outbox: deque[Packet] = field(default_factory=deque)
    since: int = 0
    not_before: int = 0
    tag: int = 0

    def begin(self) -> None:
        """Begin a new batch; answers to what was asked before are dropped."""
        self.pointers = ()
        self.journals.clear()
        self.asked.clear()
        self.found.clear()
        self.outbox.clear()


class JournalVolumeRead:
    """Fetches pointer information and reads journal volumes; answers both for the groups that are original here."""

    __slots__ = ("groups", "reading", "reception", "shared")

    def __init__(self, reception: JournalReadReception, reading: JournalReadCommand) -> None:
        self.shared = reception.shared
        self.reception = reception
        self.reading = reading
        self.groups = {number: VolumeReading() for number in range(len(self.shared.groups))}

    def poll(self, number: int, now: int) -> Packet | None:
        """Return the next packet of a group that is secondary here, if it is time for one."""
        group = self.shared.groups[number]
        settings = group.settings
        if settings.mode is not ReadMode.VOLUME_READ or not self.reading.may_read(number):
            return None
        batch = self._batch(number, group)
        if batch.asked and not batch.outbox and now - batch.since >= settings.timeout:
            batch.outbox.extend(batch.asked.values())
        if not batch.asked and now >= batch.not_before and not self._holds_back(group, now):
            batch.begin()
            arguments = (group.update_number - 1, group.secondary.committed_host_bytes, self._restored(number, group))
            self._ask(batch, number, group, PacketType.POINTER_READ, arguments)
        if not batch.outbox:
            return None
        batch.since = now
        return batch.outbox.popleft()

    def restart(self) -> None:
        """The system restarts: reads in flight are lost."""
        for batch in self.groups.values():
            batch.begin()

    def receive(self, packet: Packet, now: int, fault: ReadFault = ReadFault.NONE) -> Packet | None:
        """Take a packet of this kind; returns the answer to a read. `fault` is what a device does if it is read."""
        group = self.shared.groups[packet.group]
        if not group.is_partner(packet.source) or packet.generation != group.generation:
            return None
        if packet.type is PacketType.POINTER_READ:
            return self._tell_pointers(packet, group, now) if group.original.started else None
        if packet.type is PacketType.VOLUME_READ:
            return self._read(packet, group, fault) if group.original.started else None
        if self.reading.may_read(packet.group) and packet.tag in self._batch(packet.group, group).asked:
            self._take(packet, group, now)
        return None

    def _tell_pointers(self, packet: Packet, group: GroupInformation, now: int) -> Packet | None:
        """Free what the secondary system has, and tell where the others lie."""
        if len(packet.arguments) != 3:
            return None
        free, free_bytes, restored = packet.arguments
        self.reception.groups[packet.group].heard = now
        if 0 < restored < group.update_number:
            self.shared.changed_blocks.restored(packet.group, self.shared.volumes_of(group), restored)
        if group.state is GroupState.NORMAL and not self.shared.journal_volumes_are_normal(group):  # 1520
            self.shared.fail_group(group, Reason.JOURNAL_DEVICE)
        if group.state is not GroupState.NORMAL:  # 1510
            answer = self._answer(packet, PacketType.GROUP_STATE)  # 1515
            answer.status, answer.reason = group.state, group.reason
            return answer
        ring = group.ring
        count, size = free + 1 - group.oldest_number(), free_bytes - group.original.freed_host_bytes
        if count > 0:
            if count * ring.entry > ring.sent or not 0 <= size <= ring.write_data_committed:
                return None
            ring.free(size, count)  # 1590
            group.original.freed_host_bytes = free_bytes
        readable = self._readable(packet.group, group)
        ring.send(max(0, readable - ring.sent // ring.entry))
        answer = self._answer(packet, PacketType.POINTER_INFORMATION)
        areas = (ring.update_information_area, group.journal_volume, ring.write_data_head, ring.write_data_area)
        answer.arguments = (group.oldest_number(), readable, ring.update_information_oldest, *areas)
        return answer

    def _readable(self, number: int, group: GroupInformation) -> int:
        """Return how many journals from the oldest on may be read: those that are committed."""
        return self.reception.readable(number, group)

    def _read(self, packet: Packet, group: GroupInformation, fault: ReadFault) -> Packet | None:
        """A usual read of the journal volume, or of an original volume for the data of its initial copy."""
        if len(packet.arguments) != 4:
            return None
        number, position, size, journal = packet.arguments
        own = [group.journal_volume, *self.shared.volumes_of(group)]
        if number not in own or not 0 < size <= self.shared.volumes[number].capacity - position:
            return None
        volume = self.shared.volumes[number]
        wanted = ReadFault.JOURNAL_VOLUME if number == group.journal_volume else ReadFault.ORIGINAL_VOLUME
        if fault is wanted:
            volume.state = VolumeState.ABNORMAL
        answer = self._answer(packet, PacketType.VOLUME_DATA)
        answer.arguments = packet.arguments
        if volume.state is VolumeState.ABNORMAL:
            if number != group.journal_volume:
                self.shared.fail_group(group, Reason.VOLUME_DEVICE)  # this journal can never be read
            answer.status = Status.DEVICE_ERROR
        elif not volume.has_storage():
            answer.data = self.reception.remote_read.data(packet.group, journal)
        else:
            answer.data = self.reception.disk_adapter.read(number, position, size)
        return answer

    def _take(self, packet: Packet, group: GroupInformation, now: int) -> None:
        """Take the answer to a read: go on with the batch, or begin again after the interval."""
        batch = self.groups[packet.group]
        asked = batch.asked.pop(packet.tag)
        if packet.type is PacketType.POINTER_INFORMATION and asked.type is PacketType.POINTER_READ:
            batch.pointers = packet.arguments
            reads = self._information_reads(packet.group, group)
        elif packet.type is PacketType.VOLUME_DATA and len(packet.data) == asked.arguments[2]:
            volume, position, size, journal = asked.arguments
            batch.found[volume, position, size, journal] = packet.data
            if batch.asked:
                return
            reads = [] if batch.journals else self._parse(packet.data, packet.group, group)
        else:
            reads = []
        for read in reads:
            self._ask(batch, packet.group, group, PacketType.VOLUME_READ, read)
        if batch.asked:
            return
        complete = bool(batch.journals) and self._store(packet.group, group)
        stored = self.reading.journal_store.groups[packet.group]
        left = sum(batch.pointers[:2]) - stored.next_expected()
        few = group.settings.next_command is NextCommand.ORIGINAL and left < group.settings.backlog
        if not complete or few or group.settings.next_command is NextCommand.INTERVAL:
            batch.not_before = now + group.settings.interval
        batch.begin()

    def _information_reads(self, number: int, group: GroupInformation) -> list[_Read]:
        """Return the read of the update information that is wanted next, as far as it lies in one piece."""
        oldest, readable, place, area, volume, *_ = self.groups[number].pointers
        first = self.reading.journal_store.groups[number].next_expected()
        count = min(oldest + readable - first, group.settings.batch_journals)
        if count <= 0 or first < oldest:
            return []
        position = (place + (first - oldest) * UPDATE_INFORMATION_BYTES) % area
        size = min(count * UPDATE_INFORMATION_BYTES, area - position)
        return [(volume, position, size, 0)]

    def _parse(self, data: bytes, number: int, group: GroupInformation) -> list[_Read]:
        """Take the update information of a batch; returns the reads of its write data."""
        batch = self.groups[number]
        expected = self.reading.journal_store.groups[number].next_expected()
        reads: list[_Read] = []
        size = 0
        for at in range(0, len(data), UPDATE_INFORMATION_BYTES):
            packed = data[at : at + UPDATE_INFORMATION_BYTES]
            information = check_entry(packed, group.partner_group, expected, self.shared.largest_journal(group))
            if information is None:
                self._damaged(batch, group)
                return []
            size += information.data_bytes()
            if batch.journals and size > group.settings.batch_bytes:
                break
            batch.journals.append(information)
            reads += self._data_reads(batch, information)
            expected += 1
        return reads

    def _damaged(self, batch: VolumeReading, group: GroupInformation) -> None:
        """A journal changed on the original system's journal volume."""
        self.shared.fail_group(group, Reason.JOURNAL_DAMAGED)
        batch.journals.clear()

    def _data_reads(self, batch: VolumeReading, information: UpdateInformation) -> list[_Read]:
        """Return the reads of a journal's write data: two if it lies across the end of its area."""
        volume, position, size = information.journal_volume, information.journal_position, information.data_bytes()
        if information.kind != JournalKind.HOST_WRITE:
            return [(volume, position, size, information.update_number)] if size else []
        head, area = batch.pointers[5:7]
        first = min(size, head + area - position)
        reads = [(volume, position, first, 0), (volume, head, size - first, 0)]
        return [read for read in reads if read[2]]

    def _store(self, number: int, group: GroupInformation) -> bool:
        """1740 to 1760: store the batch; returns whether all had room and was what its update information says."""
        if not self.shared.journal_volumes_are_normal(group):  # 1740
            self.shared.fail_group(group, Reason.JOURNAL_DEVICE)  # 1745
            return False
        batch = self.groups[number]
        for information in batch.journals:
            data = b"".join(batch.found.get(read, b"") for read in self._data_reads(batch, information))
            if len(data) != information.data_bytes():
                return False
            if information.kind == JournalKind.HOST_WRITE and not is_right(information, data):
                self._damaged(batch, group)
                return False
            journal: Journal = (information, data)
            if self.reading.journal_store.store(number, journal).outcome not in TAKEN:
                return False
        return True

    def _batch(self, number: int, group: GroupInformation) -> VolumeReading:
        if self.groups[number].generation != group.generation:
            self.groups[number] = VolumeReading(group.generation)
        return self.groups[number]

    def _holds_back(self, group: GroupInformation, now: int) -> bool:
        """Does [0134] hold the next batch back?"""
        load = self.reading.restore.disk_adapter.unfinished()
        traffic = self.reading.traffic.within(group.settings.interval, now)
        return holds_back(group.settings, group.update_number - group.secondary.next_restore, load, traffic)

    def _restored(self, number: int, group: GroupInformation) -> int:
        return self.reading.restore.restored_number(number) if group.settings.changed_block_bytes else 0

    def _ask(
        self, batch: VolumeReading, number: int, group: GroupInformation, kind: PacketType, arguments: tuple[int, ...]
    ) -> None:
        batch.tag = following_number(batch.tag)
        own, partner = self.shared.parameters.system, (group.partner_system, group.partner_group)
        packet = Packet(kind, own, *partner, number, group.generation, batch.tag, arguments=arguments)
        packet.incarnation = self.shared.incarnation
        batch.asked[batch.tag] = packet
        batch.outbox.append(packet)

    def _answer(self, packet: Packet, kind: PacketType) -> Packet:
        ends = (packet.destination, packet.source, packet.source_group, packet.group)
        return Packet(kind, *ends, packet.generation, packet.tag, incarnation=self.shared.incarnation)
