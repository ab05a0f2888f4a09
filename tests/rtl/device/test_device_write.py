"""device_write.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize(("width", "most"), [(64, 4096), (128, 2048), (256, 2048), (512, 8192)])
def test_device_write_moves_jobs_to_the_device(width: int, most: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of device_write_unit."""
    run_unit("device_write_unit", folder, seed, DATA_WIDTH=width, MAX_TRANSFER_BYTES=most)
