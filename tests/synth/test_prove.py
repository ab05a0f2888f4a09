"""The properties beside the RTL: proven, and each of them found wrong when the RTL is."""

import shutil
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from synth.prove import PROOFS, prove
from tests.planted.bug import Bug, Proof
from tests.planted.plant import plant_rtl
from tests.planted.rtl_port_properties import PORT_BUGS
from tests.planted.rtl_properties import PROPERTY_BUGS
from tests.planted.rtl_ring_properties import RING_BUGS
from tools.sources import instance_tree, rtl_source, rtl_sources

BUGS = (*PROPERTY_BUGS, *RING_BUGS, *PORT_BUGS)
FINDERS = [bug.found_by for bug in BUGS if isinstance(bug.found_by, Proof)]
# A proof of half a minute
LONG = ("journal_ring",)


def _module(name: str) -> ParameterSet:
    """A module, of which every run proves the properties, unless that takes long."""
    return pytest.param(name, marks=[pytest.mark.long] if name in LONG else [])


def _bugs() -> list[ParameterSet]:
    """All bugs; every run looks for the first of each module."""
    seen: set[str] = set()
    found = []
    for bug in BUGS:
        assert isinstance(bug.found_by, Proof)
        found.append(pytest.param(bug, id=bug.id, marks=[pytest.mark.long] if bug.found_by.module in seen else []))
        seen.add(bug.found_by.module)
    return found


@pytest.mark.parametrize("module", [_module(name) for name in PROOFS])
def test_properties_are_proven_and_each_has_a_planted_bug(module: str, tmp_path: Path) -> None:
    """None holds for want of cases: a bug for each is found below."""
    result = prove(PROOFS[module], tmp_path)
    assert result.proven
    assert sorted(finder.name for finder in FINDERS if finder.module == module) == sorted(result.properties)


@pytest.mark.parametrize("bug", _bugs())
def test_planted_bug_is_found_by_its_property(bug: Bug, tmp_path: Path) -> None:
    """The property has an example."""
    proof = bug.found_by
    assert isinstance(proof, Proof)
    rtl = plant_rtl(bug, tmp_path)
    for file in instance_tree(rtl_source(proof.module, rtl), rtl_sources(rtl)):
        shutil.copy(file, tmp_path)
    result = prove(PROOFS[proof.module], tmp_path, tmp_path, [proof.name])
    assert not result.proven and result.wrong == [proof.name]
