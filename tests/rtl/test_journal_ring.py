"""journal_ring.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


# The vectors' update information is 100 bytes, so that FIG 7's numbers run unchanged; the other tests take any
@pytest.mark.parametrize("groups", [2, 5])
def test_journal_ring_follows_fig_7_and_counters(groups: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_ring_unit."""
    run_unit("journal_ring", ["journal_ring", "row_table"], folder, seed, GROUPS=groups, ENTRY_BYTES=100)
