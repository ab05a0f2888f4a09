"""journal_creation.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_journal_creation_ends_as_fig_13(folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_creation_unit."""
    run_unit("journal_creation", folder, seed)
