"""A journal volume used as one continuous area ([0042]): each journal's update information with its write data behind
it.
"""

from collections import deque

from mirrorlog.tables.journal_ring import Area, JournalRing, JournalRingError


class ContinuousRing(JournalRing):
    """One ring of whole journals from the head of the volume on.

    There is one newest, one oldest and one commit pointer: those of the write data are the same as those of the update
    information. The bytes used are counted for both kinds apart. The area is a whole number of entries, and so is every
    size, so that update information never lies across the end; write data may. `entries` is the table that finds the
    update information of a committed journal by its number ([0153], [0155]).
    """

    __slots__ = ("entries",)

    def __init__(self, entry: int) -> None:
        super().__init__(entry)
        self.entries: deque[int] = deque()

    def set_end(self, end: int) -> None:
        """Take the area's size from the journal volume's capacity `end`."""
        self.update_information_area = end - end % self.entry
        self.write_data_area = self.update_information_area - self.entry

    def areas(self) -> tuple[Area, ...]:
        """Return the one area of the journal volume."""
        return (
            Area(
                0,
                self.update_information_area,
                self.update_information_oldest,
                self.update_information_newest,
                self._used(),
            ),
        )

    def inconsistency(self) -> str | None:
        """Say where the area, occupancies and pointers do not agree; None if they do."""
        if not 0 <= self.update_information_committed <= self.update_information_used:
            return "more update information is committed than used"
        if not 0 <= self.write_data_committed <= self.write_data_used:
            return "more write data is committed than used"
        if self._used() > self.update_information_area:
            return "the continuous area is overfilled"
        newest = self._next(self.update_information_oldest, self._used())
        if newest != self.update_information_newest or newest != self.write_data_newest:
            return "a ring's pointers and its occupancy disagree"
        return None

    def data_area_of(self, capacity: int) -> int:
        """Return the size of the write data area if the journal volume had this capacity."""
        return capacity - capacity % self.entry - self.entry

    def empty(self) -> None:
        """Drop every journal."""
        super().empty()
        self.entries.clear()

    def has_entry(self) -> bool:
        """1340, 1370, 1810."""
        return self._used() + self.entry <= self.update_information_area

    def has_room(self, size: int) -> bool:
        """1340 and 1345 (1810 and 1830): newest never reaches oldest."""
        return self._used() + self.entry + size < self.update_information_area

    def has_place(self, index: int, offset: int, size: int) -> bool:
        """1810, 1830."""
        return (index + 1) * self.entry + offset + size < self.update_information_area

    def create(self, size: int) -> tuple[int, int]:
        """Take the place behind the newest journal."""
        if size % self.entry:
            raise JournalRingError(f"{size} bytes of write data are no multiple of {self.entry}")
        place = self.update_information_newest
        self.update_information_used += self.entry
        self.write_data_used += size
        self._fill()
        self._set_newest()
        return place, self._next(place, self.entry)

    def place(self, index: int, offset: int, size: int) -> tuple[int, int]:
        """1840: before the journal lie `index` entries and `offset` bytes of data behind the oldest."""
        before = index * self.entry + offset
        self.update_information_used = max(self.update_information_used, (index + 1) * self.entry)
        self.write_data_used = max(self.write_data_used, offset + size)
        self._fill()
        self._set_newest()
        place = self._next(self.update_information_oldest, before)
        return place, self._next(place, self.entry)

    def entry_place(self, index: int) -> int:
        """Return the place of the update information `index` journals behind the oldest, which is committed or the next
        to be.
        """
        return self.entries[index] if index < len(self.entries) else self.update_information_commit

    def entries_in_line(self, index: int) -> int:
        """Return 1: behind an update information lies its data."""
        return 1

    def parts(self, data: int, size: int) -> tuple[tuple[int, int], ...]:
        """Return the (place, bytes) parts that `size` bytes of write data at `data` occupy."""
        first = self.update_information_area - data
        if size <= first:
            return ((data, size),) if size else ()
        return (data, first), (0, size - first)

    def commit(self, size: int) -> None:
        """Pass the next journal with the commit pointer."""
        if self.update_information_committed + self.entry > self.update_information_used:
            raise JournalRingError("commit of a journal that was not created")
        self.entries.append(self.update_information_commit)
        self.update_information_committed += self.entry
        self.write_data_committed += size
        self._set_commit()

    def send(self, count: int) -> None:
        """[0124]."""
        if count * self.entry > self.update_information_committed - self.sent:
            raise JournalRingError("sending of a journal that is not committed")
        self.retry_initiation = self.read_initiation
        self.sent += count * self.entry
        self.read_initiation = self.entry_place(self.sent // self.entry)

    def resize(self, end: int) -> bool:
        """[0134]."""
        area = end - end % self.entry
        begin = self.update_information_oldest if self._used() else 0
        if begin + self._used() > min(area, self.update_information_area):
            return False
        self.set_end(end)
        self.update_information_oldest = self.write_data_oldest = begin
        self._set_newest()
        self._set_commit()
        self.read_initiation = self.entry_place(self.sent // self.entry)
        return True

    def free(self, size: int, count: int = 1) -> None:
        """1590, 2060."""
        information = count * self.entry
        if information > self.update_information_committed or size > self.write_data_committed:
            raise JournalRingError("freeing of a journal that is not committed")
        self.update_information_oldest = self._next(self.update_information_oldest, information + size)
        self.write_data_oldest = self.update_information_oldest
        self.update_information_used -= information
        self.update_information_committed -= information
        self.write_data_used -= size
        self.write_data_committed -= size
        self.sent = max(0, self.sent - information)
        for _ in range(count):
            self.entries.popleft()

    def _used(self) -> int:
        return self.update_information_used + self.write_data_used

    def _set_newest(self) -> None:
        self.update_information_newest = self._next(self.update_information_oldest, self._used())
        self.write_data_newest = self.update_information_newest

    def _set_commit(self) -> None:
        committed = self.update_information_committed + self.write_data_committed
        self.update_information_commit = self._next(self.update_information_oldest, committed)
        self.write_data_commit = self.update_information_commit

    def _next(self, pointer: int, size: int) -> int:
        pointer += size
        return pointer - self.update_information_area if pointer >= self.update_information_area else pointer
