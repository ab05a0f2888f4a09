"""`make sim` with two systems: the recorded workload, its copy, and disasters."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tb import sim
from tb.running.options import Options
from tests.sim.systems import passes
from tests.sim.test_replay import DATA, SUMMARY, check_bank

WRITES = 373
VOLUMES = 4 * 1024 * 1024
MORE = {
    "journals_sent", "retries", "restored_update_number", "initial_copy_bytes", "path_utilization", "host_latency_p50",
    "host_latency_p99", "host_latency_max", "rpo_cycles_max", "restored_writes", "looks", "secondary_equal",
}  # fmt: skip
# Disasters of one test run, and the parts of the workload that they are spread over
POINTS = 20
# Those of every run of the tests: an early one with a long path, one in the middle, a late one
USUAL_POINTS = {1, 10, 18}


def acknowledged(writes: int) -> int:
    """Return the newest transaction that was acknowledged when this many writes had completed."""
    acks = [json.loads(line) for line in (DATA / "bank.acks.jsonl").read_text().splitlines()]
    return max((ack["txn"] for ack in acks if ack["writes_before_ack"] <= writes), default=0)


def images(folder: Path) -> list[bytes]:
    """Return the secondary's volumes as the run left them."""
    return [(folder / f"capture.volume{number}.img").read_bytes() for number in (1, 2)]


@pytest.mark.parametrize(
    ("simulator", "width"), [pytest.param("icarus", 512, marks=pytest.mark.long), ("verilator", 512)]
)
def test_recorded_workload_is_copied_to_a_second_system(simulator: str, width: int, folder: Path, seed: int) -> None:
    """Initial copy beside the writes; both sides equal; the secondary holds the bank, consistent at every look."""
    summary, outcome = sim.replay(Options(systems=2, sim=simulator, seed=seed, data_width=width), folder)
    passes(outcome)
    assert set(summary) == SUMMARY | MORE
    assert summary["passed"] and summary["secondary_equal"]
    assert summary["restored_writes"] == WRITES
    assert summary["restored_update_number"] == summary["journals_sent"] > summary["journals_created"]
    assert summary["retries"] == 0
    assert summary["initial_copy_bytes"] == VOLUMES
    assert summary["looks"] > 0
    assert check_bank(folder, images(folder), acknowledged(WRITES)).startswith("ok:")
    assert "<svg" in (folder / "run.html").read_text()


def disaster(folder: Path, seed: int, **options: Any) -> dict[str, Any]:
    """Lose the original; return the summary."""
    summary, outcome = sim.replay(Options(systems=2, sim="verilator", seed=seed, **options), folder)
    passes(outcome)
    assert summary["passed"], summary
    return summary


@pytest.mark.parametrize(
    "point", [pytest.param(p, marks=[] if p in USUAL_POINTS else pytest.mark.long) for p in range(POINTS)]
)
def test_after_a_disaster_the_second_system_holds_a_bank_that_lost_only_the_last_writes(
    point: int, folder: Path, seed: int
) -> None:
    """One write of each part of the workload is the last; every other run has a long path."""
    crash_at = 1 + (WRITES * point + random.Random(seed).randrange(WRITES)) // POINTS
    summary = disaster(folder, seed, crash_at=crash_at, delay=2000 * (point % 2))
    assert summary["consistent"] and summary["secondary_equal"]
    assert summary["restored_writes"] <= crash_at
    assert check_bank(folder, images(folder), acknowledged(summary["restored_writes"])).startswith("ok:")


def test_disaster_during_initial_copy_is_not_consistent(folder: Path, seed: int) -> None:
    """Takeover says so."""
    summary = disaster(folder, seed, crash_at=20, copy="during")
    assert summary["consistent"] is False
