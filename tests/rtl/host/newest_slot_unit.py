"""cocotb tests of newest_slot.v."""

from typing import Any

import cocotb
from cocotb.triggers import Timer

from tests.rtl.units import generator

BLOCK = 512


@cocotb.test
async def test_newest_of_the_slots_that_hold_the_block_is_found(dut: Any) -> None:
    """Random sets of overlapping ranges in slots of any age, positions inside and just outside of ranges."""
    rng = generator()
    slots, width = int(dut.CACHE_SLOTS.value), int(dut.POSITION_WIDTH.value)
    found = missed = ties = 0
    for _ in range(1500):
        base = BLOCK * rng.randrange(1 << 30)
        ranges = [(base + BLOCK * rng.randrange(8), BLOCK * rng.randrange(1, 6)) for _ in range(slots)]
        members = [n for n in range(slots) if rng.randrange(100) < 40]
        ages = rng.sample(range(slots), slots)
        position = base + BLOCK * rng.randrange(14) + rng.choice([0, 64, 448])
        dut.slots.value = sum(1 << n for n in members)
        dut.newer.value = sum(1 << (n * slots + m) for n in range(slots) for m in range(slots) if ages[m] > ages[n])
        dut.position.value = position
        dut.positions.value = sum(start << (n * width) for n, (start, _) in enumerate(ranges))
        dut.sizes.value = sum(size << (n * 32) for n, (_, size) in enumerate(ranges))
        await Timer(1, "ns")
        holders = [n for n in members if ranges[n][0] <= position < sum(ranges[n])]
        holders.sort(key=ages.__getitem__)
        assert dut.found.value == bool(holders)
        ties += len(holders) > 1
        if holders:
            found += 1
            assert int(dut.slot.value) == holders[-1]
            assert int(dut.offset.value) == (position - ranges[holders[-1]][0]) // BLOCK
        else:
            missed += 1
    assert found and missed and ties
