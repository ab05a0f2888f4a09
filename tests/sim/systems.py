"""Runs of one system, and of any settings."""

import os
from dataclasses import replace
from pathlib import Path

from tb.config.settings import Behaviour, Layout, Settings
from tb.running.system_run import Outcome, SystemRun, simulate
from tb.scenarios.one_system import PARAMETERS, layout
from tools.sources import RTL

MODULE = "tests.sim.scenarios,tests.sim.hazard_scenarios,tests.sim.failing_scenarios,tb.random.one_system_scenarios"
LIMIT_SECONDS = 300.0


def run_scenario(
    scenario: str,
    folder: Path,
    seed: int,
    *,
    tables: Layout | None = None,
    simulator: str = "",
    behaviour: Behaviour | None = None,
    rtl: Path = RTL,
    **parameters: int,
) -> Outcome:
    """Run one scenario of MODULE in lock-step; the outcome says whether it passed.

    Unless a simulator is given, it is Verilator for the system that most tests share, whose build is worth its time,
    and Icarus for all others.
    """
    if not simulator:
        simulator = "icarus" if parameters or rtl != RTL else "verilator"
    built = replace(PARAMETERS, **parameters)  # type: ignore[arg-type]
    settings = Settings(built, behaviour or Behaviour(), layout() if tables is None else tables)
    return run(MODULE, scenario, folder, seed, settings, simulator, rtl)


def run(
    module: str,
    scenario: str,
    folder: Path,
    seed: int,
    settings: Settings,
    simulator: str = "icarus",
    rtl: Path = RTL,
) -> Outcome:
    """Run one scenario of `module` in lock-step, with waves if the environment says WAVES=1; a failure says how to
    repeat the test that is running."""
    test_seed, test = os.environ.get("MIRRORLOG_TEST_SEED"), os.environ.get("PYTEST_CURRENT_TEST", "").split(" ")[0]
    settings = replace(settings, repeat=f"WAVES=1 .venv/bin/python -m pytest --seed={test_seed} '{test}'")
    waves = os.environ.get("WAVES") == "1"
    return simulate(
        SystemRun(module, folder, settings, seed, (scenario,), simulator, waves, rtl, limit_seconds=LIMIT_SECONDS)
    )


def passes(outcome: Outcome) -> Outcome:
    """Fail with the outcome's failure, if it has one; else return the outcome."""
    assert not outcome.failure, outcome.failure
    assert outcome.records > 0
    return outcome
