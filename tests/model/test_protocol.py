"""Every exit of the flow charts of FIG 10, 15, 17, 18 and 20, and the decisions that go with them."""

import pytest

from model import initial_copy, journal_read_command, journal_read_reception, restore
from model.command_reception import HostCommand, Opcode
from model.connection_path import Packet, PacketError, PacketType, ReadCommand
from model.journal_read_reception import ReadFault
from model.journal_store import NO_ROOM, NOT_WANTED, STORED
from model.settings import GroupSettings, NextCommand, NoRoom, ReadMode, SettingsError
from model.shared_memory import GroupState, PairState, VolumeState
from model.storage_system import StorageSystem
from model.topology import GroupLink, Topology, finish_device_writes
from model.update_information import JournalKind, UpdateInformation

CAPACITY = 8192
BLOCK = 512
BY_NUMBER = GroupSettings(copy_unit=4096, commands=2, batch_journals=4)
PLAIN = GroupSettings(mode=ReadMode.PLAIN, commands=1, copy_unit=4096, batch_journals=4)


def pair_of_systems(settings: GroupSettings = BY_NUMBER, copied: bool = True, journal_bytes: int = 16384) -> Topology:
    """Return two systems with volume 1 in group 0, system 1 original."""
    sizes = (journal_bytes, journal_bytes)
    topology = Topology({1: CAPACITY}, (GroupLink(0, 1, 2, (1,), 2, sizes, settings),))
    if copied:
        topology.start_copied(0)
    else:
        topology.start(0)
        topology.settle()
    return topology


def write(topology: Topology, count: int = 1, size: int = BLOCK) -> None:
    """Write to the original volume; the journals become durable."""
    system = topology.original(0)
    for number in range(count):
        data = bytes([number + 1]) * size
        step = system.command_reception.receive(HostCommand(Opcode.WRITE, 0, 1, number * BLOCK, size), data)
        assert step is not None and step.outcome == 1280
    finish_device_writes(system)


def ask(topology: Topology, now: int = 0, fault: ReadFault = ReadFault.NONE) -> tuple[Packet, Packet | None]:
    """Let the secondary send a command and the original answer it."""
    command = topology.secondary(0).journal_read_command.poll(0, now)
    assert command is not None
    return command, topology.original(0).receive(command, now, fault)


def take(topology: Topology, packet: Packet | None, now: int = 0) -> int:
    """Let the secondary take an answer; returns the exit."""
    assert packet is not None
    return topology.secondary(0).journal_read_command.receive(packet, now)


def numbers(packet: Packet | None) -> list[int]:
    """Return the update numbers of a packet's journals."""
    assert packet is not None
    return [information.update_number for information, _ in packet.journals]


@pytest.mark.parametrize("settings", [BY_NUMBER, PLAIN], ids=["by number", "plain"])
def test_1515_an_abnormal_group_is_posted_and_the_secondary_takes_its_state(settings: GroupSettings) -> None:
    topology = pair_of_systems(settings)
    topology.original(0).maintenance.suspend(0)
    _, answer = ask(topology)
    assert answer is not None and (answer.type, answer.status) == (PacketType.GROUP_STATE, GroupState.ABNORMAL)
    assert take(topology, answer) == journal_read_command.GROUP_STATE_TAKEN  # 1735
    assert topology.secondary(0).shared.groups[0].state is GroupState.ABNORMAL
    assert topology.secondary(0).shared.pairs[0].state is PairState.ABNORMAL


def test_1515_on_blank_the_secondary_stops_and_keeps_its_tables() -> None:
    topology = pair_of_systems()
    command, _ = ask(topology)
    blank = Packet(PacketType.GROUP_STATE, 1, 2, 0, 0, command.generation, command.tag, GroupState.BLANK)
    assert take(topology, blank) == journal_read_command.GROUP_STATE_TAKEN
    assert topology.secondary(0).shared.groups[0].state is GroupState.NORMAL
    assert topology.secondary(0).journal_read_command.poll(0, 10**12) is None


def test_1525_an_abnormal_journal_volume_makes_the_group_abnormal_and_is_posted() -> None:
    topology = pair_of_systems()
    topology.original(0).shared.volumes[2].state = VolumeState.ABNORMAL
    _, answer = ask(topology)
    assert answer is not None and answer.status == GroupState.ABNORMAL
    assert topology.original(0).shared.groups[0].state is GroupState.ABNORMAL
    exits = topology.original(0).journal_read_reception.groups[0].exits
    assert exits == {journal_read_reception.JOURNAL_VOLUME_ABNORMAL: 1}


def test_1545_a_retry_resends_the_whole_last_batch_and_moves_no_pointer() -> None:
    topology = pair_of_systems(PLAIN)
    write(topology, 3)
    _, first = ask(topology)
    ring = topology.original(0).shared.groups[0].ring
    before = (ring.read_initiation, ring.retry_initiation, ring.update_information_oldest)
    reading = topology.secondary(0).journal_read_command.groups[0]
    reading.commands.clear()
    reading.retry = True
    command, again = ask(topology)
    assert command.command is not None and command.command.retry
    assert numbers(again) == numbers(first) == [1, 2, 3]
    assert (ring.read_initiation, ring.retry_initiation, ring.update_information_oldest) == before
    assert topology.original(0).journal_read_reception.groups[0].exits[journal_read_reception.RETRANSMITTED] == 1


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
        assert take(topology, answer, now) == journal_read_command.WAITS  # 1725
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
    topology.secondary(0).journal_read_command.groups[0].commands.clear()
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
    topology.secondary(0).journal_store.groups[0].commit = 5
    assert take(topology, gone) == journal_read_command.DROPPED
    topology.secondary(0).journal_store.groups[0].commit = 1
    command, _ = ask(topology)
    gone = Packet(PacketType.GONE, 1, 2, 0, 0, command.generation, command.tag)
    assert take(topology, gone) == journal_read_command.GROUP_STATE_TAKEN
    assert topology.secondary(0).shared.groups[0].state is GroupState.ABNORMAL


def test_several_commands_under_way_ask_for_different_journals_and_answers_are_placed_by_number() -> None:
    topology = pair_of_systems(GroupSettings(copy_unit=4096, commands=3, batch_journals=2))
    write(topology, 6)
    answers = [ask(topology)[1] for _ in range(3)]
    assert [numbers(answer) for answer in answers] == [[1, 2], [3, 4], [5, 6]]
    for answer in reversed(answers):
        assert take(topology, answer) == journal_read_command.STORED_ALL
    topology.drain()
    assert topology.image(1, 1) == topology.image(2, 1)


def test_a_lost_answer_is_asked_for_again_after_the_timeout() -> None:
    for settings in (BY_NUMBER, PLAIN):
        topology = pair_of_systems(settings)
        write(topology, 1)
        first, _ = ask(topology)
        second, answer = ask(topology, settings.timeout + 1)
        assert numbers(answer) == [1]
        assert (first.tag == second.tag) == (settings is PLAIN)


def test_packets_of_another_generation_are_dropped_on_both_sides() -> None:
    topology = pair_of_systems()
    write(topology, 1)
    command, answer = ask(topology)
    assert answer is not None
    answer.generation += 1
    assert take(topology, answer) == journal_read_command.DROPPED
    command.generation += 1
    assert topology.original(0).receive(command) is None


def test_a_journal_received_twice_changes_nothing() -> None:
    topology = pair_of_systems()
    write(topology, 2)
    _, answer = ask(topology)
    take(topology, answer)
    before = repr(topology.secondary(0).journal_store.groups)
    assert take(topology, answer) == journal_read_command.STORED_ALL
    assert repr(topology.secondary(0).journal_store.groups) == before


def test_1745_an_abnormal_journal_volume_at_the_secondary_makes_its_group_abnormal() -> None:
    topology = pair_of_systems()
    write(topology, 1)
    _, answer = ask(topology)
    topology.secondary(0).shared.volumes[2].state = VolumeState.ABNORMAL
    assert take(topology, answer) == journal_read_command.JOURNAL_VOLUME_ABNORMAL
    assert topology.secondary(0).shared.groups[0].state is GroupState.ABNORMAL


def small_secondary(no_room: NoRoom) -> Topology:
    """Return systems whose secondary holds three journals less than the original sends."""
    settings = GroupSettings(copy_unit=1024, no_room=no_room, batch_journals=8, commands=1, interval=1000)
    topology = Topology({1: CAPACITY}, (GroupLink(0, 1, 2, (1,), 2, (16384, 4096), settings),))
    topology.start_copied(0)
    write(topology, 8)
    return topology


@pytest.mark.parametrize("no_room", NoRoom)
def test_1755_a_journal_without_room_is_dropped_or_held_and_comes_in_once_restore_has_made_room(
    no_room: NoRoom,
) -> None:
    topology = small_secondary(no_room)
    _, answer = ask(topology)
    assert take(topology, answer) == journal_read_command.NO_ROOM_FOR_JOURNAL
    held = topology.secondary(0).journal_read_command.groups[0].held
    stored = topology.secondary(0).journal_store.groups[0]
    assert len(held) <= 1  # only the next expected journal may be held
    assert len(stored.journals) < 8
    topology.drain()
    assert topology.image(1, 1) == topology.image(2, 1)


def test_1820_journals_are_refused_by_entries_and_by_data_and_1850_placed_by_their_numbers() -> None:
    topology = pair_of_systems(GroupSettings(copy_unit=1024), journal_bytes=4096)
    store = topology.secondary(0).journal_store
    ring = topology.secondary(0).shared.groups[0].ring
    entries = ring.update_information_area // 64

    def journal(number: int, offset: int, size: int) -> UpdateInformation:
        return UpdateInformation(number, 0, 0, 0, offset, size, 0, 0, 1, 2, JournalKind.HOST_WRITE)

    assert store.store(0, journal(entries + 1, 0, BLOCK), bytes(BLOCK)) == NO_ROOM
    assert store.store(0, journal(2, ring.write_data_area - BLOCK, BLOCK), bytes(BLOCK)) == NO_ROOM
    assert store.store(0, journal(2, BLOCK, BLOCK), bytes(BLOCK)) == STORED
    assert store.store(0, journal(2, BLOCK, BLOCK), bytes(BLOCK)) == NOT_WANTED
    assert ring.update_information_newest == 128
    finish_device_writes(topology.secondary(0))
    assert ring.update_information_commit == 0  # number 1 is missing
    assert store.store(0, journal(1, 0, BLOCK), bytes(BLOCK)) == STORED
    finish_device_writes(topology.secondary(0))
    assert ring.update_information_commit == 128


def test_1840_the_stored_update_information_names_the_secondarys_group_and_place() -> None:
    topology = pair_of_systems()
    write(topology, 1)
    take(topology, ask(topology)[1])
    journal = topology.secondary(0).disk_adapter.journal_writes[0][0]
    kept = UpdateInformation.unpack(journal.information)
    assert (kept.group, kept.journal_volume) == (0, 2)
    assert kept.journal_position == journal.parts[0][0]


def restored(topology: Topology) -> StorageSystem:
    """Return the secondary system with one journal committed, to be restored."""
    write(topology, 1)
    take(topology, ask(topology)[1])
    finish_device_writes(topology.secondary(0))
    return topology.secondary(0)


def test_2015_a_group_that_is_not_normal_is_not_restored() -> None:
    system = restored(pair_of_systems())
    system.shared.fail_group(system.shared.groups[0])
    assert system.restore.step(0) == restore.GROUP_NOT_NORMAL


def test_2025_an_abnormal_journal_volume_ends_restore() -> None:
    system = restored(pair_of_systems())
    system.shared.volumes[2].state = VolumeState.ABNORMAL
    assert system.restore.step(0) == restore.JOURNAL_VOLUME_ABNORMAL
    assert system.shared.groups[0].state is GroupState.ABNORMAL


def test_2030_restore_sees_only_what_is_committed() -> None:
    topology = pair_of_systems()
    write(topology, 1)
    take(topology, ask(topology)[1])
    system = topology.secondary(0)
    assert system.restore.step(0) == restore.NO_JOURNAL
    finish_device_writes(system)
    assert system.restore.step(0) == restore.WRITING  # 2050
    assert system.shared.groups[0].ring.update_information_used == 64
    finish_device_writes(system)
    assert system.shared.groups[0].ring.update_information_used == 0  # 2060
    assert topology.image(2, 1)[:BLOCK] == bytes([1]) * BLOCK


def test_2060_a_failed_secondary_write_keeps_the_journal_and_stops_the_group() -> None:
    system = restored(pair_of_systems())
    system.restore.step(0)
    (pending,) = system.disk_adapter.restore_writes.values()
    _, place = system.disk_adapter.volume_range(1, 0, BLOCK)
    system.volume_write_done(pending, [place])
    assert system.shared.volumes[1].state is VolumeState.ABNORMAL
    assert system.shared.groups[0].state is GroupState.ABNORMAL
    assert system.shared.groups[0].ring.update_information_used == 64


def test_initial_copy_creates_units_marks_the_end_only_when_the_last_is_freed_and_ends() -> None:
    topology = pair_of_systems(GroupSettings(copy_unit=5120), copied=False)
    topology = Topology(
        {1: CAPACITY}, (GroupLink(0, 1, 2, (1,), 2, (16384, 16384), GroupSettings(copy_unit=5120, commands=1)),)
    )
    topology.start(0)
    copy = topology.original(0).initial_copy
    pair = topology.original(0).shared.pairs[0]
    assert copy.step(0, 0) == initial_copy.UNIT_CREATED
    assert (pair.state, pair.copy_complete_address) == (PairState.COPYING, 5120)
    assert copy.step(0, 0) == initial_copy.VOLUME_COPIED  # the last unit is what remains
    assert (pair.state, pair.copy_complete_address) == (PairState.NORMAL, CAPACITY)
    assert copy.step(0, 0) == initial_copy.NO_VOLUME  # 1030, the marker has to wait
    topology.drain()
    assert copy.groups[0][0].marked
    assert topology.secondary(0).restore.is_consistent(0)
    assert topology.secondary(0).shared.pairs[0].state is PairState.NORMAL


def test_initial_copy_takes_at_most_half_of_the_entries_and_waits() -> None:
    settings = GroupSettings(copy_unit=BLOCK)
    topology = Topology({1: CAPACITY}, (GroupLink(0, 1, 2, (1,), 2, (4096, 4096), settings),))
    topology.start(0)
    ring = topology.original(0).shared.groups[0].ring
    outcomes = [topology.original(0).initial_copy.step(0, 0) for _ in range(10)]
    assert outcomes[-1] == initial_copy.WAITING
    assert ring.update_information_used == ring.update_information_area // 2


def test_initial_copy_journals_occupy_no_data_at_the_original_and_their_size_at_the_secondary() -> None:
    topology = Topology({1: CAPACITY}, (GroupLink(0, 1, 2, (1,), 2, (16384, 16384), BY_NUMBER),))
    topology.start(0)
    topology.deliver(topology.paths[1, 2].popleft())
    topology.original(0).initial_copy.step(0, 0)
    finish_device_writes(topology.original(0))
    assert topology.original(0).shared.groups[0].ring.write_data_used == 0
    take(topology, ask(topology)[1])
    assert topology.secondary(0).shared.groups[0].ring.write_data_used == BY_NUMBER.copy_unit


def test_initial_copy_reads_in_place_through_the_cache() -> None:
    topology = Topology({1: CAPACITY}, (GroupLink(0, 1, 2, (1,), 2, (16384, 16384), BY_NUMBER),))
    topology.start(0)
    topology.deliver(topology.paths[1, 2].popleft())
    data = b"n" * BLOCK
    topology.original(0).command_reception.receive(HostCommand(Opcode.WRITE, 0, 1, 0, BLOCK), data)  # in cache only
    topology.original(0).initial_copy.step(0, 0)
    original = topology.original(0)
    original.journal_write_done(original.disk_adapter.journal_writes[0][0])
    _, answer = ask(topology)
    assert answer is not None
    assert answer.journals[0][1][:BLOCK] == data


@pytest.mark.parametrize("fault", [ReadFault.JOURNAL_VOLUME, ReadFault.ORIGINAL_VOLUME])
def test_a_read_error_while_sending_ends_the_packet_and_the_group_in_time(fault: ReadFault) -> None:
    topology = pair_of_systems(copied=False)
    topology.original(0).initial_copy.step(0, 0)
    finish_device_writes(topology.original(0))
    command = topology.secondary(0).journal_read_command.poll(0, 10**9)
    assert command is not None
    answer = topology.original(0).receive(command, 0, fault)
    if answer is not None and answer.type is PacketType.JOURNALS:
        assert (answer.status, answer.journals) == (13, [])
        assert take(topology, answer, 10**9) == journal_read_command.DROPPED
    _, answer = ask(topology, 3 * 10**9)
    assert answer is not None and answer.type is PacketType.GROUP_STATE


def test_a_silent_secondary_makes_the_group_abnormal_after_the_limit() -> None:
    topology = pair_of_systems(GroupSettings(copy_unit=4096, silence=1000))
    reception = topology.original(0).journal_read_reception
    reception.watch(0, 1000)
    assert topology.original(0).shared.groups[0].state is GroupState.NORMAL
    reception.watch(0, 1001)
    assert topology.original(0).shared.groups[0].state is GroupState.ABNORMAL
    write(topology, 1)  # host writes go on


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


def test_takeover_drains_what_is_committed_whatever_the_groups_state() -> None:
    topology = pair_of_systems()
    system = restored(topology)
    system.shared.fail_group(system.shared.groups[0])
    system.maintenance.takeover(0)
    assert system.restore.step(0) == restore.WRITING
    assert not system.restore.is_drained(0)
    finish_device_writes(system)
    assert system.maintenance.finish_takeover(0) is True
    assert topology.image(2, 1)[:BLOCK] == bytes([1]) * BLOCK
    step = system.command_reception.receive(HostCommand(Opcode.READ, 0, 1, 0, BLOCK))
    assert step is not None and step.outcome == 1230


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
