"""Commit records of the secondary system's replication: every exit of FIG 17, 18 and 20."""

from dataclasses import replace

import pytest

from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.outcomes import ReadWriteOutcome
from mirrorlog.formats.update_information import info_crc
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.journal_read_command import Arrival
from mirrorlog.storage_system import StorageSystem
from mirrorlog.systems.topology import finish_device_writes
from mirrorlog.tables.settings import GroupSettings, NoRoom, ReadMode
from mirrorlog.tables.shared_memory import GroupState, PairState, Reason, VolumeState
from tests.model.records import command, is_of_group, record
from tests.model.steps import BLOCK, BY_NUMBER, PLAIN, pair_of_systems, write

JOURNAL_VOLUME = 2
ABNORMAL = VolumeState.ABNORMAL
CYCLE = 1000


def secondary(settings: GroupSettings = BY_NUMBER, journals: int = 3) -> tuple[StorageSystem, Packet]:
    """Return a secondary system whose slot 0 has sent a command, and the answer with journals."""
    topology = pair_of_systems(settings)
    write(topology, journals)
    system = topology.secondary(0)
    sent = system.journal_read_command.send(0, 0, CYCLE).packet
    assert sent is not None
    answer = topology.original(0).receive(sent)
    assert answer is not None
    return system, answer


def closed(system: StorageSystem, answer: Packet) -> CommitRecord:
    """Return the closing record of an answer."""
    arrival = Arrival(answer)
    while system.journal_read_command.may_store(arrival):
        if system.journal_read_command.store(arrival).outcome == 1820 and not arrival.refused:
            break
    return record(system, system.journal_read_command.close(arrival, CYCLE))


@pytest.mark.parametrize("mode", ReadMode)
def test_1700_a_command_says_what_it_asks_for_and_its_slot(mode: ReadMode) -> None:
    plain = mode is ReadMode.PLAIN
    system = pair_of_systems(PLAIN if plain else BY_NUMBER).secondary(0)
    process = system.journal_read_command
    for slot in range(1 if plain else 2):
        assert process.may_send(0, slot, CYCLE)
        made = record(system, process.send(0, slot, CYCLE))
        assert (made.process, made.outcome, made.status, made.tag) == (6, 1700, slot, slot + 1)
        assert (made.reference, made.size, made.received) == (0 if plain else 1 + 4 * slot, 4, BY_NUMBER.batch_bytes)
        is_of_group(made)
    assert not process.may_send(0, 0, CYCLE + BY_NUMBER.timeout - 1)
    assert process.may_send(0, 0, CYCLE + BY_NUMBER.timeout)
    made = record(system, process.send(0, 0, CYCLE + BY_NUMBER.timeout))
    assert (made.tag, made.reference) == ((1, 0) if plain else (3, 1))


def test_1725_no_journal_lets_only_the_slot_with_the_lowest_numbers_ask_again_after_the_interval() -> None:
    system = pair_of_systems().secondary(0)
    process = system.journal_read_command
    for slot in (0, 1):
        sent = process.send(0, slot, CYCLE).packet
        assert sent is not None
        answer = Packet(PacketType.NO_JOURNAL, 1, 2, 0, 0, 1, sent.tag)
        made = record(system, process.close(Arrival(answer), CYCLE))
        assert (made.outcome, made.tag, made.size) == (1725, sent.tag, 0)
    later = CYCLE + BY_NUMBER.interval
    assert [process.may_send(0, slot, later - 1) for slot in (0, 1)] == [False, False]
    assert [process.may_send(0, slot, later) for slot in (0, 1)] == [True, False]


def test_1735_1745_and_0_close_an_answer_without_storing_its_journals() -> None:
    system, answer = secondary()
    answer.generation += 1
    assert closed(system, answer).outcome == 0
    answer.generation -= 1
    system.shared.volumes[JOURNAL_VOLUME].state = ABNORMAL
    made = closed(system, answer)
    assert made.outcome == 1745
    is_of_group(made, GroupState.ABNORMAL)
    system, answer = secondary()
    posted = Packet(PacketType.GROUP_STATE, 1, 2, 0, 0, 1, answer.tag, GroupState.ABNORMAL)
    made = closed(system, posted)
    assert made.outcome == 1735
    is_of_group(made, GroupState.ABNORMAL)
    assert not system.journal_store.groups[0].journals


def test_1760_and_1850_each_journal_is_a_record_before_the_closing_one() -> None:
    system, answer = secondary()
    arrival = Arrival(answer)
    process = system.journal_read_command
    for number in (1, 2, 3):
        made = record(system, process.store(arrival))
        assert (made.process, made.outcome, made.tag, made.volume) == (7, 1850, answer.tag, 1)
        assert (made.reference, made.position, made.size) == (number, (number - 1) * BLOCK, BLOCK)
        assert made.info_crc == info_crc(system.disk_adapter.journal_writes[0][-1].information)
        assert (made.update_number, made.update_information_newest) == (1, 64 * number)
    assert not process.may_store(arrival)
    made = record(system, process.close(arrival, CYCLE))
    assert (made.outcome, made.size) == (1760, 3)
    again = Arrival(answer)
    assert record(system, process.store(again)).outcome == 1
    assert closed(system, answer).size == 0


@pytest.mark.parametrize("no_room", NoRoom)
def test_1820_and_1755_no_room_drops_the_rest_of_an_answer_or_holds_it(no_room: NoRoom) -> None:
    system, answer = secondary(GroupSettings(copy_unit=4096, commands=2, batch_journals=4, no_room=no_room))
    ring = system.shared.groups[0].ring
    area, ring.write_data_area = ring.write_data_area, 2 * BLOCK
    arrival = Arrival(answer)
    process = system.journal_read_command
    assert process.store(arrival).outcome == 1850
    made = record(system, process.store(arrival))
    assert (made.outcome, made.reference, made.info_crc, made.update_information_newest) == (1820, 2, 0, 64)
    if no_room is NoRoom.HOLD:
        assert process.store(arrival).outcome == 1820
        ring.write_data_area = area
        assert [process.store(arrival).outcome for _ in range(2)] == [1850, 1850]
    made = record(system, process.close(arrival, CYCLE))
    assert (made.outcome, made.size) == ((1755, 1) if no_room is NoRoom.DROP else (1760, 3))


@pytest.mark.parametrize(
    ("settings", "yields"),
    [
        (GroupSettings(commands=2, batch_journals=4, no_room=NoRoom.HOLD), True),
        (GroupSettings(mode=ReadMode.PLAIN, commands=1, no_room=NoRoom.HOLD), True),
        (GroupSettings(mode=ReadMode.PLAIN, commands=1, no_room=NoRoom.HOLD, retry=False), False),
    ],
)
def test_1755_a_held_answer_gives_its_buffer_up_if_it_can_be_asked_for_again(
    settings: GroupSettings, yields: bool
) -> None:
    system, answer = secondary(replace(settings, copy_unit=4096))
    process = system.journal_read_command
    ring = system.shared.groups[0].ring
    area, ring.write_data_area = ring.write_data_area, 2 * BLOCK
    arrival = Arrival(answer)
    assert not process.give_up(arrival), "nothing is held yet"
    assert [process.store(arrival).outcome for _ in range(2)] == [1850, 1820]
    assert process.give_up(arrival) is yields
    assert process.may_store(arrival) is not yields
    if yields:
        made = record(system, process.close(arrival, CYCLE))
        assert (made.outcome, made.size) == (1755, 1)
        finish_device_writes(system)
        ring.write_data_area = area
        asked = process.send(0, 0, CYCLE + settings.interval).packet
        assert asked is not None and asked.command is not None
        assert asked.command.retry if settings.mode is ReadMode.PLAIN else asked.command.first == 2
    else:
        ring.write_data_area = area
        assert [process.store(arrival).outcome for _ in range(2)] == [1850, 1850]


def test_a_journal_of_a_volume_without_a_pair_drops_the_rest_of_its_packet() -> None:
    system, answer = secondary()
    answer.journals[1][0].volume = 3
    arrival = Arrival(answer)
    process = system.journal_read_command
    assert process.store(arrival).outcome == 1850
    made = record(system, process.store(arrival))
    assert (made.process, made.outcome, made.reference) == (7, 2, 2)
    is_of_group(made, GroupState.ABNORMAL)
    assert (made.group_state, system.shared.groups[0].reason) == (GroupState.ABNORMAL, Reason.NEVER_FITS)
    assert record(system, process.close(arrival, CYCLE)).outcome == 0


def test_a_journal_that_goes_beyond_the_end_of_its_secondary_volume_is_not_stored() -> None:
    system, answer = secondary()
    information = answer.journals[1][0]
    system.shared.volumes[information.volume].capacity = information.position + information.size - BLOCK
    arrival = Arrival(answer)
    process = system.journal_read_command
    assert process.store(arrival).outcome == 1850
    made = record(system, process.store(arrival))
    assert (made.outcome, made.volume, made.reference) == (2, information.volume, 2)
    assert (made.group_state, system.shared.groups[0].reason) == (GroupState.ABNORMAL, Reason.NEVER_FITS)
    assert not process.may_store(arrival)
    assert record(system, process.close(arrival, CYCLE)).outcome == 0


@pytest.mark.parametrize("case", ["larger than the area", "before the oldest journal"])
def test_a_journal_that_can_never_have_a_place_makes_the_group_abnormal(case: str) -> None:
    system, answer = secondary()
    group = system.shared.groups[0]
    information, data = answer.journals[0]
    if case == "larger than the area":
        group.ring.write_data_area = information.size
    else:
        group.data_offset += BLOCK
    made = record(system, system.journal_store.store(0, (information, data)))
    assert (made.process, made.outcome, made.volume, made.reference) == (7, 3, 1, 1)
    assert (made.group_state, group.reason) == (GroupState.ABNORMAL, Reason.NEVER_FITS)
    assert not system.disk_adapter.journal_writes[0]


def test_a_number_too_far_ahead_of_commit_has_no_room() -> None:
    system, answer = secondary()
    system.shared.groups[0].ring.update_information_area = 1 << 20
    object.__setattr__(system.parameters, "window", 256)
    information, data = answer.journals[0]
    for number, outcome in ((257, 1820), (256, 1850)):
        information.update_number = number
        assert system.journal_store.store(0, (information, data)).outcome == outcome


def test_1860_a_journal_that_is_durable_before_its_turn_is_committed_in_a_step_of_its_own() -> None:
    system, answer = secondary()
    answer.journals.reverse()
    closed(system, answer)
    for number, commit in ((3, 1), (2, 1), (1, 2)):
        journal = system.disk_adapter.journal_writes[0][0]
        made = record(system, system.journal_write_step(journal))
        assert (made.process, made.outcome, made.volume, made.reference) == (
            3,
            ReadWriteOutcome.JOURNAL_DURABLE,
            1,
            number,
        )
        assert made.update_number == commit
    for number in (2, 3):
        made = record(system, system.journal_store.commit_next(0))
        assert (made.process, made.outcome, made.volume, made.size, made.reference) == (7, 1860, 1, BLOCK, number)
        assert (made.update_number, made.update_information_commit) == (number + 1, 64 * number)
    assert system.journal_store.commit_next(0) is None


def restorable() -> StorageSystem:
    """Return a secondary system with three committed journals."""
    system, answer = secondary()
    closed(system, answer)
    finish_device_writes(system)
    return system


def test_2040_2050_and_2060_reading_writing_and_freeing_are_records() -> None:
    system = restorable()
    made = record(system, system.restore.scan(0))
    assert (made.process, made.outcome, made.reference, made.size) == (8, 2040, 1, 3)
    is_of_group(made)
    assert record(system, system.restore.scan(0)).outcome == 2030  # behind those that are being read
    made = record(system, system.restore.write(0))
    assert (made.outcome, made.volume, made.position, made.size, made.reference) == (2050, 1, 0, BLOCK, 1)
    assert system.restore.free(0) is None
    made = record(system, system.volume_write_step(system.disk_adapter.restore_writes[0, 1]))
    assert (made.process, made.outcome, made.volume, made.reference) == (3, 1, 1, 1)
    made = record(system, system.restore.free(0))
    assert (made.outcome, made.volume, made.position, made.size, made.reference) == (2060, 1, 0, BLOCK, 1)
    assert (made.update_information_oldest, made.write_data_oldest) == (64, 2048 + BLOCK)


def test_2060_an_end_marker_is_freed_at_once_and_makes_the_pair_normal() -> None:
    topology = pair_of_systems()
    topology.original(0).shared.groups[0].original.end_markers_created = 0
    system = topology.secondary(0)
    system.shared.groups[0].secondary.end_markers_restored = 0
    system.shared.pairs[0].state = PairState.COPYING
    topology.original(0).initial_copy.step(0)
    finish_device_writes(topology.original(0))
    answer = topology.original(0).receive(command())
    assert answer is not None
    closed(system, answer)
    finish_device_writes(system)
    system.restore.scan(0)
    assert record(system, system.restore.write(0)).size == 0
    made = record(system, system.restore.free(0))
    assert (made.outcome, made.pair_state, made.volume) == (2060, PairState.NORMAL, 1)


def test_2015_2025_and_2041_end_what_is_being_read() -> None:
    system = restorable()
    system.restore.scan(0)
    made = record(system, system.restore.write(0, read_fails=True))
    assert (made.outcome, made.status, made.reference, made.journal_volume_state) == (2041, 13, 1, ABNORMAL)
    is_of_group(made)
    made = record(system, system.restore.scan(0))
    assert made.outcome == 2025
    is_of_group(made, GroupState.ABNORMAL)
    assert record(system, system.restore.scan(0)).outcome == 2015
    system = restorable()
    system.restore.scan(0)
    system.maintenance.suspend(0)
    assert record(system, system.restore.write(0)).outcome == 2015
    assert not system.restore.groups[0].reading


def test_a_failed_secondary_write_fails_group_and_volume_and_keeps_the_journal() -> None:
    system = restorable()
    system.restore.scan(0)
    system.restore.write(0)
    pending = system.disk_adapter.restore_writes[0, 1]
    _, place = system.disk_adapter.volume_range(1, 0, BLOCK)
    made = record(system, system.volume_write_step(pending, [place]))
    assert (made.outcome, made.status, made.volume_state) == (ReadWriteOutcome.VOLUME_WRITE_FAILED, 13, ABNORMAL)
    assert made.group_state == GroupState.ABNORMAL
    assert system.restore.free(0) is None
    assert system.shared.groups[0].secondary.restore_stopped


def test_a_host_write_says_nothing_of_replication() -> None:
    system = pair_of_systems().original(0)
    step = system.command_reception.receive(HostCommand(Opcode.WRITE, 1, 1, 0, BLOCK), bytes(BLOCK))
    assert record(system, step).process == 2
    assert step is not None and step.packet is None
