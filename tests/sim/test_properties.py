"""The properties beside the RTL are looked at while it is simulated, and end a run as a broken rule of a port does."""

import re
from pathlib import Path

import pytest

from tb.config.settings import Behaviour, Settings
from tb.running.system_run import SystemRun, simulate
from tb.scenarios.one_system import PARAMETERS, layout
from tests.planted.listed import listed
from tests.planted.plant import plant_rtl
from tools.sources import RTL

BUG = "commit_arbiter-ARBITER_4"


@pytest.mark.parametrize("planted", [False, True])
def test_property_that_does_not_hold_ends_a_run(folder: Path, seed: int, planted: bool) -> None:
    """The run says which, where and when."""
    (bug,) = [bug for bug in listed() if bug.id == BUG]
    settings = Settings(PARAMETERS, Behaviour(), layout())
    rtl = plant_rtl(bug, folder) if planted else RTL
    run = SystemRun("tests.sim.scenarios", folder, settings, seed, ("WorkingStates",), rtl=rtl, properties=True)
    failure = simulate(run).failure
    if not planted:
        assert failure == ""
        return
    said = r"a property of the RTL does not hold: ARBITER_4, system \d+, cycle \d+, bench\..*\.arbiter\n"
    assert re.match(said, failure)
