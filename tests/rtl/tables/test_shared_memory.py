"""shared_memory.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize(("volumes", "pairs", "groups"), [(8, 8, 4), (5, 3, 3), (2, 1, 1)])
def test_shared_memory_keeps_volumes_pairs_and_groups(
    volumes: int, pairs: int, groups: int, folder: Path, seed: int
) -> None:
    """Run the cocotb tests of shared_memory_unit."""
    run_unit(
        "shared_memory",
        folder,
        seed,
        VOLUMES=volumes,
        PAIRS=pairs,
        GROUPS=groups,
    )
