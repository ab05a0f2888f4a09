"""Restore process 250 (FIG 20, [0142]-[0152]): journals update the secondary volumes, in ascending order of their
numbers.
"""

from collections import deque
from dataclasses import dataclass, field

from model.cache_memory import VolumeWrite
from model.disk_adapter import DiskAdapter
from model.journal_store import JournalStore, StoredJournal
from model.shared_memory import GroupState, PairInformation, PairState, SharedMemory, VolumeState
from model.update_information import InformationFlag, JournalKind, UpdateInformation

GROUP_NOT_NORMAL = 2015
JOURNAL_VOLUME_ABNORMAL = 2025
NO_JOURNAL = 2030
WRITING = 2050
READ_FAILED = 2040


@dataclass(slots=True)
class InFlight:
    """A journal whose volume write is under way; the end of an initial copy has none. `pair` is the number of its
    pair; `consistent`: the original volumes were, with this journal (a third system may be copying into them).
    """

    number: int
    kind: JournalKind
    pair: int
    write: VolumeWrite | None
    done: bool = False
    failed: bool = False
    consistent: bool = True


@dataclass(slots=True)
class RestoredGroup:
    """Restore's state of a group. `next` is the number to restore next; `copied` are the pairs whose end marker is
    restored.
    """

    next: int
    under_way: deque[InFlight] = field(default_factory=deque)
    copied: set[int] = field(default_factory=set)
    takeover: bool = False
    stopped: bool = False


class Restore:
    """Restores committed journals; several may be under way, overlapping ones wait for each other at the device."""

    __slots__ = ("disk_adapter", "groups", "journal_store", "shared")

    def __init__(self, shared: SharedMemory, disk_adapter: DiskAdapter, journal_store: JournalStore) -> None:
        self.shared = shared
        self.disk_adapter = disk_adapter
        self.journal_store = journal_store
        self.groups: dict[int, RestoredGroup] = {}

    def step(self, number: int, read_fails: bool = False) -> int:
        """Begin to restore the next journal of a group; returns the exit. `read_fails`: the journal volume's device
        fails.
        """
        restored = self.groups[number]
        group = self.shared.groups[number]
        if (group.state is not GroupState.NORMAL and not restored.takeover) or restored.stopped:  # 2010
            return GROUP_NOT_NORMAL  # 2015
        volume = self.shared.journal_volume_of(group)
        if volume is None or volume.state is not VolumeState.NORMAL:  # 2020
            self.shared.fail_group(group)
            restored.stopped = True
            return JOURNAL_VOLUME_ABNORMAL  # 2025
        journal = self.next_journal(number)
        if journal is None:  # 2030
            return NO_JOURNAL
        if read_fails:
            volume.state = VolumeState.ABNORMAL
            return READ_FAILED
        information = UpdateInformation.unpack(  # 2040
            self.disk_adapter.read_device(group.journal_volume, journal.information_place, group.ring.entry)
        )
        self._write(number, information)  # 2050
        restored.next += 1
        self._finish(number)
        return WRITING

    def next_journal(self, number: int) -> StoredJournal | None:
        """2030: return the journal to restore next, None if none is committed."""
        following = self.groups[number].next
        stored = self.journal_store.groups[number]
        return stored.journals[following] if following < stored.commit else None

    def write_done(self, write: VolumeWrite, failed: bool) -> None:
        """The device has answered a secondary volume's write; journals are freed in their order (2060)."""
        assert write.group is not None
        restored = self.groups[write.group]
        entry = next((entry for entry in restored.under_way if entry.write is write), None)
        if entry is None:
            return
        entry.done, entry.failed = True, failed
        if failed:
            self.shared.fail_group(self.shared.groups[write.group])
            restored.stopped = True
        self._finish(write.group)

    def takeover(self, number: int) -> None:
        """Begin to take over: what is committed will be restored whatever the group's state."""
        self.groups[number].takeover = True

    def skip_copy(self, number: int) -> None:
        """Take a group's pairs as copied: the secondary volumes hold what the original ones do."""
        for pair, information in enumerate(self.shared.pairs):
            if self.shared.groups[number].pair_set >> pair & 1:
                information.state = PairState.NORMAL
                self.groups[number].copied.add(pair)

    def is_drained(self, number: int) -> bool:
        """Is everything restored that can be (or must restore stop for an abnormal volume of its own)?"""
        restored = self.groups[number]
        return restored.stopped or (not restored.under_way and self.next_journal(number) is None)

    def is_consistent(self, number: int) -> bool:
        """Do the group's secondary volumes hold the original's history up to the restored number, all pairs' copies
        ended?
        """
        restored = self.groups[number]
        pairs = self.shared.groups[number].pair_set
        copied = all(pair in restored.copied for pair in range(len(self.shared.pairs)) if pairs >> pair & 1)
        return copied and not restored.stopped and not restored.under_way

    def restored_number(self, number: int) -> int:
        """Return the number of the youngest journal that is restored and freed."""
        return self.journal_store.groups[number].oldest - 1

    def _write(self, number: int, information: UpdateInformation) -> None:
        pair, pair_information = self._pair(number, information.volume)
        kind = JournalKind(information.kind)
        restored = self.groups[number]
        if kind is JournalKind.END_OF_INITIAL_COPY:
            restored.under_way.append(InFlight(information.update_number, kind, pair, None, done=True))
            return
        if pair_information.state is PairState.NOT_COPYING and kind is JournalKind.INITIAL_COPY:
            pair_information.state = PairState.COPYING
        group = self.shared.groups[number]
        data = b"".join(
            self.disk_adapter.read_device(group.journal_volume, place, size)
            for place, size in group.ring.parts(information.journal_position, information.size)
        )
        volume = pair_information.secondary_volume
        write = VolumeWrite(
            information.update_number, volume, information.position, information.size, data, group=number
        )
        consistent = not information.flags & InformationFlag.NOT_CONSISTENT
        restored.under_way.append(InFlight(information.update_number, kind, pair, write, consistent=consistent))
        self.disk_adapter.write_volume(write)

    def _finish(self, number: int) -> None:
        """2060: free the journals at the old end whose writes are done."""
        restored = self.groups[number]
        while restored.under_way and restored.under_way[0].done and not restored.under_way[0].failed:
            entry = restored.under_way.popleft()
            if entry.kind is JournalKind.END_OF_INITIAL_COPY:
                restored.copied.add(entry.pair)
                pair = self.shared.pairs[entry.pair]
                if pair.state is not PairState.ABNORMAL:
                    pair.state = PairState.NORMAL
                self.shared.changed_blocks.volumes.pop(pair.secondary_volume, None)
            elif not entry.consistent:
                self._copy_again(restored, entry.pair)
            self.journal_store.free(number)

    def _copy_again(self, restored: RestoredGroup, number: int) -> None:
        """A pair's original volume is being copied into: the secondary one is not consistent until the next marker."""
        restored.copied.discard(number)
        pair = self.shared.pairs[number]
        if pair.state is PairState.NORMAL:
            pair.state = PairState.COPYING

    def _pair(self, group: int, original_volume: int) -> tuple[int, PairInformation]:
        """Return the pair of a group whose original volume has this number."""
        pairs = self.shared.pairs
        pair_set = self.shared.groups[group].pair_set
        for pair, information in enumerate(pairs):
            if pair_set >> pair & 1 and information.original_volume == original_volume:
                return pair, information
        raise LookupError(f"group {group} has no pair for original volume {original_volume}")
