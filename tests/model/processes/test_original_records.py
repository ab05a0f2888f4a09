"""Commit records of the original system's replication: every exit of FIG 10 and 15."""

import pytest

from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.update_information import info_crc
from mirrorlog.processes.journal_read_reception import BatchReading
from mirrorlog.storage_system import StorageSystem
from mirrorlog.systems.topology import GroupLink, Topology
from mirrorlog.tables.settings import GroupSettings
from mirrorlog.tables.shared_memory import GroupState, PairState, VolumeState
from tests.model.records import command, is_of_group, record
from tests.model.steps import BLOCK, BY_NUMBER, CAPACITY, PLAIN, initiate, pair_of_systems, write

JOURNAL_VOLUME = 2
ABNORMAL = VolumeState.ABNORMAL
CYCLE = 1000


def copying() -> StorageSystem:
    """Return an original system whose initial copy has just been started."""
    link = GroupLink(0, 1, 2, (1,), 2, (16384, 16384), GroupSettings(copy_unit=5120))
    topology = Topology({1: CAPACITY}, (link,))
    initiate(topology)
    return topology.original(0)


def test_1050_and_1070_a_unit_names_its_journal_and_moves_the_copy_complete_address() -> None:
    system = copying()
    number = system.shared.groups[0].update_number
    made = record(system, system.initial_copy.step(0))
    assert (made.process, made.outcome, made.creation, made.volume) == (4, 1050, 1385, 1)
    assert (made.position, made.size, made.reference) == (0, 5120, number)
    assert (made.pair_state, made.copy_complete_address) == (PairState.COPYING, 5120)
    assert made.info_crc == info_crc(system.disk_adapter.journal_writes[0][-1].information)
    made = record(system, system.initial_copy.step(0))
    assert (made.outcome, made.position, made.size, made.pair_state) == (1070, 5120, CAPACITY - 5120, PairState.NORMAL)


def test_1030_nothing_to_copy_is_a_group_record() -> None:
    system = pair_of_systems().original(0)
    made = record(system, system.initial_copy.step(0))
    assert (made.process, made.outcome) == (4, 1030)
    is_of_group(made)


def test_940_the_end_marker_is_a_journal_without_data() -> None:
    system = pair_of_systems().original(0)
    system.shared.groups[0].original.end_markers_created = 0
    made = record(system, system.initial_copy.step(0))
    assert (made.outcome, made.creation, made.volume, made.position, made.size) == (940, 1385, 1, 0, 0)
    assert (made.reference, made.update_number) == (1, 2)
    assert system.shared.groups[0].original.end_markers_created == 1


def test_1390_initial_copy_waits_with_half_of_the_entries_in_use() -> None:
    system = copying()
    ring = system.shared.groups[0].ring
    ring.update_information_used = ring.update_information_area // 2
    made = record(system, system.initial_copy.step(0))
    assert (made.outcome, made.creation, made.volume, made.reference) == (1390, 1390, 1, 0)
    assert made.pair_state == PairState.NOT_COPYING  # 1020 comes with the first unit


def test_1315_an_abnormal_journal_volume_ends_initial_copy_and_fails_the_group() -> None:
    system = copying()
    system.shared.volumes[JOURNAL_VOLUME].state = ABNORMAL
    made = record(system, system.initial_copy.step(0))
    assert (made.outcome, made.creation, made.volume, made.group_state) == (1315, 1315, 1, GroupState.ABNORMAL)


def test_a_failed_read_of_the_journal_volume_ends_initial_copy_in_its_next_step_alone() -> None:
    """A host's read makes the volume abnormal, not the group."""
    system = copying()
    made = record(system, system.disk_adapter.read_failed(JOURNAL_VOLUME, 0, BLOCK, 1))
    assert (made.process, made.outcome, made.volume) == (3, 5, JOURNAL_VOLUME)
    assert system.shared.volumes[JOURNAL_VOLUME].state is ABNORMAL
    assert system.shared.groups[0].state is GroupState.NORMAL
    made = record(system, system.initial_copy.step(0))
    assert (made.process, made.outcome, made.creation, made.group_state) == (4, 1315, 1315, GroupState.ABNORMAL)


def test_an_abnormal_original_volume_fails_its_pair_in_a_step_of_its_own() -> None:
    system = copying()
    system.shared.volumes[1].state = ABNORMAL
    made = record(system, system.initial_copy.step(0))
    assert (made.process, made.outcome, made.volume, made.pair_state) == (4, 1, 1, PairState.ABNORMAL)


def original(settings: GroupSettings = BY_NUMBER, writes: int = 3) -> StorageSystem:
    """Return an original system with journals that are committed."""
    topology = pair_of_systems(settings)
    write(topology, writes)
    return topology.original(0)


def received(system: StorageSystem, packet: Packet) -> CommitRecord:
    """Return the record of a command's first step."""
    return record(system, system.journal_read_reception.receive(packet, CYCLE))


def reading(system: StorageSystem) -> BatchReading:
    """Return the batch that is being read."""
    return system.journal_read_reception.groups[0].readings[0]


@pytest.mark.parametrize("plain", [False, True])
def test_1570_and_1580_a_command_takes_a_step_when_it_comes_and_one_when_its_update_information_is_read(
    plain: bool,
) -> None:
    system = original(PLAIN if plain else BY_NUMBER)
    made = received(system, command(tag=0x10007, plain=plain))
    assert (made.process, made.outcome, made.tag, made.reference, made.size) == (5, 1570, 7, 1, 3)
    assert made.read_initiation == 0
    is_of_group(made)
    step = system.journal_read_reception.read(reading(system))
    assert step.packet is not None and len(step.packet.journals) == 3
    made = record(system, step)
    assert (made.outcome, made.tag, made.reference, made.size, made.received) == (1580, 7, 1, 3, 3 * BLOCK)
    assert (made.read_initiation, made.retry_initiation) == (192, 0)


def test_1540_and_1545_what_was_sent_is_read_and_sent_again() -> None:
    for plain in (False, True):
        system = original(PLAIN if plain else BY_NUMBER)
        for outcomes in ((1570, 1580), (1540, 1545)):
            assert received(system, command(plain=plain)).outcome == outcomes[0]
            made = record(system, system.journal_read_reception.read(reading(system)))
            assert (made.outcome, made.size, made.update_information_oldest) == (outcomes[1], 3, 0)


def test_1590_by_number_frees_with_the_command_and_plain_with_the_next_batch() -> None:
    system = original()
    received(system, command())
    system.journal_read_reception.read(reading(system))
    made = received(system, command(4, 2, free=2, free_bytes=2 * BLOCK))
    assert (made.outcome, made.update_information_oldest, made.write_data_oldest) == (1560, 128, 2048 + 2 * BLOCK)
    assert system.shared.groups[0].original.freed_host_bytes == 2 * BLOCK
    system = original(PLAIN)
    received(system, command(plain=True))
    system.journal_read_reception.read(reading(system))
    made = received(system, command(tag=2, plain=True))
    assert (made.outcome, made.update_information_oldest, made.retry_initiation) == (1560, 192, 192)
    assert system.shared.groups[0].original.freed_host_bytes == 3 * BLOCK


def test_1515_1525_and_gone_are_group_records() -> None:
    system = original()
    system.maintenance.suspend(0)
    made = received(system, command())
    assert made.outcome == 1515
    is_of_group(made, GroupState.ABNORMAL)
    system = original()
    system.shared.volumes[JOURNAL_VOLUME].state = ABNORMAL
    made = received(system, command())
    assert (made.outcome, made.status, made.journal_volume_state) == (1525, 0, ABNORMAL)
    is_of_group(made, GroupState.ABNORMAL)
    assert received(original(), command(0)).outcome == 1


def test_1525_a_failed_read_of_update_information_is_posted() -> None:
    system = original()
    received(system, command())
    step = system.journal_read_reception.read(reading(system), failed=True)
    made = record(system, step)
    assert (made.outcome, made.status, made.reference, made.journal_volume_state) == (1525, 13, 1, ABNORMAL)
    assert step.packet is not None and step.packet.type is PacketType.GROUP_STATE


@pytest.mark.parametrize("change", ["generation", "group", "journal volume", "freed"])
def test_a_batch_that_may_not_be_sent_any_more_is_dropped_in_its_second_step(change: str) -> None:
    system = original()
    received(system, command())
    batch = reading(system)
    group = system.shared.groups[0]
    if change == "generation":
        group.generation += 1
    elif change == "group":
        system.maintenance.suspend(0)
    elif change == "journal volume":
        system.shared.volumes[JOURNAL_VOLUME].state = ABNORMAL
    else:
        group.ring.send(1)
        group.ring.free(BLOCK)
    step = system.journal_read_reception.read(batch)
    made = record(system, step)
    assert (made.outcome, made.status, made.reference, step.packet) == (0, 0, 1, None)


@pytest.mark.parametrize("volume", [1, JOURNAL_VOLUME])
def test_a_failed_read_of_data_is_a_record_of_its_volume_and_spoils_the_packet(volume: int) -> None:
    system = original()
    received(system, command())
    packet = system.journal_read_reception.read(reading(system)).packet
    assert packet is not None
    made = record(system, system.journal_read_reception.data_failed(packet, volume))
    assert (made.outcome, made.status, made.volume, made.volume_state) == (3, 13, volume, ABNORMAL)
    assert packet.poisoned
    failed = system.shared.groups[0].state is GroupState.ABNORMAL
    assert failed == (volume == 1)


def test_a_silent_secondary_is_a_group_record() -> None:
    system = original(GroupSettings(copy_unit=4096, silence=1000))
    made = record(system, system.journal_read_reception.watch(0, 1000))
    assert (made.process, made.outcome) == (5, 2)
    is_of_group(made, GroupState.ABNORMAL)
