"""group_announcement.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_group_announcement_says_and_takes_what_the_model_does(folder: Path, seed: int) -> None:
    """Run the cocotb tests of group_announcement_unit."""
    run_unit("group_announcement", folder, seed, GROUPS=3)
