"""Operations on a group's journal volumes while it exists: capacity ([0134]), degraded performance ([0054]), and
replacement ([0091], [0133]).
"""

from mirrorlog.processes.disk_adapter import DiskAdapter
from mirrorlog.processes.journal_store import JournalStore
from mirrorlog.processes.maintenance import Answer, MaintenanceError
from mirrorlog.processes.restore import Restore
from mirrorlog.tables.shared_memory import (
    GroupInformation,
    GroupState,
    Reason,
    SharedMemory,
    VolumeInformation,
    VolumeState,
)
from mirrorlog.tables.units import NONE


class JournalVolumes:
    """The maintenance terminal's operations on journal volumes that are in use; a MaintenanceError changes nothing."""

    __slots__ = ("disk_adapter", "journal_store", "restore", "shared")

    def __init__(
        self, shared: SharedMemory, disk_adapter: DiskAdapter, journal_store: JournalStore, restore: Restore
    ) -> None:
        self.shared = shared
        self.disk_adapter = disk_adapter
        self.journal_store = journal_store
        self.restore = restore

    def resize(self, number: int, volume_number: int, capacity: int) -> None:
        """[0134]: change the capacity of a journal volume of a running group, within the room at its physical address.

        The update information area stays, the write data area ends at the new end. BUSY while journals lie across
        the old or the new end: to be tried again.
        """
        group = self._group(number)
        volume = self._journal_volume(group, volume_number)
        ring = group.ring.ring_of(volume_number)
        largest = self.shared.largest_journal(group)
        if capacity % ring.entry:
            raise MaintenanceError(Answer.NEVER_FITS, f"{capacity} bytes are no multiple of {ring.entry}")
        if ring.data_area_of(capacity) <= largest:
            raise MaintenanceError(
                Answer.NEVER_FITS, f"a journal of {largest} bytes would never fit a journal volume of {capacity} bytes"
            )
        if capacity > volume.place_bytes:
            raise MaintenanceError(
                Answer.NEVER_FITS, f"journal volume {volume_number} has a place of {volume.place_bytes} bytes"
            )
        if not group.ring.resize_volume(volume_number, capacity):
            raise MaintenanceError(Answer.BUSY, f"journals lie across the end of journal volume {volume_number}")
        volume.capacity = capacity

    def set_degraded(self, volume_number: int, degraded: bool) -> None:
        """[0054]: a volume's performance degrades, or is good again; a journal volume that stands by takes over."""
        self._volume(volume_number).degraded = degraded

    def replace(self, number: int, old: int, new: int) -> None:
        """[0091], [0133]: put a normal volume in the place of an "abnormal" journal volume.

        The journals in it are lost, and the group's others with them: the group is "abnormal" if it was not before, and
        a new initial copy makes it "normal".
        """
        group = self._group(number)
        if self._journal_volume(group, old).state is not VolumeState.ABNORMAL:
            raise MaintenanceError(Answer.WRONG_VOLUME_STATE, f"journal volume {old} is not abnormal")
        volume = self._volume(new)
        free = volume.pair == NONE and volume.state in (VolumeState.NORMAL, VolumeState.BLANK)
        if not free or self.shared.is_journal_volume(new):
            raise MaintenanceError(Answer.WRONG_VOLUME_STATE, f"volume {new} cannot be a journal volume")
        largest = self.shared.largest_journal(group)
        if group.ring.ring_of(old).data_area_of(volume.capacity) <= largest:
            raise MaintenanceError(Answer.NEVER_FITS, f"a journal of {largest} bytes would never fit volume {new}")
        if self.disk_adapter.journal_writes[number] or any(
            key[0] == number for key in self.disk_adapter.restore_writes
        ):
            raise MaintenanceError(Answer.BUSY, f"device writes of group {number} are in flight")
        self.shared.fail_group(group, Reason.JOURNAL_DEVICE)
        volume.state = VolumeState.NORMAL
        group.ring.replace_volume(old, new, volume)
        self.disk_adapter.journal_cache.clear(number)
        if group.secondary.started:
            self.journal_store.lose(number)
            self.restore.groups[number].reading.clear()

    def _group(self, number: int) -> GroupInformation:
        if not 0 <= number < len(self.shared.groups) or self.shared.groups[number].state is GroupState.BLANK:
            raise MaintenanceError(Answer.WRONG_GROUP_STATE, f"group {number} does not exist")
        return self.shared.groups[number]

    def _volume(self, number: int) -> VolumeInformation:
        if not 0 <= number < len(self.shared.volumes):
            raise MaintenanceError(Answer.UNKNOWN_NUMBER, f"volume {number} is unknown")
        return self.shared.volumes[number]

    def _journal_volume(self, group: GroupInformation, number: int) -> VolumeInformation:
        if number not in group.ring.journal_volumes():
            raise MaintenanceError(Answer.UNKNOWN_NUMBER, f"volume {number} is no journal volume of this group")
        return self._volume(number)
