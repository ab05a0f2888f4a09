"""Room for wires where a placed design is crowded: the places of cells that do nothing, beside those that are there."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

Netlist = dict[str, Any]
Place = tuple[int, int]

# Tiles of the largest ECP5
COLUMNS, ROWS = 128, 97
# Wires through a tile, as estimated here, for which there is room in it
WIRES = 108.0
# Look-up tables of a tile, and how many more of them it is given at most, as parts
TABLES, MOST_PARTS = 8, 0.5
# A wire with more ends lies everywhere
MOST_ENDS = 3000
# A cell that does nothing stays where the wire is that it is given: one that is within so many tiles, with few ends
NEAR, FEW_ENDS = 3, 6
# More are not made
MOST = 6000
_BEL = re.compile(r"X(\d+)/Y(\d+)/")


@dataclass(frozen=True, slots=True)
class Wire:
    """A wire of a placed design: the tiles that it lies within, where its driver is, if that is a look-up table, and
    its ends."""

    first: Place
    last: Place
    table_at: Place | None
    ends: int

    def within(self, tiles: int) -> bool:
        """Is it no longer than that?"""
        return self.last[0] - self.first[0] <= tiles and self.last[1] - self.first[1] <= tiles


def wires(module: Netlist) -> dict[int, Wire]:
    """Return the wires of a placed module, by their bit."""
    places: dict[int, list[Place]] = defaultdict(list)
    drivers: dict[int, Place | None] = {}
    for cell in module["cells"].values():
        found = _BEL.match(cell["attributes"].get("NEXTPNR_BEL", ""))
        if found is None:
            continue
        place = int(found[1]), int(found[2])
        for port, bits in cell["connections"].items():
            drives = cell["port_directions"].get(port) == "output"
            for bit in bits:
                if isinstance(bit, int):
                    places[bit].append(place)
                    if drives:
                        drivers[bit] = place if cell["type"] == "TRELLIS_COMB" else None
    made = {}
    for bit, at in places.items():
        if bit in drivers and 2 <= len(at) <= MOST_ENDS:
            columns, rows = zip(*at, strict=True)
            made[bit] = Wire((min(columns), min(rows)), (max(columns), max(rows)), drivers[bit], len(at))
    return made


def crowding(found: Mapping[int, Wire]) -> dict[Place, float]:
    """Return how many wires pass each tile, on average over it and its neighbours, when each wire lies evenly in the
    tiles that it lies within (RUDY: rectangular uniform wire density)."""
    changes: dict[Place, float] = defaultdict(float)
    for wire in found.values():
        (left, top), (right, bottom) = wire.first, wire.last
        width, height = right - left + 1, bottom - top + 1
        density = (1 + 0.03 * max(0, wire.ends - 3)) * (width + height) / (width * height)
        for (column, row), sign in zip(product((left, right + 1), (top, bottom + 1)), (1, -1, -1, 1), strict=True):
            changes[column, row] += sign * density
    through: dict[Place, float] = defaultdict(float)
    for column, row in product(range(COLUMNS), range(ROWS)):
        before = through[column - 1, row] + through[column, row - 1] - through[column - 1, row - 1]
        through[column, row] = before + changes[column, row]
    around = (-1, 0, 1)
    return {
        (column, row): sum(through[column + x, row + y] for x, y in product(around, around)) / 9
        for column, row in product(range(COLUMNS), range(ROWS))
    }


def give_room(placed: Path, source: Path, out: Path) -> int:
    """Read a design as it was placed, and the netlist that it was made of; write this with a look-up table that does
    nothing at short wires of crowded tiles, so that the next place has more tiles there. Return how many there are."""
    module = max(json.loads(placed.read_text())["modules"].values(), key=lambda module: len(module.get("cells", {})))
    design = json.loads(source.read_text())
    top = next(module for module in design["modules"].values() if "top" in module["attributes"])
    found = wires(module)
    names: dict[int, str] = {}
    for name, net in module["netnames"].items():
        if len(net["bits"]) == 1:
            names.setdefault(net["bits"][0], name)
    known = dict(_named(top))
    used = (bit for cell in top["cells"].values() for bits in cell["connections"].values() for bit in bits)
    next_bit = 1 + max(bit for bit in used if isinstance(bit, int))
    made = 0
    for bit in _beside(found, names, known):
        top["cells"][f"room_{made}"] = {
            "hide_name": 0,
            "type": "LUT4",
            "parameters": {"INIT": f"{0xAAAA:016b}"},
            "attributes": {"keep": "1"},
            "port_directions": {"A": "input", "Z": "output"},
            "connections": {"A": [bit], "Z": [next_bit]},
        }
        top["netnames"][f"room_{made}"] = {"hide_name": 0, "bits": [next_bit], "attributes": {}}
        made, next_bit = made + 1, next_bit + 1
        if made == MOST:
            break
    out.write_text(json.dumps(design))
    return made


def _beside(found: Mapping[int, Wire], names: Mapping[int, str], known: Mapping[str, int]) -> Iterator[int]:
    """Yield, in the source's bits, the wires at which room is made, tile by tile."""
    short: dict[Place, list[int]] = defaultdict(list)
    for bit, wire in found.items():
        if wire.table_at is not None and wire.within(NEAR) and wire.ends <= FEW_ENDS:
            short[wire.table_at].append(bit)
    owed = 0.0
    for place, through in crowding(found).items():
        owed += TABLES * min(max(through / WIRES - 1, 0), MOST_PARTS)
        for bit in sorted(short[place], key=lambda bit: found[bit].ends):
            if owed < 1:
                break
            if names.get(bit, "") in known:
                yield known[names[bit]]
                owed -= 1
        owed = min(owed, TABLES)


def _named(module: Netlist) -> Iterator[tuple[str, int]]:
    """Yield the names of wires, and their bits."""
    for name, net in module["netnames"].items():
        first, bits = net.get("offset", 0), net["bits"]
        for place, bit in enumerate(bits):
            if isinstance(bit, int):
                yield (name if len(bits) == 1 else f"{name}[{place + first}]"), bit
