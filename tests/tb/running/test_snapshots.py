"""Snapshots: the waves around a difference without a second run, and nothing else of the run changed."""

import json
import os
import re
import signal
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mirrorlog.command_line import Terminated
from tb.config.settings import Behaviour, Settings
from tb.environment.script import SUFFIX
from tb.handles.channels import RECORD
from tb.random.shrink import play
from tb.running import snapshots
from tb.running.fst import FstError, read_window
from tb.running.processes import SimulationError
from tb.running.runner import Run, run
from tb.running.simulators import Build, build
from tb.running.system_run import SystemRun, simulate
from tb.scenarios.one_system import PARAMETERS
from tests.planted.bug import LockStep
from tests.planted.plant import plant_rtl
from tests.planted.rtl_one_system import ONE_SYSTEM_BUGS
from tests.sim.systems import MODULE
from tools.sources import HDL

UNIT = "tests.tb.running.snapshots_unit"
BUG = "data-full-test-allows-equal"
INTERVAL = 300
PERIOD_NS = 4
GONE_SECONDS = 60.0


def children(process: int) -> Iterator[int]:
    """Yield the processes that a process has begun."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(file.read_text(errors="replace").rpartition(")")[2].split()[1]) == process:
                yield int(file.parent.name)


def test_a_difference_comes_with_the_waves_of_its_window_and_nothing_else_changes(folder: Path) -> None:
    """Result and files are those of the run without snapshots; the window begins a snapshot or two before it. What the
    run gave to its system, played by itself, does the same again."""
    (bug,) = (bug for bug in ONE_SYSTEM_BUGS if bug.id == BUG)
    assert isinstance(bug.found_by, LockStep)
    settings = Settings(PARAMETERS, Behaviour(), bug.found_by.settings["tables"])
    rtl = plant_rtl(bug, folder)

    def outcome(interval: int) -> tuple[str, int, int, dict[str, bytes]]:
        todo = SystemRun(MODULE, folder, settings, 1, (bug.found_by.scenario,), snapshot=interval, rtl=rtl)
        done = simulate(todo)
        # those that have times of the clock, or that the waves are in
        waves = (snapshots.WAVES, snapshots.CHANNELS, snapshots.PICTURE)
        others = (*waves, "results.xml", "simulation.log", "capture.statistics", "capture.failure")
        files = {f.name: f.read_bytes() for f in folder.iterdir() if f.is_file() and f.name not in others}
        return done.failure, done.cycles, done.records, files

    before = set(children(os.getpid()))
    plain, shown = outcome(0), outcome(INTERVAL)
    assert not (folder / snapshots.FOLDER).exists() and set(children(os.getpid())) <= before
    assert shown[1:] == plain[1:]
    (line,) = [line for line in shown[0].splitlines() if line.startswith("waves: ")]
    assert shown[0].replace(f"{line}\n", "") == plain[0]
    window = read_window(folder / snapshots.WAVES)
    found = re.search(
        r"cycles (\d+) to (\d+) since reset, (\d+) to (\d+) ns \(.* cycle (\d+)\), drawn in snapshot.svg$", line
    )
    assert found is not None and f"{folder / snapshots.WAVES}: " in line
    first, last, first_ns, last_ns, seen = map(int, found.groups())
    differs = re.search(r"^difference at .* cycle (\d+),", shown[0])
    assert differs is not None and first < int(differs[1]) <= seen < last
    assert (window.first, window.last) == (first_ns, last_ns) and window.signals > 1000
    assert abs(last_ns - first_ns - (last - first) * PERIOD_NS) < PERIOD_NS
    assert INTERVAL <= seen - first <= 2 * INTERVAL
    told = json.loads((folder / snapshots.CHANNELS).read_text())
    (records,) = (channels[RECORD] for channels in told["taken"].values())
    at = told["differs"] - told["first"]
    assert told["differs"] == int(differs[1]) and "2/1280" in records[at : at + 32]
    texts = [text.text for text in ElementTree.parse(folder / snapshots.PICTURE).getroot().iter() if text.text]
    again = play((folder / f"capture.{SUFFIX}").read_text(), folder / "played", rtl)
    assert again.partition("\n\n")[0] == plain[0].partition("\n\n")[0]
    assert "7: commit record" in texts and "2/1280  command reception: write in cache" in texts
    # the first snapshot of all, too, has every file with it
    early = outcome(100_000)
    assert early[1:] == plain[1:] and "waves: " in early[0]
    assert read_window(folder / snapshots.WAVES).first < window.first


@pytest.mark.parametrize("end", ["simulator", "runner"])
def test_no_snapshot_is_left_when_the_run_is_ended_from_outside(end: str, folder: Path) -> None:
    """By SIGTERM to the simulator, or to the process that began it."""
    found: list[int] = []

    def poll() -> None:
        if found:
            return
        for simulator in children(os.getpid()):
            asleep = list(children(simulator))
            if len(asleep) == snapshots.KEPT:
                found.extend(asleep)
                if end == "runner":
                    raise Terminated
                os.kill(simulator, signal.SIGTERM)

    (folder / "capture.jsonl").touch()
    simulator = build(Build("pauses", (HDL / "pauses.v",)))
    with suppress(Terminated, SimulationError):
        run(simulator, Run(UNIT, folder, 1, ("endless",), 60.0, poll=poll))
    assert len(found) == snapshots.KEPT
    deadline = time.monotonic() + GONE_SECONDS
    while any(running(process) for process in found):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def running(process: int) -> bool:
    """Is this process there, and no zombie?"""
    try:
        return Path(f"/proc/{process}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_snapshot_that_does_not_end_in_time_is_given_up(folder: Path) -> None:
    """Without waves; the others end as well."""
    (folder / "capture.jsonl").touch()
    before = set(children(os.getpid()))
    assert run(build(Build("pauses", (HDL / "pauses.v",))), Run(UNIT, folder, 1, ("late",))).failures == ()
    assert set(children(os.getpid())) <= before and not (folder / snapshots.FOLDER).exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is too short"),
        (b"$date x $end" + bytes(100), "is no FST file"),
        (struct.pack(">BQQQ", 0, 329, 0, 5) + struct.pack("<d", 2.718281828459045) + bytes(41), "holds no waves"),
    ],
)
def test_a_file_without_waves_is_told(content: bytes, said: str, tmp_path: Path) -> None:
    """Of another kind, or of a snapshot that did not close it."""
    (tmp_path / "x.fst").write_bytes(content)
    with pytest.raises(FstError, match=said):
        read_window(tmp_path / "x.fst")
