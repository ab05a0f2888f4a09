"""host_flush.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_host_flush_waits_for_its_writes(folder: Path, seed: int) -> None:
    """Run the cocotb tests of host_flush_unit."""
    run_unit("host_flush", folder, seed, FLUSHES=3, CACHE_SLOTS=8)
