"""Packets of a comparison: which of those that came a record may leave out."""

import pytest

from mirrorlog.compare.capture import SystemStart
from mirrorlog.compare.difference import Mismatch
from mirrorlog.compare.journal_store import JournalStore
from mirrorlog.compare.path_port import LEAST_ANSWERS, LEAST_COMMANDS
from mirrorlog.compare.system import TrackedSystem
from mirrorlog.formats.commit_record import CommitRecord, Process
from mirrorlog.formats.connection_path import Packet, PacketType, ReadCommand
from mirrorlog.formats.outcomes import OperationOutcome, ReadCommandOutcome, StoreOutcome
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from mirrorlog.processes.journal_read_command import Arrival
from mirrorlog.registers.register_map import PACKET_FAULTS
from mirrorlog.tables.shared_memory import Parameters


def journals(number: int, tag: int) -> Packet:
    """An answer with one journal, from system 1 to group 0 of system 2."""
    information = UpdateInformation(number, 0, 0, 0, 0, 512, 0, 0, 1, 0, JournalKind.INITIAL_COPY)
    return Packet(PacketType.JOURNALS, 1, 2, 0, 0, 1, tag, journals=[(information, bytes(512))])


def secondary() -> TrackedSystem:
    """A system that is the secondary one of group 0, of another generation than the packets."""
    system = TrackedSystem(SystemStart(Parameters(2), True, 0, 0, 0), 8, lambda: True)
    system.model.shared.groups[0].secondary.started = True
    return system


def closed(system: TrackedSystem, tag: int, cycle: int) -> None:
    """A record drops an answer of a group that is not read."""
    record = CommitRecord(*[0] * len(CommitRecord._fields))
    system.step(record._replace(process=Process.JOURNAL_READ_COMMAND, tag=tag, group=0, cycle=cycle), cycle)


def test_an_answer_that_was_lost_does_not_make_those_behind_it_ones_that_may_be() -> None:
    system = secondary()
    for tag in (1, 2, 3):
        system.path.take_in(journals(tag, tag).pack(), tag)
    assert [received.may_be_lost for received in system.path.answers] == [False, True, True]
    closed(system, 1, 10)
    closed(system, 3, 11)  # the second found no buffer
    assert not system.path.answers
    system.path.take_in(journals(4, 4).pack(), 12)
    assert [received.may_be_lost for received in system.path.answers] == [False]
    assert len(system.path.pending()) == 1


def test_journals_of_a_group_without_a_buffer_of_its_own_may_be_lost() -> None:
    system = TrackedSystem(SystemStart(Parameters(2), True, 0, 0, 0), 8, lambda: True)
    system.path.take_in(journals(1, 1).pack(), 1)
    assert [received.may_be_lost for received in system.path.answers] == [True]


def test_any_answer_may_be_lost_while_as_many_wait_as_a_system_keeps() -> None:
    system = TrackedSystem(SystemStart(Parameters(2), True, 0, 0, 0), 8, lambda: True)
    for tag in range(LEAST_ANSWERS):
        system.path.take_in(Packet(PacketType.NO_JOURNAL, 1, 2, 0, 0, 1, tag).pack(), tag)
    system.path.take_in(journals(1, 100).pack(), 100)
    may_be_lost = [received.may_be_lost for received in system.path.answers]
    assert may_be_lost == [False] * LEAST_ANSWERS + [True]


def test_a_command_that_may_be_lost_is_when_a_later_one_of_its_group_is_taken() -> None:
    system = TrackedSystem(SystemStart(Parameters(2), True, 0, 0, 0), 8, lambda: True)
    command = ReadCommand(by_number=True, retry=False, limit_journals=1, limit_bytes=512)
    for tag in (*range(LEAST_COMMANDS + 2), 7):
        packet = Packet(PacketType.JOURNAL_READ_COMMAND, 1, 2, 0, 0, 1, tag, command=command)
        system.path.take_in(packet.pack(), tag)
    waiting = list(system.path.commands)
    assert [received.may_be_lost for received in waiting] == [False] * LEAST_COMMANDS + [True] * 3
    system.path.reach(waiting[-1])
    assert list(system.path.commands) == [*waiting[:LEAST_COMMANDS], waiting[-1]]


def test_of_an_answer_that_came_again_either_may_be_lost_when_the_first_found_no_place() -> None:
    system = TrackedSystem(SystemStart(Parameters(2), True, 0, 0, 0), 8, lambda: True)
    again, other = LEAST_ANSWERS, LEAST_ANSWERS + 1
    for tag in range(LEAST_ANSWERS + 1):
        system.path.take_in(Packet(PacketType.NO_JOURNAL, 1, 2, 0, 0, 1, tag).pack(), tag)
    for tag in range(LEAST_ANSWERS):
        closed(system, tag, tag)
    for tag in (again, other):
        system.path.take_in(Packet(PacketType.NO_JOURNAL, 1, 2, 0, 0, 1, tag).pack(), 50)
    assert [received.may_be_lost for received in system.path.answers] == [True, False, False]
    closed(system, again, 60)
    assert len(system.path.pending()) == 1
    closed(system, other, 61)
    assert not system.path.answers


def test_of_answers_with_one_tag_that_are_dropped_either_may_be_lost_when_the_first_found_no_place() -> None:
    system = TrackedSystem(SystemStart(Parameters(2), True, 0, 0, 0), 8, lambda: True)
    tag = LEAST_ANSWERS
    for other in range(LEAST_ANSWERS):
        system.path.take_in(Packet(PacketType.NO_JOURNAL, 1, 2, 0, 0, 1, other).pack(), other)
    for _ in range(2):
        system.path.take_in(Packet(PacketType.NO_JOURNAL, 1, 2, 0, 0, 1, tag).pack(), 20)
    for other in range(LEAST_ANSWERS):
        closed(system, other, 30)
    system.model.shared.groups[0].partner_system = 3
    system.path.take_in(Packet(PacketType.GROUP_STATE, 3, 2, 0, 0, 1, tag).pack(), 40)
    assert [received.may_be_lost for received in system.path.answers] == [True, True, False]
    closed(system, tag, 50)
    assert [received.may_be_lost for received in system.path.answers] == [True, True]
    assert not system.path.pending()
    # this record's packet is of the partner, or of another system
    counted = system.model.shared.strange_packets
    assert system.path.strange_packets() == (counted - 1, counted + 1)


def test_of_operations_with_one_tag_a_record_takes_that_of_after_their_systems_reset() -> None:
    system = TrackedSystem(SystemStart(Parameters(2), True, 0, 0, 0), 8, lambda: True)
    for cycle, incarnation, tag in ((1, 5, 1), (2, 5, 1), (3, 5, 2), (4, 6, 1), (5, 6, 1)):
        packet = Packet(PacketType.MAINTENANCE_COMMAND, 1, 2, 0, 0, tag=tag, status=1, arguments=(cycle,))
        packet.incarnation = incarnation
        system.path.take_in(packet.pack(), cycle)
    record = CommitRecord(*[0] * len(CommitRecord._fields))._replace(process=Process.OPERATION, outcome=1, tag=1)
    assert [system.path.take_operation(record).cycle for _ in range(2)] == [4, 5]
    # those of before the reset, which had found no place
    assert not system.path.operations


def test_an_operation_of_before_its_systems_reset_may_still_be_taken_until_one_of_after_it_is() -> None:
    system = TrackedSystem(SystemStart(Parameters(2), True, 0, 0, 0), 8, lambda: True)
    for cycle, incarnation, tag in ((1, 0xFFFF_FFFF, 9), (2, 0, 1)):
        packet = Packet(PacketType.MAINTENANCE_COMMAND, 1, 2, 0, 0, tag=tag, status=1, arguments=(cycle,))
        packet.incarnation = incarnation
        system.path.take_in(packet.pack(), cycle)
    record = CommitRecord(*[0] * len(CommitRecord._fields))._replace(process=Process.OPERATION, outcome=1)
    assert [system.path.take_operation(record._replace(tag=tag)).cycle for tag in (9, 1)] == [1, 2]


def test_an_operation_and_an_answer_with_one_tag_are_told_apart() -> None:
    system = TrackedSystem(SystemStart(Parameters(2), True, 0, 0, 0), 8, lambda: True)
    for cycle, kind in ((1, PacketType.MAINTENANCE_COMMAND), (2, PacketType.MAINTENANCE_ANSWER)):
        system.path.take_in(Packet(kind, 1, 2, 0, 0, tag=1, status=2, arguments=(1, 2)).pack(), cycle)
    record = CommitRecord(*[0] * len(CommitRecord._fields))._replace(process=Process.OPERATION, tag=1)
    answered, carried_out = OperationOutcome.ANSWERED + 4, 4
    outcomes = (answered, carried_out)
    assert [system.path.take_operation(record._replace(outcome=one)).cycle for one in outcomes] == [2, 1]


def faults_read(system: TrackedSystem, value: int, cycle: int) -> int:
    """Return what the model says that a register access, which a record says read this, reads of `packet_faults`."""
    system.registers.take_read(cycle - 1, {"address": PACKET_FAULTS})
    record = CommitRecord(*[0] * len(CommitRecord._fields))
    record = record._replace(process=Process.MAINTENANCE, position=PACKET_FAULTS, reference=value, cycle=cycle)
    return system.step(record, cycle).reference


def test_packets_that_are_dropped_as_they_come_are_those_that_a_system_counts() -> None:
    system = secondary()
    damaged = bytearray(journals(1, 1).pack())
    damaged[-1] ^= 1
    stranger = Packet(PacketType.NO_JOURNAL, 1, 3, 0, 0, 1, 1)
    for cycle, packed in ((10, bytes(damaged)), (20, stranger.pack()), (40, journals(1, 1).pack())):
        system.path.take_in(packed, cycle)
    assert [faults_read(system, 2, 50), faults_read(system, 1, 60), faults_read(system, 3, 70)] == [2, 2, 2]
    # one that has just come may be counted or not
    system.path.take_in(stranger.pack(), 100)
    assert [faults_read(system, value, 102) for value in (1, 2, 3, 4)] == [2, 2, 3, 3]
    # one for which there was no room, perhaps, until it is known
    system.path.take_in(journals(2, 2).pack(), 120)
    system.path.take_in(journals(3, 3).pack(), 121)
    assert [faults_read(system, value, 200) for value in (2, 3, 4, 5, 6)] == [3, 3, 4, 5, 5]
    closed(system, 1, 210)
    closed(system, 3, 211)
    assert [faults_read(system, value, 220) for value in (3, 4, 5)] == [4, 4, 4]


@pytest.mark.parametrize("may_be_lost", [True, False])
def test_a_record_that_closes_what_nothing_is_stored_of_is_of_another_answer_with_that_tag_if_the_first_may_be_lost(
    may_be_lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = secondary()
    first, other = journals(1, 5), Packet(PacketType.GROUP_STATE, 1, 2, 0, 0, 1, 5)
    for packet in (first, other):
        system.path.take_in(packet.pack(), 1)
    system.path.answers[0].may_be_lost = may_be_lost
    stores = type(system.model.journal_read_command)
    monkeypatch.setattr(stores, "may_store", lambda self, arrival: bool(arrival.packet.journals))
    if may_be_lost:
        closed(system, 5, 10)
        assert not system.path.answers
        assert system.model.shared.packet_faults == 1
    else:
        with pytest.raises(Mismatch, match="journal 1 of its packet"):
            closed(system, 5, 10)


@pytest.mark.parametrize("may_be_lost", [True, False])
def test_a_record_that_closes_an_answer_otherwise_is_of_another_one_with_that_tag_if_the_first_may_be_lost(
    may_be_lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = secondary()
    for kind in (PacketType.NO_JOURNAL, PacketType.GONE):
        system.path.take_in(Packet(kind, 1, 2, 0, 0, 1, 5).pack(), 1)
    system.path.answers[0].may_be_lost = may_be_lost
    waits = {PacketType.NO_JOURNAL: ReadCommandOutcome.WAITS, PacketType.GONE: ReadCommandOutcome.DROPPED}
    process = type(system.model.journal_read_command)
    monkeypatch.setattr(process, "refusal", lambda self, packet: waits[packet.type])
    closed(system, 5, 10)
    left = [received.packet.type for received in system.path.answers]
    assert left == ([] if may_be_lost else [PacketType.GONE])


@pytest.mark.parametrize("may_be_lost", [True, False])
def test_journals_that_were_stored_are_of_a_longer_answer_with_their_tag_if_theirs_may_have_been_lost(
    may_be_lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path doubled the command, and a journal more was there when it was answered again."""
    system = secondary()
    first, other = journals(1, 5), journals(1, 5)
    other.journals += journals(2, 5).journals
    for packet in (first, other):
        system.path.take_in(packet.pack(), 1)
    system.path.answers[0].may_be_lost = may_be_lost
    process = type(system.model.journal_read_command)
    monkeypatch.setattr(process, "may_store", lambda self, arrival: not arrival.is_over())

    def store(self: object, arrival: Arrival) -> int:
        arrival.at += 1
        return arrival.at

    monkeypatch.setattr(process, "store", store)
    record = CommitRecord(*[0] * len(CommitRecord._fields))
    record = record._replace(process=Process.JOURNAL_STORE, outcome=StoreOutcome.STORED, tag=5)
    stored = JournalStore(system.model, system.path)
    assert stored.step(record._replace(reference=1), 10) == 1
    assert len(system.path.answers) == 2
    # the second one of the second packet; or its first one, which is known
    assert stored.step(record._replace(reference=2), 11) == (2 if may_be_lost else 1)
    assert [received.packet.journals for received in system.path.answers] == (
        [other.journals] if may_be_lost else [first.journals, other.journals]
    )
    assert system.model.shared.packet_faults == may_be_lost
