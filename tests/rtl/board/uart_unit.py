"""cocotb tests of uart_tx.v and uart_rx.v."""

from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge, Timer

from tests.rtl.units import chance, generator


@cocotb.test
async def test_bytes_pass_though_no_clock_is_a_multiple_of_the_rate(dut: Any) -> None:
    """Back to back and with pauses; the line has the rate, and a break is told as a byte without a stop bit."""
    rng = generator()
    period = 1_000_000_000_000 // int(dut.CLOCK.value)
    # two oscillators that are 2 % apart
    other = 1_000_000_000_000 * 98 // (100 * int(dut.OTHER_CLOCK.value))
    for signal, value in ((dut.rst, 1), (dut.valid, 0), (dut.data, 0), (dut.broken, 0)):
        signal.value = value
    Clock(dut.clk, period // 2 * 2, unit="ps", impl="gpi").start(start_high=False)
    Clock(dut.other_clk, other // 2 * 2, unit="ps", impl="gpi").start(start_high=False)
    await ClockCycles(dut.clk, 8)
    dut.rst.value = 0
    received: list[int] = []
    errors = 0

    async def watch() -> None:
        nonlocal errors
        while True:
            await RisingEdge(dut.other_clk)
            if dut.received_valid.value:
                received.append(int(dut.received.value))
            errors += int(dut.received_error.value)

    cocotb.start_soon(watch())
    sent = [0x00, 0xFF, 0x55, 0xAA, *(rng.randrange(256) for _ in range(60))]
    begun = cocotb.utils.get_sim_time("ps")
    for number, value in enumerate(sent):
        dut.data.value, dut.valid.value = value, 1
        await RisingEdge(dut.clk)
        while not dut.ready.value:
            await RisingEdge(dut.clk)
        dut.valid.value = 0
        if number == 31:
            bits = (cocotb.utils.get_sim_time("ps") - begun) * int(dut.BAUD.value) / 1e12
            assert abs(bits - 310) < 12, bits
        if number > 31 and chance(rng, 50):
            await ClockCycles(dut.clk, rng.randrange(60))
    await Timer(12_000_000 // int(dut.BAUD.value) + 1, unit="us")
    assert received == sent and errors == 0
    dut.broken.value = 1
    await Timer(12_000_000 // int(dut.BAUD.value) + 1, unit="us")
    dut.broken.value = 0
    await ClockCycles(dut.clk, 8)
    assert errors == 1 and received == sent
