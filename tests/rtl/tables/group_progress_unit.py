"""cocotb tests of group_progress.v: registers, initiation and steps of every group, against a table of numbers."""

from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge, Timer

from tests.rtl.units import Turns, chance, start

# Place and bits of each register
FIELDS = {
    "next_restore": (1, 64), "host_bytes": (2, 64), "tag": (3, 32), "batch": (4, 7), "batch_data": (5, 48),
    "end_markers": (6, 0), "last_answer": (7, 16), "sent_again": (10, 32), "unanswered": (12, 2),
}  # fmt: skip
STEPS = 1500
START_UNANSWERED, STATE_UNANSWERED = 1, 2
IDLE = dict.fromkeys(
    (
        "next_group", "group", "restores_next", "set_host_bytes", "new_host_bytes", "set_tag", "new_tag", "set_batch",
        "new_batch",
        "new_batch_data", "set_answer", "new_answer", "set_end_markers", "sent_again", "start", "start_number", "load",
        "field", "load_data", "read", "scanned_group", "clear_end_markers",
        "start_answered", "state_changes", "state_answered", "start_original",
    ),
    0,
)  # fmt: skip
STROBES = (
    "restores_next", "set_host_bytes", "set_tag", "set_batch", "set_answer", "set_end_markers", "sent_again", "start",
    "load", "clear_end_markers", "start_answered", "state_changes", "state_answered", "start_original",
)  # fmt: skip


@cocotb.test
async def test_registers_initiation_and_steps_of_each_group(dut: Any) -> None:
    """Random changes of a group a cycle, several at once; every register of a random group now and then."""
    rng = await start(dut, **IDLE)
    groups, pairs = int(dut.GROUPS.value), int(dut.PAIRS.value)
    await ClockCycles(dut.clk, groups)
    turns = Turns(dut, groups, rng)
    bits = {name: width or pairs for name, (_, width) in FIELDS.items()}
    kept = {name: (1 << width) - 1 for name, width in bits.items()}
    kept["batch_data"] &= ~0x1FF  # whole blocks
    tables = [dict.fromkeys(FIELDS, 0) | {"next_restore": 1} for _ in range(groups)]
    for _ in range(STEPS):
        group = turns.next()
        if group is None:
            await RisingEdge(dut.clk)
            continue
        table = tables[group]
        if chance(rng, 25):  # a register write, alone
            name = rng.choice(list(FIELDS))
            value = rng.getrandbits(bits[name]) & kept[name]
            dut.load.value, dut.field.value, dut.load_data.value = 1, FIELDS[name][0], value
            if name != "sent_again":  # it only tells
                table[name] = value
        elif chance(rng, 10):
            number = rng.getrandbits(64)
            dut.start.value, dut.start_number.value = 1, number
            dut.start_original.value = original = chance(rng, 50)
            table.update(dict.fromkeys(table, 0) | {"next_restore": number, "sent_again": table["sent_again"]})
            table["unanswered"] = START_UNANSWERED * original
        elif chance(rng, 10):
            dut.clear_end_markers.value, table["end_markers"] = 1, 0
        else:
            new = {name: rng.getrandbits(width) & kept[name] for name, width in bits.items()}
            if chance(rng, 30):
                dut.restores_next.value = 1
                table["next_restore"] = (table["next_restore"] + 1) % (1 << 64)
            if chance(rng, 30):
                dut.set_host_bytes.value, dut.new_host_bytes.value = 1, new["host_bytes"]
                table["host_bytes"] = new["host_bytes"]
            if chance(rng, 30):
                dut.set_tag.value, dut.new_tag.value = 1, new["tag"]
                table["tag"] = new["tag"]
            if chance(rng, 30):
                dut.set_batch.value, dut.new_batch.value = 1, new["batch"]
                dut.new_batch_data.value = new["batch_data"]
                table["batch"], table["batch_data"] = new["batch"], new["batch_data"]
            if chance(rng, 30):
                dut.set_answer.value, dut.new_answer.value = 1, new["last_answer"]
                table["last_answer"] = new["last_answer"]
            if chance(rng, 30):
                marks = 1 << rng.randrange(pairs)
                dut.set_end_markers.value = marks
                table["end_markers"] |= marks
            if chance(rng, 10):
                dut.start_answered.value = 1
                table["unanswered"] &= ~START_UNANSWERED
            if chance(rng, 20):
                dut.state_changes.value = 1
                table["unanswered"] |= STATE_UNANSWERED
            if chance(rng, 20):
                dut.state_answered.value = 1
                table["unanswered"] &= ~STATE_UNANSWERED
            if chance(rng, 30):
                dut.sent_again.value = 1
                table["sent_again"] += 1
        await RisingEdge(dut.clk)
        for name in STROBES:
            getattr(dut, name).value = 0
        if chance(rng, 70):
            continue
        row = rng.randrange(groups)
        await turns.look_up(row)
        dut.read.value = 1
        for name, (place, _) in FIELDS.items():
            dut.field.value = place
            await RisingEdge(dut.clk)
            await Timer(1, "ps")
            assert int(dut.read_data.value) == tables[row][name], (row, name)
            if name == "unanswered":
                assert int(dut.start_unanswered.value) | int(dut.state_unanswered.value) << 1 == tables[row][name]
            elif name != "sent_again":
                assert int(getattr(dut, name).value) == tables[row][name], (row, name)
        dut.read.value = 0
        await RisingEdge(dut.clk)
        await Timer(1, "ps")
        assert int(dut.read_data.value) == 0
        for scanned in range(groups):
            dut.scanned_group.value = scanned
            await Timer(1, "ps")
            assert int(dut.scanned_restore.value) == tables[scanned]["next_restore"]
