"""cache_directory.v, newest_slot.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize(("slots", "reads"), [(4, 2), (8, 4)])
def test_cache_directory_orders_overlapping_accesses(slots: int, reads: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of cache_directory_unit."""
    run_unit("cache_directory", ["cache_directory"], folder, seed, CACHE_SLOTS=slots, READ_SLOTS=reads)


@pytest.mark.parametrize("slots", [2, 16])
def test_newest_slot_finds_the_youngest_write(slots: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of newest_slot_unit."""
    run_unit("newest_slot", ["newest_slot"], folder, seed, CACHE_SLOTS=slots)
