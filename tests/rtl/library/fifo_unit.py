"""cocotb tests of fifo.v."""

from collections import deque
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from tests.rtl.units import chance, start


@cocotb.test
async def test_entries_come_out_in_order_and_count_is_what_is_held(dut: Any) -> None:
    """Random rates of both sides, so that it runs full and empty; every cycle is checked."""
    rng = await start(dut, in_valid=0, in_data=0, out_ready=0)
    width, depth = len(dut.in_data), int(dut.DEPTH.value)
    held: deque[int] = deque()
    seen_full = seen_empty = False
    for cycle in range(3000):
        if cycle % 200 == 0:
            fill, drain = rng.choice([(90, 20), (20, 90), (100, 100), (50, 50)])
        offered, value, wanted = chance(rng, fill), rng.getrandbits(width), chance(rng, drain)
        dut.in_valid.value = offered
        dut.in_data.value = value
        dut.out_ready.value = wanted
        await RisingEdge(dut.clk)
        assert int(dut.count.value) == len(held)
        assert dut.in_ready.value == (len(held) < depth)
        assert dut.out_valid.value == (len(held) > 0)
        seen_full |= len(held) == depth
        seen_empty |= not held
        room = len(held) < depth
        if held:
            assert int(dut.out_data.value) == held[0]
            if wanted:
                held.popleft()
        if offered and room:
            held.append(value)
    assert seen_full and seen_empty


@cocotb.test
async def test_one_entry_in_and_one_out_every_cycle(dut: Any) -> None:
    """With both sides always ready, an entry passes in every cycle."""
    await start(dut, in_valid=1, in_data=0, out_ready=1)
    passed = 0
    for number in range(200):
        dut.in_data.value = number & 0xFF
        await RisingEdge(dut.clk)
        assert dut.in_ready.value == 1
        passed += int(dut.out_valid.value)
    assert passed >= 198
