"""What command reception's steps have met."""

from collections.abc import Iterable
from dataclasses import dataclass

from mirrorlog.formats.commit_record import CommitRecord, Creation, Process
from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.journal_ring import JournalRing
from tb.coverage import discard_points, points, words
from tb.coverage.bins import creation_word, word
from tb.coverage.discards import Discards
from tb.coverage.room import Room


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of initial copy in the ring of its group, by its number."""

    group: int
    number: int
    volume: int
    position: int
    end: int


def wrapped(ring: JournalRing) -> str:
    """Does a ring reach over the end of one of its areas?"""
    over = any(area.newest <= area.oldest and area.used for area in ring.areas())
    return "wrapped" if over else "not wrapped"


class HostSteps:
    """Samples the steps of command reception of a model that has taken each of them before."""

    def __init__(self, model: StorageSystem, discards: Discards) -> None:
        self._model = model
        self._discards = discards
        self._room = Room(model)

    def step(self, record: CommitRecord, units: Iterable[Unit]) -> None:
        """Sample a step; `units` are those of initial copy that are in rings."""
        adapter = self._model.disk_adapter
        writes = [*adapter.volume_writes.values(), *adapter.restore_writes.values()]
        over = [
            write
            for write in writes
            if write.volume == record.volume
            and not write.done
            and write.overlaps(record.position, record.size)
            and (write.group is not None or write.number != record.reference)
        ]
        match record.outcome:
            case CommandOutcome.READ_TAKEN:
                read = self._model.command_reception.reads.get(record.reference)
                part = "part in cache" if over else "none in cache"
                points.host_read("all in cache" if read is not None and read.in_cache else part)
            case CommandOutcome.FLUSH_TAKEN:
                flush = self._model.command_reception.flushes.get(record.reference)
                points.host_flush("waits for writes" if flush is not None and flush.waiting else "nothing to wait for")
            case CommandOutcome.WRITTEN:
                points.host_write("overlaps a write in cache" if over else "overlaps none")
                discard = not record.received
                if discard:
                    created = record.creation == Creation.HOST_WRITE_CREATED
                    points.host_discard("journaled" if created else "not journaled")
                if record.reference in self._model.command_reception.flushes:
                    points.host_fua("discard" if discard else "write")
                self._copied(record, units)
        if not record.received and (record.creation != Creation.NOT_RUN or record.outcome == CommandOutcome.WRITTEN):
            self._discards.command(record)
        if record.creation != Creation.NOT_RUN:
            points.creation(creation_word(Process.COMMAND_RECEPTION, Creation(record.creation)))
        self._without_room(record)

    def _copied(self, record: CommitRecord, units: Iterable[Unit]) -> None:
        """Sample a host's write against what is copied."""
        start, end = record.position, record.position + record.size
        if record.creation in (Creation.HOST_WRITE_CREATED, Creation.NOT_YET_COPIED) and record.pair_state in (1, 2):
            against = words.against(start, end, record.copy_complete_address)
            points.write_while_copying(against)
            if not record.received:
                discard_points.while_copying(against)
        for unit in units:
            if unit.volume == record.volume and start < unit.end and unit.position < end:
                inside, around = unit.position <= start and end <= unit.end, start <= unit.position and unit.end <= end
                how = "inside a unit" if inside else "around a unit" if around else "across an end of a unit"
                points.write_over_unit(how)
                if not record.received:
                    discard_points.over_unit(how)

    def _without_room(self, record: CommitRecord) -> None:
        """Sample what became of a write that had no room."""
        if record.creation == Creation.NO_ROOM and not self._room.waits:
            group = self._model.shared.groups[record.group]
            points.full_ring(wrapped(group.ring), word(group.full_policy))
        if ended := self._room.ended(record):
            points.full(ended)
            if not record.received:
                discard_points.full(ended)
