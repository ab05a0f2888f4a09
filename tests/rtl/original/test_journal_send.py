"""journal_send.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize(("width", "most"), [(64, 1024), (512, 4096)])
def test_journal_send_answers_commands_and_keeps_the_path_busy(width: int, most: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_send_unit."""
    run_unit("journal_send_unit", folder, seed, DATA_WIDTH=width, MAX_TRANSFER_BYTES=most)


def test_journal_send_keeps_groups_apart_and_packets_within_their_size(folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_send_commands_unit."""
    run_unit("journal_send_unit", folder, seed, module="journal_send_commands_unit", DATA_WIDTH=512)
