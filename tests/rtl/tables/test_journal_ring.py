"""journal_ring.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize("groups, entry_bytes, zero_bits", [(2, 100, 0), (5, 64, 6)])
def test_journal_ring_follows_fig_7_and_counters(
    groups: int, entry_bytes: int, zero_bits: int, folder: Path, seed: int
) -> None:
    """Run the cocotb tests of journal_ring_unit: with the numbers of FIG 7, and with those of a system."""
    run_unit("journal_ring", folder, seed, GROUPS=groups, ENTRY_BYTES=entry_bytes, ZERO_BITS=zero_bits, AMPLE_BITS=11)
