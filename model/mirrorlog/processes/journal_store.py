"""Journal store process (FIG 18, [0136]-[0141]): received journals take their place in the secondary system's journal
volume.
"""

from dataclasses import dataclass, field

from mirrorlog.formats.commit_record import Process
from mirrorlog.formats.connection_path import Journal, trailer_crc
from mirrorlog.formats.outcomes import StoreOutcome
from mirrorlog.formats.update_information import JournalKind, UpdateInformation, data_bytes, info_crc
from mirrorlog.processes.disk_adapter import DiskAdapter
from mirrorlog.processes.step import Step
from mirrorlog.storage.cache_memory import JournalWrite
from mirrorlog.tables.shared_memory import GroupInformation, Reason, SharedMemory
from mirrorlog.tables.units import BLOCK_BYTES, NONE

TAKEN = (StoreOutcome.NOT_WANTED, StoreOutcome.STORED)
"""Outcomes behind which the next journal of a packet may be stored."""


@dataclass(slots=True)
class StoredJournal:
    """A journal that has its place and is not committed. `volume` is its secondary volume, `data_offset` as in its
    update information; `durable`: its device has it.
    """

    number: int
    kind: JournalKind
    volume: int
    position: int
    size: int
    data_offset: int
    durable: bool = False

    def data_bytes(self) -> int:
        """Return the bytes of its write data."""
        return data_bytes(self.kind, self.size)


@dataclass(slots=True)
class StoredGroup:
    """The journals of a group in the secondary system.

    Those from `oldest` up to, not including, `commit` are committed: contiguous and durable. `journals` are those that
    were stored and are not committed; there may be holes between them. `lost`: journals were lost with their journal
    volume.
    """

    group: GroupInformation = field(repr=False)
    journals: dict[int, StoredJournal] = field(default_factory=dict)
    lost: bool = False

    @property
    def oldest(self) -> int:
        """The number of the oldest journal that is not freed."""
        return self.group.oldest_stored()

    @property
    def commit(self) -> int:
        """The number to be committed next."""
        return self.group.update_number

    def knows(self, number: int) -> bool:
        """Was the journal with this number stored before?"""
        return number < self.group.update_number or number in self.journals

    def next_expected(self) -> int:
        """Return the lowest number that was not stored."""
        number = self.group.update_number
        while number in self.journals:
            number += 1
        return number


class JournalStore:
    """Stores journals by their numbers, in whatever order they come; a journal received twice changes nothing."""

    __slots__ = ("disk_adapter", "groups", "shared")

    def __init__(self, shared: SharedMemory, disk_adapter: DiskAdapter) -> None:
        self.shared = shared
        self.disk_adapter = disk_adapter
        self.groups = {number: StoredGroup(group) for number, group in enumerate(shared.groups)}

    def store(self, number: int, journal: Journal, tag: int = 0) -> Step:
        """Store a journal that came for group `number` in a packet with `tag`; NO_ROOM changes nothing. One that can
        never have a place makes the group "abnormal": what comes behind it would wait for ever.
        """
        information, data = journal
        step = Step(
            Process.JOURNAL_STORE,
            StoreOutcome.STORED,
            tag=tag & 0xFFFF,
            size=information.size,
            position=information.position,
            reference=information.update_number,
        )
        pair = self.pair_of(number, information.volume)
        if pair is None:
            step.outcome, step.group = StoreOutcome.NO_PAIR, number
            self._fail(number)
            return step
        step.volume = self.shared.pairs[pair].secondary_volume
        if step.volume >= len(self.shared.volumes):  # a loaded table names one that this system does not have
            step.outcome, step.group = StoreOutcome.NO_PAIR, number
            self._fail(number)
            return step
        end = information.position + information.size
        if information.position % BLOCK_BYTES or end > self.shared.volumes[step.volume].capacity:
            step.outcome = StoreOutcome.NO_PAIR
            self._fail(number)
        elif self.is_known(self.groups[number], information.update_number):
            step.outcome = StoreOutcome.NOT_WANTED
        elif self._never_fits(number, information):
            step.outcome = StoreOutcome.NEVER_FITS
            self._fail(number)
        elif not self._has_room(number, information):  # 1810, 1830
            step.outcome = StoreOutcome.NO_ROOM  # 1820
        else:
            step.info_crc = info_crc(self._place(number, step.volume, information, data).information)  # 1850
        return step

    def is_known(self, stored: StoredGroup, number: int) -> bool:
        """Was the journal with this number stored before?"""
        return stored.knows(number)

    def pair_of(self, number: int, original_volume: int) -> int | None:
        """Return the number of a group's pair that has this original volume, None if there is none."""
        pair_set = self.shared.groups[number].pair_set
        for pair, information in enumerate(self.shared.pairs):
            if pair_set >> pair & 1 and information.original_volume == original_volume:
                return pair
        return None

    def durable(self, journal: JournalWrite) -> None:
        """A received journal is on its device: it is committed if it is the next to be."""
        stored = self.groups[journal.group].journals.get(journal.update_number)
        if stored is None:
            return
        stored.durable = True
        if journal.update_number == self.shared.groups[journal.group].update_number:
            self._commit(journal.group, stored)

    def may_commit(self, number: int) -> bool:
        """Is the next journal of a group durable?"""
        stored = self.groups[number].journals.get(self.shared.groups[number].update_number)
        return stored is not None and stored.durable

    def commit_next(self, number: int) -> Step | None:
        """Commit the next journal of a group if it was durable before its turn (1860); None if it was not."""
        if not self.may_commit(number):
            return None
        stored = self.groups[number].journals[self.shared.groups[number].update_number]
        self._commit(number, stored)
        return Step(
            Process.JOURNAL_STORE,
            StoreOutcome.COMMITTED,
            volume=stored.volume,
            size=stored.size,
            position=stored.position,
            reference=stored.number,
        )

    def original_bytes(self, journal: StoredJournal) -> int:
        """Return the bytes that a journal occupies in the original system's write data area."""
        return journal.size if journal.kind is JournalKind.HOST_WRITE else 0

    def lose(self, number: int) -> None:
        """Drop every journal of a group that restore has not begun with, its journal volume being lost."""
        group = self.shared.groups[number]
        group.update_number = group.secondary.next_restore
        self.groups[number] = StoredGroup(group, lost=True)

    def begin(self, number: int) -> None:
        """Reset the in-flight state: no stored journal waits to be committed (initiation, 930)."""
        self.groups[number] = StoredGroup(self.shared.groups[number])

    def _fail(self, number: int) -> None:
        """The tables of the two systems do not match."""
        self.shared.fail_group(self.shared.groups[number], Reason.NEVER_FITS)

    def _never_fits(self, number: int, information: UpdateInformation) -> bool:
        """Is a journal larger than the write data area, or does its data not lie where it must?"""
        area = self.shared.groups[number].ring.write_data_area
        return information.data_bytes() >= area or not self._follows(number, information)

    def _follows(self, number: int, information: UpdateInformation) -> bool:
        """Does a journal's data lie behind what is committed, that of the next to be committed right behind it?"""
        group = self.shared.groups[number]
        if information.update_number == group.update_number:
            return information.data_offset == group.data_offset
        return information.data_offset >= group.data_offset

    def _has_room(self, number: int, information: UpdateInformation) -> bool:
        """1810, 1830: does the journal fit its places in both areas, and is it not too far ahead?"""
        group = self.shared.groups[number]
        if information.update_number - group.update_number >= self.shared.parameters.window:
            return False
        index = information.update_number - group.oldest_stored()
        offset = information.data_offset - group.oldest_offset()
        return offset >= 0 and group.ring.has_place(index, offset, information.data_bytes())

    def _place(self, number: int, volume: int, information: UpdateInformation, data: bytes) -> JournalWrite:
        """1840, 1850: take the places, change the update information, and have both written."""
        group = self.shared.groups[number]
        assert group.journal_volume != NONE
        size = information.size
        index = information.update_number - group.oldest_stored()
        offset = information.data_offset - group.oldest_offset()
        place, data_place = group.ring.place(index, offset, information.data_bytes())
        journal_volume = group.ring.journal_volume_at(index)
        kept = UpdateInformation(
            information.update_number,
            information.time,
            information.position,
            data_place,
            information.data_offset,
            size,
            trailer_crc(information, data),
            number,
            information.volume,
            journal_volume,
            information.kind,
            information.flags,
        )
        kind = JournalKind(information.kind)
        self.groups[number].journals[information.update_number] = StoredJournal(
            information.update_number, kind, volume, information.position, size, information.data_offset
        )
        journal = JournalWrite(
            number,
            information.update_number,
            kind,
            volume,
            information.position,
            size,
            journal_volume,
            kept.pack(),
            place,
            data,
            group.ring.at(index).parts(data_place, information.data_bytes()),
            received=True,
        )
        self.disk_adapter.write_journal(journal)
        return journal

    def _commit(self, number: int, stored: StoredJournal) -> None:
        """Pass the next journal with the commit pointers."""
        group = self.shared.groups[number]
        del self.groups[number].journals[stored.number]
        group.ring.commit(stored.data_bytes())
        group.secondary.committed_host_bytes += self.original_bytes(stored)
        group.update_number += 1
        group.data_offset = stored.data_offset + stored.data_bytes()
