"""cocotb tests of register_map.v: every address, against rtl/registers.rdl."""

from typing import Any

import cocotb
from cocotb.triggers import Timer

from tests.rtl.register_description import describe
from tests.rtl.units import generator

# tables: system, volume, pair, group, pointers of a group, none
TABLES = {"volume": 1, "pair": 2, "group": 3}
POINTER, HOLE = 4, 7
POINTERS_FROM = 0x80


@cocotb.test
async def test_every_address_is_the_row_and_field_of_its_register_or_a_hole(dut: Any) -> None:
    """All aligned addresses, and unaligned ones beside registers."""
    rng = generator()
    parameters = {name: int(getattr(dut, name).value) for name in ("VOLUMES", "PAIRS", "GROUPS", "DEVICES")}
    places: dict[int, tuple[int, int, int]] = {}
    heads: dict[str, int] = {}
    for register in describe(parameters):
        file, _, _ = register.name.rpartition(".")
        head = heads.setdefault(file, register.address) if file else 0
        inside = register.address - head
        if not file:
            places[register.address] = (0, 0, inside // 8)
            continue
        table, row = file.rstrip("]").split("[")
        pointer = table == "group" and inside >= POINTERS_FROM
        field = (inside - POINTERS_FROM if pointer else inside) // 8
        places[register.address] = (POINTER if pointer else TABLES[table], int(row), field)
    addresses = list(range(0, 1 << 16, 8)) + [address + rng.randrange(1, 8) for address in places]
    for address in addresses:
        dut.address.value = address
        await Timer(1, "ns")
        if address in places:
            found = (int(dut.in_table.value), int(dut.row.value), int(dut.field.value))
            assert found == places[address], f"{address:#06x}"
        else:
            assert int(dut.in_table.value) == HOLE, f"{address:#06x}"
