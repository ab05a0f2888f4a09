"""The command of a seed: what it refuses, what it is told; and which version of the project runs it."""

import subprocess
from pathlib import Path

import pytest

from tb.random.__main__ import main
from tb.regress import version, worker
from tb.regress.__main__ import run
from tb.regress.options import Options
from tb.regress.results import LOST
from tb.regress.worker import Job, attempt, seed_command


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--snapshot", "1"], "argument --snapshot: 1: must be 0, or 100 to"),
        (["--snapshot", "many"], "argument --snapshot: many: is no number"),
        (["--target", "x"], "argument --target: x: is no port like /dev/ttyUSB0"),
        (["--rtl", "/nonexistent"], "--rtl: /nonexistent is no folder"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, and nothing is written."""
    assert main(["4", "--out", str(tmp_path / "out"), *words]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {said}") and error.count("\n") == 1, error
    assert not (tmp_path / "out").exists()


def test_time_of_a_build_that_is_no_number_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a seed, and of many."""
    monkeypatch.setenv("MIRRORLOG_BUILD_SECONDS", "abc")
    assert main(["4", "--out", str(tmp_path / "out")]) == 2
    assert run([f"OUT={tmp_path / 'out'}"]) == 2
    assert capsys.readouterr().err == "error: MIRRORLOG_BUILD_SECONDS=abc: is no number of seconds\n" * 2
    assert not (tmp_path / "out").exists()


def test_a_folder_may_be_named_like_an_option() -> None:
    """It belongs to its option, whatever it begins with."""
    command = seed_command(4, Options(out="-x", coverage="lines"), "-x/seeds/4")
    assert "--out=-x/seeds/4" in command and "--tables=-x/code" in command


def test_a_worker_of_another_version_has_lost_its_seed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """So that another one runs it later."""

    class Here:
        address = "tcp://here"

    monkeypatch.setattr(worker, "get_worker", Here)
    found = attempt(Job("run", 4, ("false",), str(tmp_path), "another", 1.0))
    assert (found["checker"], found["seed"]) == (LOST, 4) and "another version" in found["failure"]


def test_version_is_of_every_file_that_decides_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verilog, its registers, Python, and what simulators load."""
    monkeypatch.setattr(version, "ROOT", tmp_path)
    (tmp_path / "rtl").mkdir()
    found = [version.digest()]
    for name in ("a.v", "a.vh", "a.vlt", "a.rdl", "a.cc", "a.py"):
        (tmp_path / "rtl" / name).write_text("text")
        found.append(version.digest())
    assert len(set(found)) == len(found)


def test_commit_is_that_of_the_checkout_whatever_repository_the_caller_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git's variables name another one within its hooks."""
    before = version.commit()
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    assert version.commit() == before
