"""cocotb tests of turn_memory.v."""

from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from tests.rtl.units import chance, start

INPUTS = dict.fromkeys(("write_enable", "write_address", "write_data", "read_valid", "read_address"), 0)


@cocotb.test
async def test_one_reader_a_cycle_has_its_turn_and_its_beat_holds(dut: Any) -> None:
    """Readers ask as they like: one of them is served in each cycle, each of n within n cycles; its beat stays until
    its next turn; a read sees the beat as it was before a write of the same cycle."""
    rng = await start(dut, **INPUTS)
    width, beats, readers = int(dut.DATA_WIDTH.value), int(dut.BEATS.value), int(dut.READERS.value)
    bits = len(dut.write_address)
    content = [rng.getrandbits(width) for _ in range(beats)]
    for address, value in enumerate(content):
        dut.write_enable.value, dut.write_address.value, dut.write_data.value = 1, address, value
        await RisingEdge(dut.clk)
    shown: list[int | None] = [None] * readers
    asked: list[int | None] = [None] * readers
    waited = [0] * readers
    for cycle in range(3000):
        rate = (100, 60, 20)[cycle // 1000]
        write, address, value = chance(rng, 60), rng.randrange(beats), rng.getrandbits(width)
        asked = [rng.randrange(beats) if at is None and chance(rng, rate) else at for at in asked]
        dut.write_enable.value, dut.write_address.value, dut.write_data.value = write, address, value
        dut.read_valid.value = sum((at is not None) << n for n, at in enumerate(asked))
        dut.read_address.value = sum((at or 0) << (n * bits) for n, at in enumerate(asked))
        await RisingEdge(dut.clk)
        taken = [n for n in range(readers) if int(dut.read_taken.value) >> n & 1]
        assert len(taken) == any(at is not None for at in asked)
        for n, beat in enumerate(shown):
            if beat is not None:
                # a reader that had no turn yet shows anything
                assert int(dut.read_data.value[(n + 1) * width - 1 : n * width]) == beat
        for n, at in enumerate(asked):
            waited[n] = waited[n] + 1 if at is not None and n not in taken else 0
            assert waited[n] < readers, f"reader {n} waits for {waited[n]} cycles"
        for n in taken:
            place = asked[n]
            assert place is not None, "a turn that nobody asked for"
            shown[n], asked[n] = content[place], None
        if write:
            content[address] = value
    assert None not in shown
