"""initial_copy.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_initial_copy_decides_as_fig_10(folder: Path, seed: int) -> None:
    """Run the cocotb tests of initial_copy_unit."""
    run_unit("initial_copy", folder, seed, PAIRS=4)
