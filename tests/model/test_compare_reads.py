"""Which read of a comparison a device's burst belongs to, where more than one could have asked for it."""

import zlib

import pytest

from model.capture import Fields
from model.compare_ports import DevicePort
from model.compare_reads import RangeRead


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
