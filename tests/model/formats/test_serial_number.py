"""Counters at their end: serial numbers, and what compares them."""

import pytest

from mirrorlog.formats.connection_path import Packet
from mirrorlog.formats.outcomes import ReceptionOutcome
from mirrorlog.formats.serial_number import (
    extended,
    following,
    following_number,
    is_before,
    is_older_generation,
    shortened,
)
from mirrorlog.processes.maintenance import Answer, MaintenanceError
from mirrorlog.tables.settings import GroupSettings, ReadMode
from tests.model.steps import ask, pair_of_systems, write

LAST = 0xFFFF_FFFF


def test_a_serial_number_is_before_the_next_ones_also_over_the_end() -> None:
    assert following(LAST) == 0
    for number in (0, 1, LAST - 1, LAST, 1 << 31):
        assert not is_before(number, number)
        for ahead in (1, 2, 1000, (1 << 31) - 1):
            later = (number + ahead) & LAST
            assert is_before(number, later) and not is_before(later, number)


def test_no_generation_is_before_any_and_is_never_reached_again() -> None:
    assert following_number(LAST) == 1
    for generation in (1, 5, 1 << 31, LAST):
        assert is_older_generation(0, generation) and not is_older_generation(generation, 0)
    assert is_older_generation(LAST, 1) and not is_older_generation(1, LAST)
    assert not is_older_generation(0, 0)


@pytest.mark.parametrize("near", [0, 5, (1 << 48) - 3, 1 << 48, (3 << 48) + 17, 1 << 47])
@pytest.mark.parametrize("far", [0, 1, -1, 4, -4, (1 << 47) - 1, 1 - (1 << 47)])
def test_a_count_is_found_from_its_low_bits_and_one_near_it(near: int, far: int) -> None:
    assert extended(shortened(near + far), near) == near + far


def test_plain_commands_go_on_when_their_tags_wrap() -> None:
    settings = GroupSettings(mode=ReadMode.PLAIN, commands=1, batch_journals=1, copy_unit=4096, timeout=100, interval=0)
    topology = pair_of_systems(settings)
    topology.original(0).shared.groups[0].original.taken_tag = LAST - 2
    topology.secondary(0).shared.groups[0].secondary.sent_tag = LAST - 2
    write(topology, 8)
    tags = []
    for now in range(6):
        command, answer = ask(topology, now)
        assert answer is not None and len(answer.journals) == 1
        assert Packet.unpack(command.pack()) == command
        again = topology.original(0).receive(command)
        assert again is not None and again.journals == answer.journals, "a repetition is answered as before"
        topology.secondary(0).receive(answer, now)
        for journal in list(topology.secondary(0).disk_adapter.journal_writes[0]):
            topology.secondary(0).journal_write_done(journal)
        tags.append(command.tag)
    assert tags == [LAST - 1, LAST, 1, 2, 3, 4]
    command.tag = LAST
    step = topology.original(0).journal_read_reception.receive(command)
    assert step.outcome == ReceptionOutcome.DROPPED and step.packet is None, "an older command"


def test_plain_no_journal_is_answered_when_the_tag_wraps() -> None:
    topology = pair_of_systems(GroupSettings(mode=ReadMode.PLAIN, commands=1, copy_unit=4096, timeout=100))
    topology.original(0).shared.groups[0].original.taken_tag = LAST
    topology.secondary(0).shared.groups[0].secondary.sent_tag = LAST
    command = topology.secondary(0).journal_read_command.poll(0, 0)
    assert command is not None and command.tag == 1
    assert topology.original(0).journal_read_reception.receive(command).outcome == ReceptionOutcome.NO_JOURNAL


def test_a_start_of_the_generation_behind_the_last_one_is_carried_out_and_one_before_it_is_not() -> None:
    topology = pair_of_systems(GroupSettings(copy_unit=4096))
    group = topology.secondary(0).shared.groups[0]
    group.generation = LAST
    maintenance = topology.secondary(0).maintenance
    arguments = (0, 1, 0)
    with pytest.raises(MaintenanceError) as refused:
        maintenance.start(*arguments, LAST - 1, 1, 0, 4096)
    assert refused.value.answer is Answer.WRONG_GROUP_STATE
    maintenance.start(*arguments, 1, 1, 0, 4096)
    assert group.generation == 1
