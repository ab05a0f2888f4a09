"""cocotb test of a storage system built without the commit trace."""

from typing import Any

import cocotb

from tests.rtl.system_unit import BLOCK, VOLUME_OFFSET, WRITE, Bench


@cocotb.test
async def test_without_commit_trace_the_system_works_and_the_port_is_silent(dut: Any) -> None:
    """`tready` is never high, and a write still passes."""
    bench = Bench(dut)
    bench.commit.pause = True
    rng = await bench.prepare()
    data = rng.randbytes(BLOCK)
    await bench.command(WRITE, 1, size=BLOCK, data=data)
    await bench.answered(1)
    assert list(bench.responses) == [(1, 0)]
    assert dut.m_axis_commit_tvalid.value == 0
    assert bench.devices[0].read(VOLUME_OFFSET, BLOCK) == data
