"""Initial copy process (FIG 10, [0077]-[0082]) and the end of initial copy (940)."""

from dataclasses import dataclass

from model.commit_record import Creation
from model.journal_creation import JournalCreation
from model.remote_read import RemoteRead
from model.settings import GroupSettings
from model.shared_memory import GroupInformation, GroupState, PairState, SharedMemory, VolumeState

NO_VOLUME = 1030
UNIT_CREATED = 1050
VOLUME_COPIED = 1070
END_MARKED = 940
WAITING = 1390
STOPPED = 1315


@dataclass(slots=True)
class CopiedPair:
    """The initial copy of one pair: the number of its last journal so far, and whether its end is marked."""

    last_number: int = 0
    marked: bool = False


class InitialCopy:
    """Creates the journals that carry the original volumes of a group, and the marker that ends each volume's copy.

    It takes at most half of the entries of the update information area, so that host writes find room.
    """

    __slots__ = ("groups", "journal_creation", "remote_read", "settings", "shared")

    def __init__(self, shared: SharedMemory, journal_creation: JournalCreation, remote_read: RemoteRead) -> None:
        self.shared = shared
        self.journal_creation = journal_creation
        self.remote_read = remote_read
        self.groups: dict[int, dict[int, CopiedPair]] = {}
        self.settings: dict[int, GroupSettings] = {}

    def step(self, number: int, time: int) -> int:
        """Create the next journal of a group's initial copy; returns the exit. `time` is ns."""
        group = self.shared.groups[number]
        if number not in self.groups or group.state is not GroupState.NORMAL:
            return NO_VOLUME
        for candidate, copied in self.groups[number].items():
            if self.may_mark(group, candidate, copied):
                return self._mark(number, candidate, copied, time)
        pair = self._next_pair(number)  # 1010
        if pair is None:
            return NO_VOLUME  # 1030
        if group.ring.update_information_used * 2 >= group.ring.update_information_area:
            return WAITING
        return self._copy_unit(number, pair, time)

    def may_mark(self, group: GroupInformation, pair: int, copied: CopiedPair) -> bool:
        """Is a pair copied, and its last unit freed, so that whatever an in-place read contained is numbered by now?"""
        return (
            not copied.marked
            and not group.copied_into
            and self.shared.pairs[pair].state is PairState.NORMAL
            and copied.last_number < group.oldest_number()
        )

    def skip(self, number: int) -> None:
        """Take a group's pairs as copied and marked: their secondary volumes hold the same already."""
        for pair, copied in self.groups[number].items():
            information = self.shared.pairs[pair]
            information.state = PairState.NORMAL
            information.copy_complete_address = self.shared.volumes[information.original_volume].capacity
            copied.marked = True
            changed = self.shared.changed_blocks.volumes.get(information.original_volume)
            if changed is not None:
                changed.copied_elsewhere()

    def mark_again(self, number: int) -> None:
        """Another system begins to copy into a group's original volumes: they get a new marker when that has ended."""
        for copied in self.groups.get(number, {}).values():
            copied.marked = False

    def is_over(self, number: int) -> bool:
        """Has every pair of the group got its marker, "abnormal" pairs aside?"""
        return all(
            copied.marked or self.shared.pairs[pair].state is PairState.ABNORMAL
            for pair, copied in self.groups.get(number, {}).items()
        )

    def _next_pair(self, number: int) -> int | None:
        """1010, 1020: of the pairs being copied (as many at once as the settings say), that which got least so far."""
        pairs = self.shared.pairs
        copying = [pair for pair in self.groups[number] if pairs[pair].state is PairState.COPYING]
        for pair in self.groups[number]:
            self._check_volume(pair)
        copying = [pair for pair in copying if pairs[pair].state is PairState.COPYING]
        for pair in self.groups[number]:
            if len(copying) >= self.settings[number].copy_volumes:
                break
            if pairs[pair].state is PairState.NOT_COPYING:
                pairs[pair].state = PairState.COPYING  # 1020
                copying.append(pair)
        return min(copying, key=lambda pair: pairs[pair].copy_complete_address, default=None)

    def _check_volume(self, pair: int) -> None:
        """What an "abnormal" volume lost cannot be copied: its pair becomes "abnormal"."""
        information = self.shared.pairs[pair]
        volume = self.shared.volumes[information.original_volume]
        if volume.state is VolumeState.ABNORMAL and information.state in (PairState.NOT_COPYING, PairState.COPYING):
            self.shared.fail_pair(information)

    def _copy_unit(self, number: int, pair: int, time: int) -> int:
        """1040 to 1070."""
        information = self.shared.pairs[pair]
        volume = information.original_volume
        capacity = self.shared.volumes[volume].capacity
        position, size = self._next_range(volume, information.copy_complete_address, capacity, number)
        if not size:
            information.copy_complete_address = capacity
            information.state = PairState.NORMAL  # 1070
            return VOLUME_COPIED
        has_storage = self.shared.volumes[volume].has_storage()
        if not has_storage and not self.remote_read.has_room(number):
            return WAITING
        creation, journal = self.journal_creation.initial_copy(volume, position, size, time)  # 1040
        if journal is None:
            return WAITING if creation is Creation.NO_ROOM else STOPPED
        if not has_storage:
            self.remote_read.want(number, journal.update_number, volume, position, size)
        self.groups[number][pair].last_number = journal.update_number
        changed = self.shared.changed_blocks.volumes.get(volume)
        if changed is not None:
            changed.copy_created(position, size, journal.update_number)
        information.copy_complete_address = position + size  # 1050
        if information.copy_complete_address < capacity:  # 1060
            return UNIT_CREATED
        information.state = PairState.NORMAL  # 1070
        return VOLUME_COPIED

    def _next_range(self, volume: int, position: int, capacity: int, number: int) -> tuple[int, int]:
        """Return the next range to copy from `position` on, no bytes if the rest of the volume needs no copy."""
        unit = self.settings[number].copy_unit
        changed = self.shared.changed_blocks.volumes.get(volume)
        return (position, min(unit, capacity - position)) if changed is None else changed.next_range(position, unit)

    def _mark(self, number: int, pair: int, copied: CopiedPair, time: int) -> int:
        """940."""
        creation, journal = self.journal_creation.end_of_initial_copy(self.shared.pairs[pair].original_volume, time)
        if journal is None:
            return WAITING if creation is Creation.NO_ROOM else STOPPED
        copied.marked = True
        return END_MARKED
