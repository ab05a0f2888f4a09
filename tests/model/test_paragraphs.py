"""The table of paragraphs: it is complete, and what it names exists."""

import pkgutil
import re
from pathlib import Path

from tools.sources import ROOT


def rows() -> list[tuple[range, str, list[str], list[str]]]:
    """Return the rows: paragraphs, what they say, names in the model, names of tests."""
    found = []
    for line in (ROOT / "docs" / "paragraphs.md").read_text(encoding="utf-8").splitlines():
        match = re.match(r"\| (\d{4})(?:-(\d{4}))? \| (.*) \| (.*) \| ?(.*) ?\|$", line)
        if match:
            first, last = int(match[1]), int(match[2] or match[1])
            model = re.findall(r"`([^`]+)`", match[4])
            found.append((range(first, last + 1), match[3], model, re.findall(r"`([^`]+)`", match[5])))
    return found


def test_every_paragraph_that_states_behaviour_is_in_the_table_in_order() -> None:
    table = rows()
    assert len(table) > 70
    assert {number for numbers, *_ in table for number in numbers} == set(range(34, 172))
    firsts = [numbers[0] for numbers, *_ in table]
    assert firsts == sorted(firsts)


def test_every_function_that_the_table_names_exists() -> None:
    for numbers, what, names, tests in rows():
        assert names, f"{numbers[0]}: {what}"
        assert tests, f"{numbers[0]}: {what}"
        for name in names:
            pkgutil.resolve_name(f"mirrorlog.{name}")


def test_every_test_that_the_table_names_exists() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.rglob("test_*.py"))
    defined = set(re.findall(r"^def (test_\w+)\(", source, re.MULTILINE))
    for numbers, _, _, tests in rows():
        for name in tests:
            assert name in defined, f"{numbers[0]}: {name}"
