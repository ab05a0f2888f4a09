"""What the scoreboard and the run look at in the end: each must be able to fail a run."""

from pathlib import Path

import pytest

from tb.random.signature import failure_of
from tests.sim.failing_scenarios import FEW_CYCLES
from tests.sim.systems import run_scenario

# What each scenario fails with, and which checker sees it
FAILING = {
    "EndsBeforeItsComparison": ("the run ended before everything was compared", "scenario"),
    "HasNoRecord": ("difference at line 2, record 0\n  record: expected at least one, is none", "comparison"),
    "DeviceHoldsAnotherByte": ("system 7, device 1 differs in 1 bytes, first at 262143: model ", "devices"),
    "DataFileDoesNotCome": ("data of this line is missing: {'event': 'write_data', 'system': 7", "scenario"),
    "HasNoEnd": (f"the run does not end within {FEW_CYCLES} cycles", "progress"),
    "WaitsForever": ("nothing has happened for ", "progress"),
}


@pytest.mark.parametrize("scenario", FAILING)
def test_run_without_a_difference_fails_by_what_is_looked_at_in_the_end(scenario: str, folder: Path, seed: int) -> None:
    """Its failure says what is wrong, and who saw it."""
    found, checker = FAILING[scenario]
    outcome = run_scenario(scenario, folder, seed)
    assert outcome.failure.startswith(found), outcome.failure
    assert failure_of(outcome.failure).checker == checker
