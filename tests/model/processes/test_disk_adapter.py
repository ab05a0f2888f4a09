"""The disk adapter: what devices answer, and what their failures change."""

import random

import pytest

from mirrorlog.processes.disk_adapter import OrderError
from mirrorlog.storage.storage_device import StorageDevice
from mirrorlog.tables.shared_memory import GroupState, PairState, VolumeState
from mirrorlog.tables.status import Status
from tests.model.one_system import CAPACITY, ENTRIES, JOURNAL, original_system, written


def test_a_write_reaches_its_device_only_when_it_is_done() -> None:
    system = original_system()
    written(system, b"x" * 512, 1024, volume=2)
    assert system.disk_adapter.read(2, 1024, 512) == b"x" * 512
    assert system.disk_adapter.read_device(2, 1024, 512) == bytes(512)
    step = system.volume_write_done(system.disk_adapter.volume_writes[1])
    assert (step.outcome, step.reference, step.position, step.size) == (1, 1, 1024, 512)
    assert system.disk_adapter.devices[0].read(2 * CAPACITY + 1024, 512) == b"x" * 512
    assert system.is_idle()


def test_overlapping_writes_are_done_in_their_order() -> None:
    system = original_system()
    written(system, b"a" * 1024, 0, volume=2)
    written(system, b"b" * 1024, 512, volume=2)
    written(system, b"c" * 512, 4096, volume=2)
    writes = system.disk_adapter.volume_writes
    system.volume_write_done(writes[3])
    with pytest.raises(OrderError, match="older write 1"):
        system.volume_write_done(writes[2])
    system.volume_write_done(writes[1])
    system.volume_write_done(writes[2])
    assert system.disk_adapter.read_device(2, 0, 1536) == b"a" * 512 + b"b" * 1024


def test_journals_of_a_group_are_done_in_the_order_of_their_numbers() -> None:
    system = original_system()
    written(system, bytes(512))
    written(system, bytes(512))
    with pytest.raises(OrderError, match="before journal 1"):
        system.disk_adapter.journal_write_done(system.disk_adapter.journal_writes[0][1])


def test_a_failed_write_that_was_journaled_makes_its_volume_abnormal_only() -> None:
    system = original_system()
    written(system, b"x" * 1024)
    step = system.volume_write_done(system.disk_adapter.volume_writes[1], [(CAPACITY, 512)])
    assert (step.outcome, step.status) == (2, Status.DEVICE_ERROR)
    assert system.shared.volumes[1].state is VolumeState.ABNORMAL
    assert system.shared.pairs[0].state is PairState.NORMAL
    assert system.disk_adapter.read_device(1, 0, 1024) == bytes(512) + b"x" * 512


@pytest.mark.parametrize("pairs", [1, 2])
def test_a_failed_write_that_was_not_journaled_makes_its_pair_abnormal_and_the_group_with_the_last(pairs: int) -> None:
    system = original_system(pair=PairState.NOT_COPYING)
    system.shared.groups[0].pair_set = (1 << pairs) - 1
    system.shared.pairs[1].state = PairState.NORMAL
    written(system, b"x" * 512)
    system.volume_write_done(system.disk_adapter.volume_writes[1], [(CAPACITY, 512)])
    assert system.shared.pairs[0].state is PairState.ABNORMAL
    assert system.shared.groups[0].state is (GroupState.ABNORMAL if pairs == 1 else GroupState.NORMAL)


def test_a_failed_journal_write_stops_commit_before_it() -> None:
    system = original_system()
    for _ in range(3):
        written(system, bytes(512))
    adapter = system.disk_adapter
    ring = system.shared.groups[0].ring
    assert adapter.journal_write_done(adapter.journal_writes[0][0]).outcome == 3
    offset = JOURNAL * CAPACITY
    step = adapter.journal_write_done(adapter.journal_writes[0][0], [(offset + 64, 64)])
    assert (step.outcome, step.status) == (4, Status.DEVICE_ERROR)
    assert system.shared.volumes[JOURNAL].state is VolumeState.ABNORMAL
    assert system.shared.groups[0].state is GroupState.ABNORMAL
    assert adapter.journal_write_done(adapter.journal_writes[0][0]).outcome == 6
    assert (ring.update_information_commit, ring.write_data_commit) == (64, ENTRIES * 64 + 512)


def test_a_failed_read_makes_its_volume_abnormal() -> None:
    system = original_system()
    step = system.disk_adapter.read_failed(1, 0, 512, 5)
    assert (step.outcome, step.status, step.reference) == (5, Status.DEVICE_ERROR, 5)
    assert system.shared.volumes[1].state is VolumeState.ABNORMAL


@pytest.mark.parametrize("seed", range(3))
def test_a_device_returns_what_was_written_across_its_pages(seed: int) -> None:
    rng = random.Random(seed)
    device = StorageDevice()
    mirror = bytearray(300_000)
    for _ in range(200):
        size = rng.choice((1, 512, 4096, 70_000))
        address = rng.randrange(len(mirror) - size)
        data = rng.randbytes(size)
        device.write(address, data)
        mirror[address : address + size] = data
    assert device.image(len(mirror)) == mirror
    assert device.read(123, 200_000) == mirror[123:200_123]
    assert device.read(1 << 40, 16) == bytes(16)
    for first, size in ((0, len(mirror)), (5000, 9000), (1 << 40, 16), (4097, 1)):
        outside = bytearray(mirror[first : first + size])
        at = first
        for address, count in device.written(first, size):
            assert at <= address and count > 0 and address + count <= first + size
            outside[address - first : address - first + count] = bytes(count)
            at = address + count
        assert not any(outside)
    assert list(device.written(1 << 40, 16)) == []


def test_zeros_take_no_room_on_a_device() -> None:
    device = StorageDevice()
    device.write(0, bytes(1 << 20))
    assert device.end() == 0 and device.read(0, 8192) == bytes(8192)
    device.write(4096, b"x" * 512)
    device.write(4096, bytes(512))
    assert device.end() == 8192 and device.read(0, 8192) == bytes(8192)
