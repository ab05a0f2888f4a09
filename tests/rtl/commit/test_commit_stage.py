"""commit_stage.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_steps_of_one_group_see_what_the_one_before_changed(folder: Path, seed: int) -> None:
    """Run the cocotb tests of commit_stage_unit."""
    parameters = {"DATA_WIDTH": 64, "VOLUMES": 3, "PAIRS": 2, "GROUPS": 2, "MAX_TRANSFER_BYTES": 4096, "WINDOW": 128}
    run_unit("commit_stage", folder, seed, **parameters)
