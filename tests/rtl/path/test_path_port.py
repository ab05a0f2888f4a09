"""path_port.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_path_port(folder: Path, seed: int) -> None:
    """Sources in turn; received packets go where they belong."""
    run_unit("path_port", folder, seed, DATA_WIDTH=512, GROUPS=3, COMMANDS=4)
