"""`make sim TARGET=` and `make regress TARGET=` at full length, with a board that Verilator simulates. Long."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mirrorlog.__main__ import main
from mirrorlog.simulate.workload import RequestKind, Workload
from tb import sim
from tb.regress.__main__ import run as regress
from tests.sim.test_replay import DATA, check_bank
from tests.sim.test_replicate import acknowledged, images
from tests.tb.link.test_stand_in import board

pytestmark = pytest.mark.long
STALL = "STALL=10"
# Requests that hold the first 20 writes of the recorded workload; of the volumes, so that 32 KiB are copied
REQUESTS, VOLUME_BYTES = "38", "16384"
# The largest transfer of the board
TRANSFER_BYTES = 4096
CRASH_AT = 350
SEEDS = 11


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A board with tables large enough for every kind of random run."""
    with board("SIM=verilator", STALL, "PAIRS=8", "GROUPS=3") as found:
        yield found


@pytest.fixture(scope="module")
def first_writes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 20 writes of the recorded workload, in small volumes."""
    prefix = tmp_path_factory.mktemp("trace") / "first"
    given = ["--from", "fio", "--limit", REQUESTS, "--volume-bytes", VOLUME_BYTES, "--scale", "fit"]
    assert main(["convert", str(DATA / "bank.iolog"), *given, "--out", str(prefix)]) == 0
    return prefix


def replayed(port: int, folder: Path, *options: str) -> dict[str, Any]:
    """Replay a workload on the board at a port; the comparison of the capture, made again, finds nothing."""
    assert sim.main([f"TARGET=socket://127.0.0.1:{port}", f"OUT={folder}", "SEED=1", *options]) == 0
    assert main(["compare", str(folder / "capture.jsonl")]) == 0
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    assert summary["passed"] and summary["secondary_equal"] and summary["mismatches"] == 0
    return summary


def whole_writes(summary: dict[str, Any]) -> int:
    """Return how many of the recorded writes are restored whole: transfers are shorter than some of them."""
    left, found = summary["restored_writes"], 0
    for request in Workload.load(str(DATA / "bank")).requests:
        left -= -(-request.size // TRANSFER_BYTES) if request.kind is RequestKind.WRITE else 0
        if left < 0:
            break
        found += request.kind is RequestKind.WRITE
    return found


def test_the_whole_workload_is_copied_from_a_board(port: int, folder: Path) -> None:
    """And what the model holds is a bank."""
    summary = replayed(port, folder)
    assert check_bank(folder, images(folder), acknowledged(summary["host_writes"])).startswith("ok:")


def test_after_a_crash_the_secondary_is_a_bank(port: int, folder: Path) -> None:
    """With all that was acknowledged in what it has."""
    summary = replayed(port, folder, f"CRASH_AT={CRASH_AT}")
    assert summary["consistent"]
    assert check_bank(folder, images(folder), acknowledged(whole_writes(summary))).startswith("ok:")


def test_a_workload_passes_the_bits_of_the_uart(first_writes: Path, folder: Path) -> None:
    """The line is what limits it."""
    with board("SIM=verilator", "LINK=uart", STALL) as port:
        summary = replayed(port, folder, f"TRACE={first_writes}", "JOURNAL_BYTES=65536")
    assert summary["initial_copy_bytes"] == 2 * int(VOLUME_BYTES)


def test_a_workload_is_copied_between_two_systems_on_a_board(first_writes: Path, folder: Path) -> None:
    """Both are compared; what their link was used is that of the first one's host."""
    with board("SIM=verilator", "SYSTEMS=2", STALL) as port:
        summary = replayed(port, folder, f"TRACE={first_writes}", "JOURNAL_BYTES=65536")
    assert summary["initial_copy_bytes"] == 2 * int(VOLUME_BYTES) and summary["link_utilization"] > 0


def test_seeds_pass_on_a_board(port: int, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a board cannot do is counted as skipped."""
    target = f"TARGET=socket://127.0.0.1:{port}"
    assert regress([target, f"SEEDS={SEEDS}", f"OUT={folder / 'out'}"]) == 0
    said = capsys.readouterr().out
    assert "1 skipped: the target lacks a capability: a reset of one system in the middle of a run" in said
