"""Pointer information 700 ([0053], FIG 7, 8): the ring of update information and the ring of write data of one journal
volume.

Everything is bytes; pointers count from the head of the journal volume. The update information area reaches from
`update_information_head` to `write_data_head`, the write data area from there to the end of the journal volume.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from mirrorlog.tables.units import NONE


class JournalVolume(Protocol):
    """What a ring asks of its journal volume's information; `capacity` is bytes, `degraded` as in [0054]."""

    capacity: int
    degraded: bool

    def is_normal(self) -> bool:
        """Does the volume work?"""


class Area(NamedTuple):
    """An area of a journal volume and what is used of it, bytes; the pointers count from the head of the volume."""

    head: int
    size: int
    oldest: int
    newest: int
    used: int


class JournalRingError(Exception):
    """More was committed, sent or freed than the ring holds."""


class JournalRing:
    """The eight pointers of [0053], the commit pointers, and the bytes used and committed of both areas.

    Occupancies, never the equality of pointers, decide between full and empty. `entry` is the bytes of one update
    information. `sent` is the bytes of update information between oldest and `read_initiation`; only the original
    system sends. The high-water marks are the most bytes that were ever in use. `journal_volume` is the number of the
    journal volume, NONE if there is none yet.

    A group with several journal volumes ([0054]) asks `SeveralRings` the same questions.
    """

    __slots__ = (
        "_numbers",
        "entry",
        "journal_volume",
        "read_initiation",
        "retry_initiation",
        "sent",
        "update_information_area",
        "update_information_commit",
        "update_information_committed",
        "update_information_head",
        "update_information_high_water",
        "update_information_newest",
        "update_information_oldest",
        "update_information_used",
        "write_data_area",
        "write_data_commit",
        "write_data_committed",
        "write_data_head",
        "write_data_high_water",
        "write_data_newest",
        "write_data_oldest",
        "write_data_used",
    )

    def __init__(self, entry: int) -> None:
        self.entry = entry
        self.use_volume(NONE)
        self.update_information_head = 0
        self.write_data_head = 0
        self.update_information_area = 0
        self.write_data_area = 0
        self.update_information_newest = 0
        self.update_information_oldest = 0
        self.update_information_commit = 0
        self.write_data_newest = 0
        self.write_data_oldest = 0
        self.write_data_commit = 0
        self.read_initiation = 0
        self.retry_initiation = 0
        self.update_information_used = 0
        self.write_data_used = 0
        self.update_information_committed = 0
        self.write_data_committed = 0
        self.sent = 0
        self.update_information_high_water = 0
        self.write_data_high_water = 0

    def set_end(self, end: int) -> None:
        """Take the areas' sizes from the heads and the journal volume's capacity `end`."""
        self.update_information_area = self.write_data_head - self.update_information_head
        self.write_data_area = end - self.write_data_head

    def set_areas(self, volumes: Sequence[JournalVolume]) -> None:
        """Take the areas' sizes from the heads and the journal volume's capacity, which may have been set anew;
        `volumes` is the volume information of the system.
        """
        number = self.journal_volume
        self.set_end(volumes[number].capacity if number != NONE else self.write_data_head)

    def use_volume(self, number: int) -> None:
        """Take the number of the (first) journal volume, NONE for none; areas and pointers stay."""
        self.journal_volume = number
        self._numbers = () if number == NONE else (number,)

    def add_volume(self, number: int, volume: JournalVolume, information_bytes: int) -> None:
        """920: take a journal volume, of which `information_bytes` become the update information area (0 with one
        continuous area).
        """
        self.use_volume(number)
        self.load(0, information_bytes, volume.capacity)

    def replace_volume(self, old: int, number: int, volume: JournalVolume) -> None:
        """Put another journal volume in the place of volume `old`; its areas begin where that one's did. Every journal
        of the group is dropped.
        """
        self.use_volume(number)
        self.load(self.update_information_head, self.write_data_head, volume.capacity)

    def journal_volumes(self) -> tuple[int, ...]:
        """Return the numbers of the journal volumes."""
        return self._numbers

    def volumes_in_use(self) -> tuple[int, ...]:
        """Return the numbers of the journal volumes that hold a journal or take the next one."""
        return self._numbers

    def journal_volume_at(self, index: int) -> int:
        """Return the number of the journal volume that holds the journal `index` entries behind the oldest (or takes
        it, being the next).
        """
        return self.journal_volume

    def volume_rings(self) -> "tuple[JournalRing, ...]":
        """Return the ring of each journal volume."""
        return (self,)

    def ring_of(self, number: int) -> "JournalRing":
        """Return the ring of a journal volume that there is."""
        return self

    def areas(self) -> tuple[Area, ...]:
        """Return the areas of one journal volume."""
        return (
            Area(
                self.update_information_head,
                self.update_information_area,
                self.update_information_oldest,
                self.update_information_newest,
                self.update_information_used,
            ),
            Area(
                self.write_data_head,
                self.write_data_area,
                self.write_data_oldest,
                self.write_data_newest,
                self.write_data_used,
            ),
        )

    def inconsistency(self) -> str | None:
        """Say where areas, occupancies and pointers do not agree; None if they do."""
        if not 0 <= self.update_information_committed <= self.update_information_used <= self.update_information_area:
            return "the update information area is overfilled, or more is committed than used"
        if not 0 <= self.write_data_committed <= self.write_data_used <= self.write_data_area:
            return "the write data area is overfilled, or more is committed than used"
        information = self._next_information(self.update_information_oldest, self.update_information_used)
        data = self._next_data(self.write_data_oldest, self.write_data_used)
        if information != self.update_information_newest or data != self.write_data_newest:
            return "a ring's pointers and its occupancy disagree"
        return None

    def data_area_of(self, capacity: int) -> int:
        """Return the size of the write data area if the journal volume had this capacity; a journal's data must stay
        below it.
        """
        return capacity - self.write_data_head

    def load(self, update_information_head: int, write_data_head: int, end: int) -> None:
        """Set the areas and empty them: every pointer at its area's head."""
        self.update_information_head = update_information_head
        self.write_data_head = write_data_head
        self.set_end(end)
        self.empty()

    def empty(self) -> None:
        """Drop every journal: every pointer at its area's head, nothing used (initiation, 930)."""
        self.update_information_newest = self.update_information_oldest = self.update_information_head
        self.update_information_commit = self.read_initiation = self.retry_initiation = self.update_information_head
        self.write_data_newest = self.write_data_oldest = self.write_data_commit = self.write_data_head
        self.update_information_used = self.update_information_committed = self.sent = 0
        self.write_data_used = self.write_data_committed = 0

    def has_entry(self) -> bool:
        """1340, 1370, 1810: is there a blank area for one update information?"""
        return self.update_information_used + self.entry <= self.update_information_area

    def has_room(self, size: int) -> bool:
        """1340 and 1345 (1810 and 1830): is there a blank area for a journal with `size` bytes of write data?"""
        return (
            self.update_information_used + self.entry <= self.update_information_area
            and size < self.write_data_area - self.write_data_used
        )

    def has_place(self, index: int, offset: int, size: int) -> bool:
        """1810, 1830: does a journal with `size` bytes, `index` entries and `offset` bytes of data behind the oldest,
        fit?
        """
        return (index + 1) * self.entry <= self.update_information_area and offset + size < self.write_data_area

    def create(self, size: int) -> tuple[int, int]:
        """Take the place of a journal with `size` bytes in the write data area; the caller has checked that there is
        room.

        Returns the places of its update information and of its write data; the data may wrap (see `parts`).
        """
        information = self.update_information_newest
        data = self.write_data_newest
        self.update_information_newest = self._next_information(information, self.entry)
        self.write_data_newest = self._next_data(data, size)
        self.update_information_used += self.entry
        self.write_data_used += size
        self._fill()
        return information, data

    def place(self, index: int, offset: int, size: int) -> tuple[int, int]:
        """1840, for journals in any order: take the place `index` entries and `offset` bytes of data behind the oldest.

        Newest goes behind the highest placed. Returns the places of update information and write data.
        """
        information = index * self.entry
        self.update_information_used = max(self.update_information_used, information + self.entry)
        self.write_data_used = max(self.write_data_used, offset + size)
        self._fill()
        oldest_information, oldest_data = self.update_information_oldest, self.write_data_oldest
        self.update_information_newest = self._next_information(oldest_information, self.update_information_used)
        self.write_data_newest = self._next_data(oldest_data, self.write_data_used)
        return self._next_information(oldest_information, information), self._next_data(oldest_data, offset)

    def entries_in_line(self, index: int) -> int:
        """Return how many update information, from that `index` entries behind the oldest on, lie one behind the other
        before the end of their area.
        """
        return (self.write_data_head - self.entry_place(index)) // self.entry

    def at(self, index: int) -> "JournalRing":
        """Return the ring of the journal volume that holds the journal `index` entries behind the oldest (or takes it,
        being the next).
        """
        return self

    def entry_place(self, index: int) -> int:
        """Return the place of the update information `index` entries behind the oldest."""
        return self._next_information(self.update_information_oldest, index * self.entry)

    def parts(self, data: int, size: int) -> tuple[tuple[int, int], ...]:
        """Return the (place, bytes) parts that `size` bytes of write data at `data` occupy: two when they wrap, none
        for no bytes.
        """
        first = self.write_data_head + self.write_data_area - data
        if size <= first:
            return ((data, size),) if size else ()
        return (data, first), (self.write_data_head, size - first)

    def commit(self, size: int) -> None:
        """Pass the next journal with the commit pointers: its information and `size` bytes of data are durable."""
        if self.update_information_committed + self.entry > self.update_information_used:
            raise JournalRingError("commit of a journal that was not created")
        self.update_information_commit = self._next_information(self.update_information_commit, self.entry)
        self.write_data_commit = self._next_data(self.write_data_commit, size)
        self.update_information_committed += self.entry
        self.write_data_committed += size

    def send(self, count: int) -> None:
        """[0124]: `count` journals were read for sending: retry initiation is where they began, read initiation behind
        them.
        """
        size = count * self.entry
        if size > self.update_information_committed - self.sent:
            raise JournalRingError("sending of a journal that is not committed")
        self.retry_initiation = self.read_initiation
        self.read_initiation = self._next_information(self.read_initiation, size)
        self.sent += size

    def nothing_to_retry(self) -> None:
        """1560: the last batch is freed, so that a retry is a normal read."""
        self.retry_initiation = self.read_initiation

    def resize_volume(self, number: int, end: int) -> bool:
        """[0134]: let the write data area of one journal volume end at `end` (see `resize`)."""
        return self.resize(end)

    def resize(self, end: int) -> bool:
        """[0134]: let the write data area end at `end`; returns False, nothing changed, while journals lie across that
        or across the end as it is.
        """
        area = end - self.write_data_head
        begin = self.write_data_oldest - self.write_data_head if self.write_data_used else 0
        if begin + self.write_data_used > min(area, self.write_data_area):
            return False
        self.write_data_area = area
        self.write_data_oldest = self.write_data_head + begin
        self.write_data_newest = self._next_data(self.write_data_oldest, self.write_data_used)
        self.write_data_commit = self._next_data(self.write_data_oldest, self.write_data_committed)
        return True

    def free(self, size: int, count: int = 1) -> None:
        """1590, 2060: free the `count` oldest journals, which have `size` bytes in the write data area."""
        information = count * self.entry
        if information > self.update_information_committed or size > self.write_data_committed:
            raise JournalRingError("freeing of a journal that is not committed")
        self.update_information_oldest = self._next_information(self.update_information_oldest, information)
        self.write_data_oldest = self._next_data(self.write_data_oldest, size)
        self.update_information_used -= information
        self.update_information_committed -= information
        self.write_data_used -= size
        self.write_data_committed -= size
        self.sent = max(0, self.sent - information)

    def _fill(self) -> None:
        self.update_information_high_water = max(self.update_information_high_water, self.update_information_used)
        self.write_data_high_water = max(self.write_data_high_water, self.write_data_used)

    def _next_information(self, pointer: int, size: int) -> int:
        pointer += size
        return pointer - self.update_information_area if pointer >= self.write_data_head else pointer

    def _next_data(self, pointer: int, size: int) -> int:
        pointer += size
        return pointer - self.write_data_area if pointer >= self.write_data_head + self.write_data_area else pointer
