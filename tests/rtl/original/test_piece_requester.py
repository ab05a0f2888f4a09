"""piece_requester.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_piece_requester_gives_each_group_its_turn(folder: Path, seed: int) -> None:
    """Run the cocotb tests of piece_requester_unit."""
    run_unit("piece_requester", folder, seed, DATA_WIDTH=512, GROUPS=4)
