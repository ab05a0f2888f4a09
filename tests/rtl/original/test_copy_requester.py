"""copy_requester.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_copy_requester_asks_while_journals_are_created_and_when_woken(folder: Path, seed: int) -> None:
    """Run the cocotb tests of copy_requester_unit."""
    run_unit("copy_requester", folder, seed, GROUPS=3, CACHE_SLOTS=4)
