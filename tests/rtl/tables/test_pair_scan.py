"""pair_scan.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_pair_scan_finds_what_initial_copy_and_operations_ask_for(folder: Path, seed: int) -> None:
    """Run the cocotb tests of pair_scan_unit."""
    run_unit("pair_scan", folder, seed, SYSTEM_NUMBER=1, VOLUMES=5)
