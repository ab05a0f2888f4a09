"""path.v: delay, bandwidth, faults, cuts."""

from pathlib import Path

import pytest

from tests.tb.hdl.units import run_unit


@pytest.mark.parametrize("width", [64, 512])
def test_path_delays_limits_drops_corrupts_duplicates_reorders_and_is_cut(width: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of path_unit."""
    run_unit("path", "tests.tb.hdl.path_unit", "icarus", folder, seed, DATA_WIDTH=width, WORDS=8192)
