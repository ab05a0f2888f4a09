"""tests/testplan.yaml: each item has a stage, what it names exists, and it leaves out no exit of a commit record and no
coverage point.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mirrorlog.command_line import option_name
from tb.coverage import merged
from tb.random.draw import WEIGHTS
from tb.regress.testplan import CREATION_FIGURE, EXITS, RANDOM, STAGES, read_plan
from tools.sources import ROOT

DOCUMENT = ROOT / "docs" / "commit_trace.md"
PARAGRAPHS = ROOT / "docs" / "paragraphs.md"

# Random runs that seeds draw
KINDS = {f"{RANDOM}::{option_name(kind)}" for kind in WEIGHTS}


def named() -> Iterator[str]:
    """Yield every test that the plan names."""
    for item in read_plan():
        yield from item.tests


def test_every_test_that_the_plan_names_exists() -> None:
    """As a file, or as a function in it, with a parameter or without; or as a kind of random runs."""
    for name in named():
        file, _, function = name.partition("::")
        if file == RANDOM:
            assert name in KINDS, name
            continue
        assert (ROOT / file).exists(), name
        source = (ROOT / file).read_text() if function else ""
        assert not function or re.search(rf"^def {function.partition('[')[0]}\(", source, re.M), name


def test_no_item_names_a_test_twice() -> None:
    """Which would say that more shows it than does."""
    for item in read_plan():
        assert len(item.tests) == len(set(item.tests)), item.name


def documented() -> tuple[set[int], set[str]]:
    """Return the paragraphs and the figures that docs/paragraphs.md has."""
    text = PARAGRAPHS.read_text()
    rows = re.findall(r"^\| (\d{4})(?:-(\d{4}))? \|", text, re.M)
    paragraphs = {number for first, last in rows for number in range(int(first), int(last or first) + 1)}
    return paragraphs, set(re.findall(r"^\| (FIG \d+) \|", text, re.M))


def test_every_item_says_where_it_is_said_and_that_exists() -> None:
    """A paragraph or figure of the specification, or a document."""
    paragraphs, figures = documented()
    assert len(figures) == 24
    for item in read_plan():
        assert item.see, item.name
        for place in item.see:
            if re.fullmatch(r"\d{4}(-\d{4})?", place):
                first, _, last = place.partition("-")
                assert paragraphs >= set(range(int(first), int(last or first) + 1)), f"{item.name}: {place}"
                assert int(first) < int(last or 9999), f"{item.name}: {place}"
            else:
                assert place in figures or (ROOT / place).is_file(), f"{item.name}: {place}"


def test_figures_are_of_paragraphs_that_the_table_has() -> None:
    """[0033], which introduces FIG 1, states no behaviour."""
    paragraphs, _ = documented()
    for row in re.findall(r"^\| FIG \d+ \| .* \| (.*) \|$", PARAGRAPHS.read_text(), re.M):
        assert paragraphs | {33} >= {int(number) for number in re.findall(r"\d{4}", row)}, row


def test_every_coverage_point_that_the_plan_names_exists_with_its_bins_and_none_is_left_out() -> None:
    """Those that the report shows: one that is part of a cross is not."""
    bins = {name: set(map(str, found)) for name, found in merged.bins().items() if name not in merged.WITHIN_CROSS}
    met: set[tuple[str, str]] = set()
    for item in read_plan():
        for point in item.points:
            assert point.name in bins, f"{item.name}: {point.name}"
            assert bins[point.name] >= set(point.bins), f"{item.name}: {point.name}"
            met |= {(point.name, bin) for bin in point.bins or bins[point.name]}
    assert {(name, bin) for name in bins for bin in bins[name]} == met


def test_an_exit_is_said_where_the_document_of_the_commit_trace_says_so() -> None:
    """In the heading of its process; else in that document, or that of registers."""
    headings = re.findall(r"^### process (\d+): (.*)$", DOCUMENT.read_text(), re.M)
    places = {process: re.search(r"(FIG \d+|(?<=\[)\d{4}(?=\]))\)?", text) for process, text in headings}
    for item in read_plan():
        if item.part == EXITS:
            process, _, *creation = item.name.split("/")
            place = places[process]
            assert item.see[0] == place[1] if place else item.see[0] in ("docs/commit_trace.md", "docs/registers.md")
            assert item.see[1:] == ((CREATION_FIGURE,) if creation else ())


def test_every_kind_of_random_runs_is_named() -> None:
    """As what shows some behaviour."""
    assert set(named()) >= KINDS


def test_every_item_stands_once_and_every_stage_has_some() -> None:
    """Stages are those of tb/regress/testplan.py."""
    plan = read_plan()
    names = [(item.part, item.name) for item in plan]
    assert len(names) == len(set(names))
    assert {item.stage for item in plan} == set(STAGES)


def test_an_unknown_stage_and_an_item_that_lacks_something_are_refused(tmp_path: Path) -> None:
    """By name."""
    file = tmp_path / "testplan.yaml"
    whole = "V1:\n  behaviour:\n    something:\n      see: README.md\n      tests: [tests/test_testplan.py]\n"
    file.write_text(whole)
    assert [item.name for item in read_plan(file)] == ["something"]
    file.write_text(whole.replace("see", "seen"))
    with pytest.raises(ValueError, match="something: seen, tests instead of see, points"):
        read_plan(file)
    file.write_text(whole.replace("V1", "V4"))
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
    """The outcome tables of docs/commit_trace.md, process by process; those of operations are bins of coverage."""
    listed = {"/".join(item.name.split("/")[:2]) for item in read_plan() if item.part == EXITS}
    assert documented_exits() <= listed


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
