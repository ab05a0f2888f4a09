"""tests/testplan.yaml: each item has a stage, what it names exists, and it leaves no exit of a commit record out."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mirrorlog.command_line import option_name
from tb.random.draw import WEIGHTS
from tb.regress.testplan import RANDOM, STAGES, read_plan
from tools.sources import ROOT

DOCUMENT = ROOT / "docs" / "commit_trace.md"
# Steps of two processes; their creation exits are the document's other table
MAINTENANCE, COMMAND_RECEPTION, READ_WRITE = 1, 2, 3
CREATIONS_OF_WRITES = {"1315", "1", "1335", "1390", "1360"}


# Random runs that seeds draw
KINDS = {f"{RANDOM}::{option_name(kind)}" for kind in WEIGHTS}


def named() -> Iterator[str]:
    """Yield every test that the plan names."""
    for item in read_plan():
        yield from item.tests


def test_every_test_that_the_plan_names_exists() -> None:
    """As a file, or as a function in it; or as a kind of random runs."""
    for name in named():
        file, _, function = name.partition("::")
        if file == RANDOM:
            assert name in KINDS, name
            continue
        assert (ROOT / file).exists(), name
        assert not function or re.search(rf"^def {function}\(", (ROOT / file).read_text(), re.M), name


def test_every_kind_of_random_runs_is_named() -> None:
    """As what shows some behaviour."""
    assert set(named()) >= KINDS


def test_every_item_stands_once_and_every_stage_has_some() -> None:
    """Stages are those of tb/regress/testplan.py."""
    plan = read_plan()
    names = [(item.part, item.name) for item in plan]
    assert len(names) == len(set(names))
    assert {item.stage for item in plan} == set(STAGES)


def test_an_unknown_stage_is_refused(tmp_path: Path) -> None:
    """By its name."""
    file = tmp_path / "testplan.yaml"
    file.write_text("V4:\n  behaviour:\n    something: [tests/test_testplan.py]\n")
    with pytest.raises(ValueError, match="V4 is none of V1, V2, V3"):
        read_plan(file)


def test_every_behaviour_has_a_test_that_is_not_long() -> None:
    """Long tests only go deeper: each has another set of parameters that every run of the tests has."""
    wholly = {
        f"{file.relative_to(ROOT)}::{name}"
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^@pytest\.mark\.long\n(?:@.*\n| .*\n|\)\n)*def (\w+)", file.read_text(), re.M)
    }
    for item in read_plan():
        assert set(item.tests) - wholly, f"{item.name}: only long tests"


def test_plan_lists_every_exit_of_a_commit_record() -> None:
    """The outcome tables of docs/commit_trace.md, process by process."""
    documented = {
        name for name in documented_exits() if int(name.split("/")[0]) in (MAINTENANCE, COMMAND_RECEPTION, READ_WRITE)
    }
    listed = {item.name for item in read_plan() if item.part == "exits"}
    assert documented <= {exit_ for exit_ in listed if exit_.count("/") == 1} | {"2/3"}
    assert {f"2/1280/{creation}" for creation in CREATIONS_OF_WRITES} <= listed


def documented_exits() -> set[str]:
    """Return every "process/outcome" of the outcome tables of docs/commit_trace.md."""
    sections = re.split(r"^### process (\d+)", DOCUMENT.read_text(), flags=re.M)[1:]
    return {
        f"{process}/{outcome}"
        for process, text in zip(sections[::2], sections[1::2], strict=True)
        for outcome in outcomes(text)
    }


def outcomes(section: str) -> Iterator[str]:
    """Yield the first column of the section's outcome table."""
    table = section[section.index("| outcome |") :]
    for line in table.splitlines()[2:]:
        cell = re.match(r"\| (\d+(?:, \d+)*) \|", line)
        if cell is None:
            return
        yield from cell[1].split(", ")
