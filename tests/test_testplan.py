"""tests/testplan.yaml: what it names exists, and it leaves no exit of a commit record out."""

import re
from collections.abc import Iterator

import yaml

from tools.sources import ROOT

PLAN = ROOT / "tests" / "testplan.yaml"
DOCUMENT = ROOT / "docs" / "commit_trace.md"
# Steps of two processes; their creation exits are the document's other table
MAINTENANCE, COMMAND_RECEPTION, READ_WRITE = 1, 2, 3
CREATIONS_OF_WRITES = {"1315", "1", "1335", "1390", "1360"}


def named() -> Iterator[str]:
    """Yield every test that the plan names."""
    plan = yaml.safe_load(PLAN.read_text())
    for part in plan.values():
        for tests in part.values():
            yield from tests


def test_every_test_that_the_plan_names_exists() -> None:
    """As a file, or as a function in it."""
    for name in named():
        file, _, function = name.partition("::")
        assert (ROOT / file).exists(), name
        assert not function or re.search(rf"^def {function}\(", (ROOT / file).read_text(), re.M), name


def test_every_behaviour_has_a_test_that_is_not_long() -> None:
    """Long tests only go deeper: each has another set of parameters that every run of the tests has."""
    wholly = {
        f"{file.relative_to(ROOT)}::{name}"
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^@pytest\.mark\.long\n(?:@.*\n| .*\n|\)\n)*def (\w+)", file.read_text(), re.M)
    }
    for part in yaml.safe_load(PLAN.read_text()).values():
        for behaviour, tests in part.items():
            assert set(tests) - wholly, f"{behaviour}: only long tests"


def test_plan_lists_every_exit_of_a_commit_record() -> None:
    """The outcome tables of docs/commit_trace.md, process by process."""
    documented = {
        name for name in documented_exits() if int(name.split("/")[0]) in (MAINTENANCE, COMMAND_RECEPTION, READ_WRITE)
    }
    listed = set(yaml.safe_load(PLAN.read_text())["exits"])
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
