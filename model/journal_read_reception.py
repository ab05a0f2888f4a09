"""Journal read reception process (FIG 14, 15; [0107]-[0128], [0153]): the original system answers journal read
commands.
"""

from dataclasses import dataclass, field
from enum import Enum

from model.connection_path import Packet, PacketType, ReadCommand
from model.disk_adapter import DiskAdapter
from model.remote_read import RemoteRead
from model.settings import GroupSettings
from model.shared_memory import GroupInformation, GroupState, SharedMemory, VolumeState
from model.status import Status
from model.update_information import JournalKind, UpdateInformation

DROPPED = 0
GROUP_STATE_POSTED = 1515
JOURNAL_VOLUME_ABNORMAL = 1525
RETRANSMITTED = 1545
NO_JOURNAL = 1560
TRANSMITTED = 1580
GONE = 1


class ReadFault(Enum):
    """What a device does while journals are read for sending."""

    NONE = "none"
    JOURNAL_VOLUME = "journal volume"
    ORIGINAL_VOLUME = "original volume"


@dataclass(slots=True)
class SentGroup:
    """What the original system knows of a group's sending, from its initiation on.

    `host_bytes` is the bytes of host write data freed. `batch` is what the last plain command was sent and may be
    asked for again: journals, and the bytes that they have in the write data area; `tag` is that command's, `answer`
    its exit. `heard` is when the last command came, ns; `first` the generation's first update number.
    """

    host_bytes: int = 0
    batch: int = 0
    batch_bytes: int = 0
    tag: int = 0
    answer: int = DROPPED
    heard: int = 0
    first: int = 1
    exits: dict[int, int] = field(default_factory=dict)


class JournalReadReception:
    """Answers journal read commands, sends journals, and frees those that the secondary system has."""

    __slots__ = ("disk_adapter", "groups", "remote_read", "settings", "shared")

    def __init__(self, shared: SharedMemory, disk_adapter: DiskAdapter, remote_read: RemoteRead) -> None:
        self.remote_read = remote_read
        self.shared = shared
        self.disk_adapter = disk_adapter
        self.groups: dict[int, SentGroup] = {}
        self.settings: dict[int, GroupSettings] = {}

    def receive(self, packet: Packet, now: int = 0, fault: ReadFault = ReadFault.NONE) -> Packet | None:
        """Answer a journal read command (1220); None if it is dropped. `fault` is what a device does if it is read."""
        sent = self.groups.get(packet.group)
        command = packet.command
        if sent is None or command is None or not self.is_current(packet):
            return None
        group = self.shared.groups[packet.group]
        sent.heard = now
        if 0 < command.restored < group.update_number:
            self.shared.changed_blocks.restored(self.shared.volumes_of(group), command.restored)
        if group.state is not GroupState.NORMAL:  # 1510
            return self._answer(packet, PacketType.GROUP_STATE, GROUP_STATE_POSTED, group.state)  # 1515
        volume = self.shared.journal_volume_of(group)
        if volume is None or volume.state is not VolumeState.NORMAL:  # 1520
            self.shared.fail_group(group)
            return self._answer(packet, PacketType.GROUP_STATE, JOURNAL_VOLUME_ABNORMAL, group.state)  # 1525
        if command.by_number:
            return self._by_number(packet, command, group, sent, fault)
        return self._plain(packet, command, group, sent, fault)

    def is_current(self, packet: Packet) -> bool:
        """Is the command of the group's generation?"""
        return packet.generation == self.shared.groups[packet.group].generation

    def watch(self, number: int, now: int) -> None:
        """Give a group up whose secondary system has been silent for longer than the settings allow ([0051])."""
        silence = self.settings[number].silence
        group = self.shared.groups[number]
        if silence is not None and group.state is GroupState.NORMAL and now - self.groups[number].heard > silence:
            self.shared.fail_group(group)

    def _by_number(
        self, packet: Packet, command: ReadCommand, group: GroupInformation, sent: SentGroup, fault: ReadFault
    ) -> Packet | None:
        ring = group.ring
        oldest = group.oldest_number()
        count = self._free_count(command, oldest)
        if count > 0:
            size = command.free_bytes - sent.host_bytes
            if count * ring.entry > ring.sent or not 0 <= size <= ring.write_data_committed:
                return None
            ring.free(size, count)  # 1590
            sent.host_bytes = command.free_bytes
            oldest += count
        if command.first < oldest:
            return self._answer(packet, PacketType.GONE, GONE)
        index = command.first - oldest
        committed = self._readable(packet.group, group)
        if index >= committed:  # 1550
            return self._answer(packet, PacketType.NO_JOURNAL, NO_JOURNAL)  # 1560
        again = index < ring.sent // ring.entry  # 1530
        journals = self._read(group, index, committed - index, command, fault)  # 1540, 1570
        if journals is None:
            return self._failed(packet)
        new = index + len(journals) - ring.sent // ring.entry
        if new > 0:
            ring.send(new)
        return self._journals(packet, journals, RETRANSMITTED if again else TRANSMITTED)  # 1545, 1580

    def _free_count(self, command: ReadCommand, oldest: int) -> int:
        """Return how many journals a command by number lets go."""
        return command.free + 1 - oldest

    def _plain(
        self, packet: Packet, command: ReadCommand, group: GroupInformation, sent: SentGroup, fault: ReadFault
    ) -> Packet | None:
        if packet.tag < sent.tag:
            return None
        again = packet.tag == sent.tag or (command.retry and sent.batch > 0)  # 1530
        if again and sent.batch == 0:
            answered = sent.answer == NO_JOURNAL
            return self._answer(packet, PacketType.NO_JOURNAL if answered else PacketType.GONE, sent.answer)
        ring = group.ring
        if again:
            index = (ring.sent // ring.entry) - sent.batch
            journals = self._read(group, index, sent.batch, None, fault)  # 1540
            if journals is None:
                return self._failed(packet)
            sent.tag = packet.tag
            return self._journals(packet, self._again(journals), RETRANSMITTED)  # 1545
        unsent = self._readable(packet.group, group) - ring.sent // ring.entry
        if not unsent:  # 1550
            self._free_last(group, sent)  # 1590
            ring.retry_initiation = ring.read_initiation
            sent.tag, sent.answer = packet.tag, NO_JOURNAL
            return self._answer(packet, PacketType.NO_JOURNAL, NO_JOURNAL)  # 1560
        journals = self._read(group, ring.sent // ring.entry, unsent, command, fault)  # 1570
        if journals is None:
            return self._failed(packet)
        self._free_last(group, sent)  # 1590
        ring.send(len(journals))
        sent.tag, sent.answer = packet.tag, TRANSMITTED
        sent.batch = len(journals)
        sent.batch_bytes = sum(len(data) for information, data in journals if self._takes_room(information))
        if self.settings[packet.group].free_at_once:
            self._free_last(group, sent)
        return self._journals(packet, journals, TRANSMITTED)  # 1580

    def _readable(self, number: int, group: GroupInformation) -> int:
        """Return how many journals from the oldest on are committed and have their data at hand."""
        committed = group.ring.update_information_committed // group.ring.entry
        missing = self.remote_read.first_missing(number)
        return committed if missing is None else min(committed, missing - group.oldest_number())

    def _again(self, journals: list[tuple[UpdateInformation, bytes]]) -> list[tuple[UpdateInformation, bytes]]:
        """Return what a retry sends: the whole last batch."""
        return journals

    def _takes_room(self, information: UpdateInformation) -> bool:
        """Does a journal occupy the write data area of the original system?"""
        return information.kind == JournalKind.HOST_WRITE

    def _free_last(self, group: GroupInformation, sent: SentGroup) -> None:
        """1590: free what the last plain command was sent, once."""
        if sent.batch:
            group.ring.free(sent.batch_bytes, sent.batch)
        sent.batch = sent.batch_bytes = 0

    def _read(
        self, group: GroupInformation, index: int, count: int, command: ReadCommand | None, fault: ReadFault
    ) -> list[tuple[UpdateInformation, bytes]] | None:
        """Read up to `count` journals, `index` entries behind the oldest, within a command's limits; None if a device
        fails.
        """
        ring, adapter = group.ring, self.disk_adapter
        if command is not None:
            count = min(count, command.limit_journals)
        journals: list[tuple[UpdateInformation, bytes]] = []
        size = 0
        for entry in range(index, index + count):
            information = UpdateInformation.unpack(
                adapter.read_device(group.journal_volume, ring.entry_place(entry), ring.entry)
            )
            size += information.size
            if command is not None and journals and size > command.limit_bytes:
                break
            if information.kind == JournalKind.HOST_WRITE:
                parts = ring.parts(information.journal_position, information.size)
                data = b"".join(adapter.read_device(group.journal_volume, place, part) for place, part in parts)
            else:
                volume = self.shared.volumes[information.volume]
                if fault is ReadFault.ORIGINAL_VOLUME and information.size:
                    volume.state = VolumeState.ABNORMAL
                if volume.state is VolumeState.ABNORMAL and information.size:
                    self.shared.fail_group(group)  # this journal can never be sent
                    return None
                data = self._read_in_place(information)
            journals.append((information, data))
        if fault is ReadFault.JOURNAL_VOLUME:
            self.shared.volumes[group.journal_volume].state = VolumeState.ABNORMAL
            return None
        return journals

    def _read_in_place(self, information: UpdateInformation) -> bytes:
        """Read an initial copy's data where it lies, through the cache; a volume without storage has it in cache."""
        if not information.size:
            return b""
        if not self.shared.volumes[information.journal_volume].has_storage():
            return self.remote_read.data(information.group, information.update_number)
        return self.disk_adapter.read(information.journal_volume, information.journal_position, information.size)

    def _journals(self, packet: Packet, journals: list[tuple[UpdateInformation, bytes]], outcome: int) -> Packet:
        answer = self._answer(packet, PacketType.JOURNALS, outcome)
        answer.journals = journals
        return answer

    def _failed(self, packet: Packet) -> Packet:
        """A device failed behind the header: the packet ends with an error, the secondary system drops it."""
        return self._answer(packet, PacketType.JOURNALS, DROPPED, Status.DEVICE_ERROR)

    def _answer(self, packet: Packet, kind: PacketType, outcome: int, status: int = 0) -> Packet:
        exits = self.groups[packet.group].exits
        exits[outcome] = exits.get(outcome, 0) + 1
        return Packet(
            kind,
            packet.destination,
            packet.source,
            packet.source_group,
            packet.group,
            packet.generation,
            packet.tag,
            int(status),
        )
