"""cocotb tests of newest_slot.v."""

from typing import Any

import cocotb
from cocotb.triggers import Timer

from tests.rtl.units import generator


@cocotb.test
async def test_newest_of_the_slots_that_hold_the_block_is_found(dut: Any) -> None:
    """Random sets of ranges in slots of any age, as a read meets them: it overlaps all, all fit a transfer."""
    rng = generator()
    slots, width = int(dut.CACHE_SLOTS.value), int(dut.BLOCK_BITS.value)
    places, most = 1 << width, 1 << (width - 1)
    found = missed = ties = 0
    for _ in range(1500):
        # what is read, and writes that overlap it
        base, count = rng.randrange(1 << 30), rng.randrange(1, most + 1)
        sizes = [rng.choice([1, 2, most // 2, most]) for _ in range(slots)]
        ranges = [(base + rng.randrange(1 - size, count), size) for size in sizes]
        members = [n for n in range(slots) if rng.randrange(100) < 40]
        ages = rng.sample(range(slots), slots)
        block = base + rng.randrange(count)
        dut.slots.value = sum(1 << n for n in members)
        dut.newer.value = sum(1 << (n * slots + m) for n in range(slots) for m in range(slots) if ages[m] > ages[n])
        dut.block.value = block % places
        dut.blocks.value = sum(start % places << (n * width) for n, (start, _) in enumerate(ranges))
        dut.sizes.value = sum(size << (n * width) for n, (_, size) in enumerate(ranges))
        await Timer(1, "ns")
        holders = [n for n in members if ranges[n][0] <= block < sum(ranges[n])]
        holders.sort(key=ages.__getitem__)
        assert dut.found.value == bool(holders)
        ties += len(holders) > 1
        if holders:
            found += 1
            assert int(dut.slot.value) == holders[-1]
        else:
            missed += 1
    assert found and missed and ties
