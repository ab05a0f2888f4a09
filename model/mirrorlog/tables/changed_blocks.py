"""The map of changed blocks: where the two volumes of a pair may differ, so that a copy can be brought up to date
without copying everything ([0091], [0133]: a copy of the difference instead of a new initial copy).

A block that is not marked is equal on both sides. It is marked when a journal for it is created, when a host writes it
without a journal, and as long as it was never copied; it is unmarked only when the secondary system has reported that
the journals for it are restored. Positions, sizes and blocks are bytes unless called numbers.
"""

import struct
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

_MAP = struct.Struct("<HxxII4x")
_DIGITS = bytes.maketrans(b"\0\1", b"01")

Range = tuple[int, int]
"""(position, bytes)."""


class VolumeMap:
    """The map of one volume of `capacity` bytes, in blocks of `block` bytes.

    A block is marked for one of two reasons: it is to be copied (`to_copy`, one byte a block), or the journals that
    hold its changes are not known to be restored (`journals`: the newest one's update number, by block number).
    `since` is the time (ns) of the oldest host write that no journal of this generation holds, None without one;
    `copied` counts the bytes that went into journals of initial copy since the copy began.
    """

    __slots__ = ("_created", "block", "capacity", "copied", "journals", "last_copy", "since", "to_copy")

    def __init__(self, capacity: int, block: int) -> None:
        self.capacity = capacity
        self.block = block
        self.to_copy = bytearray(-(-capacity // block))
        self.journals: dict[int, int] = {}
        self._created: deque[tuple[int, int, int, int | None]] = deque()
        self.since: int | None = None
        self.copied = 0
        self.last_copy = 0

    def __repr__(self) -> str:
        return f"VolumeMap({self.to_copy.hex()}, {self.journals}, {self.since}, {self.copied})"

    def written(self, position: int, size: int, time: int) -> None:
        """A host wrote without a journal: what it touched is to be copied."""
        first, end = self._blocks(position, size)
        self.to_copy[first:end] = b"\1" * (end - first)
        if self.since is None:
            self.since = time

    def journaled(self, position: int, size: int, number: int, time: int) -> None:
        """A host wrote with journal `number`. A block that is to be copied stays so: the journal may hold a part."""
        self._note(*self._blocks(position, size), number, time)

    def copy_created(self, position: int, size: int, number: int) -> None:
        """Journal `number` of initial copy carries these bytes: blocks that end with or in them are copied now."""
        first = position // self.block
        end = len(self.to_copy) if position + size >= self.capacity else (position + size) // self.block
        self.to_copy[first:end] = bytes(end - first)
        self._note(first, end, number, None)
        self.copied += size
        self.last_copy = number

    def covered(self, number: int, volume: int, is_uncertain: Callable[[int, int], bool]) -> None:
        """Whoever has restored journal `number` holds every block of this volume that is not uncertain."""
        for at, size in _ranges(self.to_copy, self.block):
            for position in range(at, at + size, self.block):
                if not is_uncertain(volume, position):
                    self.to_copy[position // self.block] = 0
                    self._note(position // self.block, position // self.block + 1, number, None)

    def restored(self, number: int) -> None:
        """The secondary system has reported every journal up to `number` as restored."""
        while self._created and self._created[0][0] <= number:
            created, first, end, _ = self._created.popleft()
            for block in range(first, end):
                if self.journals.get(block) == created:
                    del self.journals[block]
        if self.since is not None and number >= self.last_copy and 1 not in self.to_copy:
            self.since = None

    def copy_everything(self) -> None:
        """A full copy begins."""
        self.to_copy[:] = b"\1" * len(self.to_copy)
        self.copy_difference()

    def copy_difference(self) -> None:
        """A copy of the marked blocks begins; what unsent, lost and unrestored journals held is to be copied."""
        for block in self.journals:
            self.to_copy[block] = 1
        self.since = self.oldest_change(0)
        self.journals.clear()
        self._created.clear()
        self.copied = self.last_copy = 0

    def open_epoch(self) -> None:
        """Hosts are let in here: from now on `since` says whether one wrote."""
        self.since = None

    def copied_elsewhere(self) -> None:
        """Both sides hold the same, by other means than initial copy."""
        self.copy_difference()
        self.to_copy[:] = bytes(len(self.to_copy))
        self.since = None

    def merge(self, block: int, bitmap: bytes) -> None:
        """The other side marked these blocks, of `block` bytes: they are to be copied too."""
        marks = bytes(byte >> bit & 1 for byte in bitmap for bit in range(8))
        for position, size in _ranges(marks, block):
            first, end = self._blocks(position, min(size, max(0, self.capacity - position)))
            self.to_copy[first:end] = b"\1" * (end - first)

    def next_range(self, position: int, size: int) -> Range:
        """Return the next range to copy from `position` on, at most `size` bytes; no bytes if there is none."""
        number = self.to_copy.find(1, position // self.block)
        if number < 0:
            return self.capacity, 0
        behind = self.to_copy.find(0, number)
        end = self.capacity if behind < 0 else behind * self.block
        position = max(position, number * self.block)
        return position, min(size, end - position, self.capacity - position)

    def ranges(self) -> list[Range]:
        """Return the marked ranges in order."""
        return [(at, min(size, self.capacity - at)) for at, size in _ranges(self.marks(), self.block)]

    def bitmap(self) -> bytes:
        """Return a bit a block, 1 if it is marked, the lowest bit of a byte first."""
        marks = self.marks()
        bits = int(b"0" + marks[::-1].translate(_DIGITS), 2)
        return bits.to_bytes(-(-len(marks) // 8), "little")

    def marks(self) -> bytearray:
        """Return one byte a block, 1 if it is marked."""
        marks = bytearray(self.to_copy)
        for block in self.journals:
            marks[block] = 1
        return marks

    def is_empty(self) -> bool:
        """Is no block marked: are both sides equal?"""
        return not self.journals and 1 not in self.to_copy

    def marked_bytes(self) -> int:
        """Return the bytes of all marked blocks."""
        return sum(size for _, size in self.ranges())

    def bytes_to_copy(self) -> int:
        """Return the bytes of the blocks that are to be copied."""
        return sum(min(size, self.capacity - at) for at, size in _ranges(self.to_copy, self.block))

    def oldest_change(self, restored: int) -> int | None:
        """Return the time of the oldest host write here that the partner does not hold, which holds every journal up to
        number `restored`; None if there is none.
        """
        later = (time for number, _, _, time in self._created if number > restored and time is not None)
        oldest = next(later, None)
        return min((time for time in (oldest, self.since) if time is not None), default=None)

    def _note(self, first: int, end: int, number: int, time: int | None) -> None:
        if first < end:
            self._created.append((number, first, end, time))
            for block in range(first, end):
                self.journals[block] = number

    def _blocks(self, position: int, size: int) -> tuple[int, int]:
        """Return the numbers of the first block that a range touches and of that behind its last."""
        return position // self.block, -(-(position + size) // self.block)


@dataclass(frozen=True, slots=True)
class ChangedVolume:
    """The map of a volume as it crosses a path (docs/connection_path.md): a bit for each `block` bytes."""

    volume: int
    block: int
    bitmap: bytes


def pack_maps(maps: Iterable[ChangedVolume]) -> bytes:
    """Return the bytes of maps, one behind the other."""
    return b"".join(_MAP.pack(one.volume, one.block, len(one.bitmap)) + one.bitmap for one in maps)


def unpack_maps(data: bytes) -> list[ChangedVolume]:
    """Return the maps that bytes hold."""
    maps = []
    while data:
        volume, block, length = _MAP.unpack_from(data)
        end = _MAP.size + length
        maps.append(ChangedVolume(volume, block, data[_MAP.size : end]))
        data = data[end:]
    return maps


def _ranges(marks: bytes | bytearray, block: int) -> list[Range]:
    """Return the ranges of marked blocks in order; `marks` has one byte a block."""
    found = []
    number = marks.find(1)
    while number >= 0:
        behind = marks.find(0, number)
        end = len(marks) if behind < 0 else behind
        found.append((number * block, (end - number) * block))
        number = marks.find(1, end)
    return found


@dataclass(slots=True)
class CopyHistory:
    """Which history a group's volumes hold here. `epoch` counts the takeovers in it; `taken_over`: hosts were let in at
    the secondary system, which has not joined its partner again. `reported` is the newest journal that the secondary
    system has reported as restored.
    """

    epoch: int = 0
    taken_over: bool = False
    reported: int = 0


@dataclass(slots=True)
class ChangedBlocks:
    """The maps of one storage system's volumes, by volume number, and the histories of its groups that have maps."""

    volumes: dict[int, VolumeMap] = field(default_factory=dict)
    groups: dict[int, CopyHistory] = field(default_factory=dict)

    def host_write(self, volume: int, position: int, size: int, number: int | None, time: int) -> None:
        """A host wrote to a volume, with journal `number` (None: without one)."""
        changed = self.volumes.get(volume)
        if changed is None:
            return
        if number is None:
            changed.written(position, size, time)
        else:
            changed.journaled(position, size, number, time)

    def restored(self, group: int, volumes: Iterable[int], number: int) -> None:
        """The secondary system has reported every journal of a group with these volumes up to `number` as restored."""
        if group in self.groups:
            self.groups[group].reported = max(self.groups[group].reported, number)
        for volume in volumes:
            if volume in self.volumes:
                self.volumes[volume].restored(number)

    def marked(self, volumes: Iterable[int]) -> dict[int, VolumeMap]:
        """Return the maps of these volumes, of those that have marks."""
        maps = {volume: self.volumes[volume] for volume in volumes if volume in self.volumes}
        return {volume: changed for volume, changed in maps.items() if not changed.is_empty()}
