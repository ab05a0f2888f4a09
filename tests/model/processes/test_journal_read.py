"""Journal read reception (FIG 15) and journal read command (FIG 17): every exit, and the packets between them."""

import pytest

from mirrorlog.formats.connection_path import Packet, PacketError, PacketType, ReadCommand
from mirrorlog.formats.outcomes import ReadCommandOutcome, ReceptionOutcome
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.systems.topology import finish_device_writes
from mirrorlog.tables.settings import GroupSettings, NextCommand, NoRoom, ReadMode, SettingsError
from mirrorlog.tables.shared_memory import GroupState, PairState, VolumeState
from tests.model.steps import BLOCK, BY_NUMBER, PLAIN, ask, numbers, pair_of_systems, take, write


@pytest.mark.parametrize("settings", [BY_NUMBER, PLAIN], ids=["by number", "plain"])
def test_1515_an_abnormal_group_is_posted_and_the_secondary_takes_its_state(settings: GroupSettings) -> None:
    topology = pair_of_systems(settings)
    topology.original(0).maintenance.suspend(0)
    _, answer = ask(topology)
    assert answer is not None and (answer.type, answer.status) == (PacketType.GROUP_STATE, GroupState.ABNORMAL)
    assert take(topology, answer) == ReadCommandOutcome.GROUP_STATE_TAKEN  # 1735
    assert topology.secondary(0).shared.groups[0].state is GroupState.ABNORMAL
    assert topology.secondary(0).shared.pairs[0].state is PairState.ABNORMAL


def test_1515_on_blank_the_secondary_stops_and_keeps_its_tables() -> None:
    topology = pair_of_systems()
    command, _ = ask(topology)
    blank = Packet(PacketType.GROUP_STATE, 1, 2, 0, 0, command.generation, command.tag, GroupState.BLANK)
    assert take(topology, blank) == ReadCommandOutcome.GROUP_STATE_TAKEN
    assert topology.secondary(0).shared.groups[0].state is GroupState.NORMAL
    assert topology.secondary(0).journal_read_command.poll(0, 10**12) is None


@pytest.mark.parametrize("mode", [BY_NUMBER, PLAIN])
def test_a_group_state_that_is_none_changes_nothing_and_is_asked_for_again_after_the_interval(
    mode: GroupSettings,
) -> None:
    topology = pair_of_systems(mode)
    write(topology, 1)
    command, _ = ask(topology)
    wrong = Packet(PacketType.GROUP_STATE, 1, 2, 0, 0, command.generation, command.tag, 77)
    assert take(topology, wrong) == ReadCommandOutcome.DROPPED
    secondary = topology.secondary(0)
    group = secondary.shared.groups[0]
    assert (group.state, group.secondary.stopped) == (GroupState.NORMAL, False)
    assert secondary.journal_read_command.may_send(0, 0, mode.interval)
    assert mode.interval == 0 or not secondary.journal_read_command.may_send(0, 0, mode.interval - 1)


def test_1525_an_abnormal_journal_volume_makes_the_group_abnormal_and_is_posted() -> None:
    topology = pair_of_systems()
    topology.original(0).shared.volumes[2].state = VolumeState.ABNORMAL
    _, answer = ask(topology)
    assert answer is not None and answer.status == GroupState.ABNORMAL
    assert topology.original(0).shared.groups[0].state is GroupState.ABNORMAL
    exits = topology.original(0).journal_read_reception.groups[0].exits
    assert exits == {ReceptionOutcome.JOURNAL_VOLUME_ABNORMAL: 1}


def test_1545_a_retry_resends_the_whole_last_batch_and_moves_no_pointer() -> None:
    topology = pair_of_systems(PLAIN)
    write(topology, 3)
    _, first = ask(topology)
    ring = topology.original(0).shared.groups[0].ring
    before = (ring.read_initiation, ring.retry_initiation, ring.update_information_oldest)
    reading = topology.secondary(0).journal_read_command.groups[0]
    reading.slots.slot(0).packet = None
    reading.retry = True
    command, again = ask(topology)
    assert command.command is not None and command.command.retry
    assert numbers(again) == numbers(first) == [1, 2, 3]
    assert (ring.read_initiation, ring.retry_initiation, ring.update_information_oldest) == before
    assert topology.original(0).journal_read_reception.groups[0].exits[ReceptionOutcome.RETRANSMITTED] == 1


def test_1545_a_retry_with_nothing_outstanding_is_a_normal_read() -> None:
    topology = pair_of_systems(PLAIN)
    write(topology, 2)
    topology.secondary(0).journal_read_command.groups[0].retry = True
    _, answer = ask(topology)
    assert numbers(answer) == [1, 2]


def test_a_repeated_plain_tag_frees_nothing_and_an_older_one_is_dropped() -> None:
    topology = pair_of_systems(PLAIN)
    write(topology, 5)
    command, answer = ask(topology)
    take(topology, answer)
    finish_device_writes(topology.secondary(0))
    second, answer = ask(topology)
    ring = topology.original(0).shared.groups[0].ring
    assert numbers(answer) == [5]
    assert ring.update_information_used == 64  # 1590: the first batch is freed
    assert numbers(topology.original(0).receive(second)) == [5]
    assert ring.update_information_used == 64
    assert topology.original(0).receive(command) is None


def test_1560_no_journal_frees_what_was_sent_once_and_retry_becomes_read() -> None:
    topology = pair_of_systems(PLAIN)
    write(topology, 2)
    _, answer = ask(topology)
    take(topology, answer)
    finish_device_writes(topology.secondary(0))
    ring = topology.original(0).shared.groups[0].ring
    assert ring.retry_initiation != ring.read_initiation
    for now in (0, 10**9):
        _, answer = ask(topology, now)
        assert answer is not None and answer.type is PacketType.NO_JOURNAL
        assert take(topology, answer, now) == ReadCommandOutcome.WAITS  # 1725
        assert (ring.update_information_used, ring.write_data_used) == (0, 0)
        assert ring.retry_initiation == ring.read_initiation == ring.update_information_oldest


def test_1560_is_answered_while_newest_is_ahead_of_commit() -> None:
    topology = pair_of_systems()
    data = bytes(BLOCK)
    topology.original(0).command_reception.receive(HostCommand(Opcode.WRITE, 0, 1, 0, BLOCK), data)
    _, answer = ask(topology)
    assert answer is not None and answer.type is PacketType.NO_JOURNAL


def test_1580_batches_keep_the_limits_of_journals_and_bytes_but_one_journal_always_fits() -> None:
    for limits, expected in (((3, 1 << 20), 3), ((16, 2 * BLOCK), 2), ((16, 1), 1)):
        settings = GroupSettings(copy_unit=4096, batch_journals=limits[0], batch_bytes=limits[1])
        topology = pair_of_systems(settings)
        write(topology, 5)
        assert len(numbers(ask(topology)[1])) == expected


def test_by_number_frees_up_to_what_the_secondary_has_committed() -> None:
    topology = pair_of_systems()
    write(topology, 3)
    _, answer = ask(topology)
    take(topology, answer)
    command, _ = ask(topology, 10**9)
    assert command.command is not None and command.command.free == 0  # received, not yet durable
    finish_device_writes(topology.secondary(0))
    topology.secondary(0).journal_read_command.groups[0].slots.slot(1).packet = None
    command, _ = ask(topology, 2 * 10**9)
    assert command.command is not None and (command.command.free, command.command.free_bytes) == (3, 3 * BLOCK)
    ring = topology.original(0).shared.groups[0].ring
    assert (ring.update_information_used, ring.write_data_used) == (0, 0)


@pytest.mark.parametrize(("free", "free_bytes"), [(9, BLOCK), (1, 99 * BLOCK), (3, 0)])
def test_by_number_a_command_that_frees_what_was_not_sent_is_dropped(free: int, free_bytes: int) -> None:
    topology = pair_of_systems(GroupSettings(copy_unit=4096, batch_journals=1))
    write(topology, 3)
    command, _ = ask(topology)
    forged = ReadCommand(True, False, 1, 1, 2, free, free_bytes)
    packet = Packet(command.type, 2, 1, 0, 0, command.generation, 99, command=forged)
    before = topology.original(0).shared.groups[0].ring.update_information_used
    assert topology.original(0).receive(packet) is None
    assert topology.original(0).shared.groups[0].ring.update_information_used == before


def test_gone_makes_the_secondary_abnormal_but_not_when_it_has_the_journal_meanwhile() -> None:
    topology = pair_of_systems()
    command, _ = ask(topology)
    gone = Packet(PacketType.GONE, 1, 2, 0, 0, command.generation, command.tag)
    topology.secondary(0).shared.groups[0].update_number = 5
    assert take(topology, gone) == ReadCommandOutcome.DROPPED
    topology.secondary(0).shared.groups[0].update_number = 1
    command, _ = ask(topology)
    gone = Packet(PacketType.GONE, 1, 2, 0, 0, command.generation, command.tag)
    assert take(topology, gone) == ReadCommandOutcome.GROUP_STATE_TAKEN
    assert topology.secondary(0).shared.groups[0].state is GroupState.ABNORMAL


def test_several_commands_in_flight_ask_for_different_journals_and_answers_are_placed_by_number() -> None:
    topology = pair_of_systems(GroupSettings(copy_unit=4096, commands=3, batch_journals=2))
    write(topology, 6)
    answers = [ask(topology)[1] for _ in range(3)]
    assert [numbers(answer) for answer in answers] == [[1, 2], [3, 4], [5, 6]]
    for answer in reversed(answers):
        assert take(topology, answer) == ReadCommandOutcome.STORED_ALL
    topology.drain()
    assert topology.image(1, 1) == topology.image(2, 1)


def test_a_lost_answer_is_asked_for_again_after_the_timeout() -> None:
    for settings in (BY_NUMBER, PLAIN):
        topology = pair_of_systems(settings)
        write(topology, 1)
        first, _ = ask(topology)
        topology.secondary(0).shared.incarnation += 1
        second, answer = ask(topology, settings.timeout + 1)
        assert numbers(answer) == [1]
        assert (first.tag == second.tag) == (settings is PLAIN)
        assert second.incarnation == first.incarnation + 1


def test_packets_of_another_generation_are_dropped_on_both_sides() -> None:
    topology = pair_of_systems()
    write(topology, 1)
    command, answer = ask(topology)
    assert answer is not None
    answer.generation += 1
    assert take(topology, answer) == ReadCommandOutcome.DROPPED
    command.generation += 1
    assert topology.original(0).receive(command) is None


def test_a_journal_received_twice_changes_nothing() -> None:
    topology = pair_of_systems()
    write(topology, 2)
    _, answer = ask(topology)
    take(topology, answer)
    before = repr(topology.secondary(0).journal_store.groups)
    assert take(topology, answer) == ReadCommandOutcome.STORED_ALL
    assert repr(topology.secondary(0).journal_store.groups) == before


def test_1745_an_abnormal_journal_volume_at_the_secondary_makes_its_group_abnormal() -> None:
    topology = pair_of_systems()
    write(topology, 1)
    _, answer = ask(topology)
    topology.secondary(0).shared.volumes[2].state = VolumeState.ABNORMAL
    assert take(topology, answer) == ReadCommandOutcome.JOURNAL_VOLUME_ABNORMAL
    assert topology.secondary(0).shared.groups[0].state is GroupState.ABNORMAL


def test_next_command_at_once_after_an_interval_or_by_backlog() -> None:
    for when, waits in ((NextCommand.AT_ONCE, False), (NextCommand.INTERVAL, True), (NextCommand.BACKLOG, True)):
        topology = pair_of_systems(
            GroupSettings(copy_unit=4096, next_command=when, backlog=1, commands=1, interval=1000)
        )
        write(topology, 1)
        take(topology, ask(topology)[1])
        finish_device_writes(topology.secondary(0))
        assert (topology.secondary(0).journal_read_command.poll(0, 10) is None) == waits


def test_freeing_at_once_frees_what_is_sent() -> None:
    settings = GroupSettings(
        mode=ReadMode.PLAIN, commands=1, copy_unit=4096, free_at_once=True, retry=False, no_room=NoRoom.HOLD
    )
    topology = pair_of_systems(settings)
    write(topology, 2)
    ask(topology)
    assert topology.original(0).shared.groups[0].ring.update_information_used == 0


@pytest.mark.parametrize("bit", range(0, 64 * 8, 5))
def test_a_damaged_packet_is_refused(bit: int) -> None:
    topology = pair_of_systems()
    write(topology, 2)
    command, answer = ask(topology)
    assert answer is not None
    assert Packet.unpack(answer.pack()) == answer
    assert Packet.unpack(command.pack()) == command
    for packet in (command, answer):
        packed = bytearray(packet.pack())
        packed[bit // 8 if bit % 2 else -1 - bit // 8] ^= 1 << bit % 8
        with pytest.raises(PacketError):
            Packet.unpack(bytes(packed))


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"batch_journals": 0}, ["batch_journals"]),
        ({"interval": -1}, ["interval"]),
        ({"copy_unit": 100}, ["copy_unit"]),
        ({"silence": 0}, ["silence"]),
        ({"mode": ReadMode.PLAIN}, ["commands", "plain"]),
        ({"mode": ReadMode.PLAIN, "commands": 1, "free_at_once": True}, ["free_at_once", "retry"]),
        ({"free_at_once": True, "retry": False}, ["free_at_once", "by-number"]),
        ({"mode": ReadMode.PLAIN, "commands": 1, "retry": False}, ["no_room", "retry"]),
    ],
)
def test_settings_out_of_range_or_in_contradiction_are_refused_by_name(
    settings: dict[str, object], names: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        GroupSettings(**settings)  # type: ignore[arg-type]
    assert all(name in str(caught.value) for name in names)
