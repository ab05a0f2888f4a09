"""cocotb tests of journal_ring.v: FIG 7 and FIG 8, with the vectors that the model shares, and random operation of
every group.
"""

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge, Timer

from tests.rtl.units import start

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "journal_ring.json").read_text())
# The registers' places in a group's pointers (registers.rdl, from 0x80 on)
FIELDS = (
    "update_information_head", "write_data_head", "update_information_newest", "update_information_oldest",
    "write_data_newest", "write_data_oldest", "read_initiation", "retry_initiation", "update_information_commit",
    "write_data_commit", "update_information_used", "write_data_used", "update_information_committed",
    "write_data_committed",
)  # fmt: skip
# The order in which a commit record shows them
RECORDED = (
    "update_information_newest", "update_information_oldest", "update_information_commit", "write_data_newest",
    "write_data_oldest", "write_data_commit", "read_initiation", "retry_initiation",
)  # fmt: skip
OPERATIONS = ("create", "commit", "free", "send", "place", "empty", "divide")
IDLE = dict.fromkeys(
    (
        *OPERATIONS, "load", "load_sent", "field", "read", "size", "information_step", "data_step", "send_entries",
        "information_bytes",
    ),
    0,
) | {"shows": 1}  # fmt: skip


async def begin(dut: Any, group: int) -> random.Random:
    """Reset, and wait until every row was swept."""
    rng = await start(dut, next_group=group, group=group, area_end=0, **IDLE)
    await ClockCycles(dut.clk, int(dut.GROUPS.value))
    return rng


async def look_up(dut: Any, group: int) -> None:
    """Look a group up: its row is there for what comes next."""
    dut.next_group.value = dut.group.value = group
    await settle(dut)


async def settle(dut: Any) -> None:
    """What was changed is looked up, and goes on to what the next operation needs."""
    await ClockCycles(dut.clk, 3)


async def operate(dut: Any, operation: str, size: int = 0, count: int = 1) -> None:
    """One operation on the group looked up: `count` journals with `size` bytes of write data."""
    entries = count * int(dut.ENTRY_BYTES.value)
    dut.size.value, dut.send_entries.value = size, entries
    if operation in ("create", "commit", "free"):
        step(dut, entries, size)
    getattr(dut, operation).value = 1
    await RisingEdge(dut.clk)
    getattr(dut, operation).value = 0
    step(dut)


def step(dut: Any, information: int = 0, data: int = 0) -> None:
    """Bytes of either area that the operation is about."""
    dut.information_step.value, dut.data_step.value = information, data


async def load(dut: Any, values: dict[str, int]) -> None:
    """Set registers of the group looked up."""
    dut.load.value = 1
    for name, value in values.items():
        dut.field.value = FIELDS.index(name)
        step(dut, value, value)
        await RisingEdge(dut.clk)
    dut.load.value = 0
    step(dut)
    await settle(dut)


async def registers(dut: Any) -> dict[str, int]:
    """All registers of the group looked up."""
    found = {}
    await settle(dut)
    dut.read.value = 1
    for number, name in enumerate(FIELDS):
        dut.field.value = number
        await RisingEdge(dut.clk)
        await Timer(1, "ps")
        found[name] = int(dut.read_data.value)
    dut.read.value = 0
    return found


def recorded(dut: Any) -> dict[str, int]:
    """The eight pointers of a commit record."""
    width = int(dut.POSITION_WIDTH.value)
    pointers = int(dut.pointers_after.value)
    return {name: pointers >> (n * width) & ((1 << width) - 1) for n, name in enumerate(RECORDED)}


async def carry_out(dut: Any, op: dict[str, Any]) -> dict[str, Any]:
    """Carry out one op of a vector; return what else `expect` may name."""
    if op["op"] == "load":
        state = dict(op["state"])
        del state["update_number"]
        dut.area_end.value = state.pop("end")
        await load(dut, state)
        return {}
    size = 0 if op.get("kind") == 1 else op.get("size", 0)
    if op["op"] != "create":
        await operate(dut, op["op"], size, op.get("count", 1))
        return {}
    dut.size.value = size
    await settle(dut)
    if not (dut.information_room.value and (op["kind"] == 1 or dut.data_room.value)):
        return {"outcome": 1390}
    place, data = int(dut.update_information_newest.value), int(dut.write_data_newest.value)
    before = min(size, int(dut.area_end.value) - data)
    parts = [[data, before], [int(dut.write_data_head.value), size - before]]
    await operate(dut, "create", size)
    outcome = 1385 if op["kind"] == 1 else 1360
    return {"outcome": outcome, "information_place": place, "parts": [part for part in parts if part[1]]}


@cocotb.test
async def test_ring_follows_the_shared_vectors(dut: Any) -> None:
    """Every op of every sequence, where update information is as long as theirs."""
    await begin(dut, 1)
    if int(dut.ENTRY_BYTES.value) != VECTORS["entry"]:
        return
    carried_out = 0
    for sequence in VECTORS["sequences"]:
        for index, op in enumerate(sequence["ops"]):
            extra = await carry_out(dut, op)
            await RisingEdge(dut.clk)
            shown = recorded(dut)
            found = {**await registers(dut), **extra}
            expected = {name: value for name, value in op["expect"].items() if name != "update_number"}
            assert {name: found[name] for name in expected} == expected, f"{sequence['name']}, op {index}: {op}"
            assert shown == {name: found[name] for name in RECORDED}
            carried_out += 1
    assert carried_out >= 30


@dataclass
class Counted:
    """A ring as lists and totals that never wrap;
    `area` bytes from `data_head`, `entries` of `entry` bytes from `head`.
    """

    entry: int
    head: int
    entries: int
    area: int
    sizes: list[int] = field(default_factory=list)
    committed: int = 0
    freed: int = 0
    sent: int = 0
    retry: int = 0

    @property
    def data_head(self) -> int:
        """Where the write data area begins."""
        return self.head + self.entry * self.entries

    @property
    def end(self) -> int:
        """The journal volume's capacity."""
        return self.data_head + self.area

    @property
    def used(self) -> int:
        """Bytes of write data in use."""
        return sum(self.sizes[self.freed :])

    def information(self, count: int) -> int:
        """Where update information `count` lies."""
        return self.head + count % self.entries * self.entry

    def data(self, count: int) -> int:
        """Where the write data of journal `count` lies."""
        return self.data_head + sum(self.sizes[:count]) % self.area

    def registers(self) -> dict[str, int]:
        """What the registers hold."""
        created = len(self.sizes)
        return {
            "update_information_head": self.head,
            "write_data_head": self.data_head,
            "update_information_newest": self.information(created),
            "update_information_oldest": self.information(self.freed),
            "write_data_newest": self.data(created),
            "write_data_oldest": self.data(self.freed),
            "read_initiation": self.information(self.sent),
            "retry_initiation": self.information(self.retry),
            "update_information_commit": self.information(self.committed),
            "write_data_commit": self.data(self.committed),
            "update_information_used": (created - self.freed) * self.entry,
            "write_data_used": self.used,
            "update_information_committed": (self.committed - self.freed) * self.entry,
            "write_data_committed": sum(self.sizes[self.freed : self.committed]),
        }


@cocotb.test
async def test_groups_agree_with_counters_that_never_wrap_one_operation_a_cycle(dut: Any) -> None:
    """Random operations, one in every cycle and on any group, often the same as in the cycle before;
    the look-up is checked a cycle before an operation, the pointers of a record one behind it.
    """
    rng = await begin(dut, 0)
    entry, groups = int(dut.ENTRY_BYTES.value), int(dut.GROUPS.value)
    ample_bytes = 1 << int(dut.AMPLE_BITS.value)
    # the first ring has too few entries for its data, the second too little room for its entries
    few, small = (rng.randrange(1, 4), 12), (8, rng.randrange(2, 6))
    # the third one has ample room most of the time
    others = [(rng.randrange(1, 9) + 24 * (n == 0), rng.randrange(2, 16) + 16 * (n == 0)) for n in range(groups - 2)]
    rings = [Counted(entry, 64 * rng.randrange(4), entries, 512 * blocks) for entries, blocks in (few, small, *others)]
    for number, ring in enumerate(rings):
        await look_up(dut, number)
        await load(dut, ring.registers())
    wraps = dict.fromkeys(RECORDED, 0)
    dut.area_end.value = rings[-1].end
    await look_up(dut, len(rings) - 1)
    deciding = following = len(rings) - 1
    last = rings[-1].registers()
    refused_information = refused_data = splits = amples = 0
    for _ in range(4000):
        number, deciding, following = deciding, following, rng.randrange(groups)
        ring, decided = rings[number], rings[deciding]
        before = ring.registers()
        dut.next_group.value, dut.group.value = following, deciding
        dut.area_end.value = decided.end
        asked = rng.choice(
            [512 * rng.randrange(1, decided.area // 512 + 2), max(512, decided.area - decided.used), 512]
        )
        size = rng.choice([512 * rng.randrange(1, ring.area // 512 + 2), max(512, ring.area - ring.used), 512])
        operation = rng.choice(["create", "create", "commit", "send", "free", "free and send", "none"])
        room = len(ring.sizes) - ring.freed < ring.entries
        data_room = size < ring.area - ring.used
        if operation == "create" and not (room and data_room):
            refused_information += not room
            refused_data += not data_room
            operation = "none"
        elif operation == "commit":
            if ring.committed == len(ring.sizes):
                operation = "none"
            else:
                size = ring.sizes[ring.committed]
        elif operation == "send":
            if ring.sent == ring.committed:
                operation = "none"
        elif operation in ("free", "free and send"):
            if ring.freed == ring.sent or (operation != "free" and ring.sent == ring.committed):
                operation = "none"
            else:
                size = ring.sizes[ring.freed]
        dut.size.value, dut.send_entries.value = asked, entry
        step(dut, *((entry, size) if operation not in ("none", "send") else (0, 0)))
        for name in ("create", "commit", "free", "send"):
            getattr(dut, name).value = name in operation.split(" and ")
        await RisingEdge(dut.clk)
        assert dut.information_room.value == (len(decided.sizes) - decided.freed < decided.entries)
        assert dut.data_room.value == (asked < decided.area - decided.used)
        ample = (
            len(decided.sizes) - decided.freed <= decided.entries - 16 and decided.area - decided.used >= ample_bytes
        )
        assert dut.ample_room.value == ample
        amples += ample
        assert int(dut.update_information_sent.value) == (decided.sent - decided.freed) * entry
        assert dut.ever_fits.value == (asked < decided.area)
        assert int(dut.write_data_head.value) == decided.data_head
        assert recorded(dut) == {name: last[name] for name in RECORDED}
        assert int(dut.update_information_newest.value) == before["update_information_newest"]
        assert int(dut.write_data_newest.value) == before["write_data_newest"]
        match operation:
            case "create":
                splits += before["write_data_newest"] + size > ring.end
                ring.sizes.append(size)
            case "commit":
                ring.committed += 1
            case "send":
                ring.retry, ring.sent = ring.sent, ring.sent + 1
            case "free":
                ring.freed += 1
            case "free and send":
                ring.freed += 1
                ring.retry, ring.sent = ring.sent, ring.sent + 1
        last = ring.registers()
        for name in wraps:
            wraps[name] += last[name] < before[name]
    for name in ("create", "commit", "free", "send"):
        getattr(dut, name).value = 0
    for number, ring in enumerate(rings):
        await look_up(dut, number)
        assert await registers(dut) == ring.registers()
    assert all(wraps.values()), wraps
    assert refused_information and refused_data and splits and (amples or groups == 2)


@cocotb.test
async def test_full_and_empty_are_told_apart_when_pointers_are_equal(dut: Any) -> None:
    """Filled to the last entry, newest = oldest refuses; drained, newest = oldest takes."""
    await begin(dut, 0)
    entry = int(dut.ENTRY_BYTES.value)
    ring = Counted(entry, 0, 3, 8192)
    dut.area_end.value = ring.end
    await load(dut, ring.registers())
    for operation, room in (("create", 0), ("commit", 0), ("free", 1)):
        for _ in range(3):
            await operate(dut, operation, 512)
        await settle(dut)
        now = recorded(dut)
        assert now["update_information_newest"] == now["update_information_oldest"] or operation == "commit"
        assert dut.information_room.value == room


@cocotb.test
async def test_reset_empties_every_ring(dut: Any) -> None:
    """Every register of every group is 0 after a reset, once each has been swept."""
    await begin(dut, 0)
    groups = int(dut.GROUPS.value)
    for number in range(groups):
        await look_up(dut, number)
        await load(dut, dict.fromkeys(FIELDS, 0x40))
    dut.rst.value = 1
    await RisingEdge(dut.clk)
    dut.rst.value = 0
    await ClockCycles(dut.clk, groups)
    for number in range(groups):
        await look_up(dut, number)
        assert await registers(dut) == dict.fromkeys(FIELDS, 0)


@cocotb.test
async def test_placing_emptying_and_dividing(dut: Any) -> None:
    """1840: newest lies anywhere behind oldest; 930: nothing is left; 920: new areas, nothing in them."""
    rng = await begin(dut, 0)
    entry = int(dut.ENTRY_BYTES.value)
    most = 0
    for _ in range(60):
        await look_up(dut, rng.randrange(int(dut.GROUPS.value)))
        information, end = entry * rng.randrange(1, 9), 512 * rng.randrange(3, 40)
        dut.area_end.value, dut.information_bytes.value = end, information
        await operate(dut, "divide", rng.randrange(end))
        empty = dict.fromkeys(FIELDS, 0) | {
            name: information for name in FIELDS if name.startswith("write_data") and not name.endswith(("used", "ted"))
        }
        assert await registers(dut) == empty
        oldest, data_oldest = entry * rng.randrange(information // entry), information + 512 * rng.randrange(2)
        await load(dut, {"update_information_oldest": oldest, "write_data_oldest": data_oldest})
        used = entry * rng.randrange(information // entry + 1)
        data_used = min(512 * rng.randrange(4), end - information)
        step(dut, used, data_used)
        await operate(dut, "place")
        found = await registers(dut)
        wrapped = data_oldest + data_used
        if wrapped >= end:
            wrapped -= end - information
        assert found["update_information_newest"] == (oldest + used) % information
        assert found["write_data_newest"] == wrapped
        assert (found["update_information_used"], found["write_data_used"]) == (used, data_used)
        most = max(most, used)
        assert int(dut.update_information_high_water.value) >= used
        await operate(dut, "empty")
        assert await registers(dut) == empty
    assert most
