"""host_read.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize(("width", "most", "devices"), [(64, 4096, 2), (512, 4096, 3)])
def test_host_read_returns_the_newest_data(width: int, most: int, devices: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of host_read_unit."""
    run_unit("host_read_unit", folder, seed, DATA_WIDTH=width, MAX_TRANSFER_BYTES=most, DEVICES=devices)
