"""Which read of a comparison a device's burst belongs to, where more than one could have asked for it."""

import random
import zlib
from itertools import pairwise

import pytest

from mirrorlog.compare.capture import Fields
from mirrorlog.compare.device_port import DevicePort
from mirrorlog.compare.device_reads import RangeRead
from mirrorlog.compare.difference import Mismatch
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import Parameters


def device_read(address: int, size: int) -> Fields:
    """A burst of zeros of device 0."""
    return {"device": 0, "address": address, "bytes": size, "resp": 0, "crc": zlib.crc32(bytes(size))}


def two_reads() -> tuple[RangeRead, RangeRead]:
    """The read of a packet, and another one that ends within it."""
    packet, other = RangeRead("packet", 0), RangeRead("other", 0)
    packet.add(0, [(4096, 2048)])
    other.add(0, [(3584, 2048)])
    return packet, other


@pytest.mark.parametrize(
    "bursts",
    [
        [(3584, 512), (4096, 1536), (4096, 2048)],
        [(3584, 512), (4096, 2048), (4096, 1536)],
    ],
)
def test_bursts_of_two_reads_of_the_same_bytes_find_their_reads(bursts: list[tuple[int, int]]) -> None:
    port, reads = DevicePort(1, 512), two_reads()
    for burst in bursts:
        port.take_read(1, device_read(*burst), lambda: reads)
    assert all(read.is_complete() for read in reads)
    assert port.pending() == []


def test_a_burst_that_is_nobodys_takes_the_place_of_no_other() -> None:
    port, (packet, other) = DevicePort(1, 512), two_reads()
    other.add(0, [(8192, 512)])
    port.take_read(1, device_read(4096, 1024), lambda: [packet])
    port.take_read(1, device_read(4096, 2048), lambda: [packet])
    assert not packet.is_complete()
    assert len(port.pending()) == 1


@pytest.mark.parametrize("seed", range(60))
def test_bursts_of_reads_that_overlap_find_their_reads_however_they_are_cut_and_mixed(seed: int) -> None:
    rng = random.Random(seed)
    reads, queues = [], []
    for number in range(rng.choice((2, 2, 3))):
        first, end = sorted(rng.sample(range(8), 2))
        reads.append(RangeRead(f"read {number}", 0))
        reads[-1].add(0, [(first * 512, (end - first) * 512)])
        cuts = sorted({first, end, *rng.sample(range(first, end), rng.randrange(end - first))})
        queues.append([(begin * 512, (end - begin) * 512) for begin, end in pairwise(cuts)])
    port = DevicePort(1, 512)
    undecided = list(reads)
    while any(queues):
        burst = rng.choice([queue for queue in queues if queue]).pop(0)
        port.take_read(1, device_read(*burst), lambda: undecided)
        for read, queue in zip(reads, queues, strict=True):
            if not queue and read in undecided and rng.random() < 0.5:
                port.seek(read.lacking(), lambda: undecided)
                assert read.is_complete()
                undecided.remove(read)
    assert all(read.is_complete() for read in reads)
    assert port.pending() == []


def test_a_damaged_burst_that_changes_hands_is_a_difference_where_nothing_can_notice_it() -> None:
    port, (packet, other) = DevicePort(1, 512), two_reads()
    other.checked = False
    fields = device_read(4096, 1536)
    port.take_read(1, device_read(3584, 512), lambda: [packet, other])
    port.take_read(1, fields | {"crc": fields["crc"] ^ 1}, lambda: [packet, other])
    port.settle_doubts(2, StorageSystem(Parameters(1)).disk_adapter)
    assert packet.damaged == [(0, (4096, 1536))]
    with pytest.raises(Mismatch, match=r"device_read\.crc"):
        port.take_read(1, device_read(4096, 2048), lambda: [packet, other])
