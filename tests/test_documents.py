"""What the documents say can be done and found: their commands, files and links. Commands of a block behind the line
`<!-- run -->` are run; the others, which take long or need a capture, are only given to what reads them.
"""

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

import mirrorlog
from mirrorlog import __main__ as program
from tb.running.processes import clean_environment
from tools.sources import ROOT

DOCUMENTS = sorted(
    path.relative_to(ROOT)
    for pattern in ("*.md", "docs/*.md", "examples/**/*.md", "tests/**/*.md")
    for path in ROOT.glob(pattern)
)
IDS = [str(document) for document in DOCUMENTS]
COMMAND = re.compile(r"(?:PATH=\S+ )?(?:mirrorlog|make|python3?|\.venv/bin/\S+|examples/\S+) ")
RUN = "<!-- run -->"
# What the runnable commands find beside them
WORKSPACE = (".venv", "examples", "model", "tb", "tests")
COLUMNS = 120


def blocks(text: str) -> Iterator[tuple[list[str], bool]]:
    """Yield the lines of each indented block, and whether they are to be run."""
    for mark, block in re.findall(rf"^({RUN}\n)?\n((?:    .*\n)+)", text, re.M):
        yield [line[4:] for line in block.splitlines()], bool(mark)


def commands(text: str) -> Iterator[str]:
    """Yield every command, of blocks and in a line."""
    for lines, _ in blocks(text):
        yield from (line for line in lines if COMMAND.match(line))
    for paragraph in re.sub(r"^```.*?^```", "", text, flags=re.M | re.S).split("\n\n"):
        found = (" ".join(code.split()) for code in re.findall(r"`([^`]+)`", paragraph))
        yield from (code for code in found if COMMAND.match(code))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A folder in which documents' commands work and leave what they write; `mirrorlog` is in its bin/."""
    for name in WORKSPACE:
        (tmp_path / name).symlink_to(ROOT / name)
    for name in ("build", "docs", "bin"):
        (tmp_path / name).mkdir()
    command = tmp_path / "bin" / "mirrorlog"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT / "model"}" exec "{sys.executable}" -m mirrorlog "$@"\n')
    command.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_commands_of_a_document_exist_with_their_options(
    document: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Targets and variables of make, commands and options of mirrorlog, modules, tests."""
    monkeypatch.setattr(program, "guarded", lambda command: 0)  # nothing is run
    monkeypatch.chdir(workspace)
    for command in commands((ROOT / document).read_text()):
        wrong = mistake(command)
        assert not wrong, f"{document}: {command}: {wrong} {capsys.readouterr().err}"


def mistake(command: str) -> str:
    """Say what is wrong with a command; nothing if it can be given."""
    words = [word for word in shlex.split(command, comments=True) if not word.startswith("PATH=")]
    if words[0] == "make":
        return make_mistake(tuple(words[1:]))
    if words[0] == "mirrorlog":
        known = len(words) == 2 and (words[1] in program.COMMANDS or words[1] == "--version")
        return "" if known or program.main(words[1:]) == 0 else "is no command"
    if not words[0].startswith((".venv/bin/python", "python")):
        return "" if (ROOT / words[0]).exists() else "is not there"
    if words[1] != "-m":
        return "" if (ROOT / words[1]).exists() else f"{words[1]} is not there"
    if words[2] == "pytest":
        return pytest_mistake(words[3:])
    return "" if importlib.util.find_spec(words[2]) or words[2] in locked() else f"{words[2]} is no module"


@cache
def locked() -> frozenset[str]:
    """Return the packages that some target installs, also those that no target of this checkout has needed so far."""
    texts = [path.read_text() for path in (ROOT / "tools" / "lock").glob("*.txt")]
    return frozenset(re.findall(r"^([\w.-]+)==", "\n".join(texts), re.M))


@cache
def make_mistake(words: tuple[str, ...]) -> str:
    """Say what make refuses; nothing is made."""
    with clean_environment():
        done = subprocess.run(["make", "-n", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    said = done.stderr if done.returncode else done.stdout
    return next((line for line in said.splitlines() if done.returncode or "error: " in line), "")


def pytest_mistake(words: list[str]) -> str:
    """Say which test is not there."""
    paths = [word for word in words if word.startswith("tests/")]
    for path in paths:
        file, _, name = path.partition("::")
        if not (ROOT / file).exists():
            return f"{file} is not there"
        if name and f"def {name.partition('[')[0]}(" not in (ROOT / file).read_text():
            return f"{file} has no {name}"
    if "-k" in words:
        files = [
            file
            for path in paths
            for file in ([ROOT / path] if path.endswith(".py") else (ROOT / path).rglob("test_*.py"))
        ]
        names = re.findall(r"^def (test_\w+)", "\n".join(file.read_text() for file in files), re.M)
        wanted = set(re.findall(r"\w+", words[words.index("-k") + 1])) - {"and", "or", "not"}
        missing = [word for word in wanted if not any(word in name for name in names)]
        return f"no test has {missing} in its name" if missing else ""
    return ""


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_runnable_commands_of_a_document_run(document: Path, workspace: Path) -> None:
    """One after the other, in an empty build folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment["PATH"] = f"{workspace / 'bin'}:{environment['PATH']}"
    for lines, run in blocks((ROOT / document).read_text()):
        for line in lines if run else ():
            done = subprocess.run(
                ["sh", "-ec", line], cwd=workspace, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{document}: {line}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


def test_there_are_commands_to_be_run_and_commands_that_are_wrong_are_noticed() -> None:
    """These checks would be green without any."""
    texts = [(ROOT / document).read_text() for document in DOCUMENTS]
    assert sum(run for text in texts for _, run in blocks(text)) >= 4
    assert sum(1 for text in texts for _ in commands(text)) > 60
    assert mistake("make simm") and mistake("make sim DELYA=3") and not mistake("make sim DELAY=3  # longer")
    assert mistake("mirrorlog compair x") and mistake("mirrorlog compare x --from") and mistake("python -m tb.none")
    assert mistake(".venv/bin/python -m pytest tests/none.py") and mistake("examples/none.sh x")
    assert mistake("python -m pytest tests/test_testplan.py -k none_such")
    assert mistake("python -m pytest tests/test_testplan.py::test_none_such")


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_files_and_links_of_a_document_are_there(document: Path) -> None:
    """With the heading that a link names; files with their folder."""
    text = (ROOT / document).read_text()
    missing = [
        word
        for word in re.findall(r"`((?:docs|examples|model|rtl|synth|tb|tests|tools)/[\w./*-]*)(?:::\w+)?`", text)
        if not list(ROOT.glob(word.rstrip("/")))
    ]
    for link, heading in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", text):
        target = (ROOT / document).parent / link if link else ROOT / document
        if not target.exists() or (heading and heading not in headings(target)):
            missing.append(f"{link}#{heading}")
    assert missing == []


@cache
def headings(document: Path) -> set[str]:
    """Return the anchors of a document's headings."""
    found = re.findall(r"^#+ (.*)$", document.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in found}


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_lines_of_a_document_have_a_readable_width(document: Path) -> None:
    """But tables, code and what cannot be broken."""
    text = re.sub(r"^```.*?^```", "", (ROOT / document).read_text(), flags=re.M | re.S)
    lines = [line for line in text.splitlines() if not line.startswith(("|", "    ", "#", "!", "<"))]
    assert [line for line in lines if len(line) > COLUMNS and " " in line.strip().lstrip("-*0123456789. ")] == []


def test_workflow_and_hooks_run_what_the_makefile_runs() -> None:
    """Every change .ci/run, every night all that there is, before a push the lint."""
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    steps = {name: [step.get("run", "") for step in job["steps"]] for name, job in jobs.items()}
    assert ".ci/run" in steps["ci"] and "make nightly" in steps["nightly"]
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    entries = {hook["id"]: hook["entry"] for hook in hooks}
    assert entries["lint"] == "make lint" and not mistake(entries["lint"])
    assert "-m tools.lint python" in entries["lint-python"] and "tools/setup.sh python" in entries["lint-python"]
    assert ".venv/bin/python -m tools.lint python" in make_output("check")


def make_output(target: str) -> str:
    """Return what make would run."""
    with clean_environment():
        return subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_newest_version_of_the_changelog_is_that_of_the_package() -> None:
    """There is one number."""
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert newest is not None and newest[1].rstrip(",") == mirrorlog.__version__
