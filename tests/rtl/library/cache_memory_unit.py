"""cocotb tests of cache_memory.v."""

from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from tests.rtl.units import chance, start


@cocotb.test
async def test_every_port_reads_one_beat_a_cycle_and_holds_it(dut: Any) -> None:
    """A write and a read of every port in one cycle; a port that is not enabled keeps its beat; a read sees the beat
    as it was before a write of the same cycle."""
    rng = await start(dut, write_enable=0, write_address=0, write_data=0, read_enable=0, read_address=0)
    width, beats, ports = int(dut.DATA_WIDTH.value), int(dut.BEATS.value), int(dut.READ_PORTS.value)
    bits = len(dut.write_address)
    content = [rng.getrandbits(width) for _ in range(beats)]
    for address, value in enumerate(content):
        dut.write_enable.value = 1
        dut.write_address.value = address
        dut.write_data.value = value
        await RisingEdge(dut.clk)
    shown: list[int | None] = [None] * ports
    for _ in range(2000):
        write, address, value = chance(rng, 60), rng.randrange(beats), rng.getrandbits(width)
        enables = [chance(rng, 70) for _ in range(ports)]
        reads = [address if chance(rng, 20) else rng.randrange(beats) for _ in range(ports)]
        dut.write_enable.value = write
        dut.write_address.value = address
        dut.write_data.value = value
        dut.read_enable.value = sum(enable << n for n, enable in enumerate(enables))
        dut.read_address.value = sum(read << (n * bits) for n, read in enumerate(reads))
        await RisingEdge(dut.clk)
        if None not in shown:
            expected = sum(beat << (n * width) for n, beat in enumerate(shown))  # type: ignore[operator]
            assert int(dut.read_data.value) == expected
        for n, enable in enumerate(enables):
            if enable:
                shown[n] = content[reads[n]]
        if write:
            content[address] = value
    assert None not in shown
