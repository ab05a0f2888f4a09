"""turn_memory.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize("banks", [1, 4])
def test_turn_memory_gives_its_readers_turns(banks: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of turn_memory_unit."""
    run_unit("turn_memory", folder, seed, DATA_WIDTH=64, BEATS=32, READERS=3, BANKS=banks)
