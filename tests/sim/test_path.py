"""path.v: delay, bandwidth, faults, cuts."""

from pathlib import Path

import pytest

from tb.runner import SIMULATORS
from tests.sim.units import run_unit


@pytest.mark.parametrize(("simulator", "width"), [(SIMULATORS[0], 64), (SIMULATORS[0], 512), (SIMULATORS[1], 512)])
def test_path_delays_limits_drops_corrupts_duplicates_reorders_and_is_cut(
    simulator: str, width: int, folder: Path, seed: int
) -> None:
    """Run the cocotb tests of path_unit."""
    sources = ["pauses.v", "path.v"]
    run_unit("path", sources, "tests.sim.path_unit", simulator, folder, seed, DATA_WIDTH=width, WORDS=8192)
