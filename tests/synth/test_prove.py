"""The properties beside the RTL: proven, and each of them found wrong when the RTL is."""

import shutil
from pathlib import Path

import pytest

from synth.prove import PROOFS, prove
from tests.planted.bug import Bug, Proof
from tests.planted.plant import plant_rtl
from tests.planted.rtl_properties import PROPERTY_BUGS
from tools.sources import instance_tree, rtl_source, rtl_sources

FINDERS = [bug.found_by for bug in PROPERTY_BUGS if isinstance(bug.found_by, Proof)]


@pytest.mark.parametrize("module", PROOFS)
def test_properties_are_proven_and_each_has_a_planted_bug(module: str, tmp_path: Path) -> None:
    """None holds for want of cases: a bug for each is found below."""
    result = prove(PROOFS[module], tmp_path)
    assert result.proven
    assert sorted(finder.name for finder in FINDERS if finder.module == module) == sorted(result.properties)


@pytest.mark.parametrize("bug", PROPERTY_BUGS, ids=lambda bug: bug.id)
def test_planted_bug_is_found_by_its_property(bug: Bug, tmp_path: Path) -> None:
    """The property has an example."""
    proof = bug.found_by
    assert isinstance(proof, Proof)
    rtl = plant_rtl(bug, tmp_path)
    for file in instance_tree(rtl_source(proof.module, rtl), rtl_sources(rtl)):
        shutil.copy(file, tmp_path)
    result = prove(PROOFS[proof.module], tmp_path, tmp_path, [proof.name])
    assert not result.proven and result.wrong == [proof.name]
