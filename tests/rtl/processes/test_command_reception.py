"""command_reception.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize("most", [512, 16384])
def test_command_reception_decides_as_documented(most: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of command_reception_unit."""
    run_unit("command_reception", folder, seed, MAX_TRANSFER_BYTES=most)
