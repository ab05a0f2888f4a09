"""Plausible mistakes with three systems, planted into the model for a while."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any
from unittest.mock import patch

from mirrorlog.processes import command_reception
from mirrorlog.processes.initial_copy import InitialCopy
from mirrorlog.processes.restore import Restore
from mirrorlog.systems import disaster
from mirrorlog.tables.shared_memory import GroupInformation, PairState
from mirrorlog.tables.status import Status
from mirrorlog.three_systems import remote_write
from mirrorlog.three_systems.remote_write import ForwardingGroup, RemoteWrite
from mirrorlog.three_systems.remote_write_reception import RemoteWriteReception


def write_that_comes_again_is_carried_out_again() -> AbstractContextManager[Any]:
    return patch.object(RemoteWriteReception, "is_known", lambda self, receiving, number: False)


def writes_carried_out_as_they_arrive() -> AbstractContextManager[Any]:
    stack = ExitStack()
    known = patch.object(RemoteWriteReception, "is_known", lambda self, receiving, number: number in receiving.answers)
    stack.enter_context(known)
    stack.enter_context(patch.object(RemoteWriteReception, "is_early", lambda self, receiving, number: False))
    return stack


def host_answered_before_the_original_system_has_the_write() -> AbstractContextManager[Any]:
    forward = RemoteWrite.forward

    def early(self: RemoteWrite, pair: int, *arguments: Any) -> int:
        reference = forward(self, pair, *arguments)
        forwarding = self.groups[self.shared.pairs[pair].group]
        self._end(next(reversed(forwarding.unanswered.values())), Status.OK)
        return reference

    return patch.object(RemoteWrite, "forward", early)


def end_of_copy_before_its_last_block_is_answered() -> AbstractContextManager[Any]:
    def may_end(self: RemoteWrite, forwarding: ForwardingGroup, copies: int) -> bool:
        return not any(forwarding.changed.values())

    return patch.object(RemoteWrite, "may_end", may_end)


def unanswered_writes_not_marked_at_suspension() -> AbstractContextManager[Any]:
    suspend, mark = RemoteWrite.suspend, RemoteWrite.mark

    def forgetful(self: RemoteWrite, number: int) -> None:
        with patch.object(RemoteWrite, "mark", lambda *arguments: None):
            suspend(self, number)
        assert RemoteWrite.mark is mark

    return patch.object(RemoteWrite, "suspend", forgetful)


def copy_and_reads_past_unanswered_writes() -> AbstractContextManager[Any]:
    return patch.object(remote_write, "is_in_flight", lambda *arguments: False)


def end_marker_while_the_first_system_copies() -> AbstractContextManager[Any]:
    def may_mark(self: InitialCopy, group: GroupInformation, pair: int) -> bool:
        information = self.shared.pairs[pair]
        copied = information.state is PairState.NORMAL and information.last_copy_number < group.oldest_number()
        return copied and not group.original.end_markers_created >> pair & 1

    return patch.object(InitialCopy, "may_mark", may_mark)


def copy_of_changed_blocks_not_noticed_at_the_secondary() -> AbstractContextManager[Any]:
    return patch.object(Restore, "_copy_again", lambda *arguments: None)


def unjournaled_write_without_storage_acknowledged() -> AbstractContextManager[Any]:
    return patch.object(command_reception, "_NOT_KEPT", frozenset())


def takeover_before_the_original_system_is_drained() -> AbstractContextManager[Any]:
    return patch.object(disaster, "_drain", lambda *arguments: None)


PLANTED_THREE: list[Callable[[], AbstractContextManager[Any]]] = [
    write_that_comes_again_is_carried_out_again,
    writes_carried_out_as_they_arrive,
    host_answered_before_the_original_system_has_the_write,
    end_of_copy_before_its_last_block_is_answered,
    unanswered_writes_not_marked_at_suspension,
    copy_and_reads_past_unanswered_writes,
    end_marker_while_the_first_system_copies,
    copy_of_changed_blocks_not_noticed_at_the_secondary,
    unjournaled_write_without_storage_acknowledged,
    takeover_before_the_original_system_is_drained,
]
