"""burst_splitter.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize("width", [64, 128, 256, 512])
def test_burst_splitter_tiles_ranges(width: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of burst_splitter_unit."""
    run_unit("burst_splitter", folder, seed, DATA_WIDTH=width)
