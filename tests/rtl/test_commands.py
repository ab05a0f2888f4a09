"""command_reception.v, journal_creation.v, command_request.v, host_flush.v, host_adapter.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize("most", [512, 16384])
def test_command_reception_decides_as_documented(most: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of command_reception_unit."""
    run_unit("command_reception", ["command_reception"], folder, seed, MAX_TRANSFER_BYTES=most)


def test_journal_creation_ends_as_fig_13(folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_creation_unit."""
    run_unit("journal_creation", ["journal_creation", "crc32"], folder, seed)


def test_command_request_asks_once_and_after_a_stall(folder: Path, seed: int) -> None:
    """Run the cocotb tests of command_request_unit."""
    run_unit("command_request", ["command_request"], folder, seed, CACHE_SLOTS=8)


def test_host_flush_waits_for_its_writes(folder: Path, seed: int) -> None:
    """Run the cocotb tests of host_flush_unit."""
    run_unit("host_flush", ["host_flush"], folder, seed, FLUSHES=3, CACHE_SLOTS=8)


@pytest.mark.parametrize("width", [64, 512])
def test_host_adapter_takes_commands_and_data(width: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of host_adapter_unit."""
    sources = ["host_adapter", "free_slot", "fifo", "crc32"]
    run_unit("host_adapter", sources, folder, seed, DATA_WIDTH=width, MAX_TRANSFER_BYTES=2048, CACHE_SLOTS=4)
