"""storage_system.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize("width", [64, 512])
def test_a_step_sends_out_what_it_decided(width: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of system_unit."""
    run_unit("system_unit", folder, seed, DATA_WIDTH=width)


def test_the_commit_trace_can_be_left_out(folder: Path, seed: int) -> None:
    """Run the cocotb test of system_untraced_unit."""
    run_unit("system_unit", folder, seed, module="system_untraced_unit", COMMIT_TRACE=0)
