"""host_adapter.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize("width", [64, 512])
def test_host_adapter_takes_commands_and_data(width: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of host_adapter_unit."""
    run_unit("host_adapter", folder, seed, DATA_WIDTH=width, MAX_TRANSFER_BYTES=2048, CACHE_SLOTS=4)
