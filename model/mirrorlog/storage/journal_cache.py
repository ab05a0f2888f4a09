"""A constant-capacity cache memory for journals, in front of the journal volume ([0105], [0127], [0141], [0152])."""

from mirrorlog.storage.cache_memory import JournalWrite
from mirrorlog.tables.shared_memory import GroupInformation


class JournalCache:
    """The journals of each group that are kept in cache memory and not on the storage device.

    A journal that finds no room here goes to the device ("after this cache memory has been entirely used"). It keeps
    its place in the rings either way. Journals leave the cache when their place in the rings is freed.
    """

    __slots__ = ("groups",)

    def __init__(self) -> None:
        self.groups: dict[int, dict[int, JournalWrite]] = {}

    def take(self, journal: JournalWrite, group: GroupInformation) -> bool:
        """Keep a journal that just took its place in the rings, if there is room for it."""
        kept = self.groups.setdefault(journal.group, {})
        oldest = group.oldest_stored() if journal.received else group.oldest_number()
        for number in [number for number in kept if number < oldest]:
            del kept[number]
        if self.used(journal.group) + _bytes(journal) > group.settings.journal_cache:
            return False
        kept[journal.update_number] = journal
        return True

    def get(self, group: int, number: int) -> JournalWrite | None:
        """Return a journal that is kept here, None if its device has it."""
        kept = self.groups.get(group)
        return None if kept is None else kept.get(number)

    def used(self, group: int) -> int:
        """Return the bytes of a group's journals, update information included."""
        return sum(_bytes(journal) for journal in self.groups.get(group, {}).values())

    def clear(self, group: int) -> None:
        """Drop a group's journals, its rings being emptied."""
        self.groups.pop(group, None)


def _bytes(journal: JournalWrite) -> int:
    return len(journal.information) + len(journal.data)
