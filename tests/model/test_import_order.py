"""The order of the model's folders: no import goes up, and files import each other in no circle."""

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import mirrorlog

PACKAGE = Path(mirrorlog.__file__).parent
# Lowest first: a folder (or file) imports from itself and from those before it
ORDER = (
    "command_line",
    "formats",
    "tables",
    "storage",
    "processes",
    "three_systems",
    "variations",
    "registers",
    "storage_system",
    "systems",
    "partner",
    "compare",
    "decode",
    "query",
    "trace",
    "simulate",
    "serve",
    "convert",
    "explore",
    "study",
    "speed",
    "__init__",
    "__main__",
)
# What the comparison must not need: anything but the standard library
ALONE = ORDER[: ORDER.index("simulate")]


def modules() -> dict[str, Path]:
    """Return every file of the package by its dotted name below it."""
    files = (file for file in PACKAGE.rglob("*.py") if file.name != "__init__.py" or file.parent == PACKAGE)
    return {".".join(file.relative_to(PACKAGE).with_suffix("").parts): file for file in files}


def imports(file: Path) -> Iterator[str]:
    """Return the full names of what a file imports, wherever the import stands and whatever it is for."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{file}: a relative import"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def imported(file: Path) -> set[str]:
    """Return the files of the package that a file imports, by their dotted names."""
    known = modules()
    found = set()
    for name in imports(file):
        if name.startswith("mirrorlog."):
            parts = name.removeprefix("mirrorlog.").split(".")
            found.add(
                next((name for name in (".".join(parts[:count]) for count in (2, 1)) if name in known), "__init__")
            )
    return found


def test_no_import_goes_up() -> None:
    rank = {name: number for number, name in enumerate(ORDER)}
    up = [
        f"{name} imports {other}"
        for name, file in modules().items()
        for other in imported(file)
        if rank[other.partition(".")[0]] > rank[name.partition(".")[0]]
    ]
    assert not up, up


def test_files_import_each_other_in_no_circle() -> None:
    graph = {name: imported(file) for name, file in modules().items()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(graph) > 90


def test_every_folder_has_its_place_and_says_what_it_is() -> None:
    folders = {file.parent.name for file in PACKAGE.glob("*/*.py")}
    assert folders == {name for name in ORDER if (PACKAGE / name).is_dir()}
    for folder in folders:
        assert ast.get_docstring(ast.parse((PACKAGE / folder / "__init__.py").read_text(encoding="utf-8"))), folder


def test_comparison_and_records_need_the_standard_library_alone() -> None:
    for name, file in modules().items():
        if name.partition(".")[0] in ALONE:
            others = {found.partition(".")[0] for found in imports(file)} - {"mirrorlog"} - sys.stdlib_module_names
            assert not others, f"{name}: {others}"
