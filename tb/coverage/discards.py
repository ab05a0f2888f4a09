"""What steps with discards have met: host commands, and journals of kind 3 on both sides."""

from mirrorlog.formats.commit_record import CommitRecord, Creation
from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.formats.update_information import UPDATE_INFORMATION_BYTES, JournalKind
from mirrorlog.storage.cache_memory import JournalWrite
from mirrorlog.storage_system import StorageSystem
from tb.coverage import discard_points, words
from tb.coverage.bins import word

# A burst of a device does not cross a multiple of so many bytes
PAGE = 4096


class Discards:
    """Samples the steps of a model that has taken each of them before. Of each group the numbers of its discards are
    kept that are not freed."""

    def __init__(self, model: StorageSystem) -> None:
        self._model = model
        self._numbers: dict[int, set[int]] = {group: set() for group in range(len(model.shared.groups))}

    def command(self, record: CommitRecord) -> None:
        """Command reception's step of a discard, which has passed the checks of commands."""
        if record.creation != Creation.NOT_RUN:
            discard_points.creation(word(Creation(record.creation)))
        if record.outcome == CommandOutcome.WRITTEN:
            discard_points.written(self._cut(record.volume, record.position, record.size))

    def placed(self, side: str, write: JournalWrite) -> None:
        """A journal was created or stored."""
        self._forget(write.group)
        if write.kind is not JournalKind.DISCARD:
            return
        self._numbers[write.group].add(write.update_number)
        group = self._model.shared.groups[write.group]
        head, area = group.ring.update_information_head, group.ring.update_information_area
        last = write.information_place == head + area - UPDATE_INFORMATION_BYTES
        used = words.occupancy(group.ring.update_information_used // UPDATE_INFORMATION_BYTES, area // 64)
        discard_points.placed(side, "last entry" if last else "another entry")
        discard_points.ring(side, "full" if used == "full" else "not full")

    def sent(self, record: CommitRecord, again: bool) -> None:
        """Journals were sent in one packet."""
        numbers = self._numbers[record.group]
        found = sum(number in numbers for number in range(record.reference, record.reference + record.size))
        if found:
            among = "discards alone" if found == record.size else "among others"
            discard_points.sent(among, "again" if again else "first time")

    def restored(self, record: CommitRecord, group: int, overlaps: bool) -> None:
        """The write of a journal was begun at the secondary system."""
        if record.reference not in self._numbers[group]:
            return
        most = self._model.parameters.max_transfer_bytes
        discard_points.restored(
            "overlaps one before it" if overlaps else "overlaps none",
            words.journal_size(record.size, most),
            self._cut(record.volume, record.position, record.size),
        )

    def _cut(self, volume: int, position: int, size: int) -> str:
        """Must a device's write of this range be cut?"""
        address = self._model.shared.volumes[volume].offset + position
        return "in several pages" if address // PAGE != (address + size - 1) // PAGE else "in one page"

    def _forget(self, number: int) -> None:
        """Forget what is freed."""
        oldest = self._model.shared.groups[number].oldest_number()
        self._numbers[number] = {one for one in self._numbers[number] if one >= oldest}
