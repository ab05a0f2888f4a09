"""Journal store process (FIG 18, [0136]-[0141]): received journals take their place in the secondary system's journal
volume.
"""

import zlib
from dataclasses import dataclass, field

from model.cache_memory import JournalWrite
from model.disk_adapter import DiskAdapter
from model.shared_memory import SharedMemory
from model.update_information import JournalKind, UpdateInformation

STORED = 1850
NO_ROOM = 1820
NOT_WANTED = 1


@dataclass(slots=True)
class StoredJournal:
    """A journal with its place. `data_offset` as in its update information, `places` those in the journal volume."""

    number: int
    kind: JournalKind
    size: int
    data_offset: int
    information_place: int
    durable: bool = False


@dataclass(slots=True)
class StoredGroup:
    """What the secondary system knows of a group's journals, from its initiation on (930).

    Journals from `oldest` up to, not including, `commit` are contiguous and durable; those behind may have holes.
    `oldest_offset` is the data offset of the oldest, `host_bytes` the bytes of host write data in all journals before
    `commit`.
    """

    partner: int
    partner_group: int
    oldest: int
    oldest_offset: int
    commit: int
    host_bytes: int = 0
    journals: dict[int, StoredJournal] = field(default_factory=dict)


class JournalStore:
    """Stores journals by their numbers, in whatever order they come; a journal received twice changes nothing."""

    __slots__ = ("disk_adapter", "groups", "shared")

    def __init__(self, shared: SharedMemory, disk_adapter: DiskAdapter) -> None:
        self.shared = shared
        self.disk_adapter = disk_adapter
        self.groups: dict[int, StoredGroup] = {}

    def store(self, number: int, information: UpdateInformation, data: bytes) -> int:
        """Store a journal received for group `number`; returns STORED, NO_ROOM (nothing changed) or NOT_WANTED."""
        stored = self.groups[number]
        if self.is_known(stored, information.update_number):
            return NOT_WANTED
        group = self.shared.groups[number]
        ring = group.ring
        index = information.update_number - stored.oldest
        offset = information.data_offset - stored.oldest_offset
        size = information.size
        if (index + 1) * ring.entry > ring.update_information_area:  # 1810
            return NO_ROOM  # 1820
        if offset + size >= ring.write_data_area:  # 1830
            return NO_ROOM  # 1820
        place, data_place = ring.place(index, offset, size)  # 1840
        kept = UpdateInformation(
            information.update_number,
            information.time,
            information.position,
            data_place,
            information.data_offset,
            size,
            zlib.crc32(data),
            number,
            information.volume,
            group.journal_volume,
            information.kind,
            information.flags,
        )
        kind = JournalKind(information.kind)
        stored.journals[information.update_number] = StoredJournal(
            information.update_number, kind, size, information.data_offset, place
        )
        self.disk_adapter.write_journal(  # 1850
            JournalWrite(
                number,
                information.update_number,
                kind,
                information.volume,
                information.position,
                size,
                group.journal_volume,
                kept.pack(),
                place,
                data,
                ring.parts(data_place, size),
                received=True,
            )
        )
        return STORED

    def is_known(self, stored: StoredGroup, number: int) -> bool:
        """Was the journal with this number stored before?"""
        return number < stored.commit or number in stored.journals

    def durable(self, journal: JournalWrite) -> None:
        """A received journal is on its device: commit what is contiguous."""
        stored = self.groups[journal.group]
        stored.journals[journal.update_number].durable = True
        group = self.shared.groups[journal.group]
        while (ready := stored.journals.get(stored.commit)) is not None and ready.durable:
            group.ring.commit(ready.size)
            stored.commit += 1
            stored.host_bytes += self.original_bytes(ready)
            group.update_number = stored.commit
            group.data_offset = ready.data_offset + ready.size

    def original_bytes(self, journal: StoredJournal) -> int:
        """Return the bytes that a journal occupies in the original system's write data area."""
        return journal.size if journal.kind is JournalKind.HOST_WRITE else 0

    def free(self, number: int) -> None:
        """2060: free the oldest journal of a group."""
        stored = self.groups[number]
        oldest = stored.journals.pop(stored.oldest)
        self.shared.groups[number].ring.free(oldest.size)
        stored.oldest += 1
        stored.oldest_offset += oldest.size
