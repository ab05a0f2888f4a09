"""host_answers.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_host_answers_give_each_answer_once(folder: Path, seed: int) -> None:
    """Run the cocotb tests of host_answers_unit."""
    run_unit("host_answers", folder, seed)
