"""Shortening of random runs: the search, what it writes, and a planted bug from a seed to a directed test."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tb.environment.script import Script, Step
from tb.handles.host_port import HostCommand, Opcode
from tb.random import shrink
from tb.random.shrink import NothingToShorten, Shrinking, directed_test, simpler_settings
from tb.random.signature import failure_of

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
    text = directed_test(script(3), said, 40)
    names: dict[str, object] = {}
    exec(compile(text, "test_seed_7.py", "exec"), names)
    assert Script.parse(str(names["SCRIPT"])) == script(3)
    assert "comparison: restore, outcome" in text and "3 of 40 steps are left" in text


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
