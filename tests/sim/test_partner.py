"""`PARTNER=model`: the model plays one of two systems over the path, and the comparison finds nothing in either."""

import json
from pathlib import Path
from typing import Any

import pytest

from mirrorlog.__main__ import main
from mirrorlog.formats.commit_record import CommitRecord, Process
from tb import sim
from tb.random.draw import Kind
from tb.random.seed import SeedRun, run_seed
from tb.running.options import Options, parse
from tests.planted.plant import plant_rtl
from tests.planted.rtl_restore import RESTORE_BUGS
from tests.sim.short_trace import short_trace
from tests.sim.systems import passes
from tests.sim.test_random_replication import chosen
from tests.sim.test_random_replication import passes as passes_seed
from tests.sim.test_replay import check_bank
from tests.sim.test_replicate import acknowledged, images

SIDES = ("original", "secondary")
# Of the recorded workload: the writes of each short run, in volumes so small that initial copy takes few cycles
WRITES, VOLUME_BYTES = 20, 16384
SMALL = {"journal_bytes": 65536, "max_transfer_bytes": 4096, "data_width": 256, "partner": "model"}
FAULTS = {"drop": 5.0, "corrupt": 2.0, "duplicate": 5.0, "reorder": 5.0}
# The last write before the disaster
LAST = 12
BUG = "end-marker-ignored"


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first writes of the recorded workload, moved into small volumes."""
    prefix = tmp_path_factory.mktemp("trace") / "short"
    short_trace(prefix, WRITES, VOLUME_BYTES)
    return prefix


def replayed(trace: Path, folder: Path, seed: int, **options: Any) -> dict[str, Any]:
    """Replay the short trace; the comparison of its capture, made again, finds nothing. Return the summary."""
    summary, outcome = sim.replay(Options(trace=str(trace), seed=seed, **(SMALL | options)), folder)
    passes(outcome)
    assert summary["passed"] and summary["secondary_equal"], summary
    assert main(["compare", str(folder / "capture.jsonl")]) == 0
    return summary


def processes(folder: Path, system: int) -> set[int]:
    """Return the processes of which a system of a capture has records."""
    fields = map(json.loads, (folder / "capture.jsonl").read_text().splitlines())
    hexadecimal = (line["record"] for line in fields if line["event"] == "record" and line["system"] == system)
    return {CommitRecord.from_hex(text).process for text in hexadecimal}


@pytest.mark.parametrize("side", ["original", pytest.param("secondary", marks=pytest.mark.long)])
def test_the_model_plays_the_other_system_on_a_bad_path(side: str, trace: Path, folder: Path, seed: int) -> None:
    """Initial copy beside the writes, all of it restored; both systems show what they did."""
    summary = replayed(trace, folder, seed, side=side, delay=100, **FAULTS)
    assert summary["restored_writes"] == WRITES and summary["initial_copy_bytes"] == 2 * VOLUME_BYTES
    assert {Process.INITIAL_COPY, Process.JOURNAL_READ_RECEPTION} <= processes(folder, 1)
    assert {Process.JOURNAL_READ_COMMAND, Process.JOURNAL_STORE, Process.RESTORE} <= processes(folder, 2)
    assert "<svg" in (folder / "run.html").read_text()


@pytest.mark.parametrize("side", SIDES)
def test_the_secondary_system_is_taken_over_after_a_crash(side: str, trace: Path, folder: Path, seed: int) -> None:
    """Whichever of both the model plays; commands are plain."""
    summary = replayed(trace, folder, seed, side=side, crash_at=LAST, mode=sim.ReadMode.PLAIN, delay=200)
    assert summary["consistent"] and summary["restored_writes"] <= LAST


@pytest.mark.long
@pytest.mark.parametrize("side", SIDES)
def test_the_recorded_workload_and_a_disaster_with_the_model(side: str, folder: Path, seed: int) -> None:
    """The secondary holds the bank, lost only the last writes, and knows it."""
    options = Options(seed=seed, crash_at=200, delay=2000, partner="model", side=side)
    summary, outcome = sim.replay(options, folder)
    passes(outcome)
    assert summary["consistent"] and summary["secondary_equal"]
    assert check_bank(folder, images(folder), acknowledged(summary["restored_writes"])).startswith("ok:")
    assert main(["compare", str(folder / "capture.jsonl")]) == 0


def test_a_fault_of_the_system_in_verilog_is_found_beside_the_model(trace: Path, folder: Path, seed: int) -> None:
    """By the comparison, in the system that has it."""
    (bug,) = [bug for bug in RESTORE_BUGS if bug.id == BUG]
    options = Options(trace=str(trace), seed=seed, side="secondary", **SMALL)  # type: ignore[arg-type]
    summary, outcome = sim.replay(options, folder, rtl=plant_rtl(bug, folder))
    assert not summary["passed"]
    assert outcome.failure.startswith("difference at line") and "system 2" in outcome.failure, outcome.failure


def test_a_random_run_whose_other_system_is_the_model(folder: Path, suite_seed: int) -> None:
    """Which of both it is the seed draws."""
    result = passes_seed(run_seed(SeedRun(chosen(suite_seed), folder, kind=Kind.REPLICATION, partner=True)))
    assert result.parameters["systems"] == 2


@pytest.mark.parametrize(("side", "model"), [("original", 2), ("secondary", 1)])
def test_the_side_that_is_given_is_the_one_in_verilog(side: str, model: int) -> None:
    """Without a side it is the original."""
    assert parse(["PARTNER=model", f"SIDE={side}"]).model == model
    assert parse(["PARTNER=model"]).model == 2 and parse([]).model == parse(["PARTNER=rtl"]).model == 0
