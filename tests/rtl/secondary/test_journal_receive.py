"""journal_receive.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize("width", [64, 512])
def test_journal_receive_takes_packets_in(width: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_receive_unit."""
    run_unit(
        "journal_receive",
        folder,
        seed,
        DATA_WIDTH=width,
        GROUPS=3,
        TIMEOUT=800,
        MAX_JOURNALS=16,
        MAX_DATA_BYTES=8192,
        CACHE_SLOTS=8,
    )
