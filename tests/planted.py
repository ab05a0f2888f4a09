"""Which of the bugs planted into the RTL every run of the tests looks for: finding them all takes many builds."""

from collections.abc import Iterable
from typing import Protocol

import pytest
from _pytest.mark.structures import ParameterSet


class Planted(Protocol):
    """A bug in file `name` of the RTL."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...


def tried(bugs: Iterable[Planted]) -> list[ParameterSet]:
    """Return the parameters of a test that looks for each bug: the first of each module in every run, the others are
    long."""
    seen: set[str] = set()
    found = []
    for bug in bugs:
        found.append(pytest.param(bug, id=bug.title, marks=[pytest.mark.long] if bug.name in seen else []))
        seen.add(bug.name)
    return found
