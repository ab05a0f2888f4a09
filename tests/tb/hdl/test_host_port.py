"""host_port.v, register_port.v and capture.v against a small other side."""

from pathlib import Path

import pytest

from tests.tb.hdl.units import WIDTHS, run_unit


@pytest.mark.parametrize(("simulator", "width"), WIDTHS)
def test_host_port_and_capture_agree_on_every_command_and_register_access(
    simulator: str, width: int, folder: Path, seed: int
) -> None:
    """Run the cocotb test of host_unit."""
    for suffix in ("host_commands", "host_payload", "register_commands"):
        (folder / f"unit.{suffix}1").touch()
    run_unit("host_unit", "tests.tb.hdl.host_port_unit", simulator, folder, seed, DATA_WIDTH=width)
