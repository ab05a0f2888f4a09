"""journal_read_reception.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_journal_read_reception_decides_as_fig_15(folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_read_reception_unit."""
    run_unit("journal_read_reception", folder, seed)
