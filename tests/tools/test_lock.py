"""tools/lock/ is whole: what a locked package needs is locked as well, so that a new machine gets what this one has."""

from importlib.metadata import PackageNotFoundError, distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.sources import ROOT

LOCKED = {
    Requirement(line).name: path.stem
    for path in sorted((ROOT / "tools" / "lock").glob("*.txt"))
    for line in path.read_text().splitlines()
    if line.strip() and not line.startswith("#")
}


def missing_from_lock(locked: dict[str, str]) -> set[str]:
    """The packages that those of `locked` need on this machine (markers as here, no extras) and that are not in it."""
    names = {canonicalize_name(name) for name in locked}
    missing = set()
    for name in locked:
        try:
            needs = distribution(name).requires or ()
        except PackageNotFoundError:  # a group that no target of this checkout needed so far
            continue
        for need in map(Requirement, needs):
            if (need.marker is None or need.marker.evaluate({"extra": ""})) and canonicalize_name(
                need.name
            ) not in names:
                missing.add(f"{need.name}, which {name} needs")
    return missing


def test_lock_holds_what_its_packages_need():
    assert missing_from_lock(LOCKED) == set()


@pytest.mark.parametrize("name", ["pluggy", "nanobind-backend"])
def test_a_package_left_out_is_named(name):
    assert LOCKED[name] == "dev"
    left = {other: group for other, group in LOCKED.items() if other != name}
    assert any(found.startswith(f"{name}, ") for found in missing_from_lock(left))
