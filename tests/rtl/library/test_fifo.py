"""fifo.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize("depth", [2, 8])
def test_fifo_keeps_order_and_counts(depth: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of fifo_unit."""
    run_unit("fifo", folder, seed, WIDTH=13, DEPTH=depth)
