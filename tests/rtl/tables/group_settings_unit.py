"""cocotb tests of group_settings.v: registers, initiation and flags of every group, against a table of numbers."""

from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge, Timer

from tests.rtl.units import Turns, chance, start

# Registers in the order of their places, their bits, and what they hold after reset
FIELDS = {
    "generation": (32, 0), "partner_system": (16, 0), "partner_group": (16, 0), "partner_area": (48, 0),
    "read_mode": (1, 0), "batch_journals": (7, 16), "batch_bytes": (17, 65536), "commands": (3, 4),
    "no_room_holds": (1, 0), "interval": (32, 1000), "timeout": (32, 100000), "next_command": (2, 0),
    "backlog": (32, 64), "copy_unit": (32, 4096), "activity": (7, 0x40), "silence": (32, 0),
}  # fmt: skip
NAMES = list(FIELDS)
STEPS = 1500
RETRY, ORIGINAL, SECONDARY, TAKEOVER = 0x40, 1, 2, 4
IDLE = dict.fromkeys(
    (
        "next_group", "group", "set_activity", "start", "start_original", "new_generation", "new_partner_system",
        "new_partner_group",
        "set_partner_area", "new_partner_area", "end_takeover", "load", "field", "load_data", "read",
        "watched_group",
    ),
    0,
)  # fmt: skip


@cocotb.test
async def test_registers_initiation_and_flags_of_each_group(dut: Any) -> None:
    """Random changes, flags one a cycle; every output of a random group, and every register, now and then."""
    rng = await start(dut, **IDLE)
    groups = int(dut.GROUPS.value)
    await ClockCycles(dut.clk, groups)
    turns = Turns(dut, groups, rng)
    tables = [{name: reset for name, (_, reset) in FIELDS.items()} for _ in range(groups)]
    for _ in range(STEPS):
        kind = rng.choice(("load", "load", "start", "flags", "flags", "flags", "area", "given up", "nothing"))
        if kind == "flags":
            group = turns.next()
        else:  # one that changes more than flags has its group until then
            group = rng.randrange(groups)
            await turns.look_up(group)
        if group is None:
            await RisingEdge(dut.clk)
            continue
        table = tables[group]
        if kind == "load":
            name = rng.choice(NAMES)
            bits = FIELDS[name][0]
            table[name] = rng.choice([rng.getrandbits(bits), (1 << bits) - 1, 0])
            dut.load.value, dut.field.value, dut.load_data.value = 1, NAMES.index(name), table[name]
        elif kind == "start":
            original = chance(rng, 50)
            table["generation"], table["partner_system"] = rng.getrandbits(32), rng.getrandbits(16)
            table["partner_group"] = rng.getrandbits(16)
            table["activity"] = table["activity"] & RETRY | (ORIGINAL if original else SECONDARY)
            dut.start.value, dut.start_original.value = 1, original
            dut.new_generation.value = table["generation"]
            dut.new_partner_system.value, dut.new_partner_group.value = table["partner_system"], table["partner_group"]
        elif kind == "flags":
            flags = 1 << rng.randrange(7)
            table["activity"] |= flags
            dut.set_activity.value = flags
        elif kind == "given up":
            table["activity"] &= ~TAKEOVER
            dut.end_takeover.value = 1
        elif kind == "area":
            table["partner_area"] = 512 * rng.getrandbits(30)
            dut.set_partner_area.value, dut.new_partner_area.value = 1, table["partner_area"]
        await RisingEdge(dut.clk)
        dut.end_takeover.value = 0
        dut.load.value = dut.start.value = dut.set_activity.value = dut.set_partner_area.value = 0
        if chance(rng, 50):
            continue
        row = rng.randrange(groups)
        await turns.look_up(row)
        dut.read.value = 1
        for place, name in enumerate(NAMES):
            dut.field.value = place
            await RisingEdge(dut.clk)
            await Timer(1, "ps")
            assert int(dut.read_data.value) == tables[row][name], (row, name)
            assert int(getattr(dut, name).value) == tables[row][name], (row, name)
        assert int(dut.activities.value) == sum(t["activity"] << 7 * n for n, t in enumerate(tables))
        dut.read.value = 0
        await RisingEdge(dut.clk)
        await Timer(1, "ps")
        assert int(dut.read_data.value) == 0
        for watched in range(groups):
            dut.watched_group.value = watched
            await Timer(1, "ps")
            assert int(dut.watched_silence.value) == tables[watched]["silence"]
