"""Initial copy (FIG 10), journal store (FIG 18) and restore (FIG 20): every exit."""

import pytest

from mirrorlog.formats.connection_path import Packet, PacketError, PacketType
from mirrorlog.formats.outcomes import (
    CommandOutcome,
    InitialCopyOutcome,
    ReadCommandOutcome,
    RestoreOutcome,
    StoreOutcome,
)
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.journal_read_reception import ReadFault
from mirrorlog.registers.register_map import group_register
from mirrorlog.storage_system import StorageSystem
from mirrorlog.systems.topology import GroupLink, Topology, finish_device_writes
from mirrorlog.tables.settings import GroupSettings, NoRoom
from mirrorlog.tables.shared_memory import GroupState, PairState, Reason, VolumeState
from tests.model.steps import (
    BLOCK,
    BY_NUMBER,
    CAPACITY,
    HELD,
    ask,
    ask_for_full_batches,
    initiate,
    pair_of_systems,
    take,
    write,
)


def small_secondary(no_room: NoRoom) -> Topology:
    """Return systems whose secondary holds three journals less than the original sends."""
    settings = GroupSettings(copy_unit=1024, no_room=no_room, batch_journals=8, commands=1, interval=1000)
    topology = Topology({1: CAPACITY}, (GroupLink(0, 1, 2, (1,), 2, (16384, 4096), settings),))
    topology.start_copied(0)
    ask_for_full_batches(topology)
    write(topology, 8)
    return topology


@pytest.mark.parametrize("no_room", NoRoom)
def test_1755_a_journal_without_room_is_dropped_or_held_and_comes_in_once_restore_has_made_room(
    no_room: NoRoom,
) -> None:
    topology = small_secondary(no_room)
    _, answer = ask(topology)
    holds = no_room is NoRoom.HOLD
    assert take(topology, answer) == (HELD if holds else ReadCommandOutcome.NO_ROOM_FOR_JOURNAL)
    held = topology.secondary(0).journal_read_command.groups[0].held
    stored = topology.secondary(0).journal_store.groups[0]
    assert len(held) == holds
    assert 0 < len(stored.journals) < 8
    topology.drain()
    assert topology.image(1, 1) == topology.image(2, 1)


def test_1820_journals_are_refused_by_entries_and_by_data_and_1850_placed_by_their_numbers() -> None:
    topology = pair_of_systems(GroupSettings(copy_unit=1024), journal_bytes=4096)
    store = topology.secondary(0).journal_store
    ring = topology.secondary(0).shared.groups[0].ring
    entries = ring.update_information_area // 64

    def journal(number: int, offset: int, size: int) -> UpdateInformation:
        return UpdateInformation(number, 0, 0, 0, offset, size, 0, 0, 1, 2, JournalKind.HOST_WRITE)

    def store_it(information: UpdateInformation) -> int:
        return store.store(0, (information, bytes(BLOCK))).outcome

    assert store_it(journal(entries + 1, 0, BLOCK)) == StoreOutcome.NO_ROOM
    assert store_it(journal(2, ring.write_data_area - BLOCK, BLOCK)) == StoreOutcome.NO_ROOM
    assert store_it(journal(2, BLOCK, BLOCK)) == StoreOutcome.STORED
    assert store_it(journal(2, BLOCK, BLOCK)) == StoreOutcome.NOT_WANTED
    assert ring.update_information_newest == 128
    finish_device_writes(topology.secondary(0))
    assert ring.update_information_commit == 0  # number 1 is missing
    assert store_it(journal(1, 0, BLOCK)) == StoreOutcome.STORED
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
    system.shared.fail_group(system.shared.groups[0], Reason.SUSPENDED)
    assert system.restore.step(0).outcome == RestoreOutcome.GROUP_NOT_NORMAL


def test_2025_an_abnormal_journal_volume_ends_restore() -> None:
    system = restored(pair_of_systems())
    system.shared.volumes[2].state = VolumeState.ABNORMAL
    assert system.restore.step(0).outcome == RestoreOutcome.JOURNAL_VOLUME_ABNORMAL
    assert system.shared.groups[0].state is GroupState.ABNORMAL


def test_2030_restore_sees_only_what_is_committed() -> None:
    topology = pair_of_systems()
    write(topology, 1)
    take(topology, ask(topology)[1])
    system = topology.secondary(0)
    assert system.restore.step(0).outcome == RestoreOutcome.NO_JOURNAL
    finish_device_writes(system)
    assert system.restore.step(0).outcome == RestoreOutcome.WRITING  # 2050
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
    initiate(topology)
    copy = topology.original(0).initial_copy
    pair = topology.original(0).shared.pairs[0]
    assert copy.step(0).outcome == InitialCopyOutcome.UNIT_CREATED
    assert (pair.state, pair.copy_complete_address) == (PairState.COPYING, 5120)
    assert copy.step(0).outcome == InitialCopyOutcome.VOLUME_COPIED  # the last unit is what remains
    assert (pair.state, pair.copy_complete_address) == (PairState.NORMAL, CAPACITY)
    assert copy.step(0).outcome == InitialCopyOutcome.NO_VOLUME  # 1030, the marker has to wait
    topology.drain()
    assert topology.original(0).shared.groups[0].original.end_markers_created == 1
    assert topology.secondary(0).restore.is_consistent(0)
    assert topology.secondary(0).shared.pairs[0].state is PairState.NORMAL


@pytest.mark.parametrize("copied", [CAPACITY, CAPACITY + BLOCK])
def test_a_volume_of_which_nothing_is_left_to_copy_needs_no_journal(copied: int) -> None:
    """Copy complete address is loaded, with the volume's end or more."""
    topology = Topology({1: CAPACITY}, (GroupLink(0, 1, 2, (1,), 2, (16384, 16384), BY_NUMBER),))
    initiate(topology)
    original = topology.original(0)
    pair = original.shared.pairs[0]
    pair.state, pair.copy_complete_address = PairState.COPYING, copied
    step = original.initial_copy.step(0)
    assert (step.outcome, step.creation, step.size) == (InitialCopyOutcome.VOLUME_COPIED, 0, 0)
    assert (pair.state, pair.copy_complete_address) == (PairState.NORMAL, CAPACITY)
    assert original.shared.groups[0].ring.update_information_used == 0
    topology.drain()
    assert topology.secondary(0).restore.is_consistent(0)


def test_initial_copy_takes_at_most_half_of_the_entries_and_waits() -> None:
    settings = GroupSettings(copy_unit=BLOCK)
    topology = Topology({1: CAPACITY}, (GroupLink(0, 1, 2, (1,), 2, (4096, 4096), settings),))
    initiate(topology)
    ring = topology.original(0).shared.groups[0].ring
    outcomes = [topology.original(0).initial_copy.step(0).outcome for _ in range(10)]
    assert outcomes[-1] == InitialCopyOutcome.WAITING
    assert ring.update_information_used == ring.update_information_area // 2


def test_initial_copy_journals_occupy_no_data_at_the_original_and_their_size_at_the_secondary() -> None:
    topology = Topology({1: CAPACITY}, (GroupLink(0, 1, 2, (1,), 2, (16384, 16384), BY_NUMBER),))
    initiate(topology)
    topology.original(0).initial_copy.step(0)
    finish_device_writes(topology.original(0))
    assert topology.original(0).shared.groups[0].ring.write_data_used == 0
    take(topology, ask(topology)[1])
    assert topology.secondary(0).shared.groups[0].ring.write_data_used == BY_NUMBER.copy_unit


def test_initial_copy_reads_in_place_through_the_cache() -> None:
    topology = Topology({1: CAPACITY}, (GroupLink(0, 1, 2, (1,), 2, (16384, 16384), BY_NUMBER),))
    initiate(topology)
    data = b"n" * BLOCK
    topology.original(0).command_reception.receive(HostCommand(Opcode.WRITE, 0, 1, 0, BLOCK), data)  # in cache only
    topology.original(0).initial_copy.step(0)
    original = topology.original(0)
    original.journal_write_done(original.disk_adapter.journal_writes[0][0])
    _, answer = ask(topology)
    assert answer is not None
    assert answer.journals[0][1][:BLOCK] == data


@pytest.mark.parametrize("fault", [ReadFault.ENTRIES, ReadFault.JOURNAL_VOLUME, ReadFault.ORIGINAL_VOLUME])
def test_a_read_error_while_sending_ends_the_packet_and_the_group_in_time(fault: ReadFault) -> None:
    topology = pair_of_systems(copied=False)
    topology.original(0).initial_copy.step(0)
    write(topology, 1)
    command = topology.secondary(0).journal_read_command.poll(0, 10**9)
    assert command is not None
    answer = topology.original(0).receive(command, 0, fault)
    assert answer is not None
    assert (answer.type is PacketType.JOURNALS, answer.poisoned) == (fault is not ReadFault.ENTRIES,) * 2
    if answer.poisoned:
        with pytest.raises(PacketError):
            Packet.unpack(answer.pack())
    _, answer = ask(topology, 3 * 10**9)
    assert answer is not None and answer.type is PacketType.GROUP_STATE


def test_a_silent_secondary_makes_the_group_abnormal_after_the_limit() -> None:
    topology = pair_of_systems(GroupSettings(copy_unit=4096, silence=1000))
    reception = topology.original(0).journal_read_reception
    assert reception.watch(0, 999) is None
    assert topology.original(0).shared.groups[0].state is GroupState.NORMAL
    assert reception.watch(0, 1000) is not None
    assert topology.original(0).shared.groups[0].state is GroupState.ABNORMAL
    write(topology, 1)  # host writes go on


def test_silence_counts_from_the_moment_at_which_tables_are_loaded() -> None:
    topology = pair_of_systems(GroupSettings(copy_unit=4096, silence=2000))
    system = topology.original(0)
    loaded = {"state": (5000, GroupState.NORMAL), "silence": (5500, 2000)}  # a setting is no table
    for name, (now, value) in loaded.items():
        assert system.register_access.write(group_register(0, name), value, 0xFF, True, now).status == 0
    assert system.journal_read_reception.watch(0, 6999) is None
    assert system.journal_read_reception.watch(0, 7000) is not None


def test_takeover_drains_what_is_committed_whatever_the_groups_state() -> None:
    topology = pair_of_systems()
    system = restored(topology)
    system.shared.fail_group(system.shared.groups[0], Reason.SUSPENDED)
    system.maintenance.takeover(0)
    assert system.restore.step(0).outcome == RestoreOutcome.WRITING
    assert not system.restore.is_drained(0)
    finish_device_writes(system)
    assert system.maintenance.finish_takeover(0) is True
    assert topology.image(2, 1)[:BLOCK] == bytes([1]) * BLOCK
    step = system.command_reception.receive(HostCommand(Opcode.READ, 0, 1, 0, BLOCK))
    assert step is not None and step.outcome == CommandOutcome.READ_TAKEN
