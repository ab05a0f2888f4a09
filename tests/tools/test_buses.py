"""Buses: what is made of their fields, and that it was."""

import re
from pathlib import Path

from tools.buses import BUSES, fields, macros
from tools.sources import rtl_headers, rtl_sources


def test_macros_are_those_of_the_fields() -> None:
    """buses.vh was made from the headers as they are: else `python -m tools.buses`."""
    assert (rtl_headers() / BUSES).read_text() == macros(rtl_headers())


def test_fields_are_read_with_their_bits(folder: Path) -> None:
    """One bit, numbers, expressions; comments are not looked at. A bus that includes another begins with its fields."""
    text = (
        "// A bus\nwire this, that;  // wire other;\nwire [31:0] size;\nwire [WIDTH-1:0] place;\nwire [7*64-1:0] all;\n"
    )
    assert fields(text) == [("this", "1"), ("that", "1"), ("size", "32"), ("place", "WIDTH"), ("all", "7*64")]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "commit_this_wires.vh").write_text(text)
    (folder / "commit_both_wires.vh").write_text('// Both\n`include "commit_this_wires.vh"\nwire more;\n')
    made = macros(folder)
    assert "// A bus\n`define COMMIT_THIS { \\\n    this, that, size, place, all}\n" in made
    assert "`define COMMIT_THIS_WIDTH ( \\\n    1 + 1 + 32 + WIDTH + 7*64)\n" in made
    assert "`define COMMIT_BOTH { \\\n    this, that, size, place, all, more}\n" in made


def test_each_field_is_given_by_one_module_and_used_by_another() -> None:
    """Lint does not say so: no module needs all fields of its buses."""
    texts = [path.read_text() for path in rtl_sources()]
    lonely = {
        (header.name, field)
        for header in rtl_headers().glob("*_wires.vh")
        for field, _ in fields(header.read_text())
        if sum(bool(re.search(rf"\b{field}\b", text)) for text in texts) < 2
    }
    assert not lonely
