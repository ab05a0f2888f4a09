"""synth/timing.py: paths of small netlists, added up by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from synth.timing import timing


def cell(kind: str, **pins: list[int | str]) -> dict[str, Any]:
    """A cell as yosys writes it."""
    return {"type": kind, "connections": pins}


def netlist(folder: Path, cells: dict[str, Any], names: dict[str, list[int]]) -> Path:
    """Write a netlist of one module."""
    module = {"cells": cells, "netnames": {name: {"hide_name": 0, "bits": bits} for name, bits in names.items()}}
    file = folder / "netlist.json"
    file.write_text(json.dumps({"modules": {"part": module, "LUT4": {"cells": {}, "netnames": {}}}}))
    return file


def test_a_path_of_look_up_tables(tmp_path: Path) -> None:
    """Two registers, two look-up tables between them; the longer way counts."""
    cells = {
        "a": cell("TRELLIS_FF", CLK=[2], DI=[9], Q=[3]),
        "first": cell("LUT4", A=[3], B=["0"], C=[], D=[], Z=[4]),
        "second": cell("LUT4", A=[4], B=[3], C=[], D=[], Z=[5]),
        "b": cell("TRELLIS_FF", CLK=[2], DI=[5], Q=[6]),
    }
    found = timing(netlist(tmp_path, cells, {"one.from_reg": [3], "two.middle": [4], "three.to_reg": [6]}))
    path = found.paths[0]
    assert (path.begins, path.ends, path.levels) == ("one.from_reg", "three.to_reg", 2)
    # bit 3 has three pins, bits 4 and 5 two
    assert path.ns == pytest.approx(0.52 + (0.24 + 0.5 + 0.1585) + (0.24 + 0.5 + 0.1) + 0.5, abs=0.01)
    assert found.mhz == pytest.approx(1000 / path.ns)


def test_a_carry_is_not_routed(tmp_path: Path) -> None:
    """From one carry cell to the next there is no connection that takes time; of a chain all sums are seen."""
    cells: dict[str, Any] = {"from": cell("TRELLIS_FF", DI=[90], Q=[3])}
    for n in range(4):
        cells[f"carry{n}"] = cell("CCU2C", CIN=[10 + n], A0=[3], A1=[3], COUT=[11 + n], S0=[20 + n], S1=[30 + n])
    cells["to"] = cell("TRELLIS_FF", DI=[33], Q=[4])
    path = timing(netlist(tmp_path, cells, {"x.from_reg": [3], "x.to_reg": [4]})).paths[0]
    assert path.levels == 4
    # nine pins read or drive the register: the first connection; then carries; then the sum
    assert path.ns == pytest.approx(0.52 + 0.45 + 0.5 + 0.317 + 2 * 0.07 + 0.45 + 0.5, abs=0.01)


def test_memories_begin_and_end_paths(tmp_path: Path) -> None:
    """Block RAM has registers at its inputs and takes long at its outputs; a LUT RAM is read in between."""
    cells = {
        "block": cell("$paramod\\DP16KD", CLKA=[2], ADA0=[8], DOB0=[3]),
        "table": cell("TRELLIS_DPR16X4", RAD=[3], DO=[4], DI=[7], WRE=["1"]),
        "to": cell("TRELLIS_FF", DI=[4], Q=[8]),
    }
    found = timing(netlist(tmp_path, cells, {"read.data": [3], "address_reg": [8]}))
    assert (found.paths[0].begins, found.paths[0].ends) == ("read.data", "address_reg")
    assert found.paths[0].ns == pytest.approx(4.2 + 0.25 + 0.5 + 0.1 + 0.5, abs=0.01)


def test_a_part_without_paths(tmp_path: Path) -> None:
    """Nothing limits its clock."""
    assert timing(netlist(tmp_path, {}, {})).mhz == float("inf")
