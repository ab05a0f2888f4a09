"""Plausible mistakes at the limits that settings and states promise, planted into the model for a while."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from mirrorlog.formats.connection_path import Journal, ReadCommand
from mirrorlog.processes.disk_adapter import DiskAdapter, Range
from mirrorlog.processes.initial_copy import InitialCopy
from mirrorlog.processes.journal_read_command import JournalReadCommand
from mirrorlog.processes.journal_read_reception import BatchReading, JournalReadReception
from mirrorlog.processes.journal_store import JournalStore
from mirrorlog.processes.maintenance import Maintenance
from mirrorlog.processes.restore import Restore
from mirrorlog.processes.step import Step
from mirrorlog.storage.cache_memory import CacheMemory, VolumeWrite
from mirrorlog.tables.journal_ring import JournalRing
from mirrorlog.tables.shared_memory import GroupInformation, GroupState, SharedMemory


def initiation_while_journals_are_written() -> AbstractContextManager[Any]:
    return patch.object(Maintenance, "_is_writing", lambda self, number: False)


def heartbeat_never_missed() -> AbstractContextManager[Any]:
    return patch.object(JournalReadReception, "watch", lambda self, number, now: None)


def initial_copy_takes_the_whole_ring() -> AbstractContextManager[Any]:
    return patch.object(InitialCopy, "_is_half_full", lambda self, group: False)


def watch_time_never_over() -> AbstractContextManager[Any]:
    return patch("mirrorlog.processes.command_reception._has_run_out", lambda group, waited: False)


def byte_limit_of_a_batch_ignored() -> AbstractContextManager[Any]:
    cut = JournalReadReception.cut

    def whole(
        self: JournalReadReception, group: GroupInformation, reading: BatchReading, command: ReadCommand
    ) -> list[Journal]:
        return cut(self, group, reading, replace(command, limit_bytes=1 << 40))

    return patch.object(JournalReadReception, "cut", whole)


def host_read_of_the_block_before() -> AbstractContextManager[Any]:
    read = DiskAdapter.read

    def before(self: DiskAdapter, volume: int, position: int, size: int) -> bytes:
        return read(self, volume, max(position - 512, 0), size)

    return patch.object(DiskAdapter, "read", before)


def journal_limit_of_a_batch_ignored() -> AbstractContextManager[Any]:
    return patch.object(JournalReadReception, "_most_journals", lambda self, command: 64)


def consistent_without_end_markers() -> AbstractContextManager[Any]:
    return patch.object(Restore, "is_consistent", lambda self, number: not self.groups[number].in_flight)


def overlapping_writes_reach_the_device_in_any_order() -> AbstractContextManager[Any]:
    return patch.object(CacheMemory, "blocks_volume_write", lambda self, write: None)


def pairs_of_an_abnormal_group_stay_normal() -> AbstractContextManager[Any]:
    def fail_group(self: SharedMemory, group: GroupInformation, *reason: object) -> None:
        group.state = GroupState.ABNORMAL

    return patch.object(SharedMemory, "fail_group", fail_group)


def lost_command_never_asked_again() -> AbstractContextManager[Any]:
    may_send = JournalReadCommand.may_send

    def once(self: JournalReadCommand, number: int, slot: int, now: int) -> bool:
        return self.groups[number].slots.slot(slot).packet is None and may_send(self, number, slot, now)

    return patch.object(JournalReadCommand, "may_send", once)


def write_data_not_split_at_the_end() -> AbstractContextManager[Any]:
    def parts(self: JournalRing, place: int, size: int) -> list[Range]:
        return [(place, size)]

    return patch.object(JournalRing, "parts", parts)


def received_journal_stored_without_room() -> AbstractContextManager[Any]:
    return patch.object(JournalStore, "_has_room", lambda self, number, information: True)


def failed_write_leaves_its_volume_as_it_was() -> AbstractContextManager[Any]:
    done = DiskAdapter.volume_write_done

    def forgiven(self: DiskAdapter, write: VolumeWrite, failed: Sequence[Range] = ()) -> Step:
        state = self.shared.volumes[write.volume].state
        step = done(self, write, failed)
        self.shared.volumes[write.volume].state = state
        return step

    return patch.object(DiskAdapter, "volume_write_done", forgiven)


def start_taken_after_a_takeover() -> AbstractContextManager[Any]:
    start = Maintenance.start

    def forgotten(self: Maintenance, number: int, *arguments: int) -> int:
        group = self.shared.groups[number]
        taken_over, group.secondary.takeover = group.secondary.takeover, False
        try:
            return start(self, number, *arguments)
        finally:
            group.secondary.takeover = taken_over and group.secondary.started

    return patch.object(Maintenance, "start", forgotten)


LIMITS: list[Callable[[], AbstractContextManager[Any]]] = [
    initiation_while_journals_are_written,
    heartbeat_never_missed,
    initial_copy_takes_the_whole_ring,
    watch_time_never_over,
    byte_limit_of_a_batch_ignored,
    host_read_of_the_block_before,
    journal_limit_of_a_batch_ignored,
    consistent_without_end_markers,
    overlapping_writes_reach_the_device_in_any_order,
    pairs_of_an_abnormal_group_stay_normal,
    lost_command_never_asked_again,
    write_data_not_split_at_the_end,
    received_journal_stored_without_room,
    failed_write_leaves_its_volume_as_it_was,
    start_taken_after_a_takeover,
]
