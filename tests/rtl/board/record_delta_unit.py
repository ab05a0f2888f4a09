"""cocotb tests of record_delta.v."""

from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from tb.link.frames import RECORD_BYTES, changed
from tests.rtl.units import chance, start, until


@cocotb.test
async def test_records_leave_as_the_bytes_that_differ_from_the_one_before(dut: Any) -> None:
    """None, few, all; also when bytes are taken slowly. Taken when all of it has left, not before."""
    rng = await start(dut, s_axis_tdata=0, start=0, out_ready=0)
    before = bytes(RECORD_BYTES)
    for number in range(60):
        record = bytearray(before)
        for _ in range(rng.choice((0, 1, 5, 30, 400))):
            record[rng.randrange(RECORD_BYTES)] = rng.randrange(256)
        # every record of its own first and last byte, now and then
        if number % 7 == 3:
            record[0] ^= 0x80
            record[RECORD_BYTES - 1] ^= 1
        dut.s_axis_tdata.value = int.from_bytes(record, "little")
        dut.start.value = 1
        rate = rng.choice((10, 50, 100))
        sent = bytearray()

        async def take(sent: bytearray = sent, rate: int = rate) -> None:
            while True:
                dut.out_ready.value = chance(rng, rate)
                await RisingEdge(dut.clk)
                if dut.out_valid.value and dut.out_ready.value:
                    sent.append(int(dut.out_data.value))

        taking = cocotb.start_soon(take())
        await until(dut, lambda: dut.s_axis_tready.value == 1)
        taking.cancel()
        dut.out_ready.value, dut.start.value = 0, 0
        # an item begins with its kind, which is not this module's
        assert bytes(sent) == changed(bytes(record), before)[1:], number
        before = bytes(record)
        await RisingEdge(dut.clk)
        assert not dut.s_axis_tready.value
