"""group_progress.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_group_progress_keeps_what_the_processes_say(folder: Path, seed: int) -> None:
    """Run the cocotb tests of group_progress_unit."""
    run_unit("group_progress", folder, seed, GROUPS=3, PAIRS=5)
