"""device_read.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize(("width", "most"), [(64, 2048), (512, 8192)])
def test_device_read_fills_slots(width: int, most: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of device_read_unit."""
    run_unit(
        "device_read_unit",
        folder,
        seed,
        DATA_WIDTH=width,
        MAX_TRANSFER_BYTES=most,
        CLIENTS=3,
        SLOT_WIDTH=2,
        OUTSTANDING=4,
    )
