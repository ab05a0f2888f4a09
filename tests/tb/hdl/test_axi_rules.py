"""axi_monitor.v and handshake_check.v."""

from pathlib import Path

import pytest

from tb.running.runner import SIMULATORS
from tests.tb.hdl.units import run_unit


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_each_broken_axi_rule_is_reported(simulator: str, folder: Path, seed: int) -> None:
    """Run the cocotb test of axi_rules_unit."""
    sources = ["handshake_check.v", "axi_monitor.v", "axi_rules.v"]
    run_unit("axi_rules", sources, "tests.tb.hdl.axi_rules_unit", simulator, folder, seed)
