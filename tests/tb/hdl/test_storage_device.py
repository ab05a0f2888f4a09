"""storage_device.v: contents, order, pauses, latency and errors."""

from pathlib import Path

import pytest

from tests.tb.hdl.units import WIDTHS, run_unit


@pytest.mark.parametrize(("simulator", "width"), WIDTHS)
def test_storage_device_behaves_as_a_memory_with_latency_pauses_and_errors(
    simulator: str, width: int, folder: Path, seed: int
) -> None:
    """Run the cocotb tests of storage_device_unit."""
    run_unit(
        "storage_device",
        "tests.tb.hdl.storage_device_unit",
        simulator,
        folder,
        seed,
        DATA_WIDTH=width,
        SIZE_BYTES=65536,
    )
