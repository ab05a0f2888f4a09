"""The secondary system's processes: journal store, journal read command, restore."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize(("groups", "window"), [(1, 256), (3, 16)])
def test_journal_store_places_and_commits(groups: int, window: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_store_unit."""
    run_unit("journal_store", ["journal_store"], folder, seed, GROUPS=groups, WINDOW=window)


@pytest.mark.parametrize("width", [64, 512])
def test_journal_receive_takes_packets_in(width: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_receive_unit."""
    run_unit(
        "journal_receive",
        ["journal_receive", "received_jobs", "fifo"],
        folder,
        seed,
        DATA_WIDTH=width,
        MAX_JOURNALS=16,
        MAX_DATA_BYTES=8192,
        CACHE_SLOTS=8,
    )


def test_journal_read_command_sends_and_closes_as_the_model(folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_read_command_unit."""
    run_unit("journal_read_command", ["journal_read_command", "command_slots"], folder, seed, GROUPS=3, WINDOW=64)


@pytest.mark.parametrize(("width", "most", "groups"), [(256, 1024, 2), (512, 512, 3), (512, 2048, 1)])
def test_restore_pipe_writes_and_frees_in_order(width: int, most: int, groups: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of restore_pipe_unit."""
    sources = ["restore_pipe", "restore_look", "restore_slots", "cache_directory"]
    run_unit("restore_pipe", sources, folder, seed, DATA_WIDTH=width, MAX_TRANSFER_BYTES=most, GROUPS=groups)
