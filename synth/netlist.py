"""What saves wires in a design that fills its FPGA, done to its netlist (yosys' JSON) before it is placed."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Netlist = dict[str, Any]

# A reset of more flip-flops than that has a global wire of its own
MOST_RESET = 1000


def save_wires(source: Path, out: Path) -> None:
    """Read a netlist, do all of this to its top, write it."""
    design = json.loads(source.read_text())
    for module in design["modules"].values():
        if "top" in module["attributes"]:
            free_addresses(module)
            reset_global(module)
    out.write_text(json.dumps(design))


def free_addresses(module: Netlist) -> int:
    """Take address bits that are always 0 from their wires: a table of few rows lies in the last rows of its LUT RAM
    instead, since an input without a wire is 1. Return how many there were. Each is four wires where it is read."""
    found = 0
    for cell in _cells(module, "TRELLIS_DPR16X4"):
        read, written = cell["connections"]["RAD"], cell["connections"]["WAD"]
        for bit, pair in enumerate(zip(read, written, strict=True)):
            if pair == ("0", "0"):
                # of what writes, no input may be without a wire
                read[bit], written[bit], found = "x", "1", found + 1
    return found


def reset_global(module: Netlist) -> None:
    """Drive the reset that most flip-flops have by a global buffer, if they are many; logic that it goes to as well
    keeps the wire in front of it."""
    resets = Counter(cell["connections"]["LSR"][0] for cell in _cells(module, "TRELLIS_FF") if _is_reset(cell))
    reset, flip_flops = max(resets.items(), key=lambda found: found[1], default=(0, 0))
    if flip_flops <= MOST_RESET:
        return
    wires = (bit for cell in module["cells"].values() for bits in cell["connections"].values() for bit in bits)
    buffered = 1 + max(wire for wire in wires if isinstance(wire, int))
    for cell in _cells(module, "TRELLIS_FF"):
        if cell["connections"].get("LSR") == [reset]:
            cell["connections"]["LSR"] = [buffered]
    module["cells"]["reset_buffer"] = {
        "hide_name": 0,
        "type": "DCCA",
        "parameters": {},
        "attributes": {},
        "port_directions": {"CLKI": "input", "CE": "input", "CLKO": "output"},
        "connections": {"CLKI": [reset], "CE": ["1"], "CLKO": [buffered]},
    }
    module["netnames"]["reset_buffered"] = {"hide_name": 0, "bits": [buffered], "attributes": {}}


def _cells(module: Netlist, kind: str) -> Iterator[Netlist]:
    return (cell for cell in module["cells"].values() if cell["type"] == kind)


def _is_reset(cell: Netlist) -> bool:
    return isinstance(cell["connections"].get("LSR", [""])[0], int)
