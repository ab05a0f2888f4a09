"""`make regress`: seeds on workers, what becomes of those that fail, and what is refused. No simulator is needed but
for the last test."""

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from tb.random.seed import SeedRun, run_seed
from tb.regress import cluster
from tb.regress.__main__ import run
from tb.regress.results import REPORT, RESULTS
from tests.tb.regress.begun import begin, is_running, results, said_until_its_end, tasks_of
from tests.tb.regress.conftest import StartWorker, wait_for
from tests.tb.regress.stand_in import attempts, stand_in
from tools.sources import ROOT


def test_each_seed_has_its_result_whatever_becomes_of_it_and_of_its_worker(
    scheduler: str, start_worker: StartWorker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Seeds that fail, that end without a result and that end their worker are failures of their own; a worker that is
    killed loses the attempt of its seed, and nothing else. What is missing is run later."""
    start_worker("--nworkers", "2")
    tasks, out = tasks_of(tmp_path / "tasks", s2="fail", s3="silent", s4="wait", s5="kill", s6="fail"), tmp_path / "out"
    given = [f"SCHEDULER={scheduler}", f"OUT={out}"]
    process = begin(tasks, "SEEDS=7", *given)
    wait_for(lambda: any(seed == 4 for seed, _, _ in attempts(tasks)), "seed 4")
    (_, own, worker) = next(attempt for attempt in attempts(tasks) if attempt[0] == 4)
    (tasks / "4").write_text("")
    os.kill(worker, signal.SIGKILL)
    said = said_until_its_end(process)
    assert process.returncode == 1
    assert not is_running(own)
    found = results(out)
    outcomes = {seed: (result["outcome"], result.get("checker", "")) for seed, result in found.items()}
    assert outcomes == {
        **dict.fromkeys((1, 4, 7), ("passed", "")),
        **dict.fromkeys((2, 6), ("failed", "comparison")),
        3: ("stopped", "simulator"),
        5: ("stopped", "worker"),
    }
    tried = [seed for seed, _, _ in attempts(tasks)]
    assert {seed: tried.count(seed) for seed in range(1, 8)} == {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 1, 7: 1}
    assert "status 3" in str(found[3]["failure"]) and "it has no words" in str(found[3]["failure"])
    assert "7 of 7 seeds run, 4 failed" in said
    assert "2 x comparison: restored\n      make replay SEED=2" in said
    assert not (out / "seeds" / "1" / "capture.jsonl").exists() and (out / "seeds" / "2" / "capture.jsonl").exists()

    (tasks / "attempts").unlink()
    (tasks / "5").unlink()
    assert run([*given, "SEEDS=8", "RESUME=1"], stand_in(tasks)) == 1
    assert sorted(seed for seed, _, _ in attempts(tasks)) == [5, 8]
    assert "8 of 8 seeds run, 3 failed" in capsys.readouterr().out
    page = (out / "index.html").read_text()
    assert "5 of 8 seeds passed" in page and "2 &times; comparison: restored" in page and "make replay SEED=2" in page
    assert "<svg><g id='ports'/></svg>" in page and "<?xml" not in page
    junit = (out / "junit.xml").read_text()
    assert 'tests="8" failures="2" errors="1"' in junit
    assert [one["seeds"] for one in json.loads((out / REPORT).read_text())["history"]] == [7, 8]


def test_ctrl_c_ends_every_seed_and_leaves_a_report_of_what_was_done(tmp_path: Path) -> None:
    """On a cluster of its own, whose processes get the signal as well."""
    tasks, out = tasks_of(tmp_path / "tasks", s2="wait", s3="wait", s4="wait"), tmp_path / "out"
    process = begin(tasks, "SEEDS=4", "JOBS=2", f"OUT={out}")
    wait_for(lambda: len(attempts(tasks)) == 3 and results(out), "seeds 1 to 3")
    os.killpg(process.pid, signal.SIGINT)
    said = said_until_its_end(process)
    assert process.returncode == 130
    assert "1 of 4 seeds run, 0 failed" in said
    assert not any(is_running(own) for _, own, _ in attempts(tasks))
    assert set(results(out)) == {1}
    assert "Stopped after 1 of 4 seeds" in (out / "index.html").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("SEEDS=many", "SEEDS=many: is no number"),
        ("SEEDS=0", "SEEDS=0: must be 1 to"),
        ("FIRST=-1", "FIRST=-1: is no number"),
        ("JOBS=two", "JOBS=two: is no number"),
        ("SIM=questa", "SIM=questa: is none of icarus, verilator"),
        ("RESUME=yes", "RESUME=yes: is none of 0, 1"),
        ("SCHEDULER=somewhere", "SCHEDULER=somewhere: is no address like tcp://host:8786"),
        ("SCHEDULER=tcp://127.0.0.1:9", "SCHEDULER=tcp://127.0.0.1:9: cannot be reached"),
        ("SCHEDULER=tcp://a..b:8786", "SCHEDULER=tcp://a..b:8786: cannot be reached"),
        ("SCHEDULER=tls://127.0.0.1:9", "SCHEDULER=tls://127.0.0.1:9: cannot be reached"),
        ("TARGET=ttyUSB0", "TARGET=ttyUSB0: is no port like /dev/ttyUSB0"),
        ("TARGET=/dev/x JOBS=2", "JOBS=2: a board takes one seed at a time"),
        ("TARGET=/dev/x SIM=icarus", "SIM=icarus: not with TARGET: the seeds run on the board"),
        ("SEED=4", "unknown option 'SEED=4'"),
        ("OUT=Makefile/x", "OUT=Makefile/x: "),
    ],
)
def test_what_makes_no_sense_is_one_line_and_nothing_is_written(
    words: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit status 2."""
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    out = [] if words.startswith("OUT") else [f"OUT={tmp_path / 'out'}"]
    assert run([*words.split(), *out]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {said}") and error.count("\n") == 1, error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", [REPORT, RESULTS])
@pytest.mark.parametrize("text", ["{", "{}\n", '{"format": "something else", "version": 1}\n', "\0\n", "[]\n[]\n"])
def test_a_damaged_report_is_refused_and_left_as_it_is(
    name: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of an earlier regression: what is not known to be one is not written over."""
    if (name, text) == (RESULTS, "{"):
        text = "{\n"  # a line that was not written whole is no damage, if it is the last of more
    (tmp_path / name).write_text(text)
    assert run([f"OUT={tmp_path}", "RESUME=1"]) == 2
    assert capsys.readouterr().err.startswith(f"error: {tmp_path / name}: is damaged")
    assert [file.name for file in tmp_path.iterdir()] == [name] and (tmp_path / name).read_text() == text


def other_version(folder: Path) -> Path:
    """Return a copy of the project with a comment more."""
    for name in ("rtl", "model", "tb", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "rtl" / "storage_system.v").open("a") as file:
        file.write("// changed\n")
    return folder


@pytest.mark.parametrize(
    ("which", "said"),
    [
        ("without a simulator", "iverilog is not on PATH"),
        ("other version", "has another version of the project than this checkout"),
        ("no project", "does not find the project"),
    ],
)
def test_a_worker_that_cannot_run_seeds_is_named(
    which: str,
    said: str,
    scheduler: str,
    start_worker: StartWorker,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit status 2, and nothing is written."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    where = {
        "without a simulator": {"environment": {"PATH": str(folder)}},
        "other version": {"cwd": folder},
        "no project": {"cwd": folder},
    }[which]
    if which == "other version":
        other_version(folder)
    start_worker("--no-nanny", **where)
    assert run([f"SCHEDULER={scheduler}", "SIM=icarus", f"OUT={tmp_path / 'out'}"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: worker tcp://127.0.0.1:") and said in error and error.count("\n") == 1, error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("first", "seeds"),
    [(8, 1), pytest.param(128, 2, marks=pytest.mark.long)],
    ids=["one system", "one and two systems"],
)
def test_a_seed_leaves_the_same_commit_trace_byte_for_byte_through_dask_and_without(
    first: int, seeds: int, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each seed in a worker's process, then here; what it met is counted."""
    assert run([f"FIRST={first}", f"SEEDS={seeds}", "JOBS=1", "KEEP=1", "SIM=icarus", f"OUT={folder / 'out'}"]) == 0
    for seed in range(first, first + seeds):
        there = folder / "out" / "seeds" / str(seed)
        result = run_seed(SeedRun(seed, folder / str(seed)))
        traces = [(place / "capture.jsonl").read_bytes() for place in (there, folder / str(seed))]
        assert traces[0] == traces[1] and len(traces[0]) > 100_000
        assert json.loads((there / "result.json").read_text())["trace"] == result.trace
    groups = json.loads((folder / "out" / "coverage.json").read_text())["groups"]
    assert sum(hits > 0 for group in groups.values() for hits in group["bins"].values()) > 20
    assert "bins that are to be met" in (folder / "out" / "index.html").read_text()
