"""cocotb tests of job_table.v: what each job is about, and how many device writes of each group are in flight."""

from typing import Any

import cocotb
from cocotb.triggers import RisingEdge, Timer

from tests.rtl.units import chance, start

STEPS = 1500
COLUMNS = {"volume": 16, "position": 48, "size": 32, "discard": 1, "number": 64}
# What each may be: numbers of volumes, whole blocks
VALUES = {"volume": 0x3F, "position": 0xFFFFFFFFFE00, "size": 0x1FE00, "discard": 1, "number": 0xFFFFFFFFFFFFFFFF}
IDLE = dict.fromkeys(("enter", "slot", *COLUMNS, "lookup_slot", "group", "begins", "ends"), 0)


@cocotb.test
async def test_rows_and_counts(dut: Any) -> None:
    """Random jobs; writes that begin and end in the same step; each group is writing until its last write has ended."""
    rng = await start(dut, **IDLE)
    groups, slots = int(dut.GROUPS.value), 1 << int(dut.SLOT_WIDTH.value)
    rows: dict[int, dict[str, int]] = {}
    counts = [0] * groups
    for _ in range(STEPS):
        group, slot = rng.randrange(groups), rng.randrange(slots)
        enters = chance(rng, 40)
        begins = counts[group] < slots and chance(rng, 45)
        ends = counts[group] > 0 and chance(rng, 50)
        row = {name: rng.getrandbits(bits) & VALUES[name] for name, bits in COLUMNS.items()}
        dut.group.value, dut.slot.value = group, slot
        dut.enter.value, dut.begins.value, dut.ends.value = enters, begins, ends
        for name, value in row.items():
            getattr(dut, name).value = value
        if enters:
            rows[slot] = row
        counts[group] += begins - ends
        await RisingEdge(dut.clk)
        dut.enter.value = dut.begins.value = dut.ends.value = 0
        for looked in range(groups):
            dut.group.value = looked
            await Timer(1, "ps")
            assert bool(dut.writing.value) == (counts[looked] > 0), (looked, counts)
        if rows:
            looked = rng.choice(list(rows))
            dut.lookup_slot.value = looked
            await Timer(1, "ps")
            assert {name: int(getattr(dut, f"lookup_{name}").value) for name in COLUMNS} == rows[looked]
