"""tools/setup.sh: what is missing is told at once, and a virtual environment that is no good is made anew. Nothing is
fetched: Python and pip are stand-ins."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.sources import ROOT

SETUP = ROOT / "tools" / "setup.sh"
TOOLS = ("sh", "dirname", "mkdir", "rm", "cat", "chmod", "flock", "env", "id", "tail", "cp", "mv")
# a Python whose `-m venv` makes an environment whose pip says that it ran, and adds what was asked for, if it leaves a
# list of the files of each package
PYTHON3 = f"""#!/bin/sh
case "$*" in
    "-c import ensurepip"*) exit 0 ;;
    "-") cat >/dev/null; exit 0 ;;
    "-m venv .venv")
        mkdir -p .venv/bin .venv/lib/python3.11/site-packages
        cp "$FOLDER/python" .venv/bin/python
        echo made >>log ;;
    *) exec {sys.executable} "$@" ;;
esac
"""
VENV_PYTHON = """#!/bin/sh
case "$*" in
    "-m pip --version") exit 0 ;;
    "-m pip install"*" --use-pep517 "*) echo installed >>log; echo >.venv/whole ;;
    *) cat >/dev/null; [ -e .venv/whole ] ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with set-up alone, and a PATH with little more than a shell."""
    (tmp_path / "tools").mkdir()
    shutil.copy(SETUP, tmp_path / "tools")
    shutil.copytree(ROOT / "tools" / "lock", tmp_path / "tools" / "lock")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    for file, text in ((tmp_path / "bin" / "python3", PYTHON3), (tmp_path / "python", VENV_PYTHON)):
        file.write_text(text)
        file.chmod(0o755)
    return tmp_path


def setup(checkout: Path, *needs: str) -> subprocess.CompletedProcess[str]:
    """Run it."""
    environment = {"PATH": str(checkout / "bin"), "FOLDER": str(checkout)}
    command = [checkout / "tools" / "setup.sh", *needs]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_all_that_is_missing_is_told_at_once_and_before_anything_is_done(checkout: Path) -> None:
    """One line."""
    there = any(Path(folder, "e2fsck").exists() for folder in ("/usr/sbin", "/sbin"))
    more = "" if there else " e2fsprogs"
    done = setup(checkout, "python", "icarus", "verilator", "checker")
    assert (done.returncode, done.stderr) == (1, f"error: please install: iverilog g++ make perl{more}\n")
    assert not (checkout / ".venv").exists() and not (checkout / "build").exists()


def test_virtual_environment_is_made_once(checkout: Path) -> None:
    """The second time nothing is to be done."""
    assert setup(checkout, "python").returncode == 0
    assert (checkout / "log").read_text().split() == ["made", "installed"]
    path = checkout / ".venv" / "lib" / "python3.11" / "site-packages" / "mirrorlog.pth"
    assert (path.parent / path.read_text().strip()).resolve() == checkout / "model"
    assert (checkout / ".venv" / "bin" / "mirrorlog").read_text().endswith(' -m mirrorlog "$@"\n')
    done = setup(checkout, "python")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (checkout / "log").read_text().split() == ["made", "installed"]


@pytest.mark.parametrize(
    ("change", "log"),
    [
        ("python does not start", ["made", "installed"]),
        ("python is not there", ["made", "installed"]),
        ("a package is not as pinned", ["installed"]),
    ],
)
def test_virtual_environment_that_is_broken_or_changed_is_noticed(change: str, log: list[str], checkout: Path) -> None:
    """And mended."""
    assert setup(checkout, "python").returncode == 0
    (checkout / "log").unlink()
    python = checkout / ".venv" / "bin" / "python"
    if change == "a package is not as pinned":
        (checkout / ".venv" / "whole").unlink()
    else:
        python.unlink()
        if change == "python does not start":
            python.symlink_to("/nowhere/python3")
    assert setup(checkout, "python").returncode == 0
    assert (checkout / "log").read_text().split() == log


def test_folder_that_cannot_be_written_is_one_line(checkout: Path) -> None:
    """Before anything is done."""
    (checkout / "build").write_text("in the way")
    done = setup(checkout, "python")
    assert (done.returncode, done.stderr) == (1, f"error: cannot write in {checkout}\n")
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize(
    ("pinned", "whole"),
    [(f"pytest=={pytest.__version__}", True), ("pytest==0.0.1", False), ("no-such-package==1.0", False)],
)
def test_packages_are_compared_with_those_that_are_pinned(pinned: str, whole: bool) -> None:
    """The check itself, with Python as it is."""
    (check,) = re.findall(r"<<'END'\n(import sys\nfrom importlib.*?)^END$", SETUP.read_text(), re.M | re.S)
    done = subprocess.run([sys.executable, "-I", "-", pinned], input=check, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == whole
