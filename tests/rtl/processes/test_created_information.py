"""created_information.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_update_information_is_that_of_the_journal(folder: Path, seed: int) -> None:
    """Run the cocotb tests of created_information_unit."""
    run_unit("created_information", folder, seed)
