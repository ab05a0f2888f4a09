"""Cache memory 130 ([0049], [0087], [0104]): write data between its ordering and the device's response.

It holds the cached layer of the volumes' contents: what differs from the devices because a write is not finished.
Volume writes are kept in their order, which is what reads, and the order of overlapping device writes, follow.
"""

from dataclasses import dataclass, field

from mirrorlog.formats.update_information import JournalKind
from mirrorlog.tables.units import BLOCK_BYTES


@dataclass(slots=True)
class JournalWrite:
    """A journal on its way to the journal volume: packed update information and write data, each with its place in the
    volume.

    `parts` are the (place, bytes) that the write data takes; `data` is empty when the journal takes none.
    `group`, `volume`, `position` and `size` are those of the journal. `received`: it came over a connection path, and
    is committed by journal store. `cached`: it is kept in the journal cache, its device gets nothing. `since`: the
    cycle of the step that took it (`DiskAdapter.cycle`).
    """

    group: int
    update_number: int
    kind: JournalKind
    volume: int
    position: int
    size: int
    journal_volume: int
    information: bytes
    information_place: int
    data: bytes
    parts: tuple[tuple[int, int], ...]
    received: bool = False
    cached: bool = False
    started: bool = False
    done: bool = False
    since: int = 0


@dataclass(slots=True)
class VolumeWrite:
    """A write to a volume, in cache from its ordering on.

    `number` is its order number, or its update number when it restores a journal of `group`. `sequence` numbers the
    system's volume writes of both kinds in their order, `since` is the cycle of the step that took it
    (`DiskAdapter.cycle`).
    """

    number: int
    volume: int
    position: int
    size: int
    data: bytes
    journal: JournalWrite | None = None
    group: int | None = None
    sequence: int = 0
    done: bool = False
    since: int = 0

    def overlaps(self, position: int, size: int) -> bool:
        """Does this write touch one of these bytes of its volume?"""
        return self.position < position + size and position < self.position + self.size


@dataclass(slots=True)
class CacheMemory:
    """The unfinished writes of each volume, by their sequence and in that order.

    A write stays until both its volume write and its journal write are done, and behind an older one that stays.
    """

    _writes: dict[int, dict[int, VolumeWrite]] = field(default_factory=dict)

    def place(self, write: VolumeWrite) -> None:
        """Hold a write, the newest of its volume."""
        writes = self._writes.get(write.volume)
        if writes is None:
            writes = self._writes[write.volume] = {}
        writes[write.sequence] = write

    def release(self, volume: int) -> None:
        """Free what is finished at the old end of a volume's writes."""
        writes = self._writes.get(volume)
        while writes:
            write = writes[next(iter(writes))]
            if not write.done or (write.journal is not None and not write.journal.done):
                return
            del writes[write.sequence]

    def blocks_volume_write(self, write: VolumeWrite) -> VolumeWrite | None:
        """Return an older unfinished volume write that overlaps `write` and so must reach the device before it, None
        if there is none.
        """
        for older in self._writes[write.volume].values():
            if older.sequence >= write.sequence:
                return None
            if not older.done and older.overlaps(write.position, write.size):
                return older
        return None

    def overlay(self, volume: int, position: int, content: bytes) -> bytes:
        """Return `content`, the device's bytes of a volume from `position` on, with the unfinished writes in their
        order.
        """
        writes = self._writes.get(volume)
        if not writes:
            return content
        end = position + len(content)
        merged: bytearray | None = None
        for write in writes.values():
            if write.done or not write.overlaps(position, end - position):
                continue
            if merged is None:
                merged = bytearray(content)
            first = max(position, write.position)
            last = min(end, write.position + write.size)
            merged[first - position : last - position] = write.data[first - write.position : last - write.position]
        return content if merged is None else bytes(merged)

    def holds(self, volume: int, position: int, size: int) -> bool:
        """Is every block of this range in a volume write that its device has not answered, so that a read needs no
        device?
        """
        missing = (1 << size // BLOCK_BYTES) - 1
        for write in reversed(self._writes.get(volume, {}).values()):
            if not write.overlaps(position, size):
                continue
            first = max(position, write.position) - position
            last = min(position + size, write.position + write.size) - position
            blocks = (1 << last // BLOCK_BYTES) - (1 << first // BLOCK_BYTES)
            if missing & blocks and write.done:
                return False
            missing &= ~blocks
            if not missing:
                return True
        return False

    def is_empty(self) -> bool:
        """Is no write in flight?"""
        return not any(self._writes.values())
