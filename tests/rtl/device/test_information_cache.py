"""information_cache.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize("width", [64, 512])
def test_information_cache_gives_journals_to_their_devices(width: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of information_cache_unit."""
    run_unit("information_cache", folder, seed, DATA_WIDTH=width, SLOT_WIDTH=5)
