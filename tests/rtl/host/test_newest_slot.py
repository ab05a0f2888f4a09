"""newest_slot.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize("slots", [2, 16])
def test_newest_slot_finds_the_newest_write(slots: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of newest_slot_unit."""
    run_unit("newest_slot", folder, seed, CACHE_SLOTS=slots)
