"""Plausible mistakes about partners, planted into the model for a while: who is told, a side that was taken over,
systems that do not match.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from mirrorlog.formats.connection_path import Packet
from mirrorlog.processes.group_announcement import GroupAnnouncement
from mirrorlog.processes.journal_store import JournalStore
from mirrorlog.processes.maintenance import Maintenance
from mirrorlog.processes.step import Step
from mirrorlog.tables.shared_memory import GroupInformation


def an_announcement_is_sent_once() -> AbstractContextManager[Any]:
    may_announce = GroupAnnouncement.may_announce

    def once(self: GroupAnnouncement, number: int, now: int) -> bool:
        return may_announce(self, number, now) and self.groups[number].sent is None

    return patch.object(GroupAnnouncement, "may_announce", once)


def an_announcement_is_answered_and_not_taken() -> AbstractContextManager[Any]:
    receive = GroupAnnouncement.receive
    return patch.object(GroupAnnouncement, "receive", lambda self, packet: receive(self, replace(packet, status=1)))


def whoever_announces_is_taken_for_the_partner() -> AbstractContextManager[Any]:
    receive = GroupAnnouncement.receive

    def believe(self: GroupAnnouncement, packet: Packet) -> Step:
        group = self.shared.groups[packet.group]
        return receive(self, replace(packet, source=group.partner_system, source_group=group.partner_group))

    return patch.object(GroupAnnouncement, "receive", believe)


def start_ends_a_takeover() -> AbstractContextManager[Any]:
    start = Maintenance.start

    def over(self: Maintenance, number: int, *arguments: int) -> int:
        self.shared.groups[number].secondary.takeover = False
        self.shared.changed_blocks.groups.pop(number, None)
        return start(self, number, *arguments)

    return patch.object(Maintenance, "start", over)


def a_takeover_that_is_given_up_leaves_the_volumes_to_hosts() -> AbstractContextManager[Any]:
    return patch.object(Maintenance, "_close", lambda self, group: None)


def the_copy_begins_before_the_answer_to_start() -> AbstractContextManager[Any]:
    initiate = Maintenance.initiate

    def begin(self: Maintenance, number: int, *arguments: int) -> tuple[int, ...]:
        returned = initiate(self, number, *arguments)
        self.shared.groups[number].original.start_unanswered = False
        return returned

    return patch.object(Maintenance, "initiate", begin)


def a_journal_that_never_fits_is_dropped_again_and_again() -> AbstractContextManager[Any]:
    return patch.object(JournalStore, "_fail", lambda self, number: None)


def capacities_are_not_compared() -> AbstractContextManager[Any]:
    start = Maintenance.start

    def unknown(self: Maintenance, number: int, *arguments: int) -> int:
        for pair in self.shared.pairs_of(self.shared.groups[number]):
            pair.original_capacity = 0
        return start(self, number, *arguments)

    return patch.object(Maintenance, "start", unknown)


def a_refused_start_is_waited_for() -> AbstractContextManager[Any]:
    def answered(self: Maintenance, number: int, generation: int, answer: int, area: int) -> None:
        group: GroupInformation = self.shared.groups[number]
        if answer == 0 and group.generation == generation:
            group.partner_area, group.original.start_unanswered = area, False

    return patch.object(Maintenance, "start_answered", answered)


PARTNERS: tuple[Callable[[], AbstractContextManager[Any]], ...] = (
    an_announcement_is_sent_once,
    an_announcement_is_answered_and_not_taken,
    whoever_announces_is_taken_for_the_partner,
    start_ends_a_takeover,
    a_takeover_that_is_given_up_leaves_the_volumes_to_hosts,
    the_copy_begins_before_the_answer_to_start,
    a_journal_that_never_fits_is_dropped_again_and_again,
    capacities_are_not_compared,
    a_refused_start_is_waited_for,
)
