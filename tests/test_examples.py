"""The examples: what they write is equal to the model, and what is wrong in them on purpose is found."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mirrorlog.__main__ import main
from tools.sources import ROOT

BOX = ROOT / "examples" / "compare_your_rtl"
FIRST = ROOT / "examples" / "first_capture" / "first_capture.py"


# commit passes the journal when the host is answered
EARLY = '*group, 0, 4608, 4096, {}, 0, 0)\nadd("host_response"'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", "equal, 17 records"),
        (EARLY.format(4096), EARLY.format(4608), "write_data_commit: expected 4096, is 4608"),
        ("bytes=64, resp=0", "bytes=64, resp=2", "status: expected 13, is 0"),
    ],
    ids=["as it is", "commit moves too early", "device fails"],
)
def test_first_capture_is_equal_and_a_wrong_one_is_not(
    old: str, new: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In forty lines that need the standard library alone."""
    text = FIRST.read_text()
    code = [line for line in text.splitlines() if line.strip() and not line.strip().startswith(("#", '"""'))]
    assert len(code) <= 40 and not re.search("mirrorlog[. ]import|import mirrorlog", text)
    assert old in text
    script = tmp_path / "first_capture.py"
    script.write_text(text.replace(old, new, 1) if old else text)
    subprocess.run([sys.executable, "-I", script, tmp_path / "first.jsonl"], check=True)
    assert main(["compare", str(tmp_path / "first.jsonl")]) == int(bool(old))
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        ([], 0, "equal, 39 records\n"),
        (["-DPLANTED_BUG"], 1, "outcome: expected 1245, is 1280\n  creation: expected 1390, is 1360\n"),
    ],
    ids=["as it is", "planted bug"],
)
def test_rtl_with_other_ports_is_compared_and_its_bug_is_found(
    options: list[str], status: int, said: str, tmp_path: Path
) -> None:
    """As its README says, which quotes the difference."""
    command = tmp_path / "mirrorlog"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT / "model"}" exec "{sys.executable}" -m mirrorlog "$@"\n')
    command.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    run = [BOX / "run.sh", tmp_path / "box", *options]
    done = subprocess.run(run, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (status, "")
    assert said in done.stdout
    if status:
        quoted = "".join(f"    {line}\n" for line in done.stdout.splitlines()[:4])
        assert quoted.replace(f"{tmp_path}/", "build/") in (BOX / "README.md").read_text()


def test_running_without_a_folder_is_one_line() -> None:
    """Status 2."""
    done = subprocess.run([BOX / "run.sh"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1) and done.stderr.startswith(
        "error: usage: run.sh FOLDER"
    )
