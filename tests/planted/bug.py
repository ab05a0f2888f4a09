"""A planted bug: a substitution of text in one file, and what must then turn red."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.mark.structures import ParameterSet

if TYPE_CHECKING:  # each simulation of a unit imports this, and needs no model
    from tb.config.settings import Layout


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit test of `module`: all of its cocotb tests together, or `test`. They are in the module `tests`, in that
    of the unit's name if it is empty.
    """

    module: str
    test: str = ""
    tests: str = ""


@dataclass(frozen=True, slots=True)
class LockStep:
    """A run of one system: `scenario` with `settings` fails, its report naming `found`."""

    scenario: str
    found: str
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TwoSystems:
    """A run of two systems of this layout: `scenario` ends with a difference."""

    scenario: str
    layout: "Layout"


@dataclass(frozen=True, slots=True)
class RandomRuns:
    """Random runs of two systems; `kind` says what the bug is about."""

    kind: str


@dataclass(frozen=True, slots=True)
class Proof:
    """The proof of a property of `module`."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class CircuitCheck:
    """The check of the circuit of `module` says so."""

    module: str
    problem: str


@dataclass(frozen=True, slots=True)
class Exploration:
    """Fault exploration of the model, within so many seeds; with operators, or with three systems only."""

    seeds: int = 200
    operations: bool = False
    three_systems: bool = False


@dataclass(frozen=True, slots=True)
class ThirdSite:
    """Busy runs of three systems with what the first one knows of the third, within so many seeds."""

    seeds: int = 300


@dataclass(frozen=True, slots=True)
class IndependentLog:
    """A disaster while a real host writes: the volumes left are those of no moment of QEMU's logs."""


@dataclass(frozen=True, slots=True)
class Substitution:
    """`find`, exactly once in `file` (its path in the project), becomes `replace`."""

    file: str
    find: str
    replace: str


FoundBy = Unit | LockStep | TwoSystems | RandomRuns | Proof | CircuitCheck | Exploration | ThirdSite | IndependentLog


@dataclass(frozen=True, kw_only=True)
class Bug:
    """`find`, exactly once in `file` (its path in the project), becomes `replace`, and `found_by` turns red. A bug that
    takes more than one substitution has the others in `also`.
    """

    id: str
    file: str
    find: str
    replace: str
    found_by: FoundBy
    also: tuple[Substitution, ...] = ()

    @property
    def substitutions(self) -> tuple[Substitution, ...]:
        """All of them."""
        return (Substitution(self.file, self.find, self.replace), *self.also)


def tried(bugs: Iterable[Bug]) -> list[ParameterSet]:
    """Return the parameters of a test that looks for each bug of the Verilog, which takes a build: the first of every
    third file in every run, the others are long.
    """
    every = list(bugs)
    first = {bug.file: bug for bug in reversed(every)}
    usual = [first[file] for file in sorted(first)[::3]]
    return [pytest.param(bug, id=bug.id, marks=[] if bug in usual else [pytest.mark.long]) for bug in every]
