"""Restore process 250 (FIG 20, [0142]-[0152]): journals update the secondary volumes, in ascending order of their
numbers.
"""

from collections import deque
from dataclasses import dataclass, field

from mirrorlog.formats.commit_record import Process
from mirrorlog.formats.connection_path import Journal
from mirrorlog.formats.outcomes import RestoreOutcome
from mirrorlog.formats.update_information import InformationFlag, JournalKind, UpdateInformation, data_bytes
from mirrorlog.processes.disk_adapter import DiskAdapter
from mirrorlog.processes.journal_check import check_entry, is_right
from mirrorlog.processes.journal_store import JournalStore
from mirrorlog.processes.step import Step
from mirrorlog.storage.cache_memory import VolumeWrite
from mirrorlog.tables.shared_memory import GroupInformation, GroupState, PairState, Reason, SharedMemory, VolumeState
from mirrorlog.tables.status import Status


@dataclass(slots=True)
class InFlight:
    """A journal whose volume write is in flight; the end of an initial copy has none. `pair` is the number of its
    pair, `volume` its secondary volume. `consistent`: the original volumes were, with this journal (a third system may
    be copying into them).
    """

    number: int
    kind: JournalKind
    pair: int
    volume: int
    size: int
    write: VolumeWrite | None
    done: bool = False
    failed: bool = False
    consistent: bool = True


@dataclass(slots=True)
class RestoredGroup:
    """Restore's work for a group: `reading` are the numbers of the journals that are being read, in order; `in_flight`
    those whose writes are.
    """

    reading: deque[int] = field(default_factory=deque)
    in_flight: deque[InFlight] = field(default_factory=deque)


class Restore:
    """Restores committed journals; several may be in flight, overlapping ones wait for each other at the device.

    Each journal takes its steps: it is among those that `scan` finds, `write` begins to write it, `free` frees it.
    """

    __slots__ = ("disk_adapter", "groups", "journal_store", "shared")

    def __init__(self, shared: SharedMemory, disk_adapter: DiskAdapter, journal_store: JournalStore) -> None:
        self.shared = shared
        self.disk_adapter = disk_adapter
        self.journal_store = journal_store
        self.groups = {number: RestoredGroup() for number in range(len(shared.groups))}

    def step(self, number: int, read_fails: bool = False) -> Step:
        """Take whatever steps are due for the next journal of a group, all at once; returns the last.

        `read_fails`: the journal volume's device fails.
        """
        step = self.scan(number) if not self.groups[number].reading else None
        if step is None or step.outcome == RestoreOutcome.READING:
            step = self.write(number, read_fails)
        self.free_all(number)
        return step

    def scan(self, number: int) -> Step:
        """Find journals to restore, behind those that are being read."""
        refused = self._refusal(number)
        if refused is not None:
            return refused
        group = self.shared.groups[number]
        first = self._scan_from(number)
        count = self._end(number) - first
        if count <= 0:  # 2030
            return Step(Process.RESTORE, RestoreOutcome.NO_JOURNAL, group=number)
        in_line = group.ring.entries_in_line(first - group.oldest_stored())
        count = min(count, self.shared.parameters.restored_at_once, in_line)
        self.groups[number].reading.extend(range(first, first + count))
        return Step(Process.RESTORE, RestoreOutcome.READING, group=number, reference=first, size=count)  # 2040

    def may_scan(self, number: int) -> bool:
        """Does the group restore, and is there a journal that is neither restored nor being read?"""
        return self._runs(number) and self._scan_from(number) < self._end(number)

    def write(self, number: int, read_fails: bool = False, damaged: bool = False) -> Step:
        """Begin to write the first of the journals that were read (`read_fails`: its device failed; `damaged`: what it
        returned is not what was stored).
        """
        restored = self.groups[number]
        refused = self._refusal(number)
        if refused is not None:
            restored.reading.clear()
            return refused
        group = self.shared.groups[number]
        journal = restored.reading[0]
        read = None if read_fails or damaged else self._read(number, journal)
        if read is None:
            restored.reading.clear()
            volume = group.ring.journal_volume_at(journal - group.oldest_stored())
            self.shared.volumes[volume].state = VolumeState.ABNORMAL
            if not read_fails:
                self.shared.fail_group(group, Reason.JOURNAL_DAMAGED)
                group.secondary.restore_stopped = True
            return Step(
                Process.RESTORE, RestoreOutcome.READ_FAILED, Status.DEVICE_ERROR, group=number, reference=journal
            )
        restored.reading.popleft()
        information, data = read
        entry = self._write(number, information, data)  # 2050
        restored.in_flight.append(entry)
        group.secondary.next_restore = journal + 1
        return Step(
            Process.RESTORE,
            RestoreOutcome.WRITING,
            volume=entry.volume,
            size=information.size,
            position=information.position,
            reference=journal,
        )

    def entry(self, number: int, journal: int) -> UpdateInformation | None:
        """Return the update information of a committed journal, as the journal volume's device or the journal cache
        holds it; None if it is damaged.
        """
        group = self.shared.groups[number]
        index = journal - group.oldest_stored()
        volume, place = group.ring.journal_volume_at(index), group.ring.entry_place(index)
        packed = self.disk_adapter.read_information(number, journal, volume, place)
        return check_entry(packed, number, journal, self.shared.largest_journal(group))

    def free(self, number: int) -> Step | None:
        """2060: free the oldest journal if its write is done; None if it is not."""
        if not self.may_free(number):
            return None
        entry = self.groups[number].in_flight.popleft()
        group = self.shared.groups[number]
        if entry.kind is JournalKind.END_OF_INITIAL_COPY:
            group.secondary.end_markers_restored |= 1 << entry.pair
            pair = self.shared.pairs[entry.pair]
            if pair.state is not PairState.ABNORMAL:
                pair.state = PairState.NORMAL
            self.shared.changed_blocks.volumes.pop(pair.secondary_volume, None)
        elif not entry.consistent:
            self._copy_again(group, entry.pair)
        group.ring.free(data_bytes(entry.kind, entry.size))
        return Step(Process.RESTORE, RestoreOutcome.FREED, volume=entry.volume, size=entry.size, reference=entry.number)

    def may_free(self, number: int) -> bool:
        """Is the oldest journal's write done?"""
        in_flight = self.groups[number].in_flight
        return bool(in_flight) and in_flight[0].done and not in_flight[0].failed

    def free_all(self, number: int) -> None:
        """Take every freeing step that is due."""
        while self.free(number) is not None:
            pass

    def has_journal(self, number: int) -> bool:
        """2030: is there a journal to restore next?"""
        return self.shared.groups[number].secondary.next_restore < self._end(number)

    def next_journal(self, number: int) -> UpdateInformation | None:
        """Return the journal to restore next, None if there is none (or it is damaged)."""
        group = self.shared.groups[number]
        return self.entry(number, group.secondary.next_restore) if self.has_journal(number) else None

    def write_done(self, write: VolumeWrite, failed: bool) -> None:
        """The device has answered a secondary volume's write."""
        assert write.group is not None
        entry = next((entry for entry in self.groups[write.group].in_flight if entry.write is write), None)
        if entry is None:
            return
        entry.done, entry.failed = True, failed
        if failed:
            self.shared.fail_group(self.shared.groups[write.group], Reason.VOLUME_DEVICE)
            self.shared.groups[write.group].secondary.restore_stopped = True

    def takeover(self, number: int) -> None:
        """Begin to take over: everything committed is restored, whatever the group's state."""
        self.shared.groups[number].secondary.takeover = True

    def skip_copy(self, number: int) -> None:
        """Take a group's pairs as copied: the secondary volumes hold what the original ones do."""
        group = self.shared.groups[number]
        for pair in self.shared.pairs_of(group):
            pair.state = PairState.NORMAL
        group.secondary.end_markers_restored = group.pair_set

    def is_drained(self, number: int) -> bool:
        """Is everything restored that can be (or must restore stop for an abnormal volume of its own)?"""
        stopped = self.shared.groups[number].secondary.restore_stopped
        return stopped or (not self.groups[number].in_flight and not self.has_journal(number))

    def is_consistent(self, number: int) -> bool:
        """Do the group's secondary volumes hold the original's history up to the restored number, all pairs' copies
        ended?
        """
        group = self.shared.groups[number]
        copied = not group.pair_set & ~group.secondary.end_markers_restored
        return copied and not group.secondary.restore_stopped and not self.groups[number].in_flight

    def restored_number(self, number: int) -> int:
        """Return the number of the newest journal that is restored and freed."""
        return self.shared.groups[number].oldest_stored() - 1

    def begin(self, number: int) -> None:
        """Reset the in-flight state (initiation, 930)."""
        self.groups[number] = RestoredGroup()

    def _end(self, number: int) -> int:
        """Return the number behind the last journal that may be restored, which is the last committed one."""
        return self.shared.groups[number].update_number

    def _scan_from(self, number: int) -> int:
        """Return the number from which `scan` begins: the next that is neither restored nor being read."""
        reading = self.groups[number].reading
        return reading[-1] + 1 if reading else self.shared.groups[number].secondary.next_restore

    def _runs(self, number: int) -> bool:
        """2010: does the group restore?"""
        group = self.shared.groups[number]
        runs = group.state is GroupState.NORMAL or group.secondary.takeover
        return group.secondary.started and runs and not group.secondary.restore_stopped

    def _refusal(self, number: int) -> Step | None:
        """2010, 2020: return the step that ends restore if the group's state or its journal volume's says so."""
        group = self.shared.groups[number]
        if not self._runs(number):  # 2010
            return Step(Process.RESTORE, RestoreOutcome.GROUP_NOT_NORMAL, group=number)  # 2015
        if not self.shared.journal_volumes_are_normal(group):  # 2020
            self.shared.fail_group(group, Reason.JOURNAL_DEVICE)
            group.secondary.restore_stopped = True
            return Step(Process.RESTORE, RestoreOutcome.JOURNAL_VOLUME_ABNORMAL, group=number)  # 2025
        return None

    def _read(self, number: int, journal: int) -> Journal | None:
        """Read a committed journal; None if its update information or its data is damaged."""
        information = self.entry(number, journal)
        if information is None:
            return None
        group = self.shared.groups[number]
        ring = group.ring.at(journal - group.oldest_stored())
        parts = ring.parts(information.journal_position, information.data_bytes())
        data = self.disk_adapter.read_data(number, journal, information.journal_volume, parts)
        return (information, data) if is_right(information, data) else None

    def _write(self, number: int, information: UpdateInformation, data: bytes) -> InFlight:
        """2050: hand a journal's data, or the zeros of a discard, to the disk adapter."""
        pair = self.journal_store.pair_of(number, information.volume)
        if pair is None:
            raise LookupError(f"group {number} has no pair for original volume {information.volume}")
        pair_information = self.shared.pairs[pair]
        kind = JournalKind(information.kind)
        volume, size = pair_information.secondary_volume, information.size
        if kind is JournalKind.END_OF_INITIAL_COPY:
            return InFlight(information.update_number, kind, pair, volume, size, None, done=True)
        if pair_information.state is PairState.NOT_COPYING and kind is JournalKind.INITIAL_COPY:
            pair_information.state = PairState.COPYING
        content = bytes(size) if kind is JournalKind.DISCARD else data
        write = VolumeWrite(information.update_number, volume, information.position, size, content, group=number)
        self.disk_adapter.write_volume(write)
        consistent = not information.flags & InformationFlag.NOT_CONSISTENT
        return InFlight(information.update_number, kind, pair, volume, size, write, consistent=consistent)

    def _copy_again(self, group: GroupInformation, number: int) -> None:
        """A pair's original volume is being copied into: the secondary one is not consistent until the next marker."""
        group.secondary.end_markers_restored &= ~(1 << number)
        pair = self.shared.pairs[number]
        if pair.state is PairState.NORMAL:
            pair.state = PairState.COPYING
