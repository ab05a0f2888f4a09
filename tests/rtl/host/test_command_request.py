"""command_request.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_command_request_asks_once_and_after_a_stall(folder: Path, seed: int) -> None:
    """Run the cocotb tests of command_request_unit."""
    run_unit("command_request", folder, seed, CACHE_SLOTS=8)
