"""House rules of the Verilog that a machine can hold."""

from tools.sources import HDL, ROOT, RTL

MOST_LINES, MOST_COLUMNS = 300, 120
FILES = sorted(path for folder in (RTL, HDL) for path in folder.rglob("*") if path.suffix in (".v", ".vh", ".vlt"))


def test_no_file_is_longer_than_300_lines() -> None:
    """But the macros of buses, which are made."""
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in FILES}
    del lengths["rtl/include/buses.vh"]
    assert not {name: length for name, length in lengths.items() if length > MOST_LINES}


def test_no_line_is_longer_than_120_columns() -> None:
    """Comments and code."""
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in FILES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > MOST_COLUMNS
    ]
    assert not long
