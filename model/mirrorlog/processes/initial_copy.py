"""Initial copy process (FIG 10, [0077]-[0082]) and the end of initial copy (940)."""

from mirrorlog.formats.commit_record import Creation, Process
from mirrorlog.formats.outcomes import InitialCopyOutcome
from mirrorlog.formats.update_information import info_crc
from mirrorlog.processes.journal_creation import JournalCreation
from mirrorlog.processes.step import Step
from mirrorlog.processes.third_embodiment import RemoteReads
from mirrorlog.storage.cache_memory import JournalWrite
from mirrorlog.tables.shared_memory import GroupInformation, GroupState, PairState, SharedMemory, VolumeState

_UNFINISHED = frozenset({PairState.NOT_COPYING, PairState.COPYING})


class InitialCopy:
    """Creates the journals that carry the original volumes of a group, and the marker that ends each volume's copy.

    It takes at most half of the entries of the update information area, so that host writes find room.
    """

    __slots__ = ("journal_creation", "remote_read", "shared")

    def __init__(self, shared: SharedMemory, journal_creation: JournalCreation, remote_read: RemoteReads) -> None:
        self.shared = shared
        self.journal_creation = journal_creation
        self.remote_read = remote_read

    def step(self, number: int) -> Step:
        """Create the next journal of a group's initial copy."""
        group = self.shared.groups[number]
        if not group.original.started or group.state is not GroupState.NORMAL or group.original.start_unanswered:
            return Step(
                Process.INITIAL_COPY, InitialCopyOutcome.NO_VOLUME, group=number
            )  # nothing fits for certain before START's answer
        pairs = self._pairs(group)
        for pair in pairs:
            if self.may_mark(group, pair):
                return self._mark(group, pair)
        unfinished = [pair for pair in pairs if self.shared.pairs[pair].state in _UNFINISHED]
        for pair in unfinished:
            volume = self.shared.pairs[pair].original_volume
            if self.shared.volumes[volume].state is VolumeState.ABNORMAL:  # what it lost cannot be copied
                self.shared.fail_pair(self.shared.pairs[pair])
                return Step(Process.INITIAL_COPY, InitialCopyOutcome.VOLUME_ABNORMAL, volume=volume)
        if not unfinished:  # 1010
            return Step(Process.INITIAL_COPY, InitialCopyOutcome.NO_VOLUME, group=number)  # 1030
        copied = unfinished[: group.settings.copy_volumes]
        pair = min(copied, key=lambda candidate: self.shared.pairs[candidate].copy_complete_address)
        return self._copy_unit(group, pair)

    def may_mark(self, group: GroupInformation, pair: int) -> bool:
        """Is a pair copied, and its last unit freed, so that whatever an in-place read contained is numbered by now?"""
        information = self.shared.pairs[pair]
        return (
            not group.original.end_markers_created >> pair & 1
            and not group.copied_into
            and information.state is PairState.NORMAL
            and information.last_copy_number < group.oldest_number()
        )

    def skip(self, number: int) -> None:
        """Take a group's pairs as copied and marked: their secondary volumes hold the same already."""
        group = self.shared.groups[number]
        for pair in self.shared.pairs_of(group):
            pair.state = PairState.NORMAL
            pair.copy_complete_address = self.shared.volumes[pair.original_volume].capacity
            changed = self.shared.changed_blocks.volumes.get(pair.original_volume)
            if changed is not None:
                changed.copied_elsewhere()
        group.original.end_markers_created = group.pair_set

    def mark_again(self, number: int) -> None:
        """Another system begins to copy into a group's original volumes: they get a new marker when that has ended."""
        self.shared.groups[number].original.end_markers_created = 0

    def is_over(self, number: int) -> bool:
        """Has every pair of the group got its marker, "abnormal" pairs aside?"""
        group = self.shared.groups[number]
        return not group.original.started or all(
            group.original.end_markers_created >> pair & 1 or self.shared.pairs[pair].state is PairState.ABNORMAL
            for pair in self._pairs(group)
        )

    def _pairs(self, group: GroupInformation) -> list[int]:
        return [pair for pair in range(len(self.shared.pairs)) if group.pair_set >> pair & 1]

    def _copy_unit(self, group: GroupInformation, pair: int) -> Step:
        """1040 to 1070."""
        information = self.shared.pairs[pair]
        volume = information.original_volume
        capacity = self.shared.volumes[volume].capacity
        if self._is_half_full(group):
            return self._step(Creation.NO_ROOM, volume)
        changed = self.shared.changed_blocks.volumes.get(volume)
        position, unit = information.copy_complete_address, group.settings.copy_unit
        size = min(unit, capacity - position)
        if changed is not None:
            position, size = changed.next_range(position, unit)
        if size <= 0:  # the rest of the volume needs no copy, or C was loaded
            information.copy_complete_address = capacity
            information.state = PairState.NORMAL
            return Step(Process.INITIAL_COPY, InitialCopyOutcome.VOLUME_COPIED, volume=volume)  # 1070
        has_storage = self.shared.volumes[volume].has_storage()
        if not has_storage and not self.remote_read.has_room(information.group):
            return self._step(Creation.NO_ROOM, volume)
        creation, journal = self.journal_creation.initial_copy(volume, position, size)  # 1040
        if journal is None:
            return self._step(creation, volume)
        if not has_storage:
            self.remote_read.want(information.group, journal.update_number, volume, position, size)
        if changed is not None:
            changed.copy_created(position, size, journal.update_number)
        information.last_copy_number = journal.update_number
        information.copy_complete_address = position + size  # 1050
        step = self._step(creation, volume, journal)
        if information.copy_complete_address < capacity:  # 1060
            information.state = PairState.COPYING  # 1020
        else:
            information.state = PairState.NORMAL
            step.outcome = InitialCopyOutcome.VOLUME_COPIED  # 1070
        return step

    def _is_half_full(self, group: GroupInformation) -> bool:
        """Has initial copy to wait, so that host writes find room? An abnormal journal volume ends it first (1315)."""
        normal = self.shared.journal_volumes_are_normal(group)
        return normal and group.ring.update_information_used * 2 >= group.ring.update_information_area

    def _mark(self, group: GroupInformation, pair: int) -> Step:
        """940."""
        volume = self.shared.pairs[pair].original_volume
        creation, journal = self.journal_creation.end_of_initial_copy(volume)
        step = self._step(creation, volume, journal)
        if journal is not None:
            group.original.end_markers_created |= 1 << pair
            step.outcome = InitialCopyOutcome.END_MARKED
        return step

    @staticmethod
    def _step(creation: Creation, volume: int, journal: JournalWrite | None = None) -> Step:
        if journal is None:
            outcome = InitialCopyOutcome.WAITING if creation is Creation.NO_ROOM else InitialCopyOutcome.STOPPED
            return Step(Process.INITIAL_COPY, outcome, creation=creation, volume=volume)
        return Step(
            Process.INITIAL_COPY,
            InitialCopyOutcome.UNIT_CREATED,
            creation=creation,
            volume=volume,
            size=journal.size,
            position=journal.position,
            info_crc=info_crc(journal.information),
            reference=journal.update_number,
        )
