"""`make sim`'s replay of the recorded workload: every simulator and width, options, and what it leaves."""

import json
import lzma
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mirrorlog.formats.commit_record import Creation, Process
from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.tables.shared_memory import FullPolicy
from tb import sim
from tb.config.files import locked
from tb.running.options import Options
from tb.running.system_run import Outcome, SystemRun
from tests.sim.short_trace import DATA, short_trace
from tests.sim.systems import passes
from tools.sources import ROOT

# More writes of the recorded workload than a small journal has room for, in small volumes
WRITES, SMALL_BYTES, SMALL_JOURNAL = 60, 16384, 65536
VOLUME_BYTES = 2 * 1024 * 1024
SUMMARY = {
    "trace", "simulator", "seed", "data_width", "host_writes", "host_reads", "host_commands", "journals_created",
    "commit_records", "mismatches", "cycles", "bytes_written", "wall_seconds", "passed",
}  # fmt: skip


def check_bank(folder: Path, images: list[bytes], transactions: int) -> str:
    """Examine two volumes with the workload's checker; return what it says."""
    files = [folder / f"volume{number}.img" for number in (1, 2)]
    for file, image in zip(files, images, strict=True):
        file.write_bytes(image)
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    done = subprocess.run(
        [sys.executable, DATA / "check_bank.py", *files, str(transactions)],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
        check=False,
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("simulator", "width"),
    [
        ("icarus", 512),
        *(pytest.param("verilator", width, marks=pytest.mark.long) for width in (512, 256, 128, 64)),
    ],
)
def test_recorded_workload_runs_through_the_rtl_without_a_difference(
    simulator: str, width: int, folder: Path, seed: int
) -> None:
    """373 writes, 373 journals, no mismatch; the volumes hold the bank with all its transactions; the capture stands
    alone."""
    summary, outcome = sim.replay(Options(systems=1, sim=simulator, seed=seed, data_width=width), folder)
    passes(outcome)
    assert set(summary) == SUMMARY
    assert summary["host_writes"] == summary["journals_created"] == 373
    assert (summary["mismatches"], summary["host_commands"], summary["bytes_written"]) == (0, 706, 1_981_440)
    device = (folder / "capture.device1_0_dump").read_bytes()
    acknowledged = [json.loads(line)["txn"] for line in (DATA / "bank.acks.jsonl").read_text().splitlines()]
    volumes = [device[:VOLUME_BYTES], device[VOLUME_BYTES : 2 * VOLUME_BYTES]]
    assert check_bank(folder, volumes, max(acknowledged)).startswith("ok:")
    compare = [sys.executable, "-m", "mirrorlog", "compare", str(folder / "capture.jsonl")]
    assert subprocess.run(compare, cwd=ROOT, capture_output=True, check=False).returncode == 0
    lines = (folder / "capture.jsonl").read_text().splitlines(keepends=True)
    (folder / "capture.jsonl").write_text("".join(lines[:-20]))
    assert subprocess.run(compare, cwd=ROOT, capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize(("policy", "watch_time"), [("stall", 2000), ("suspend", 0), ("error", 0)])
def test_each_policy_does_what_it_says_when_the_journal_is_too_small_for_the_workload(
    policy: str, watch_time: int, folder: Path, seed: int
) -> None:
    """Nothing frees journals here, so they are full before the end."""
    folder.mkdir(parents=True, exist_ok=True)
    short_trace(folder / "short", WRITES, SMALL_BYTES)
    full = FullPolicy[policy.upper()]
    small = Options(trace=str(folder / "short"), systems=1, seed=seed, journal_bytes=SMALL_JOURNAL)
    summary, outcome = sim.replay(replace(small, policy=full, watch_time=watch_time), folder)
    passes(outcome)
    assert summary["host_writes"] == WRITES or policy == "error"
    assert 0 < summary["journals_created"] < WRITES
    stalls, suspends, errors = (
        outcome.count(Process.COMMAND_RECEPTION, exit_, Creation.NO_ROOM)
        for exit_ in (CommandOutcome.STALLED, CommandOutcome.WRITTEN, CommandOutcome.REFUSED)
    )
    assert (stalls, suspends) == {"stall": (1, 1), "suspend": (0, 1), "error": (0, 0)}[policy]
    assert (errors > 0) == (policy == "error")


def test_larger_transfers_are_split(folder: Path, seed: int) -> None:
    """With 4 KiB at most, each transfer becomes as many commands as it needs."""
    folder.mkdir(parents=True, exist_ok=True)
    sizes = short_trace(folder / "short", WRITES, 4 * SMALL_BYTES)
    options = Options(trace=str(folder / "short"), systems=1, seed=seed, max_transfer_bytes=4096)
    summary, outcome = sim.replay(options, folder)
    passes(outcome)
    assert summary["journals_created"] == sum(-(-size // 4096) for size in sizes) > WRITES
    assert summary["bytes_written"] == sum(sizes)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["TRACE=nowhere/trace"], "nowhere/trace.iolog: cannot be read"),
        (["SIM=modelsim"], "SIM=modelsim: is none of icarus, verilator"),
        (["DATA_WIDTH=100"], "DATA_WIDTH=100: is none of"),
        (["SEED=x"], "SEED=x: is no number"),
        (["JOURNAL_BYTES=1000"], "JOURNAL_BYTES=1000: must be"),
        (["MAX_TRANSFER_BYTES=5000"], "MAX_TRANSFER_BYTES=5000: must be a power of two"),
        (["POLICY=panic"], "POLICY=panic: is none of stall, suspend, error"),
        (["WAVES=yes"], "WAVES=yes: is none of 0, 1"),
        (["COLOUR=red"], "unknown option 'COLOUR=red'"),
        (["SYSTEMS=3"], "SYSTEMS=3: is none of 1, 2"),
        (["SYSTEMS=1", "DELAY=10"], "DELAY: needs two systems"),
        (["SYSTEMS=1", "PARTNER=model"], "PARTNER: needs two systems, but SYSTEMS is 1"),
        (["PARTNER=x"], "PARTNER=x: is none of rtl, model"),
        (["PARTNER=model", "SIDE=both"], "SIDE=both: is none of original, secondary"),
        (["SIDE=secondary"], "SIDE=secondary: needs PARTNER=model"),
        (["SYSTEMS=2", "DROP=70"], "DROP=70: must be 0 to 50 percent"),
        (["SYSTEMS=2", "CRASH_AT=0"], "CRASH_AT=0: must be"),
    ],
)
def test_make_sim_says_in_one_line_what_is_wrong_with_its_options(arguments: list[str], message: str) -> None:
    """Exit status 2, one line, no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "tb.sim", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert message in done.stderr and len(done.stderr.splitlines()) == 1


def test_folder_of_a_run_is_refused_to_another_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a line that says how to give it a folder of its own; nothing in the folder changes."""
    with locked(tmp_path, ""):
        before = {file: file.read_bytes() for file in tmp_path.iterdir()}
        assert sim.main([f"OUT={tmp_path}"]) == 2
        assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        f"error: {tmp_path} is in use by process {os.getpid()}: wait for it, or give this run a folder of its own:"
        " OUT=build/other"
    )


def test_capture_without_its_end_has_no_summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the simulation said: another may have written into its files."""

    def simulate(todo: SystemRun) -> Outcome:
        todo.folder.mkdir(exist_ok=True)
        (todo.folder / "capture.jsonl").write_text('{"event": "start", "systems": []}\n')
        return Outcome("", 1, 1, (), 0.0)

    monkeypatch.setattr(sim, "simulate", simulate)
    (tmp_path / "summary.json").write_text("{}")
    assert sim.main([f"OUT={tmp_path}", "SYSTEMS=1"]) == 1
    assert not (tmp_path / "summary.json").exists() and not (tmp_path / "run.html").exists()


def test_make_sim_names_file_and_line_of_a_broken_trace(tmp_path: Path) -> None:
    """A write beyond its volume, a short payload, another version."""
    for file in DATA.glob("bank.*"):
        shutil.copy(file, tmp_path)
    log = tmp_path / "bank.iolog"
    good = log.read_text()
    cases = (
        (good.replace("write 1024 1024", "write 2097152 1024", 1), "bank.iolog:6:"),
        (good.replace("version 3", "version 2", 1), "bank.iolog:1:"),
        (good[: len(good) // 2], "bank.iolog:"),
        (good.replace("volume2 write", "volume9 write", 1), "unknown volume"),
    )
    for text, message in cases:
        log.write_text(text)
        assert message in failing_replay(tmp_path)
    log.write_text(good)
    payload = tmp_path / "bank.payload.xz"
    payload.write_bytes(lzma.compress(lzma.decompress(payload.read_bytes())[:-512]))
    assert "bank.payload.xz" in failing_replay(tmp_path)


def failing_replay(folder: Path) -> str:
    """Run `make sim`'s program on a broken trace; return its one line."""
    done = subprocess.run(
        [sys.executable, "-m", "tb.sim", f"TRACE={folder / 'bank'}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr
