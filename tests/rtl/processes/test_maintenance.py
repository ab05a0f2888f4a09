"""maintenance.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_maintenance_answers_as_the_model(folder: Path, seed: int) -> None:
    """Run the cocotb tests of maintenance_unit."""
    run_unit("maintenance", folder, seed, SYSTEM_NUMBER=1, VOLUMES=6, PAIRS=4, GROUPS=3)
