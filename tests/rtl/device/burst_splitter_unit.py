"""cocotb tests of burst_splitter.v."""

from collections import deque
from dataclasses import dataclass
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from tests.rtl.units import chance, start

PAGE = 4096
MOST_BEATS = 256


@dataclass(frozen=True, slots=True)
class Range:
    """A range of a storage device, bytes, and where its first beat lies in its memory, beats."""

    address: int
    size: int
    place: int
    meta: int


def bursts_of(whole: Range, beat: int, places: int) -> list[tuple[int, int, int, bool, int]]:
    """Address, beats - 1, place, last, meta of each burst: up to a multiple of 4 KiB, or of 256 beats."""
    bursts = []
    done = 0
    piece = min(PAGE, MOST_BEATS * beat)
    while done < whole.size:
        address = whole.address + done
        size = min(whole.size - done, piece - address % piece)
        bursts.append(
            (address, size // beat - 1, (whole.place + done // beat) % places, done + size == whole.size, whole.meta)
        )
        done += size
    return bursts


def random_range(rng: Any, beat: int) -> Range:
    """Sizes of a journal's information, of blocks, and what a split leaves; places near 4 KiB boundaries."""
    size = rng.choice(
        [64, 512, 1024, 4096, 8192, 16384, 65536, 512 * rng.randrange(1, 129), 64 * rng.randrange(1, 100)]
    )
    address = PAGE * rng.randrange(1 << 30) + rng.choice([0, 64 * rng.randrange(64), PAGE - 64, 512 * rng.randrange(8)])
    assert size % beat == 0
    return Range(address, size, rng.getrandbits(12), rng.getrandbits(8))


@cocotb.test
async def test_bursts_tile_the_range_within_axis_limits(dut: Any) -> None:
    """Random ranges, one after another, random taking: every burst is as expected, its payload held until taken."""
    rng = await start(dut, range_valid=0, range_address=0, range_bytes=0, range_place=0, range_meta=0, burst_ready=0)
    beat = int(dut.DATA_WIDTH.value) // 8
    expected: deque[tuple[int, int, int, bool, int]] = deque()
    offered: Range | None = None
    taken = 0
    cycle = 0
    while taken < 400:
        if cycle % 100 == 0:
            rate, taking = rng.choice([(100, 100), (50, 100), (100, 50), (60, 60)])
        cycle += 1
        if offered is None and chance(rng, rate):
            offered = random_range(rng, beat)
            dut.range_address.value = offered.address
            dut.range_bytes.value = offered.size
            dut.range_place.value = offered.place
            dut.range_meta.value = offered.meta
        dut.range_valid.value = offered is not None
        ready = chance(rng, taking)
        dut.burst_ready.value = ready
        await RisingEdge(dut.clk)
        if dut.burst_valid.value:
            burst = (
                int(dut.burst_address.value), int(dut.burst_length.value), int(dut.burst_place.value),
                bool(dut.burst_last.value), int(dut.burst_meta.value),
            )  # fmt: skip
            assert expected and burst == expected[0]
            if ready:
                expected.popleft()
                taken += 1
        else:
            assert not expected
        if offered is not None and dut.range_ready.value:
            expected.extend(bursts_of(offered, beat, 1 << len(dut.range_place)))
            offered = None


@cocotb.test
async def test_a_burst_leaves_in_every_cycle(dut: Any) -> None:
    """No bubble between bursts of a range, nor between ranges."""
    await start(dut, range_valid=1, range_address=0, range_bytes=8192, range_place=0, range_meta=1, burst_ready=1)
    await RisingEdge(dut.clk)
    for _ in range(50):
        await RisingEdge(dut.clk)
        assert dut.burst_valid.value == 1
