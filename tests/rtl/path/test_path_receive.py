"""path_receive.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize("data_width", [64, 256, 512])
def test_path_receive(folder: Path, seed: int, data_width: int) -> None:
    """Whole packets are taken apart, damaged ones are reported."""
    run_unit("path_receive", folder, seed, DATA_WIDTH=data_width)
