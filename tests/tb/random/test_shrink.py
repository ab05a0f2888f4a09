"""Shortening of random runs: the search, what it writes, and a planted bug from a seed to a directed test."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tb.config.files import locked
from tb.environment.script import Script, Step
from tb.handles.host_port import HostCommand, Opcode
from tb.random import shrink
from tb.random.shrink import NothingToShorten, Shrinking, directed_test, simpler_settings
from tb.random.signature import failure_of
from tb.running.simulators import SIMULATORS
from tests.planted import __main__ as planted

SETTINGS = json.dumps({"path": {"drop": 2, "delay": 5}, "behaviour": {"device_pauses": 20, "queue_depth": 4}})


def script(count: int = 40) -> Script:
    """Return a script of so many commands, of two hosts in turn, far from each other."""
    steps = tuple(
        Step(10_000.0 * n, f"host {1 + n % 2}", "push", (HostCommand(Opcode.WRITE, 1, 512 * n, 512, bytes(512)),))
        for n in range(count)
    )
    return Script(7, SETTINGS, 10_000.0 * count, steps)


def places(of: Script) -> list[int]:
    """Return which commands are left."""
    return [step.words[0].position // 512 for step in of.steps]


def test_only_what_the_failure_needs_is_left() -> None:
    """Three commands of one host, in order, without waiting, faults and pauses."""
    needed = {4, 18, 30}
    said: list[str] = []
    search = Shrinking(lambda tried: needed <= set(places(tried)), 1000, lambda what, _: said.append(what))
    found = search.shrink(script())
    assert places(found) == sorted(needed)
    assert found.until < 2000 and '"drop": 0' in found.settings and '"device_pauses": 0' in found.settings
    assert '"delay": 5' in found.settings and '"queue_depth": 4' in found.settings
    assert search.attempts == len(said) < 90 and "without host 2: commands with opcode 2" in said


def test_what_fails_only_as_it_was_stays_so() -> None:
    """Nothing can be left out."""
    whole = script(6)
    search = Shrinking(lambda tried: tried == whole, 1000, lambda *_: None)
    assert search.shrink(whole) == whole


def test_attempts_are_counted() -> None:
    """After the last one the shortest so far is kept."""
    search = Shrinking(lambda tried: 4 in places(tried), 8, lambda *_: None)
    found = search.shrink(script())
    assert search.attempts == 8 and 4 in places(found) and len(found.steps) < 40


def test_settings_become_simpler_one_after_the_other() -> None:
    """What is as usual already is not tried."""
    found = list(simpler_settings(script()))
    assert [what for what, _ in found] == ["faults of the path", "pauses", "latency of devices"]
    assert list(simpler_settings(found[-1][1])) == []


def test_a_directed_test_is_python_that_holds_the_script(tmp_path: Path) -> None:
    """And says what it found."""
    said = failure_of("difference at line 3, record 2, system 1, cycle 9, restore\n  outcome: expected 1, is 2")
    text = directed_test(script(3), said, 40, "verilator")
    names: dict[str, object] = {}
    exec(compile(text, "test_seed_7.py", "exec"), names)
    assert Script.parse(str(names["SCRIPT"])) == script(3)
    assert "comparison: restore, outcome" in text and "3 of 40 steps are left" in text


def test_a_directed_test_plays_on_the_simulator_that_found_it(tmp_path: Path) -> None:
    """The run of a seed is another one on each."""
    said = failure_of("difference at line 3, record 2, system 1, cycle 9, restore\n  outcome: expected 1, is 2")
    for simulator in SIMULATORS:
        names: dict[str, Any] = {}
        exec(directed_test(script(3), said, 40, simulator), names)
        played: list[tuple[Path, str]] = []
        names["play"] = lambda text, folder, simulator, to=played: to.append((folder, simulator)) or ""
        names["test_what_seed_7_found"](tmp_path)
        assert played == [(tmp_path, simulator)]


def test_a_seed_that_passes_or_fails_otherwise_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Before anything is tried."""
    result = shrink.SeedResult(7, "traffic", {}, "icarus", shrink.PASSED)
    for outcome, failure, said in (
        (shrink.PASSED, "", "seed 7 passes"),
        ("failed", "RandomTraffic: host: not all answered within 9 cycles", "fails by progress"),
    ):
        now = replace(result, outcome=outcome, failure=failure)
        monkeypatch.setattr(shrink, "run_seed", lambda todo, now=now: now)
        with pytest.raises(NothingToShorten, match=said):
            shrink.shrink(shrink.Asked(7, tmp_path), print)


def test_a_bug_to_be_planted_must_be_one(tmp_path: Path) -> None:
    """One line, nothing is made."""
    command = [sys.executable, "-m", "tests.planted", "moon", str(tmp_path / "x")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stderr.startswith("error: BUG=moon: is no planted bug")
    assert not (tmp_path / "x").exists()


def test_each_bug_is_planted_in_a_folder_of_its_own_and_what_is_there_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Several runs at once may have it; one whose RTL is another one by now is made anew."""

    def plant(bug: str) -> Path:
        assert planted.main([bug, str(tmp_path)]) == 0
        return Path(capsys.readouterr().out.strip())

    copy, other = plant("data-full-test-allows-equal"), plant("overlapping-write-does-not-wait")
    assert (copy.parent.name, other.parent.name) == ("data-full-test-allows-equal", "overlapping-write-does-not-wait")
    ring = copy / "tables" / "journal_ring.v"
    made, text = ring.stat(), ring.read_text()
    assert "asked <= data_unused" in text
    assert plant("data-full-test-allows") == copy
    assert (ring.stat().st_ino, ring.stat().st_mtime_ns) == (made.st_ino, made.st_mtime_ns)
    ring.write_text("of another version")
    assert plant("data-full-test-allows-equal") == copy and ring.read_text() == text
    with locked(copy.parent, ""):
        assert planted.main(["data-full-test-allows-equal", str(tmp_path)]) == 2
    assert "is in use by process" in capsys.readouterr().err
