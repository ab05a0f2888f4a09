"""heartbeat_watch.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_heartbeat_watch_gives_a_silent_group_up(folder: Path, seed: int) -> None:
    """Run the cocotb tests of heartbeat_watch_unit."""
    run_unit("heartbeat_watch", folder, seed, GROUPS=3, SCAN_CYCLES=16)
