"""What is done to a netlist so that fewer wires are needed."""

from typing import Any

from synth import netlist


def cell(kind: str, **connections: list[int | str]) -> dict[str, Any]:
    """A cell as yosys writes it."""
    return {"type": kind, "connections": connections}


def test_address_bits_that_are_always_0_have_no_wire_where_they_are_read() -> None:
    """Of a table of four rows two; both sides say 1 then. A bit that is 0 on one side alone stays."""
    table = cell("TRELLIS_DPR16X4", RAD=[5, 6, "0", "0"], WAD=[7, 8, "0", "0"])
    other = cell("TRELLIS_DPR16X4", RAD=[5, 6, "0", "1"], WAD=[7, 8, 9, "1"])
    module = {"cells": {"table": table, "other": other}, "netnames": {}}
    assert netlist.free_addresses(module) == 2
    assert table["connections"] == {"RAD": [5, 6, "x", "x"], "WAD": [7, 8, "1", "1"]}
    assert other["connections"] == {"RAD": [5, 6, "0", "1"], "WAD": [7, 8, 9, "1"]}


def test_the_reset_of_most_flip_flops_gets_a_global_wire() -> None:
    """Not that of a few, nor what logic takes from it."""
    many = {f"many{number}": cell("TRELLIS_FF", LSR=[2], Q=[100 + number]) for number in range(netlist.MOST_RESET + 1)}
    few = {f"few{number}": cell("TRELLIS_FF", LSR=[3], Q=[5000 + number]) for number in range(netlist.MOST_RESET)}
    logic = cell("LUT4", A=[2], Z=[9000])
    without = cell("TRELLIS_FF", LSR=["0"], Q=[9001])
    module: dict[str, Any] = {"cells": {**many, **few, "logic": logic, "without": without}, "netnames": {}}
    netlist.reset_global(module)
    assert module["cells"]["reset_buffer"]["connections"] == {"CLKI": [2], "CE": ["1"], "CLKO": [9002]}
    assert {flip_flop["connections"]["LSR"][0] for flip_flop in many.values()} == {9002}
    assert {flip_flop["connections"]["LSR"][0] for flip_flop in few.values()} == {3}
    assert logic["connections"]["A"] == [2] and without["connections"]["LSR"] == ["0"]
    few_alone: dict[str, Any] = {"cells": few, "netnames": {}}
    netlist.reset_global(few_alone)
    assert "reset_buffer" not in few_alone["cells"]
