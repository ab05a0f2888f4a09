"""restore.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_restore_decides_as_fig_20(folder: Path, seed: int) -> None:
    """Run the cocotb tests of restore_unit."""
    run_unit("restore", folder, seed)
