"""commit_record.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_commit_record_has_the_documented_layout_and_loses_nothing(folder: Path, seed: int) -> None:
    """Run the cocotb tests of commit_record_unit."""
    run_unit("commit_record", folder, seed, SYSTEM_NUMBER=9)
