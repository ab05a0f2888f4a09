"""The link's modules, each by itself."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize("depth", [16, 64])
def test_link_fifo_counts_what_is_committed(depth: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of link_fifo_unit."""
    run_unit("link_fifo", folder, seed, DEPTH=depth)


def test_record_delta_tells_what_differs(folder: Path, seed: int) -> None:
    """Run the cocotb tests of record_delta_unit."""
    run_unit("record_delta", folder, seed)


@pytest.mark.parametrize(
    ("clock", "other", "baud"), [(25_000_000, 25_000_000, 3_000_000), (33_333_333, 48_000_000, 921_600)]
)
def test_uart_passes_bytes(clock: int, other: int, baud: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of uart_unit."""
    run_unit("uart_unit", folder, seed, CLOCK=clock, OTHER_CLOCK=other, BAUD=baud)


def test_link_passes_everything_and_tells_damage(folder: Path, seed: int) -> None:
    """Run the cocotb tests of link_unit."""
    run_unit("link", folder, seed)


def test_link_of_two_systems_has_their_path_inside(folder: Path, seed: int) -> None:
    """Run the cocotb test of link_pair_unit."""
    run_unit("link", folder, seed, module="link_pair_unit", SYSTEMS=2)


@pytest.mark.parametrize("devices", [2, 8])
def test_link_trace_tells_everything_in_order(devices: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of link_trace_unit."""
    run_unit("link_trace", folder, seed, DEVICES=devices)


@pytest.mark.parametrize(("width", "size"), [(64, 4096), (512, 8192)])
def test_memory_device_takes_and_gives_a_beat_a_cycle(width: int, size: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of memory_device_unit."""
    run_unit("memory_device", folder, seed, DATA_WIDTH=width, MEMORY_BYTES=size)


def test_link_memory_tells_of_bursts_and_serves_the_machine(folder: Path, seed: int) -> None:
    """Run the cocotb tests of link_memory_unit."""
    run_unit("link_memory", folder, seed, MEMORY_BYTES=4096)
