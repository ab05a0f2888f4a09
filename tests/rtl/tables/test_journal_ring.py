"""journal_ring.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize("groups", [2, 5])
def test_journal_ring_follows_fig_7_and_counters(groups: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_ring_unit."""
    run_unit("journal_ring", folder, seed, GROUPS=groups, ENTRY_BYTES=100)
