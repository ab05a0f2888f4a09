"""path_sources.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_path_sources_tells_what_is_over_and_who_is_allowed(folder: Path, seed: int) -> None:
    """Run the cocotb tests of path_sources_unit."""
    run_unit("path_sources", folder, seed)
