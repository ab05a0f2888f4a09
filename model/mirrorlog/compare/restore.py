"""Follows the records of restore (process 8, FIG 19 and 20), with the device reads that they need."""

from collections.abc import Iterator
from dataclasses import dataclass

from mirrorlog.compare.device_reads import RangeRead, Seek
from mirrorlog.compare.difference import Mismatch, not_before
from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.formats.outcomes import RestoreOutcome
from mirrorlog.processes.disk_adapter import Range
from mirrorlog.processes.step import Step
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import GroupState

_SCANS = (RestoreOutcome.NO_JOURNAL, RestoreOutcome.READING)


@dataclass(slots=True, eq=False)
class _Batch:
    """Journals that are being read for restore: their update information and data; of each one the device, the range of
    its update information and those of its data.
    """

    journals: dict[int, tuple[int, Range, list[Range]]]
    entries: RangeRead
    data: RangeRead


class Restore:
    """The batches of each group that are being read, and restore's steps."""

    def __init__(self, model: StorageSystem, seek: Seek) -> None:
        self.model = model
        self._seek = seek
        self._batches: dict[int, list[_Batch]] = {number: [] for number in range(len(model.shared.groups))}
        self._given_up: list[RangeRead] = []

    def step(self, actual: CommitRecord, cycle: int) -> Step:
        """Let the model take the step that a record announces."""
        number = actual.group
        if number not in self._batches:
            raise Mismatch("group", f"a number below {len(self._batches)}", number)
        if actual.outcome == RestoreOutcome.FREED:
            step = self.model.restore.free(number)
            if step is None:
                raise Mismatch("outcome", "no record: the oldest journal's write is not done", actual.outcome)
            return step
        if actual.outcome in _SCANS or not self._batches[number]:
            return self._scan(number, cycle)
        return self._write(number, actual, cycle)

    def reads(self) -> Iterator[RangeRead]:
        """Return the device reads in flight."""
        for batches in self._batches.values():
            for batch in batches:
                yield batch.entries
                yield batch.data
        yield from self._given_up

    def reset_in_flight(self) -> None:
        """Registers were loaded, or groups begun anew: of what the model does not read any more nothing is awaited."""
        for number in self._batches:
            if not self.model.restore.groups[number].reading:
                self._give_up(number)

    def pending(self) -> list[str]:
        """Say what is outstanding."""
        said = [
            f"journals {min(batch.journals)} to {max(batch.journals)} of group {number} are read and not restored"
            for number, batches in self._batches.items()
            for batch in batches
        ]
        for number, restored in self.model.restore.groups.items():
            if restored.in_flight and restored.in_flight[0].done and not restored.in_flight[0].failed:
                said.append(f"journal {restored.in_flight[0].number} of group {number} not freed")
        writes = self.model.disk_adapter.restore_writes
        return said + [f"restore of journal {number} of group {group} not done" for group, number in writes]

    def _scan(self, number: int, cycle: int) -> Step:
        step = self.model.restore.scan(number)
        if step.outcome == RestoreOutcome.READING:
            self._batches[number].append(self._batch(number, step.reference, step.size, cycle))
        return step

    def _batch(self, number: int, first: int, count: int, cycle: int) -> _Batch:
        group = self.model.shared.groups[number]
        adapter = self.model.disk_adapter
        entries = RangeRead(f"update information of journals {first} and on", cycle)
        batch = _Batch({}, entries, RangeRead("data for restore", cycle))
        # from a damaged one on no data is read
        whole = True
        for journal in range(first, first + count):
            place = group.ring.entry_place(journal - group.oldest_stored())
            device, part = adapter.volume_range(group.journal_volume, place, group.ring.entry)
            batch.entries.add(device, [part], together=True)
            information = self.model.restore.entry(number, journal) if whole else None
            whole = information is not None
            ranges: list[Range] = []
            if information is not None:
                parts = group.ring.parts(information.journal_position, information.data_bytes())
                ranges = [adapter.volume_range(group.journal_volume, place, size)[1] for place, size in parts]
            batch.data.add(device, ranges)
            batch.journals[journal] = device, part, ranges
        return batch

    def _write(self, number: int, actual: CommitRecord, cycle: int) -> Step:
        batch = self._batches[number][0]
        journal = min(batch.journals)
        device, entry, ranges = batch.journals[journal]
        failed = bool(batch.entries.failed) or batch.data.has_failed(device, ranges)
        damaged = batch.data.has_damaged(device, ranges)
        if actual.outcome == RestoreOutcome.READ_FAILED:
            damaged |= batch.entries.has_damaged(device, [entry])
            # another journal's read may be what failed, unless the record says that this one is damaged
            if not damaged or actual.group_state != GroupState.ABNORMAL:
                failed |= bool(batch.data.failed)
        elif actual.outcome == RestoreOutcome.WRITING:
            self._seek([*batch.entries.lacking(), *batch.data.lacking(device, ranges)])
            if not batch.entries.is_complete() or not batch.data.has(device, ranges):
                raise Mismatch("outcome", f"no record before journal {journal} was read", actual.outcome)
            # which of the update information in a burst is damaged shows with the last at the latest
            damaged |= any(
                on == device and address < entry[0] + entry[1] and address + size <= entry[0] + entry[1]
                for on, (address, size) in batch.entries.damaged
            )
            not_before(cycle, batch.entries.cycle, "its device's answer")
        step = self.model.restore.write(number, failed, damaged)
        if step.outcome == RestoreOutcome.WRITING:
            del batch.journals[journal]
            if not batch.journals:
                self._batches[number].remove(batch)
        else:
            self._give_up(number)
        return step

    def _give_up(self, number: int) -> None:
        """Restore stopped reading: what was not read yet may be read or not."""
        for batch in self._batches[number]:
            for read in (batch.entries, batch.data):
                read.given_up = True
                if not read.is_complete():
                    self._given_up.append(read)
        self._batches[number].clear()
