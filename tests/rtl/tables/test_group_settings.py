"""group_settings.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_group_settings_keeps_what_registers_and_initiation_say(folder: Path, seed: int) -> None:
    """Run the cocotb tests of group_settings_unit."""
    run_unit("group_settings", folder, seed, GROUPS=3)
