"""send_read.v."""

from pathlib import Path

import pytest

from tests.rtl.units import run_unit


@pytest.mark.parametrize(("devices", "groups", "slots"), [(3, 3, 4), (2, 8, 16)])
def test_send_read_reads_what_is_on_the_devices(devices: int, groups: int, slots: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of send_read_unit."""
    run_unit("send_read", folder, seed, DEVICES=devices, GROUPS=groups, BUFFERS=groups + 2, SEND_SLOTS=slots)
