"""Journal creation process (FIG 13, [0090]-[0104]), with its two entries: command reception and initial copy."""

import zlib

from mirrorlog.formats.commit_record import Creation
from mirrorlog.formats.update_information import (
    OF_HOSTS,
    InformationFlag,
    JournalKind,
    UpdateInformation,
    data_bytes,
)
from mirrorlog.processes.disk_adapter import DiskAdapter
from mirrorlog.storage.cache_memory import JournalWrite
from mirrorlog.tables.shared_memory import (
    GroupInformation,
    GroupState,
    PairInformation,
    PairState,
    Reason,
    SharedMemory,
)

_REPLICATED = frozenset({PairState.NOT_COPYING, PairState.COPYING, PairState.NORMAL})


class JournalCreation:
    """Creates journals: takes their numbers and places, and hands them to the disk adapter."""

    __slots__ = ("disk_adapter", "shared")

    def __init__(self, shared: SharedMemory, disk_adapter: DiskAdapter) -> None:
        self.shared = shared
        self.disk_adapter = disk_adapter

    def host_write(
        self, volume: int, position: int, data: bytes, time: int, created: int | None = None, discarded: int = 0
    ) -> tuple[Creation, JournalWrite | None]:
        """Run the process within command reception, for a write to an "original" volume whose data can fit the write
        data area, or for a discard of `discarded` bytes, without data.

        NO_ROOM changes nothing; what follows is the group's policy. `time` of reception and the host's creation time
        `created` (which the group's settings may prefer, [0041]) are ns.
        """
        number = self.shared.volumes[volume].pair
        if number >= len(self.shared.pairs):
            return Creation.NOT_REPLICATED, None
        pair = self.shared.pairs[number]
        group = self.shared.groups[pair.group]
        if not self._journal_volume_is_normal(group):  # 1310
            return Creation.JOURNAL_VOLUME_ABNORMAL, None  # 1315
        if pair.state not in _REPLICATED or group.state is not GroupState.NORMAL:
            return Creation.NOT_REPLICATED, None
        if self.is_still_to_copy(pair, position):  # 1330
            return Creation.NOT_YET_COPIED, None  # 1335
        if not group.ring.has_room(len(data)):  # 1340, 1345
            return Creation.NO_ROOM, None  # 1390
        if created is not None and group.settings.host_time:
            time = created
        kind = JournalKind.DISCARD if discarded else JournalKind.HOST_WRITE
        journal = self._create(  # 1350
            kind, pair.group, volume, position, discarded or len(data), data, time
        )
        return Creation.HOST_WRITE_CREATED, journal  # 1360

    def is_still_to_copy(self, pair: PairInformation, position: int) -> bool:
        """1330: will initial copy carry the data at `position`, so that a write there needs no journal?"""
        if pair.state is PairState.COPYING:
            return position >= pair.copy_complete_address
        return pair.state is PairState.NOT_COPYING

    def initial_copy(self, volume: int, position: int, size: int) -> tuple[Creation, JournalWrite | None]:
        """Run the process within initial copy, for `size` bytes of an "original" volume; its data is read only when it
        is sent.
        """
        return self._in_place(JournalKind.INITIAL_COPY, volume, position, size)

    def end_of_initial_copy(self, volume: int) -> tuple[Creation, JournalWrite | None]:
        """Run the process for the marker that ends a volume's initial copy (940)."""
        return self._in_place(JournalKind.END_OF_INITIAL_COPY, volume, 0, 0)

    def _in_place(
        self, kind: JournalKind, volume: int, position: int, size: int
    ) -> tuple[Creation, JournalWrite | None]:
        number = self.shared.pairs[self.shared.volumes[volume].pair].group
        group = self.shared.groups[number]
        if not self._journal_volume_is_normal(group):  # 1310
            return Creation.JOURNAL_VOLUME_ABNORMAL, None  # 1315
        if not group.ring.has_entry():  # 1370
            return Creation.NO_ROOM, None  # 1390
        journal = self._create(kind, number, volume, position, size, b"", 0)  # 1380
        return Creation.INITIAL_COPY_CREATED, journal  # 1385

    def _journal_volume_is_normal(self, group: GroupInformation) -> bool:
        """1310; if it is not, the group and its pairs become "abnormal" (1315)."""
        if self.shared.journal_volumes_are_normal(group):
            return True
        self.shared.fail_group(group, Reason.JOURNAL_DEVICE)
        return False

    def _create(
        self, kind: JournalKind, group_number: int, volume: int, position: int, size: int, data: bytes, time: int
    ) -> JournalWrite:
        """Take number and place, set the update information, and have both written."""
        group = self.shared.groups[group_number]
        ring = group.ring
        index = ring.update_information_used // ring.entry
        place, data_place = ring.create(len(data))
        journal_volume = ring.journal_volume_at(index)
        number = group.update_number
        in_ring = kind in OF_HOSTS
        information = UpdateInformation(
            number,
            time,
            position,
            data_place if in_ring else position,
            group.data_offset,
            size,
            zlib.crc32(data) if in_ring else 0,
            group_number,
            volume,
            journal_volume if in_ring else volume,
            kind,
            InformationFlag.NOT_CONSISTENT if group.copied_into else InformationFlag.NONE,
        )
        group.update_number = number + 1
        group.data_offset += data_bytes(kind, size)
        journal = JournalWrite(
            group_number,
            number,
            kind,
            volume,
            position,
            size,
            journal_volume,
            information.pack(),
            place,
            data,
            ring.at(index).parts(data_place, len(data)),
        )
        self.disk_adapter.write_journal(journal)
        return journal
