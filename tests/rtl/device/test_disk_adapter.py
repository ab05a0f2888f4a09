"""disk_adapter.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize("width", [64, 512])
def test_disk_adapter_asks_for_a_step_for_each_end(width: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of disk_adapter_unit."""
    run_unit("disk_adapter_unit", folder, seed, DATA_WIDTH=width)
