"""Plausible mistakes in the protocol, planted into the model for a while."""

import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any
from unittest.mock import patch

from mirrorlog.formats.connection_path import Packet
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from mirrorlog.processes.initial_copy import InitialCopy
from mirrorlog.processes.journal_creation import JournalCreation
from mirrorlog.processes.journal_read_command import JournalReadCommand
from mirrorlog.processes.journal_read_reception import JournalReadReception
from mirrorlog.processes.journal_store import JournalStore, StoredJournal
from mirrorlog.processes.restore import Restore
from mirrorlog.processes.step import Step
from mirrorlog.tables.journal_ring import JournalRing
from mirrorlog.tables.settings import GroupSettings
from mirrorlog.tables.shared_memory import GroupInformation, PairState


def free_one_too_early() -> AbstractContextManager[Any]:
    return patch.object(JournalReadCommand, "_free_number", lambda self, group: group.update_number)


def retry_resends_only_the_last_of_a_batch() -> AbstractContextManager[Any]:
    return patch.object(JournalReadReception, "_again", lambda self, journals: journals[-1:])


def duplicate_stored() -> AbstractContextManager[Any]:
    return patch.object(JournalStore, "is_known", lambda self, stored, number: number < stored.oldest)


def end_marker_out_of_band() -> AbstractContextManager[Any]:
    receive = JournalReadCommand.receive

    def early(self: JournalReadCommand, packet: Packet, now: int) -> Step | None:
        for information, _ in packet.journals:
            pair = self.journal_store.pair_of(packet.group, information.volume)
            if pair is not None and information.kind == JournalKind.INITIAL_COPY:
                volume = self.shared.volumes[self.shared.pairs[pair].secondary_volume]
                if information.position + information.size == volume.capacity:
                    self.shared.groups[packet.group].secondary.end_markers_restored |= 1 << pair
        return receive(self, packet, now)

    return patch.object(JournalReadCommand, "receive", early)


def end_marker_created_before_the_last_unit_is_freed() -> AbstractContextManager[Any]:
    def may_mark(self: InitialCopy, group: GroupInformation, pair: int) -> bool:
        return not group.original.end_markers_created >> pair & 1 and self.shared.pairs[pair].state is PairState.NORMAL

    return patch.object(InitialCopy, "may_mark", may_mark)


def plain_mode_with_two_commands_in_flight() -> AbstractContextManager[Any]:
    def window(self: JournalReadCommand, settings: GroupSettings) -> int:
        return max(2, settings.commands)

    return patch.object(JournalReadCommand, "_window", window)


def generation_not_checked() -> AbstractContextManager[Any]:
    stack = ExitStack()
    stack.enter_context(patch.object(JournalReadCommand, "is_current", lambda self, packet: True))
    stack.enter_context(patch.object(JournalReadReception, "is_current", lambda self, packet: True))
    return stack


def copy_complete_address_compared_with_less_or_equal() -> AbstractContextManager[Any]:
    def is_still_to_copy(self: JournalCreation, pair: Any, position: int) -> bool:
        if pair.state is PairState.COPYING:
            return bool(position > pair.copy_complete_address)
        return pair.state is PairState.NOT_COPYING

    return patch.object(JournalCreation, "is_still_to_copy", is_still_to_copy)


def initial_copy_past_the_cache() -> AbstractContextManager[Any]:
    def read(self: JournalReadReception, information: UpdateInformation) -> bytes:
        return self.disk_adapter.read_device(information.journal_volume, information.journal_position, information.size)

    return patch.object(JournalReadReception, "_read_in_place", read)


def size_freed_for_initial_copy_journals_at_the_original() -> AbstractContextManager[Any]:
    stack = ExitStack()
    stack.enter_context(patch.object(JournalReadReception, "_room", lambda self, information: information.size))

    def original_bytes(self: JournalStore, journal: StoredJournal) -> int:
        return journal.size

    stack.enter_context(patch.object(JournalStore, "original_bytes", original_bytes))
    return stack


def no_journal_frees_twice() -> AbstractContextManager[Any]:
    def free_last(self: JournalReadReception, group: GroupInformation) -> None:
        if group.original.batch:
            group.ring.free(group.original.batch_data, group.original.batch)

    return patch.object(JournalReadReception, "_free_last", free_last)


def restore_before_commit() -> AbstractContextManager[Any]:
    def end(self: Restore, number: int) -> int:
        return self.journal_store.groups[number].next_expected()

    return patch.object(Restore, "_end", end)


def takeover_before_drain() -> AbstractContextManager[Any]:
    return patch.object(Restore, "is_drained", lambda self, number: True)


def next_plain_command_before_commit() -> AbstractContextManager[Any]:
    def all_committed(self: JournalReadCommand, number: int) -> bool:
        return True

    return patch.object(JournalReadCommand, "_all_committed", all_committed)


def write_into_a_full_ring() -> AbstractContextManager[Any]:
    return patch.object(JournalRing, "has_room", lambda self, size: True)


def packets_of_a_stranger_taken() -> AbstractContextManager[Any]:
    return patch.object(GroupInformation, "is_partner", lambda self, system: True)


def update_information_not_checked() -> AbstractContextManager[Any]:
    def check_entry(packed: bytes, group: int, number: int, largest: int) -> UpdateInformation:
        return UpdateInformation.unpack(packed[:60] + zlib.crc32(packed[:60]).to_bytes(4, "little"))

    stack = ExitStack()
    stack.enter_context(patch("mirrorlog.processes.journal_read_reception.check_entry", check_entry))
    stack.enter_context(patch("mirrorlog.processes.restore.check_entry", check_entry))
    return stack


def data_not_checked_when_it_is_sent() -> AbstractContextManager[Any]:
    return patch.object(JournalReadReception, "check_data", lambda self, packet: None)


def data_not_checked_before_it_is_restored() -> AbstractContextManager[Any]:
    return patch("mirrorlog.processes.restore.is_right", lambda information, data: True)


PLANTED: list[Callable[[], AbstractContextManager[Any]]] = [
    free_one_too_early,
    retry_resends_only_the_last_of_a_batch,
    duplicate_stored,
    end_marker_out_of_band,
    end_marker_created_before_the_last_unit_is_freed,
    plain_mode_with_two_commands_in_flight,
    generation_not_checked,
    copy_complete_address_compared_with_less_or_equal,
    initial_copy_past_the_cache,
    size_freed_for_initial_copy_journals_at_the_original,
    no_journal_frees_twice,
    restore_before_commit,
    takeover_before_drain,
    next_plain_command_before_commit,
    write_into_a_full_ring,
    packets_of_a_stranger_taken,
    update_information_not_checked,
    data_not_checked_when_it_is_sent,
    data_not_checked_before_it_is_restored,
]
