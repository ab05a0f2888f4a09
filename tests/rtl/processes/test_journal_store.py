"""journal_store.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize(("groups", "window"), [(1, 256), (3, 16)])
def test_journal_store_places_and_commits(groups: int, window: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_store_unit."""
    run_unit("journal_store", folder, seed, GROUPS=groups, WINDOW=window)
