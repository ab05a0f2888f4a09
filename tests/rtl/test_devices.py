"""device_write.v, device_read.v, disk_adapter.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize(("width", "most"), [(64, 4096), (128, 2048), (256, 2048), (512, 8192)])
def test_device_write_moves_jobs_to_the_device(width: int, most: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of device_write_unit."""
    sources = ["device_write_unit", "device_write", "device_write_jobs", "burst_splitter", "fifo", "cache_memory"]
    run_unit("device_write_unit", sources, folder, seed, DATA_WIDTH=width, MAX_TRANSFER_BYTES=most)


@pytest.mark.parametrize(("width", "most"), [(64, 2048), (512, 8192)])
def test_device_read_fills_slots(width: int, most: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of device_read_unit."""
    sources = ["device_read_unit", "device_read", "burst_splitter", "fifo", "commit_arbiter"]
    run_unit(
        "device_read_unit",
        sources,
        folder,
        seed,
        DATA_WIDTH=width,
        MAX_TRANSFER_BYTES=most,
        CLIENTS=3,
        SLOT_WIDTH=2,
        OUTSTANDING=4,
    )


@pytest.mark.parametrize("width", [64, 512])
def test_disk_adapter_asks_for_a_step_for_each_end(width: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of disk_adapter_unit."""
    sources = [
        "disk_adapter_unit",
        "disk_adapter",
        "device_write",
        "device_write_jobs",
        "device_read",
        "burst_splitter",
        "fifo",
        "cache_memory",
        "commit_arbiter",
    ]
    run_unit("disk_adapter_unit", sources, folder, seed, DATA_WIDTH=width)


@pytest.mark.parametrize(("width", "most", "devices"), [(64, 4096, 2), (512, 4096, 3)])
def test_host_read_returns_the_newest_data(width: int, most: int, devices: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of host_read_unit."""
    sources = ["host_read_unit", "host_read", "free_slot", "newest_slot", "fifo", "cache_memory"]
    run_unit("host_read_unit", sources, folder, seed, DATA_WIDTH=width, MAX_TRANSFER_BYTES=most, DEVICES=devices)
