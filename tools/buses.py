"""Buses from their fields: `python -m tools.buses` writes rtl/include/buses.vh.

A bus is declared once, in rtl/include/..._wires.vh: its fields as wires, with what they mean; the first line
says what the bus is. From these come two macros for each: the fields in one concatenation, and its bits.
"""

import re
from pathlib import Path

from tools.sources import rtl_headers

BUSES = "buses.vh"
# `wire [31:0] this, that;`: the range's ends, and the names
DECLARATION = re.compile(r"wire\s+(?:\[(?P<high>[^:\]]+):0\]\s*)?(?P<names>[\w\s,]+);")
INCLUDE = re.compile(r'^`include "(\w+\.vh)"$', re.M)
MOST_COLUMNS = 120
HEAD = """\
// Buses, for fields that go together through several modules, most of them of the commit stage. A bus is
// `assign bus = `COMMIT_...;` where it comes from and `assign `COMMIT_... = bus;` where it goes to; ..._wires.vh
// declares the fields in a module's body. Made from these by `python -m tools.buses`.
`ifndef BUSES_VH
`define BUSES_VH
"""


def fields(text: str, headers: Path | None = None) -> list[tuple[str, str]]:
    """Name and bits of each field that a header declares, in their order: first those of other buses that it includes
    (from the folder `headers`).
    """
    found = []
    for included in INCLUDE.findall(text):
        if headers is not None:
            found += fields((headers / included).read_text(), headers)
    for declaration in DECLARATION.finditer(re.sub(r"//.*", "", text)):
        high = (declaration["high"] or "0").strip()
        bits = str(int(high) + 1) if high.isdecimal() else high.removesuffix("-1")
        found += [(name.strip(), bits) for name in declaration["names"].split(",")]
    return found


def wrapped(head: str, items: list[str], separator: str, tail: str) -> str:
    """A macro over several lines."""
    lines = [head]
    for number, item in enumerate(items):
        word = item + (separator if number < len(items) - 1 else tail)
        if number == 0 or len(lines[-1]) + len(word) > MOST_COLUMNS - 3:
            lines.append("   ")
        lines[-1] += f" {word}"
    return " \\\n".join(lines) + "\n"


def bus(header: Path) -> str:
    """The macros of one bus."""
    text = header.read_text()
    about = text.splitlines()[0].removeprefix("// ")
    name = header.stem.removesuffix("_wires").upper()
    declared = fields(text, header.parent)
    return (
        f"\n// {about}\n"
        + wrapped(f"`define {name} {{", [field for field, _ in declared], ",", "}")
        + wrapped(f"`define {name}_WIDTH (", [bits for _, bits in declared], " +", ")")
    )


def macros(headers: Path) -> str:
    """All of buses.vh, from the headers in this folder."""
    return HEAD + "".join(bus(header) for header in sorted(headers.glob("*_wires.vh"))) + "\n`endif\n"


if __name__ == "__main__":
    (rtl_headers() / BUSES).write_text(macros(rtl_headers()))
