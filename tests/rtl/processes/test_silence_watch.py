"""silence_watch.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_silence_watch_gives_a_silent_group_up(folder: Path, seed: int) -> None:
    """Run the cocotb tests of silence_watch_unit."""
    run_unit("silence_watch", folder, seed, GROUPS=3, SCAN_CYCLES=16)
