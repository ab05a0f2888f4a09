"""cocotb tests of register_map.v: every address, against rtl/registers.rdl."""

from typing import Any

import cocotb
from cocotb.triggers import Timer

from tests.rtl.registers.register_description import describe
from tests.rtl.units import generator

# tables: system, volume, pair, group with its parts (pointers, settings, progress), none
TABLES = {"volume": 1, "pair": 2, "group": 3}
PARTS = {1: 4, 2: 5, 3: 6}
PART_BYTES = 0x80
HOLE = 7


@cocotb.test
async def test_every_address_is_the_row_and_field_of_its_register_or_a_hole(dut: Any) -> None:
    """All aligned addresses, and unaligned ones beside registers."""
    rng = generator()
    names = (
        "VOLUMES",
        "PAIRS",
        "GROUPS",
        "DEVICES",
        "MAX_TRANSFER_BYTES",
        "MAX_DATA_BYTES",
        "MAX_JOURNALS",
        "COMMANDS",
    )
    parameters = {name: int(getattr(dut, name).value) for name in names}
    parameters["AXI_ADDR_WIDTH"] = 48  # limits values, no addresses
    places: dict[int, tuple[int, int, int]] = {}
    heads: dict[str, int] = {}
    for register in describe(parameters):
        file, _, _ = register.name.rpartition(".")
        head = heads.setdefault(file, register.address) if file else 0
        inside = register.address - head
        if not file:
            places[register.address] = (0, inside // PART_BYTES, inside % PART_BYTES // 8)
            continue
        table, row = file.rstrip("]").split("[")
        part, field = divmod(inside, PART_BYTES) if table == "group" else (0, inside)
        places[register.address] = (PARTS[part] if part else TABLES[table], int(row), field // 8)
    addresses = list(range(0, 1 << 16, 8)) + [address + rng.randrange(1, 8) for address in places]
    for address in addresses:
        dut.address.value = address
        await Timer(1, "ns")
        if address in places:
            found = (int(dut.in_table.value), int(dut.row.value), int(dut.field.value))
            assert found == places[address], f"{address:#06x}"
        else:
            assert int(dut.in_table.value) == HOLE, f"{address:#06x}"
