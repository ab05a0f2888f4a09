"""axi_monitor.v and handshake_check.v."""

from pathlib import Path

import pytest

from tests.tb.hdl.units import run_unit


@pytest.mark.parametrize("simulator", ["icarus", pytest.param("verilator", marks=pytest.mark.long)])
def test_each_broken_axi_rule_is_reported(simulator: str, folder: Path, seed: int) -> None:
    """Run the cocotb test of axi_rules_unit."""
    run_unit("axi_rules", "tests.tb.hdl.axi_rules_unit", simulator, folder, seed)
