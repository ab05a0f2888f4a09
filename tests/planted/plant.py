"""Plants a bug: into a copy of the RTL, or into the model that runs, for a while."""

import ast
import importlib
import inspect
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.planted.bug import Bug
from tools.sources import ROOT, RTL

MODEL = ROOT / "model"


def planted_texts(bug: Bug) -> dict[Path, str]:
    """Return the text of each file that the bug changes (its path in the project), as it is then."""
    texts: dict[Path, str] = {}
    for one in bug.substitutions:
        file = Path(one.file)
        text = texts.get(file) or (ROOT / file).read_text()
        count = text.count(one.find)
        assert count == 1, f"{bug.id}: {file} has {one.find!r} {count} times, expected once"
        assert one.replace != one.find, f"{bug.id} changes nothing"
        texts[file] = text.replace(one.find, one.replace)
    return texts


def plant_rtl(bug: Bug, folder: Path) -> Path:
    """Return a copy of the RTL, in a folder, with the bug in it."""
    copy = folder / "rtl"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(RTL, copy)
    for file, text in planted_texts(bug).items():
        (copy / (ROOT / file).relative_to(RTL)).write_text(text)
    return copy


def is_planted(bug: Bug, copy: Path) -> bool:
    """Is a folder the copy of the RTL, as it is now, with the bug in it?"""
    wanted = {(ROOT / file).relative_to(RTL): text.encode() for file, text in planted_texts(bug).items()}
    return _files(copy) == _files(RTL) | wanted


def _files(folder: Path) -> dict[Path, bytes]:
    return {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@contextmanager
def plant_model(bug: Bug) -> Iterator[None]:
    """Let the model run with the bug meanwhile: every function that the bug changes gets the changed code."""
    changed = changed_functions(bug)
    before = [(function, function.__code__) for function, _ in changed]
    try:
        for function, code in changed:
            function.__code__ = code
        yield
    finally:
        for function, code in before:
            function.__code__ = code


def changed_functions(bug: Bug) -> list[tuple[FunctionType, CodeType]]:
    """Return the functions of the model that a bug changes, with the code that it gives them.

    Fails if it changes none, or anything else: what a module or a class runs when it is imported stays.
    """
    changed = []
    for file, text in planted_texts(bug).items():
        module = importlib.import_module(".".join((ROOT / file).relative_to(MODEL).with_suffix("").parts))
        right, wrong = ast.parse((ROOT / file).read_text()), ast.parse(text)
        codes = dict(_codes(compile(wrong, str(ROOT / file), "exec")))
        bodies, wrong_bodies = dict(_taken_out(right)), dict(_taken_out(wrong))
        assert ast.dump(right) == ast.dump(wrong), f"{bug.id} changes what {file} runs when it is imported"
        for name, body in wrong_bodies.items():
            if body != bodies[name]:
                changed.append((_function(module, name), codes[name]))
    assert changed, f"{bug.id} changes no function"
    return changed


def _taken_out(tree: ast.Module | ast.ClassDef, within: str = "") -> Iterator[tuple[str, str]]:
    """Take the bodies of functions and methods out of a module; yields qualified names and bodies."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from _taken_out(node, f"{within}{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            yield within + node.name, "".join(map(ast.dump, node.body))
            node.body = []


def _codes(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    """Yield qualified names and code of a module's functions and methods."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType) and inner.co_flags & inspect.CO_OPTIMIZED:
            yield inner.co_qualname, inner
        elif isinstance(inner, CodeType):  # a class
            yield from _codes(inner)


def _function(module: ModuleType, name: str) -> FunctionType:
    """Return a function or method by its qualified name, below its decorators."""
    found: Any = module
    for part in name.split("."):
        found = inspect.getattr_static(found, part)
    if isinstance(found, property):
        found = found.fget
    elif isinstance(found, staticmethod | classmethod):
        found = found.__func__
    found = inspect.unwrap(found)
    assert isinstance(found, FunctionType), f"{name} is no function"
    return found
