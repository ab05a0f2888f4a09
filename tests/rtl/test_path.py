"""The connection path's two sides."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit

SOURCES = ["journal_checksums", "crc32"]


@pytest.mark.parametrize("data_width", [64, 128, 512])
def test_path_transmit(folder: Path, seed: int, data_width: int) -> None:
    """Packets have the bytes of the model's."""
    run_unit("path_transmit", ["path_transmit", *SOURCES], folder, seed, DATA_WIDTH=data_width)


@pytest.mark.parametrize("data_width", [64, 256, 512])
def test_path_receive(folder: Path, seed: int, data_width: int) -> None:
    """Whole packets are taken apart, damaged ones are told."""
    run_unit("path_receive", ["path_receive", *SOURCES], folder, seed, DATA_WIDTH=data_width)


def test_path_port(folder: Path, seed: int) -> None:
    """Sources in turn; received packets go where they belong."""
    sources = ["path_port", "path_transmit", "command_queues", *SOURCES]
    run_unit("path_port", sources, folder, seed, DATA_WIDTH=512, GROUPS=3, COMMANDS=4)


def test_path_sources_tells_what_is_over_and_who_is_allowed(folder: Path, seed: int) -> None:
    """Run the cocotb tests of path_sources_unit."""
    run_unit("path_sources", ["path_sources"], folder, seed)
