"""Disk adapter 120 and the read-write process 220 ([0106]): what reaches the storage devices, and what their answers
change.
"""

from collections import deque
from collections.abc import Iterator, Sequence

from mirrorlog.formats.commit_record import Process
from mirrorlog.formats.outcomes import ReadWriteOutcome
from mirrorlog.processes.step import Step
from mirrorlog.storage.cache_memory import CacheMemory, JournalWrite, VolumeWrite
from mirrorlog.storage.journal_cache import JournalCache
from mirrorlog.storage.storage_device import StorageDevice
from mirrorlog.tables.extents import Extent, pieces
from mirrorlog.tables.shared_memory import Reason, SharedMemory, VolumeState
from mirrorlog.tables.status import Status
from mirrorlog.tables.units import NONE

Range = tuple[int, int]
"""(address on the device, bytes)."""


class OrderError(Exception):
    """A device write was finished before another one that has to be finished first."""


class DiskAdapter:
    """Writes and reads volumes on their devices. Volume writes are finished in any order that keeps overlapping ones in
    theirs; the journals of a group are finished in the order of their numbers. `cycle` is that of the step that is
    taken, for those who follow a system's cycles; 0 if nobody does.
    """

    __slots__ = (
        "cache",
        "cycle",
        "devices",
        "journal_cache",
        "journal_writes",
        "restore_writes",
        "sequence",
        "shared",
        "volume_writes",
    )

    def __init__(self, shared: SharedMemory, cache: CacheMemory) -> None:
        self.shared = shared
        self.cache = cache
        self.devices = [StorageDevice() for _ in range(shared.parameters.devices)]
        self.volume_writes: dict[int, VolumeWrite] = {}
        self.restore_writes: dict[tuple[int, int], VolumeWrite] = {}
        self.journal_cache = JournalCache()
        self.sequence = 0
        self.cycle = 0
        self.journal_writes: list[deque[JournalWrite]] = [deque() for _ in shared.groups]

    def write_volume(self, write: VolumeWrite) -> None:
        """1270, 2050: take a volume write; its data is in cache and ordered with this."""
        self.sequence += 1
        write.sequence = self.sequence
        write.since = self.cycle
        if write.group is None:
            self.volume_writes[write.number] = write
        else:
            self.restore_writes[write.group, write.number] = write
        self.cache.place(write)

    def write_journal(self, journal: JournalWrite) -> None:
        """1360, 1385, 1850: take a journal's writes."""
        group = self.shared.groups[journal.group]
        if group.settings.journal_cache:
            journal.cached = self.journal_cache.take(journal, group)
        journal.since = self.cycle
        self.journal_writes[journal.group].append(journal)

    def read(self, volume: int, position: int, size: int) -> bytes:
        """Return a volume's content as every ordered write left it: the device's bytes below those in cache."""
        return self.cache.overlay(volume, position, self.read_device(volume, position, size))

    def read_device(self, volume: int, position: int, size: int) -> bytes:
        """Return a volume's bytes as they are on its device."""
        information = self.shared.volumes[volume]
        if information.extents:
            parts = pieces(information.extents, position, size)
            return b"".join(self.devices[part.device].read(part.offset, part.size) for part in parts)
        return self.devices[information.device].read(information.offset + position, size)

    def written(self, volume: int) -> Iterator[Range]:
        """Yield the parts (position, bytes) of a volume outside of which its devices hold only zeros, in order."""
        begin = 0
        for extent in self.extents(volume):
            for address, size in self.devices[extent.device].written(extent.offset, extent.size):
                yield begin + address - extent.offset, size
            begin += extent.size

    def extents(self, volume: int) -> Sequence[Extent]:
        """Return where a volume lies, one extent behind the other."""
        information = self.shared.volumes[volume]
        return information.extents or (Extent(information.device, information.offset, information.capacity),)

    def read_information(self, group: int, number: int, volume: int, place: int) -> bytes:
        """Return the update information of a journal, from the journal cache or from its place in a journal volume."""
        cached = self.journal_cache.get(group, number)
        if cached is not None:
            return cached.information
        return self.read_device(volume, place, self.shared.groups[group].ring.entry)

    def read_data(self, group: int, number: int, volume: int, parts: Sequence[Range]) -> bytes:
        """Return the write data of a journal, from the journal cache or from its parts in a journal volume."""
        cached = self.journal_cache.get(group, number)
        if cached is not None:
            return cached.data
        return b"".join(self.read_device(volume, place, size) for place, size in parts)

    def pieces(self, volume: int, position: int, size: int) -> list[Extent]:
        """Return where bytes of a volume lie, device by device."""
        information = self.shared.volumes[volume]
        if information.extents:
            return pieces(information.extents, position, size)
        return [Extent(information.device, information.offset + position, size)]

    def volume_range(self, volume: int, position: int, size: int) -> tuple[int, Range]:
        """Return the device and the range of it that holds these bytes of a volume ([0035]); of several, the first."""
        piece = self.pieces(volume, position, size)[0]
        return piece.device, (piece.offset, piece.size)

    def volume_write_done(self, write: VolumeWrite, failed: Sequence[Range] = ()) -> Step:
        """The device has answered a volume write; `failed` are the ranges that it answered with an error and did not
        change.

        Raises OrderError if an older write to the same blocks is not finished.
        """
        older = self.cache.blocks_volume_write(write)
        if older is not None:
            raise OrderError(
                f"volume write {write.number} was done before the older write {older.number} to the same blocks"
            )
        information = self.shared.volumes[write.volume]
        self._store(write.volume, write.position, write.data, failed)
        step = Step(
            Process.READ_WRITE,
            ReadWriteOutcome.VOLUME_WRITTEN,
            volume=write.volume,
            size=write.size,
            position=write.position,
            reference=write.number,
        )
        write.done = True
        if write.group is None:
            del self.volume_writes[write.number]
        else:
            del self.restore_writes[write.group, write.number]
        self.cache.release(write.volume)
        if failed:
            step.outcome = ReadWriteOutcome.VOLUME_WRITE_FAILED
            step.status = Status.DEVICE_ERROR
            information.state = VolumeState.ABNORMAL
            if write.journal is None and write.group is None and information.pair != NONE:
                self.shared.fail_pair(self.shared.pairs[information.pair])
        return step

    def journal_write_done(self, journal: JournalWrite, failed: Sequence[Range] = ()) -> Step:
        """The device has answered a journal's information and data; `failed` as in `volume_write_done`.

        Raises OrderError if the group's journals before it are not finished.
        """
        writes = self.journal_writes[journal.group]
        if writes[0] is not journal:
            raise OrderError(
                f"journal {journal.update_number} of group {journal.group} was done"
                f" before journal {writes[0].update_number}"
            )
        writes.popleft()
        group = self.shared.groups[journal.group]
        volume = self.shared.volumes[journal.journal_volume]
        if not journal.cached:
            self._store(journal.journal_volume, journal.information_place, journal.information, failed)
            taken = 0
            for place, size in journal.parts:
                self._store(journal.journal_volume, place, journal.data[taken : taken + size], failed)
                taken += size
        step = Step(
            Process.READ_WRITE,
            ReadWriteOutcome.JOURNAL_DURABLE,
            volume=journal.volume,
            size=journal.size,
            position=journal.position,
            reference=journal.update_number,
        )
        journal.done = True
        self.cache.release(journal.volume)
        if failed:
            step.outcome = ReadWriteOutcome.JOURNAL_WRITE_FAILED
            step.status = Status.DEVICE_ERROR
            volume.state = VolumeState.ABNORMAL
            self.shared.fail_group(group, Reason.JOURNAL_DEVICE)
        elif not self.shared.journal_volumes_are_normal(group):
            step.outcome = ReadWriteOutcome.JOURNAL_WRITTEN_NOT_COMMITTED
        elif not journal.received:
            group.ring.commit(len(journal.data))
        return step

    def unfinished(self) -> int:
        """Return how many writes no device has answered: a measure of this system's load."""
        writes = len(self.volume_writes) + len(self.restore_writes)
        return writes + sum(len(journals) for journals in self.journal_writes)

    def read_failed(self, volume: int, position: int, size: int, number: int) -> Step:
        """The device answered the read with order number `number` with an error."""
        self.shared.volumes[volume].state = VolumeState.ABNORMAL
        return Step(
            Process.READ_WRITE,
            ReadWriteOutcome.READ_FAILED,
            status=Status.DEVICE_ERROR,
            volume=volume,
            size=size,
            position=position,
            reference=number,
        )

    def _store(self, volume: int, position: int, data: bytes, failed: Sequence[Range]) -> None:
        """Put data on a volume's device (or devices, piece by piece), except the ranges that it refused."""
        information = self.shared.volumes[volume]
        if not information.extents and not failed:
            self.devices[information.device].write(information.offset + position, data)
            return
        taken = 0
        for piece in self.pieces(volume, position, len(data)):
            self._store_piece(piece.device, piece.offset, data[taken : taken + piece.size], failed)
            taken += piece.size

    def _store_piece(self, device: int, address: int, data: bytes, failed: Sequence[Range]) -> None:
        kept = memoryview(data)
        end = address + len(data)
        start = address
        for refused, size in sorted(failed):
            if refused >= end or refused + size <= start:
                continue
            self.devices[device].write(start, kept[start - address : max(refused, start) - address])
            start = min(refused + size, end)
        self.devices[device].write(start, kept[start - address :])
