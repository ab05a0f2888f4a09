"""Discards, and writes that wait for their device (FUA): journaled without data, restored as zeros; answered late."""

import random

import pytest

from mirrorlog.formats.commit_record import Creation
from mirrorlog.formats.connection_path import HEADER_BYTES, Packet
from mirrorlog.formats.outcomes import CommandOutcome, StoreOutcome
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.step import Step
from mirrorlog.storage_system import StorageSystem
from mirrorlog.systems.topology import GroupLink, Topology, finish_device_writes
from mirrorlog.tables.settings import GroupSettings, JournalLayout, ReadMode
from mirrorlog.tables.shared_memory import FullPolicy, PairState
from mirrorlog.tables.status import Status
from tests.model.one_system import CAPACITY, DATA_AREA, ENTRIES, JOURNAL, original_system, written
from tests.model.steps import BLOCK, ask, ask_for_full_batches, take

VARIATIONS = {
    "by number": GroupSettings(copy_unit=4096),
    "plain": GroupSettings(mode=ReadMode.PLAIN, commands=1, copy_unit=4096),
    "one byte a batch": GroupSettings(copy_unit=4096, batch_bytes=1),
    "push": GroupSettings(mode=ReadMode.PUSH, copy_unit=4096),
    "volume read": GroupSettings(mode=ReadMode.VOLUME_READ, copy_unit=4096),
    "one area": GroupSettings(copy_unit=4096, layout=JournalLayout.CONTINUOUS),
    "two rings": GroupSettings(copy_unit=4096, journal_volumes=2),
    "journal cache": GroupSettings(copy_unit=4096, journal_cache=600),
}


def give(system: StorageSystem, opcode: int, size: int, position: int = 0, volume: int = 1) -> Step:
    """Give a system a discard, or a write of ones, which does not stall."""
    command = HostCommand(opcode, 7, volume, position, size, 1234)
    step = system.command_reception.receive(command, b"\1" * size if command.brings_data() else b"")
    assert step is not None
    return step


def test_a_discard_is_journaled_as_an_entry_without_data_and_its_range_reads_zeros() -> None:
    system = original_system()
    written(system, b"a" * 1024, 512)
    step = give(system, Opcode.DISCARD, 16384, 512)
    assert (step.outcome, step.creation, step.status, step.size, step.received) == (1280, 1360, 0, 16384, 0)
    journal = system.disk_adapter.journal_writes[0][-1]
    assert (journal.data, journal.parts) == (b"", ())
    information = UpdateInformation.unpack(journal.information)
    assert (information.kind, information.position, information.size) == (JournalKind.DISCARD, 512, 16384)
    assert (information.data_crc, information.data_offset) == (0, 1024)
    assert (information.journal_volume, information.journal_position) == (JOURNAL, ENTRIES * 64 + 1024)
    group = system.shared.groups[0]
    assert (group.update_number, group.data_offset, group.ring.write_data_used) == (3, 1024, 1024)
    assert group.ring.update_information_used == 2 * 64
    assert system.disk_adapter.read(1, 0, CAPACITY) == bytes(CAPACITY)
    finish_device_writes(system)
    assert system.disk_adapter.read_device(1, 0, CAPACITY) == bytes(CAPACITY)
    assert system.cache.is_empty()


def test_a_discard_larger_than_the_write_data_area_fits_and_waits_for_an_entry_alone() -> None:
    system = original_system(FullPolicy.ERROR)
    written(system, bytes(DATA_AREA - 512))
    for _ in range(ENTRIES - 1):
        assert give(system, Opcode.DISCARD, 2 * DATA_AREA).creation == Creation.HOST_WRITE_CREATED
    step = give(system, Opcode.DISCARD, 512)
    assert (step.creation, step.status) == (Creation.NO_ROOM, Status.JOURNAL_FULL)


@pytest.mark.parametrize(
    ("state", "position", "creation"),
    [
        (PairState.COPYING, 3584, Creation.HOST_WRITE_CREATED),
        (PairState.COPYING, 4096, Creation.NOT_YET_COPIED),
        (PairState.NOT_COPYING, 0, Creation.NOT_YET_COPIED),
        (PairState.ABNORMAL, 0, Creation.NOT_REPLICATED),
    ],
)
def test_a_suspended_or_still_copying_pair_treats_a_discard_as_a_write(
    state: PairState, position: int, creation: Creation
) -> None:
    system = original_system(pair=state, copied=4096)
    assert give(system, Opcode.DISCARD, 1024, position).creation == creation


@pytest.mark.parametrize("opcode", [Opcode.WRITE_FUA, Opcode.DISCARD_FUA])
@pytest.mark.parametrize("failed", [False, True])
def test_fua_is_answered_after_its_own_device_has_and_tells_of_a_failure(opcode: Opcode, failed: bool) -> None:
    system = original_system()
    reception = system.command_reception
    written(system, bytes(512), 4096)
    step = give(system, opcode, 512)
    assert (step.outcome, step.creation, step.reference) == (1280, 1360, 2)
    assert reception.flushes[2].waiting == {2}
    system.volume_write_done(system.disk_adapter.volume_writes[2], [(CAPACITY, 512)] if failed else [])
    assert not reception.flushes[2].waiting  # the older write to other blocks is not waited for
    answer = reception.answer_flush(2)
    status = Status.DEVICE_ERROR if failed else Status.OK
    assert (answer.outcome, answer.status, answer.tag, answer.reference) == (2, status, 7, 2)
    assert not reception.flushes


def test_a_refused_fua_write_is_answered_at_once() -> None:
    system = original_system()
    assert give(system, Opcode.WRITE_FUA, 512, CAPACITY).status == Status.OUT_OF_RANGE
    assert not system.command_reception.flushes


@pytest.mark.parametrize("name", VARIATIONS)
def test_both_sides_are_equal_after_writes_and_discards(name: str) -> None:
    rng = random.Random(name)
    settings = VARIATIONS[name]
    more = (7,) * (settings.journal_volumes > 1)
    link = GroupLink(0, 1, 2, (1, 2), 3, (32768, 32768), settings, more_journal_volumes=more)
    topology = Topology({1: CAPACITY, 2: CAPACITY}, (link,))
    for volume in (1, 2):
        topology.load(1, volume, rng.randbytes(CAPACITY))
    topology.initiate(0)
    topology.drain()
    for _ in range(60):
        opcode = rng.choice((Opcode.WRITE, Opcode.DISCARD))
        step = give(topology.original(0), opcode, 2048, 512 * rng.randrange(124), rng.choice((1, 2)))
        assert step.creation == Creation.HOST_WRITE_CREATED
        if rng.random() < 0.25:
            topology.drain()
    topology.drain()
    for volume in (1, 2):
        assert topology.image(1, volume) == topology.image(2, volume)
        assert b"\0" * 2048 in topology.image(2, volume)
    assert topology.secondary(0).restore.is_consistent(0)


def discarded(settings: GroupSettings = VARIATIONS["by number"]) -> Topology:
    """Return systems whose original has a write, a discard and a write in its journals."""
    topology = Topology({1: CAPACITY}, (GroupLink(0, 1, 2, (1,), 2, (16384, 16384), settings),))
    topology.load(1, 1, b"\2" * CAPACITY)
    topology.load(2, 1, b"\2" * CAPACITY)
    topology.start_copied(0)
    ask_for_full_batches(topology)
    for opcode, position in ((Opcode.WRITE, 0), (Opcode.DISCARD, BLOCK), (Opcode.WRITE, 1024)):
        give(topology.original(0), opcode, BLOCK, position)
    finish_device_writes(topology.original(0))
    return topology


def test_a_packet_has_the_size_of_a_discard_in_its_update_information_and_no_data() -> None:
    packet = ask(discarded())[1]
    assert packet is not None
    assert [(information.kind, information.size, len(data)) for information, data in packet.journals] == [
        (JournalKind.HOST_WRITE, BLOCK, BLOCK),
        (JournalKind.DISCARD, BLOCK, 0),
        (JournalKind.HOST_WRITE, BLOCK, BLOCK),
    ]
    packed = packet.pack()
    assert len(packed) == HEADER_BYTES + 3 * 64 + 2 * BLOCK + 64
    assert packed[-64 + 4 : -64 + 8] == bytes(4)  # its CRC
    assert Packet.unpack(packed).journals == packet.journals


def test_a_discard_is_stored_as_an_entry_and_restored_as_zeros_in_its_turn() -> None:
    topology = discarded()
    take(topology, ask(topology)[1])
    system = topology.secondary(0)
    group = system.shared.groups[0]
    assert (group.ring.update_information_used, group.ring.write_data_used) == (3 * 64, 2 * BLOCK)
    kept = UpdateInformation.unpack(system.disk_adapter.journal_writes[0][1].information)
    assert (kept.kind, kept.size, kept.data_crc) == (JournalKind.DISCARD, BLOCK, 0)
    finish_device_writes(system)
    assert group.data_offset == 2 * BLOCK
    assert group.secondary.committed_host_bytes == 2 * BLOCK
    for number in (1, 2, 3):
        assert system.restore.step(0).reference == number
        image = system.disk_adapter.read(1, 0, 4 * BLOCK)
        assert image[BLOCK : 2 * BLOCK] == (bytes(BLOCK) if number > 1 else b"\2" * BLOCK)
        finish_device_writes(system)
    assert topology.image(1, 1) == topology.image(2, 1)
    assert (group.ring.update_information_used, group.ring.write_data_used) == (0, 0)


def test_a_discard_beyond_its_secondary_volume_makes_the_group_abnormal() -> None:
    topology = discarded()
    store = topology.secondary(0).journal_store
    information = UpdateInformation(1, 0, CAPACITY, 0, 0, BLOCK, 0, 0, 1, 2, JournalKind.DISCARD)
    assert store.store(0, (information, b"")).outcome == StoreOutcome.NO_PAIR


def test_the_first_system_of_three_forwards_a_discard_as_a_write_of_zeros() -> None:
    settings = GroupSettings(copy_unit=4096)
    topology = Topology({1: CAPACITY}, (GroupLink(0, 1, 2, (1,), 4, (16384, 16384), settings, first=3),))
    topology.load(3, 1, b"\2" * CAPACITY)
    topology.initiate(0)
    topology.drain()
    assert give(topology.first(0), Opcode.DISCARD_FUA, 1024, 512).outcome == CommandOutcome.FORWARDED
    topology.drain()
    reception = topology.first(0).command_reception
    ((number, flush),) = reception.flushes.items()
    assert (flush.tag, flush.waiting) == (7, set())
    assert reception.answer_flush(number).status == Status.OK
    for system in (1, 2, 3):
        assert topology.image(system, 1) == b"\2" * 512 + bytes(1024) + b"\2" * (CAPACITY - 1536)
