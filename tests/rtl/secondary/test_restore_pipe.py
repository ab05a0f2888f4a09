"""restore_pipe.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize(
    ("width", "most", "groups"), [pytest.param(256, 1024, 2, marks=pytest.mark.long), (512, 512, 3), (512, 2048, 1)]
)
def test_restore_pipe_writes_and_frees_in_order(width: int, most: int, groups: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of restore_pipe_unit."""
    run_unit("restore_pipe", folder, seed, DATA_WIDTH=width, MAX_TRANSFER_BYTES=most, GROUPS=groups)


@pytest.mark.parametrize("groups", [1, 3])
def test_restore_goes_on_behind_what_was_dropped_or_cancelled(groups: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of restore_pipe_resumed_unit."""
    module = "restore_pipe_resumed_unit"
    run_unit("restore_pipe", folder, seed, module=module, MAX_TRANSFER_BYTES=2048, GROUPS=groups)
