"""Runs cocotb tests on a single module of the bench."""

from pathlib import Path

import pytest

from tb.running.runner import Run, run
from tb.running.simulators import Build, build
from tools.sources import HDL, instance_tree

TEST_HDL = Path(__file__).parent

# Simulators and data widths of what both run. Verilator builds for long, and each of its runs in lock-step uses these
# modules
WIDTHS = (
    ("icarus", 64),
    ("icarus", 512),
    *(pytest.param("verilator", width, marks=pytest.mark.long) for width in (64, 512)),
)


def run_unit(top: str, module: str, simulator: str, folder: Path, seed: int, **parameters: int) -> None:
    """Build `top` (of the bench's Verilog or this folder) with all that is below it, and run every cocotb test of
    `module`; fail with what failed. Where there is a control file beside `top`, Verilator may simplify what neither it
    nor the bench's names."""
    among = {path.stem: path for path in (*HDL.glob("*.v"), *TEST_HDL.glob("*.v"))}
    paths = tuple(instance_tree(among[top], among.values()))
    control = TEST_HDL / f"{top}.vlt"
    if simulator == "verilator" and control.exists():
        paths = (*paths, HDL / "bench.vlt", control)
    simulation = build(Build(top, paths, simulator, parameters))
    result = run(
        simulation,
        Run(module, folder, seed, plusargs=(f"files={folder / 'unit'}",), environment={"FILES": f"{folder / 'unit'}"}),
    )
    assert not result.failures, f"seed {seed}, log {result.log}: {result.failures}"
