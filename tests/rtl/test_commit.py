"""commit_record.v, host_answers.v, and the commit stage within a storage system."""

from pathlib import Path

import pytest

from tb.runner import RTL
from tests.rtl.units import run_unit

SYSTEM = [*sorted(path.stem for path in RTL.glob("*.v")), "system_unit"]


def test_commit_record_has_the_documented_layout_and_loses_nothing(folder: Path, seed: int) -> None:
    """Run the cocotb tests of commit_record_unit."""
    run_unit("commit_record", ["commit_record", "fifo"], folder, seed, SYSTEM_NUMBER=9)


def test_host_answers_give_each_answer_once(folder: Path, seed: int) -> None:
    """Run the cocotb tests of host_answers_unit."""
    run_unit("host_answers", ["host_answers", "fifo"], folder, seed)


@pytest.mark.parametrize("width", [64, 512])
def test_a_step_sends_out_what_it_decided(width: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of system_unit."""
    run_unit("system_unit", SYSTEM, folder, seed, DATA_WIDTH=width)


def test_the_commit_trace_can_be_left_out(folder: Path, seed: int) -> None:
    """Run the cocotb test of system_untraced_unit."""
    run_unit("system_unit", SYSTEM, folder, seed, module="system_untraced_unit", COMMIT_TRACE=0)
