"""cocotb tests of shared_memory.v: FIG 4, 5 and 6, and [0052]'s rules for pairs and groups."""

import random
from dataclasses import dataclass, field
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge, Timer

from tests.rtl.units import chance, start

NONE = 0xFFFF
PAIR_ABNORMAL = VOLUME_ABNORMAL = 4
GROUP_ABNORMAL = 2
VOLUME_DEVICE = 3
VOLUME_TABLE, PAIR_TABLE, GROUP_TABLE = 1, 2, 3
POSITION = (1 << 48) - 512
WORD = (1 << 64) - 1
# Registers of each table in their order (registers.rdl), with their values after reset
VOLUME_ROW = {"state": 0, "format": 0, "capacity": 0, "pair": NONE, "device": 0, "offset": 0}
PAIR_ROW = {
    "state": 0, "original_system": 0, "original_volume": 0, "secondary_system": 0, "secondary_volume": 0, "group": 0,
    "copy_complete_address": 0, "last_copy_number": 0, "original_capacity": 0,
}  # fmt: skip
GROUP_ROW = {
    "state": 0, "pair_set": 0, "journal_volume": NONE, "update_number": 1, "data_offset": 0, "full_policy": 0,
    "watch_time": 0, "reason": 0,
}  # fmt: skip
ROWS = {VOLUME_TABLE: VOLUME_ROW, PAIR_TABLE: PAIR_ROW, GROUP_TABLE: GROUP_ROW}
CHANGES = ("volume_fails", "journal_volume_fails", "pair_fails", "group_fails", "take_number", "load")
OTHERS = (
    "set_pair_state", "set_copy_complete", "set_last_copy_number", "create_group", "record_pair",
    "record_journal_volume", "start", "start_numbers", "open_secondaries", "close_secondaries",
)  # fmt: skip
INPUTS = dict.fromkeys(
    (
        "map_volume", "volume", "pair", "next_volume", "next_journal_volume", "next_pair", "next_group", "group",
        "journal_volume",        "size", "load_table", "load_field",
        "load_data",
        "after_volume", "after_journal_volume", *CHANGES, *OTHERS, "find_group",
        "find_volume", "new_pair_state", "new_copy_complete", "new_update_number", "new_data_offset",
        "record_original_system", "record_original_volume", "record_secondary_system", "record_secondary_volume",
        "record_is_original", "record_original_capacity", "new_reason", "scan_begins", "scan_valid", "scan_pair",
        "end_markers", "oldest_number", "partner", "source",
    ),
    0,
) | {"shows_pair": 1, "shows_group": 1}  # fmt: skip


@dataclass
class Tables:
    """The tables as the specification describes them."""

    volumes: list[dict[str, int]]
    pairs: list[dict[str, int]]
    groups: list[dict[str, int]]
    rows: dict[int, list[dict[str, int]]] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = {VOLUME_TABLE: self.volumes, PAIR_TABLE: self.pairs, GROUP_TABLE: self.groups}

    def pairs_of(self, group: dict[str, int]) -> list[dict[str, int]]:
        """The pairs of a group's pair set."""
        return [pair for number, pair in enumerate(self.pairs) if group["pair_set"] >> number & 1]

    def fail_pair(self, pair: dict[str, int], group: dict[str, int]) -> None:
        """The pair, and with the last pair of its set the group."""
        pair["state"] = PAIR_ABNORMAL
        if all(other["state"] == PAIR_ABNORMAL for other in self.pairs_of(group)):
            self.become_abnormal(group, VOLUME_DEVICE)

    def become_abnormal(self, group: dict[str, int], reason: int) -> None:
        """The first reason stays."""
        if group["state"] != GROUP_ABNORMAL:
            group["state"], group["reason"] = GROUP_ABNORMAL, reason

    def fail_group(self, group: dict[str, int], reason: int) -> None:
        """The group, and all pairs of its set."""
        self.become_abnormal(group, reason)
        for pair in self.pairs_of(group):
            pair["state"] = PAIR_ABNORMAL


def new_tables(dut: Any) -> Tables:
    """The tables after reset."""
    return Tables(
        [dict(VOLUME_ROW) for _ in range(int(dut.VOLUMES.value))],
        [dict(PAIR_ROW) for _ in range(int(dut.PAIRS.value))],
        [dict(GROUP_ROW) for _ in range(int(dut.GROUPS.value))],
    )


def random_value(rng: random.Random, tables: Tables, table: int, name: str) -> int:
    """A value that the register map lets through."""
    volumes, pairs, groups = len(tables.volumes), len(tables.pairs), len(tables.groups)
    match table, name:
        case (1 | 2, "state"):
            return rng.randrange(5)
        case (3, "state") | (3, "full_policy"):
            return rng.randrange(3)
        case (_, "pair"):
            return rng.choice([NONE, *range(pairs)])
        case (_, "journal_volume"):
            return rng.choice([NONE, *range(volumes)])
        case (_, "group"):
            return rng.randrange(groups)
        case (_, "pair_set"):
            return rng.getrandbits(pairs)
        case (_, "device"):
            return rng.randrange(8)
        case (_, "capacity" | "offset" | "copy_complete_address" | "original_capacity"):
            return rng.getrandbits(48) & POSITION
        case (_, "reason"):
            return rng.randrange(13)
        case (_, "watch_time"):
            return rng.getrandbits(32)
        case (_, "format" | "update_number" | "data_offset"):
            return rng.getrandbits(64)
    return rng.getrandbits(16)


async def begin(dut: Any) -> random.Random:
    """Reset, and wait until every row was swept."""
    rng = await start(dut, **INPUTS)
    await ClockCycles(dut.clk, sweep(dut))
    return rng


def sweep(dut: Any) -> int:
    """Cycles that it takes after a reset."""
    return max(int(dut.GROUPS.value), int(dut.VOLUMES.value), int(dut.PAIRS.value))


async def look_up(dut: Any, row: int) -> None:
    """Look up a row of each table; what comes next decides on them, or changes them."""
    dut.next_group.value = dut.next_volume.value = dut.next_pair.value = row
    await RisingEdge(dut.clk)
    dut.group.value = dut.volume.value = dut.pair.value = row
    await RisingEdge(dut.clk)


async def load(dut: Any, tables: Tables, table: int, row: int, name: str, value: int) -> None:
    """Write one register."""
    tables.rows[table][row][name] = value
    if table == GROUP_TABLE and name == "state" and value != GROUP_ABNORMAL:
        tables.groups[row]["reason"] = 0
    await look_up(dut, row)
    dut.load_table.value = table
    dut.load_field.value = list(ROWS[table]).index(name)
    dut.load_data.value = value
    dut.load.value = 1
    await RisingEdge(dut.clk)
    dut.load.value = dut.load_data.value = 0


async def load_all(dut: Any, tables: Tables, rng: random.Random) -> None:
    """Write a random value to every register."""
    for table, rows in tables.rows.items():
        for row, registers in enumerate(rows):
            for name in registers:
                await load(dut, tables, table, row, name, random_value(rng, tables, table, name))


async def check_registers(dut: Any, tables: Tables) -> None:
    """Read every register of every row."""
    for table, rows in tables.rows.items():
        dut.load_table.value = table
        for row, registers in enumerate(rows):
            await look_up(dut, row)
            for number, (name, value) in enumerate(registers.items()):
                dut.load_field.value = number
                await RisingEdge(dut.clk)
                await Timer(1, "ps")
                assert int(dut.read_data.value) == value, f"table {table}, row {row}, {name}"


@cocotb.test
async def test_every_register_of_every_row_holds_its_own_value(dut: Any) -> None:
    """After reset the values of the register map; then a random value in each, all different rows."""
    rng = await begin(dut)
    tables = new_tables(dut)
    await check_registers(dut, tables)
    await load_all(dut, tables, rng)
    await check_registers(dut, tables)
    dut.rst.value = 1
    await RisingEdge(dut.clk)
    dut.rst.value = 0
    await ClockCycles(dut.clk, sweep(dut))
    await check_registers(dut, new_tables(dut))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def test_map_follows_volume_to_pair_group_and_journal_volume(dut: Any) -> None:
    """Volumes that exist and that do not, with and without a pair, groups with and without a journal volume."""
    rng = await begin(dut)
    tables = new_tables(dut)
    seen = set()
    while len(seen) < 4:  # a volume that exists or not, with a pair or not, whose group has a journal volume or not
        await load_all(dut, tables, rng)
        for number in (*range(len(tables.volumes)), len(tables.volumes), len(tables.volumes) + 1, 0x100, NONE):
            dut.map_volume.value = number
            await RisingEdge(dut.clk)
            exists = number < len(tables.volumes)
            assert dut.map_volume_valid.value == exists
            paired = exists and tables.volumes[number]["pair"] != NONE
            assert dut.map_pair_valid.value == paired
            journal_volume = NONE
            if paired:
                pair = tables.volumes[number]["pair"]
                assert int(dut.map_pair.value) == pair
                group = tables.pairs[pair]["group"]
                assert int(dut.map_group.value) == group
                dut.next_group.value = group
                await RisingEdge(dut.clk)
                journal_volume = tables.groups[group]["journal_volume"]
                assert int(dut.group_journal_volume.value) == journal_volume
                assert dut.group_journal_volume_valid.value == (journal_volume != NONE)
            seen.add((exists, paired, journal_volume != NONE))


@dataclass(frozen=True, slots=True)
class Choice:
    """The rows of one step."""

    volume: int
    pair: int
    group: int
    journal_volume: int


def choose(rng: random.Random, tables: Tables) -> Choice:
    """Any row of each table."""
    return Choice(*(rng.randrange(len(rows)) for rows in (tables.volumes, tables.pairs, tables.groups, tables.volumes)))


def set_rows(dut: Any, rows: Choice) -> None:
    """Drive the rows of the step."""
    for name in Choice.__slots__:
        getattr(dut, name).value = getattr(rows, name)


def set_next_rows(dut: Any, rows: Choice) -> None:
    """Look up the rows of the step after this one."""
    dut.next_volume.value, dut.next_journal_volume.value = rows.volume, rows.journal_volume
    dut.next_pair.value, dut.next_group.value = rows.pair, rows.group


def set_after(dut: Any, rows: Choice) -> None:
    """Drive the rows whose state after the step is asked for; pair and group are those of the step."""
    for name in ("volume", "journal_volume"):
        getattr(dut, f"after_{name}").value = getattr(rows, name)


def check_rows(dut: Any, tables: Tables, rows: Choice) -> None:
    """What a step decides on."""
    volume, pair, group = tables.volumes[rows.volume], tables.pairs[rows.pair], tables.groups[rows.group]
    journal_volume = tables.volumes[rows.journal_volume]
    for prefix, row in (("volume", volume), ("journal_volume", journal_volume)):
        for name in ("state", "capacity", "device", "offset"):
            assert int(getattr(dut, f"{prefix}_{name}").value) == row[name], f"{prefix} {name}"
    holds = any(g["journal_volume"] == rows.volume and g["state"] != 0 for g in tables.groups)
    assert dut.volume_holds_journal.value == holds
    assert int(dut.pair_state.value) == pair["state"]
    assert int(dut.copy_complete_address.value) == pair["copy_complete_address"]
    assert int(dut.group_state.value) == group["state"]
    assert int(dut.group_reason.value) == group["reason"]
    for name in ("update_number", "data_offset", "full_policy", "watch_time"):
        assert int(getattr(dut, name).value) == group[name], name


def check_after(dut: Any, tables: Tables, rows: Choice) -> None:
    """What a commit record shows."""
    pair, group = tables.pairs[rows.pair], tables.groups[rows.group]
    assert int(dut.volume_state_after.value) == tables.volumes[rows.volume]["state"]
    assert int(dut.journal_volume_state_after.value) == tables.volumes[rows.journal_volume]["state"]
    assert int(dut.pair_state_after.value) == pair["state"]
    assert int(dut.copy_complete_address_after.value) == pair["copy_complete_address"]
    assert int(dut.group_state_after.value) == group["state"]
    assert int(dut.group_reason_after.value) == group["reason"]
    assert int(dut.update_number_after.value) == group["update_number"]
    assert int(dut.data_offset_after.value) == group["data_offset"]


@cocotb.test
async def test_a_step_a_cycle_changes_the_tables_as_the_specification_says(dut: Any) -> None:
    """Random failures and journals, one step in every cycle; rows are looked up before, their new state comes after."""
    rng = await begin(dut)
    tables = new_tables(dut)
    groups_failed_by_last_pair = 0
    for _ in range(20):
        for name in CHANGES:
            getattr(dut, name).value = 0
        await load_all(dut, tables, rng)
        rows = changing = rows_after = choose(rng, tables)
        set_after(dut, rows_after)
        set_next_rows(dut, rows)
        set_rows(dut, rows)
        await ClockCycles(dut.clk, 3)
        for _ in range(60):
            set_rows(dut, rows)
            following = choose(rng, tables)
            set_next_rows(dut, following)
            volume, pair = tables.volumes[changing.volume], tables.pairs[changing.pair]
            group = tables.groups[changing.group]
            change = rng.choice(["volume", "volume and pair", "pair", "journal", "suspend", "number", "number", "none"])
            size = 512 * rng.randrange(1, 64)
            if change == "suspend" and chance(rng, 70):
                change = "none"
            dut.size.value = size
            dut.volume_fails.value = change in ("volume", "volume and pair")
            dut.pair_fails.value = change in ("pair", "volume and pair")
            dut.journal_volume_fails.value = change == "journal"
            dut.group_fails.value = change in ("journal", "suspend")
            dut.take_number.value = change == "number"
            dut.new_reason.value = reason = rng.randrange(1, 13)
            await RisingEdge(dut.clk)
            check_rows(dut, tables, rows)
            check_after(dut, tables, rows_after)
            for name in ("update_number", "data_offset"):
                assert int(getattr(dut, f"latest_{name}").value) == group[name], name
            if change in ("volume", "volume and pair"):
                volume["state"] = VOLUME_ABNORMAL
            if change in ("pair", "volume and pair"):
                before = group["state"]
                tables.fail_pair(pair, group)
                groups_failed_by_last_pair += group["state"] != before
            if change == "journal":
                tables.volumes[changing.journal_volume]["state"] = VOLUME_ABNORMAL
            if change in ("journal", "suspend"):
                tables.fail_group(group, reason)
            if change == "number":
                group["update_number"] = (group["update_number"] + 1) & WORD
                group["data_offset"] = (group["data_offset"] + size) & WORD
            rows_after, changing, rows = changing, rows, following
            set_after(dut, rows_after)
        for name in CHANGES:
            getattr(dut, name).value = 0
        await check_registers(dut, tables)
    assert groups_failed_by_last_pair > 0


@cocotb.test
async def test_a_group_becomes_abnormal_with_the_last_pair_of_its_set(dut: Any) -> None:
    """[0052]: pairs fail one after another; only the last takes the group along, and no other group's."""
    rng = await begin(dut)
    tables = new_tables(dut)
    pairs = len(tables.pairs)
    members = sorted(rng.sample(range(pairs), min(3, pairs)))
    for number in range(len(tables.groups)):
        await load(dut, tables, GROUP_TABLE, number, "state", 1)
    await load(dut, tables, GROUP_TABLE, 0, "pair_set", sum(1 << n for n in members))
    for number in range(pairs):
        await load(dut, tables, PAIR_TABLE, number, "state", 3)
    await look_up(dut, 0)
    rng.shuffle(members)
    for left, number in enumerate(members[::-1]):
        dut.pair.value = number
        await RisingEdge(dut.clk)
        dut.pair_fails.value = 1
        await RisingEdge(dut.clk)
        dut.pair_fails.value = 0
        await RisingEdge(dut.clk)
        tables.fail_pair(tables.pairs[number], tables.groups[0])
        assert int(dut.group_state_after.value) == (2 if left == len(members) - 1 else 1)
    await check_registers(dut, tables)
