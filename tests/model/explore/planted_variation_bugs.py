"""Plausible mistakes in the protocol's variations, planted into the model for a while."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from mirrorlog.processes.disk_adapter import DiskAdapter
from mirrorlog.processes.journal_store import JournalStore
from mirrorlog.storage.cache_memory import JournalWrite
from mirrorlog.storage.journal_cache import JournalCache
from mirrorlog.tables.continuous_ring import ContinuousRing
from mirrorlog.tables.journal_ring import JournalRing
from mirrorlog.tables.several_rings import SeveralRings
from mirrorlog.tables.shared_memory import GroupInformation
from mirrorlog.variations.journal_push import JournalPush
from mirrorlog.variations.journal_volume_read import JournalVolumeRead


def continuous_data_written_over_its_update_information() -> AbstractContextManager[Any]:
    create = ContinuousRing.create

    def planted(self: ContinuousRing, size: int) -> tuple[int, int]:
        place, _ = create(self, size)
        return place, place

    return patch.object(ContinuousRing, "create", planted)


def alternating_volumes_store_a_journal_that_came_ahead() -> AbstractContextManager[Any]:
    return patch.object(SeveralRings, "has_place", lambda self, index, offset, size: self.has_room(size))


def journals_looked_for_in_the_volume_in_use_now() -> AbstractContextManager[Any]:
    return patch.object(SeveralRings, "_ring_at", lambda self, index: self._next_ring())


def capacity_changed_under_journals() -> AbstractContextManager[Any]:
    def resize(self: JournalRing, end: int) -> bool:
        self.set_end(end)
        return True

    return patch.object(JournalRing, "resize", resize)


def replaced_volume_keeps_the_lost_journals() -> AbstractContextManager[Any]:
    return patch.object(JournalStore, "lose", lambda self, number: None)


def secondary_read_past_the_cache() -> AbstractContextManager[Any]:
    return patch.object(DiskAdapter, "read", DiskAdapter.read_device)


def cached_journal_forgotten_once_it_was_read() -> AbstractContextManager[Any]:
    def get(self: JournalCache, group: int, number: int) -> JournalWrite | None:
        return self.groups.get(group, {}).pop(number, None)

    return patch.object(JournalCache, "get", get)


def write_across_stripes_put_on_the_first_device() -> AbstractContextManager[Any]:
    def store(self: DiskAdapter, volume: int, position: int, data: bytes, failed: Any) -> None:
        piece = self.pieces(volume, position, len(data))[0]
        self._store_piece(piece.device, piece.offset, data, failed)

    return patch.object(DiskAdapter, "_store", store)


def pushed_journals_freed_once_they_are_stored_in_cache() -> AbstractContextManager[Any]:
    def free_number(self: JournalPush, group: GroupInformation) -> int:
        number = self.shared.groups.index(group)
        return self.journal_store.groups[number].next_expected() - 1

    return patch.object(JournalPush, "_free_number", free_number)


def pointer_information_tells_newest_instead_of_commit() -> AbstractContextManager[Any]:
    def readable(self: JournalVolumeRead, number: int, group: GroupInformation) -> int:
        return group.ring.update_information_used // group.ring.entry

    return patch.object(JournalVolumeRead, "_readable", readable)


PLANTED: list[Callable[[], AbstractContextManager[Any]]] = [
    continuous_data_written_over_its_update_information,
    alternating_volumes_store_a_journal_that_came_ahead,
    journals_looked_for_in_the_volume_in_use_now,
    capacity_changed_under_journals,
    replaced_volume_keeps_the_lost_journals,
    secondary_read_past_the_cache,
    cached_journal_forgotten_once_it_was_read,
    write_across_stripes_put_on_the_first_device,
    pushed_journals_freed_once_they_are_stored_in_cache,
    pointer_information_tells_newest_instead_of_commit,
]
