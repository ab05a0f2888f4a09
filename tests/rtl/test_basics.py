"""crc32.v, fifo.v, commit_arbiter.v, cache_memory.v, burst_splitter.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize("width", [64, 128, 256, 480, 512])
def test_crc32_is_zlibs(width: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of crc32_unit; 480 bits is the width of update information without its own CRC."""
    run_unit("crc32", ["crc32"], folder, seed, DATA_WIDTH=width)


@pytest.mark.parametrize("depth", [2, 8])
def test_fifo_keeps_order_and_counts(depth: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of fifo_unit."""
    run_unit("fifo", ["fifo"], folder, seed, WIDTH=13, DEPTH=depth)


@pytest.mark.parametrize("requesters", [3, 7])
def test_commit_arbiter_serves_all_in_turn(requesters: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of commit_arbiter_unit."""
    run_unit("commit_arbiter", ["commit_arbiter"], folder, seed, REQUESTERS=requesters, WIDTH=40)


def test_cache_memory_reads_through_every_port(folder: Path, seed: int) -> None:
    """Run the cocotb tests of cache_memory_unit."""
    run_unit("cache_memory", ["cache_memory"], folder, seed, DATA_WIDTH=64, BEATS=32, READ_PORTS=3)


@pytest.mark.parametrize("width", [64, 128, 256, 512])
def test_burst_splitter_tiles_ranges(width: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of burst_splitter_unit."""
    run_unit("burst_splitter", ["burst_splitter"], folder, seed, DATA_WIDTH=width)
