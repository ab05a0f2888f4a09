"""path_transmit.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize("data_width", [64, 128, 512])
def test_path_transmit(folder: Path, seed: int, data_width: int) -> None:
    """Packets have the bytes of the model's."""
    run_unit("path_transmit_unit", folder, seed, DATA_WIDTH=data_width)
