"""Several journal volumes for one group ([0054]), each with pointer information of its own."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from mirrorlog.tables.continuous_ring import ContinuousRing
from mirrorlog.tables.journal_ring import Area, JournalRing, JournalRingError, JournalVolume
from mirrorlog.tables.settings import GroupSettings, JournalLayout, VolumeUse

_COUNTS = ("update_information_used", "update_information_committed", "write_data_used", "write_data_committed", "sent")


@dataclass(slots=True)
class _Segment:
    """Journals that lie one after the other in one ring, at the secondary system.

    `first` and `offset` are the first one's place in the group, `ring_first` and `ring_offset` in its ring, all counted
    in journals and bytes of data from the time when the rings were empty.
    """

    ring: int
    first: int
    offset: int
    ring_first: int
    ring_offset: int


class SeveralRings(JournalRing):
    """The rings of a group's journal volumes, used as one.

    The counts of bytes are sums; the pointers are those of each volume's ring, and `journal_volume` is the first one's
    number. Journals are stored alternately, or all in one volume until its performance degrades and then in the
    next. With alternating volumes the secondary system stores in the order of the numbers: where a later journal's data
    begins in its volume depends on the sizes of those before it.
    """

    __slots__ = (
        "_assigned",
        "_committed",
        "_freed",
        "_freed_bytes",
        "_order",
        "_ring_freed",
        "_rings",
        "_segments",
        "_sizes",
        "_volumes",
        "layout",
        "use",
    )

    def __init__(self, entry: int, use: VolumeUse, layout: JournalLayout) -> None:
        super().__init__(entry)
        self.use = use
        self.layout = layout
        self._rings: list[JournalRing] = []
        self._volumes: list[JournalVolume] = []
        self.empty()

    def set_areas(self, volumes: Sequence[JournalVolume]) -> None:
        """Let each ring take its areas' sizes from its journal volume's capacity."""
        for ring in self._rings:
            ring.set_areas(volumes)
        self._total()

    def add_volume(self, number: int, volume: JournalVolume, information_bytes: int) -> None:
        """920: take one more journal volume; every ring is empty then."""
        ring = ContinuousRing(self.entry) if self.layout is JournalLayout.CONTINUOUS else JournalRing(self.entry)
        ring.add_volume(number, volume, information_bytes)
        self._rings.append(ring)
        self._volumes.append(volume)
        self.use_volume(self._rings[0].journal_volume)
        self.empty()

    def replace_volume(self, old: int, number: int, volume: JournalVolume) -> None:
        """Put another journal volume in the place of volume `old`, and empty all rings."""
        index = self.journal_volumes().index(old)
        self._rings[index].replace_volume(old, number, volume)
        self._volumes[index] = volume
        self.use_volume(self._rings[0].journal_volume)
        self.empty()

    def journal_volumes(self) -> tuple[int, ...]:
        """Return the numbers of the journal volumes."""
        return tuple(ring.journal_volume for ring in self._rings)

    def volumes_in_use(self) -> tuple[int, ...]:
        """Return the numbers of the journal volumes that hold a journal or take the next one."""
        if self.use is VolumeUse.ALTERNATE:
            return self.journal_volumes()
        used = {self._next_ring(), *(ring for ring, _ in self._order)}
        return tuple(ring.journal_volume for index, ring in enumerate(self._rings) if index in used)

    def journal_volume_at(self, index: int) -> int:
        """Return the number of the journal volume that holds the journal `index` entries behind the oldest (or takes
        it, being the next).
        """
        return self._rings[self._ring_at(index)].journal_volume

    def volume_rings(self) -> tuple[JournalRing, ...]:
        """Return the ring of each journal volume."""
        return tuple(self._rings)

    def ring_of(self, number: int) -> JournalRing:
        """Return the ring of a journal volume that there is."""
        return self._rings[self.journal_volumes().index(number)]

    def areas(self) -> tuple[Area, ...]:
        """Return the areas of every journal volume."""
        return tuple(area for ring in self._rings for area in ring.areas())

    def inconsistency(self) -> str | None:
        """Say where a ring's areas, occupancies and pointers do not agree; None if all do."""
        for ring in self._rings:
            if (found := ring.inconsistency()) is not None:
                return found
        return None

    def empty(self) -> None:
        """Drop every journal."""
        for ring in self._rings:
            ring.empty()
        self._order: deque[tuple[int, int]] = deque()
        self._sizes: deque[int] = deque()
        self._segments: list[_Segment] = []
        self._committed = self._freed = self._freed_bytes = 0
        self._assigned = [0 for _ in self._rings]
        self._ring_freed = [[0, 0] for _ in self._rings]
        self._total()

    def at(self, index: int) -> JournalRing:
        """Return the ring that holds the journal `index` entries behind the oldest (or takes it, being the next)."""
        return self._rings[self._ring_at(index)]

    def has_entry(self) -> bool:
        """1340, 1370, 1810."""
        return self._rings[self._next_ring()].has_entry()

    def has_room(self, size: int) -> bool:
        """1340 and 1345 (1810 and 1830)."""
        return self._rings[self._next_ring()].has_room(size)

    def create(self, size: int) -> tuple[int, int]:
        """Take a place in the journal volume whose turn it is."""
        ring = self._next_ring()
        self._append(ring)
        self._sizes.append(size)
        places = self._rings[ring].create(size)
        self._total()
        return places

    def has_place(self, index: int, offset: int, size: int) -> bool:
        """1810, 1830."""
        if self.use is VolumeUse.ALTERNATE:
            return index == len(self._order) and self.has_room(size)
        segment = self._segment(index)
        return self._rings[segment.ring].has_place(*self._local(segment, index, offset), size)

    def place(self, index: int, offset: int, size: int) -> tuple[int, int]:
        """1840."""
        if self.use is VolumeUse.ALTERNATE:
            return self.create(size)
        segment = self._segment(index)
        if segment not in self._segments:
            self._segments.append(segment)
        while len(self._order) <= index:
            self._append(segment.ring)
        places = self._rings[segment.ring].place(*self._local(segment, index, offset), size)
        self._total()
        return places

    def entry_place(self, index: int) -> int:
        """Return the place of update information in its journal volume."""
        ring, number = self._order[index]
        return self._rings[ring].entry_place(number - self._ring_freed[ring][0])

    def entries_in_line(self, index: int) -> int:
        """Return 1: the next journal may be in another volume."""
        return 1

    def commit(self, size: int) -> None:
        """Pass the next journal with its volume's commit pointer."""
        if self._committed >= len(self._order):
            raise JournalRingError("commit of a journal that was not created")
        self._rings[self._order[self._committed][0]].commit(size)
        self._committed += 1
        self._total()

    def send(self, count: int) -> None:
        """[0124], in each volume."""
        first = self.sent // self.entry
        sent = [0] * len(self._rings)
        for index in range(first, first + count):
            sent[self._ring_at(index)] += 1
        for ring, number in zip(self._rings, sent, strict=True):
            ring.send(number)
        self._total()

    def nothing_to_retry(self) -> None:
        """1560."""
        for ring in self._rings:
            ring.nothing_to_retry()

    def resize_volume(self, number: int, end: int) -> bool:
        """[0134]: one journal volume's write data area ends at `end` (see `JournalRing.resize`)."""
        resized = self.ring_of(number).resize(end)
        self._total()
        return resized

    def free(self, size: int, count: int = 1) -> None:
        """1590, 2060: `size` is known for each journal that was created here."""
        if count > self._committed:
            raise JournalRingError("freeing of a journal that is not committed")
        for _ in range(count):
            ring, _ = self._order.popleft()
            own = self._sizes.popleft() if self._sizes else size
            self._rings[ring].free(own)
            self._freed += 1
            self._freed_bytes += own
            self._ring_freed[ring][0] += 1
            self._ring_freed[ring][1] += own
        self._committed -= count
        while len(self._segments) > 1 and self._segments[1].first <= self._freed:
            del self._segments[0]
        self._total()

    def _next_ring(self) -> int:
        """Return the ring of the journal volume that takes the next journal."""
        if self.use is VolumeUse.ALTERNATE:
            return sum(self._assigned) % len(self._rings)
        working = [ring for ring, volume in enumerate(self._volumes) if volume.is_normal()]
        good = [ring for ring in working if not self._volumes[ring].degraded]
        return (good or working or [0])[0]

    def _ring_at(self, index: int) -> int:
        return self._order[index][0] if index < len(self._order) else self._next_ring()

    def _append(self, ring: int) -> None:
        """Give the next place in the order to a ring."""
        self._order.append((ring, self._assigned[ring]))
        self._assigned[ring] += 1

    def _segment(self, index: int) -> _Segment:
        """Return the segment of a journal at the secondary system: one there is, or a new one behind the newest."""
        first = self._freed + index
        if index < len(self._order):
            return next(segment for segment in reversed(self._segments) if segment.first <= first)
        ring = self._next_ring()
        if self._segments and self._segments[-1].ring == ring:
            return self._segments[-1]
        freed, freed_bytes = self._ring_freed[ring]
        held = self._rings[ring]
        return _Segment(
            ring,
            self._freed + len(self._order),
            self._freed_bytes + self.write_data_used,
            freed + held.update_information_used // self.entry,
            freed_bytes + held.write_data_used,
        )

    def _local(self, segment: _Segment, index: int, offset: int) -> tuple[int, int]:
        """Return entries and bytes behind the oldest of the segment's ring."""
        freed, freed_bytes = self._ring_freed[segment.ring]
        return (
            segment.ring_first + self._freed + index - segment.first - freed,
            segment.ring_offset + self._freed_bytes + offset - segment.offset - freed_bytes,
        )

    def _total(self) -> None:
        """Sum the rings' counts up. The write data area is the smallest, which every journal has to fit; a volume that
        stands by adds no update information area.
        """
        for name in _COUNTS:
            setattr(self, name, sum(getattr(ring, name) for ring in self._rings))
        areas = [ring.update_information_area for ring in self._rings]
        self.update_information_area = sum(areas) if self.use is VolumeUse.ALTERNATE else max(areas, default=0)
        self.write_data_area = min((ring.write_data_area for ring in self._rings), default=0)


def ring_for(settings: GroupSettings, entry: int) -> JournalRing:
    """Return the ring of a group with these settings, without a journal volume yet; `entry` as in `JournalRing`."""
    if settings.journal_volumes > 1:
        return SeveralRings(entry, settings.volume_use, settings.layout)
    return ContinuousRing(entry) if settings.layout is JournalLayout.CONTINUOUS else JournalRing(entry)
