"""cocotb tests of link_fifo.v."""

from collections import deque
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from tests.rtl.units import chance, start


@cocotb.test
async def test_bytes_count_when_they_are_committed_and_dropped_ones_never_come(dut: Any) -> None:
    """Random rates of both sides, so that it runs full and empty; what comes out is what was committed, in order."""
    rng = await start(dut, in_data=0, in_valid=0, in_commit=0, in_drop=0, out_ready=0)
    depth = int(dut.DEPTH.value)
    waiting: deque[int] = deque()
    counted: deque[int] = deque()
    full = dropped = passed = 0
    fill, drain = 50, 50
    for cycle in range(6000):
        if cycle % 300 == 0:
            fill, drain = rng.choice([(90, 20), (20, 90), (100, 100), (50, 50)])
        offered, value, wanted = chance(rng, fill), rng.randrange(256), chance(rng, drain)
        end = rng.randrange(40)
        dut.in_valid.value, dut.in_data.value, dut.out_ready.value = offered, value, wanted
        dut.in_commit.value, dut.in_drop.value = end < 4, end == 4
        await RisingEdge(dut.clk)
        if dut.out_valid.value and wanted:
            assert int(dut.out_data.value) == counted.popleft()
            passed += 1
        if offered and dut.in_ready.value:
            waiting.append(value)
        full += not dut.in_ready.value
        if end == 4:
            dropped += len(waiting)
            waiting.clear()
        elif end < 4:
            counted += waiting
            waiting.clear()
        assert len(waiting) <= depth and len(counted) <= depth + 1
    assert full > 50 and dropped > 50 and passed > 1500


@cocotb.test
async def test_one_byte_in_and_one_out_every_cycle(dut: Any) -> None:
    """With both sides always ready and every byte committed."""
    await start(dut, in_data=0, in_valid=1, in_commit=1, in_drop=0, out_ready=1)
    passed = 0
    for number in range(200):
        dut.in_data.value = number & 0xFF
        await RisingEdge(dut.clk)
        assert dut.in_ready.value
        passed += int(dut.out_valid.value)
    assert passed >= 196
