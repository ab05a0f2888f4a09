"""crc32.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize("width", [64, 128, 256, 480, 512])
def test_crc32_is_zlibs(width: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of crc32_unit; 480 bits is the width of update information without its own CRC."""
    run_unit("crc32", folder, seed, DATA_WIDTH=width)
