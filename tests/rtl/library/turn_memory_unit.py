"""cocotb tests of turn_memory.v."""

from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from tests.rtl.units import chance, start

INPUTS = dict.fromkeys(("write_enable", "write_address", "write_data", "read_valid", "read_address"), 0)


@cocotb.test
async def test_one_reader_a_cycle_has_its_turn_and_its_beat_holds(dut: Any) -> None:
    """Readers ask as they like: one of them is served by each bank in each cycle, each of n within n cycles; its beat
    stays until its next turn."""
    rng = await start(dut, **INPUTS)
    width, beats, readers = int(dut.DATA_WIDTH.value), int(dut.BEATS.value), int(dut.READERS.value)
    banks = int(dut.BANKS.value)
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
        asked = [rng.randrange(beats) if at is None and chance(rng, rate) else at for at in asked]
        unread = [place for place in range(beats) if place not in asked]
        write, address, value = chance(rng, 60), rng.choice(unread), rng.getrandbits(width)
        dut.write_enable.value, dut.write_address.value, dut.write_data.value = write, address, value
        dut.read_valid.value = sum((at is not None) << n for n, at in enumerate(asked))
        dut.read_address.value = sum((at or 0) << (n * bits) for n, at in enumerate(asked))
        await RisingEdge(dut.clk)
        taken = [n for n in range(readers) if int(dut.read_taken.value) >> n & 1]
        assert sorted(asked[n] % banks for n in taken) == sorted({at % banks for at in asked if at is not None})
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


@cocotb.test
async def test_readers_of_successive_beats_follow_each_other_from_bank_to_bank(dut: Any) -> None:
    """As many readers as there are banks, all from the first beat on: none waits for longer than once round."""
    await start(dut, **INPUTS)
    beats, bits, banks = int(dut.BEATS.value), len(dut.write_address), int(dut.BANKS.value)
    readers = min(banks, int(dut.READERS.value))
    places = [0] * readers
    for _ in range(100):
        dut.read_valid.value = (1 << readers) - 1
        dut.read_address.value = sum(place % beats << (n * bits) for n, place in enumerate(places))
        await RisingEdge(dut.clk)
        taken = int(dut.read_taken.value)
        places = [place + (taken >> n & 1) for n, place in enumerate(places)]
    assert min(places) >= 100 - banks
