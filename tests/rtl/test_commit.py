"""commit_record.v, host_answers.v, and the commit stage within a storage system."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_commit_record_has_the_documented_layout_and_loses_nothing(folder: Path, seed: int) -> None:
    """Run the cocotb tests of commit_record_unit."""
    run_unit("commit_record", ["commit_record", "fifo"], folder, seed, SYSTEM_NUMBER=9)


def test_host_answers_give_each_answer_once(folder: Path, seed: int) -> None:
    """Run the cocotb tests of host_answers_unit."""
    run_unit("host_answers", ["host_answers", "fifo"], folder, seed)
