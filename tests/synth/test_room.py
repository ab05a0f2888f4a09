"""Room for wires: where a placed design is crowded, and what is put there."""

import json
from pathlib import Path

from synth.room import TABLES, WIRES, Wire, crowding, give_room

AT, ELSEWHERE = (20, 30), (60, 60)
# Wires through the tile where they all are: a tile and its eight neighbours share those of one
CROWDED = int(9 * 1.2 * WIRES / 2)


def design(count: int, bel: str = "") -> dict[str, object]:
    """Return a netlist of pairs of look-up tables, each with a wire between its two; they all lie in one tile."""
    cells, nets = {}, {}
    for bit in range(count):
        for port, direction in (("F", "output"), ("D", "input")):
            cells[f"{port}{bit}"] = {
                "type": "TRELLIS_COMB",
                "attributes": {"NEXTPNR_BEL": f"X{AT[0]}/Y{AT[1]}/{bel}"} if bel else {},
                "port_directions": {port: direction},
                "connections": {port: [bit + 2]},
            }
        nets[f"wire{bit}"] = {"bits": [bit + 2]}
    return {"modules": {"top": {"attributes": {"top": "1"}, "cells": cells, "netnames": nets}}}


def room(folder: Path, count: int) -> tuple[int, dict[str, object], dict[str, object]]:
    """Give room to so many wires in a tile; return how many tables that takes, and the netlist before and behind it."""
    source = design(count)
    (folder / "placed").write_text(json.dumps(design(count, "SLICEA.LUT0")))
    (folder / "source").write_text(json.dumps(source))
    made = give_room(folder / "placed", folder / "source", folder / "out")
    return made, source, json.loads((folder / "out").read_text())


def test_wires_crowd_the_tiles_that_they_lie_within() -> None:
    """A long one evenly, one of many ends more; the sum over all tiles is the length of all."""
    found = crowding({2: Wire(AT, AT, AT, 2), 3: Wire(ELSEWHERE, (ELSEWHERE[0] + 9, ELSEWHERE[1]), None, 2)})
    assert abs(found[AT] - 2 / 9) < 1e-9 and found[AT[0] + 2, AT[1]] < 1e-9
    assert abs(found[ELSEWHERE[0] + 4, ELSEWHERE[1]] - 3 * 1.1 / 9) < 1e-9
    assert abs(sum(found.values()) - 2 - 11) < 1e-6
    more = crowding({2: Wire(AT, AT, AT, 13)})[AT]
    assert abs(more / found[AT] - 1.3) < 1e-9


def test_a_crowded_tile_is_given_tables_at_its_own_short_wires(tmp_path: Path) -> None:
    """As many as it is crowded, each at another wire; nothing else changes."""
    made, before, after = room(tmp_path, CROWDED)
    assert 1 <= made <= 9 * TABLES * 0.2
    (old,), (new,) = before["modules"].values(), after["modules"].values()  # type: ignore[attr-defined]
    added = {name: cell for name, cell in new["cells"].items() if name not in old["cells"]}
    assert len(added) == made
    ends = [cell["connections"]["A"][0] for cell in added.values()]
    outputs = [cell["connections"]["Z"][0] for cell in added.values()]
    assert len(set(ends)) == made and set(ends) <= set(range(2, 2 + CROWDED))
    assert len(set(outputs)) == made and min(outputs) > 1 + CROWDED
    assert {name: new["cells"][name] for name in old["cells"]} == old["cells"]


def test_where_there_is_room_nothing_is_added(tmp_path: Path) -> None:
    """The netlist is as it was."""
    made, before, after = room(tmp_path, 20)
    assert made == 0 and after == before
