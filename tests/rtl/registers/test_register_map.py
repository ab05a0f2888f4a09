"""register_map.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize(("volumes", "pairs", "groups"), [(8, 8, 4), (3, 5, 2), (64, 64, 8)])
def test_register_map_decodes_every_address(volumes: int, pairs: int, groups: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of register_map_unit."""
    run_unit("register_map", folder, seed, VOLUMES=volumes, PAIRS=pairs, GROUPS=groups)
