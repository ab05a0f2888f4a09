"""cache_directory.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize(("slots", "reads"), [(4, 2), (8, 4)])
def test_cache_directory_orders_overlapping_accesses(slots: int, reads: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of cache_directory_unit."""
    run_unit("cache_directory", folder, seed, CACHE_SLOTS=slots, READ_SLOTS=reads)
