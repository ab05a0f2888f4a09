"""commit_stage.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit

STEPS = "test_steps_of_{}_back_to_back"
FULL = STEPS.format("a_group_that_is_full")
ALL = (STEPS.format("an_original_group"), STEPS.format("a_secondary_group"))
SOME = (STEPS.format("an_original_group_some"), STEPS.format("a_secondary_group_some"))


@pytest.mark.parametrize(
    "tests", [(*SOME, FULL), pytest.param(ALL, marks=pytest.mark.long)], ids=["some pairs", "all pairs"]
)
def test_steps_of_one_group_see_what_the_one_before_changed(tests: tuple[str, ...], folder: Path, seed: int) -> None:
    """Run cocotb tests of commit_stage_unit."""
    parameters = {"DATA_WIDTH": 64, "VOLUMES": 3, "PAIRS": 2, "GROUPS": 2, "MAX_TRANSFER_BYTES": 4096, "WINDOW": 128}
    run_unit("commit_stage", folder, seed, tests=tests, **parameters)
