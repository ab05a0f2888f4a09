"""cache_memory.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_cache_memory_reads_through_every_port(folder: Path, seed: int) -> None:
    """Run the cocotb tests of cache_memory_unit."""
    run_unit("cache_memory", folder, seed, DATA_WIDTH=64, BEATS=32, READ_PORTS=3)
