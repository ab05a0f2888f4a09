"""Plausible mistakes in resynchronization, takeover and failback, planted into the model for a while."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from mirrorlog.processes.journal_read_command import JournalReadCommand
from mirrorlog.processes.maintenance import Maintenance
from mirrorlog.tables.changed_blocks import CopyHistory, VolumeMap
from mirrorlog.variations.resynchronization import Resynchronization


def writes_while_suspended_not_marked() -> AbstractContextManager[Any]:
    return patch.object(VolumeMap, "written", lambda self, position, size, time: None)


def unmarked_when_stored() -> AbstractContextManager[Any]:
    def reported(self: JournalReadCommand, number: int) -> int:
        return self.shared.groups[number].update_number - 1

    return patch.object(JournalReadCommand, "_reported", reported)


def the_number_to_restore_next_reported_as_restored() -> AbstractContextManager[Any]:
    def reported(self: JournalReadCommand, number: int) -> int:
        return self.restore.restored_number(number) + 1

    return patch.object(JournalReadCommand, "_reported", reported)


def unmarked_though_a_younger_journal_holds_the_block_too() -> AbstractContextManager[Any]:
    def restored(self: VolumeMap, number: int) -> None:
        while self._created and self._created[0][0] <= number:
            _, first, end, _ = self._created.popleft()
            for block in range(first, end):
                self.journals.pop(block, None)

    return patch.object(VolumeMap, "restored", restored)


def journals_on_their_way_left_out_of_the_difference() -> AbstractContextManager[Any]:
    def copy_difference(self: VolumeMap) -> None:
        self.journals.clear()
        self._created.clear()

    return patch.object(VolumeMap, "copy_difference", copy_difference)


def what_the_partner_marked_left_out_of_the_difference() -> AbstractContextManager[Any]:
    return patch.object(VolumeMap, "merge", lambda self, block, bitmap: None)


def a_journal_for_a_part_of_a_block_stands_for_its_copy() -> AbstractContextManager[Any]:
    journaled = VolumeMap.journaled

    def planted(self: VolumeMap, position: int, size: int, number: int, time: int) -> None:
        first, end = self._blocks(position, size)
        self.to_copy[first:end] = bytes(end - first)
        journaled(self, position, size, number, time)

    return patch.object(VolumeMap, "journaled", planted)


def a_block_copied_in_part_counts_as_copied() -> AbstractContextManager[Any]:
    def copy_created(self: VolumeMap, position: int, size: int, number: int) -> None:
        first, end = self._blocks(position, size)
        self.to_copy[first:end] = bytes(end - first)
        self._note(first, end, number, None)

    return patch.object(VolumeMap, "copy_created", copy_created)


def the_secondary_stays_consistent_while_it_is_resynchronized() -> AbstractContextManager[Any]:
    become_secondary = Maintenance.become_secondary

    def planted(self: Maintenance, number: int, partner: int, partner_group: int, generation: int) -> None:
        before = self.shared.groups[number].secondary.end_markers_restored
        become_secondary(self, number, partner, partner_group, generation)
        self.shared.groups[number].secondary.end_markers_restored = before

    return patch.object(Maintenance, "become_secondary", planted)


def takeover_without_a_new_epoch() -> AbstractContextManager[Any]:
    open_epoch = Maintenance._open_epoch

    def planted(self: Maintenance, number: int) -> None:
        open_epoch(self, number)
        self.shared.changed_blocks.groups[number].epoch -= 1

    return patch.object(Maintenance, "_open_epoch", planted)


def marks_dropped_when_they_are_handed_over() -> AbstractContextManager[Any]:
    accept = Resynchronization._accept

    def planted(self: Resynchronization, packet: Any) -> Any:
        accepted = accept(self, packet)
        for volume in self.shared.volumes_of(self.shared.groups[packet.group]):
            self.shared.changed_blocks.volumes.pop(volume, None)
        return accepted

    return patch.object(Resynchronization, "_accept", planted)


def every_side_counts_as_written() -> AbstractContextManager[Any]:
    def is_modified(self: Resynchronization, history: CopyHistory, volumes: list[int]) -> bool:
        return True

    return patch.object(Resynchronization, "_is_modified", is_modified)


PLANTED: list[Callable[[], AbstractContextManager[Any]]] = [
    writes_while_suspended_not_marked,
    unmarked_when_stored,
    the_number_to_restore_next_reported_as_restored,
    unmarked_though_a_younger_journal_holds_the_block_too,
    journals_on_their_way_left_out_of_the_difference,
    what_the_partner_marked_left_out_of_the_difference,
    a_journal_for_a_part_of_a_block_stands_for_its_copy,
    a_block_copied_in_part_counts_as_copied,
    the_secondary_stays_consistent_while_it_is_resynchronized,
    takeover_without_a_new_epoch,
    marks_dropped_when_they_are_handed_over,
    every_side_counts_as_written,
]
