"""The properties beside the RTL are looked at while it is simulated, and end a run as a broken rule of a port does."""

import re
from pathlib import Path

import pytest

from tb.config.settings import Behaviour, Settings
from tb.running.system_run import SystemRun, simulate
from tb.scenarios.one_system import PARAMETERS, layout
from tests.planted.bug import Proof
from tests.planted.listed import listed
from tests.planted.plant import plant_rtl
from tools.sources import HDL, ROOT, RTL, rtl_headers, rtl_sources

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


def test_every_property_is_proven_or_told_of_with_a_planted_bug() -> None:
    """docs/proofs.md has those that are looked at in simulation alone, and for each row bugs that are planted."""
    text = (ROOT / "docs" / "proofs.md").read_text()
    table = text.partition("## Looked at in simulation")[2].partition("\n## ")[0]
    sources = [*rtl_sources(), *rtl_headers(RTL).glob("*.vh"), HDL / "in_turn.v"]
    named = {name for source in sources for name in re.findall(r"`ML_HOLDS\((\w+)", source.read_text())} - {"NAME"}
    proven = {bug.found_by.name for bug in listed() if isinstance(bug.found_by, Proof)}
    told = set()
    for names, first, rest in re.findall(r"([A-Z_]{4,}?)(?:_(\d)((?:, \d)*))? ", table):
        told |= {f"{names}_{number}" for number in [first, *rest.split(", ")] if number} if first else {names}
    assert named - proven <= told
    bugs = {bug.id for bug in listed()}
    for row in re.findall(r"^\| `.*$", table, re.M):
        ids = re.findall(r"`([a-z0-9_'-]+)`", row.split("|")[3])
        assert ids and set(ids) <= bugs, row
