"""`make sim TARGET=`: a board in a simulation, the model beside it, and the comparison of both as they run."""

import json
import re
from itertools import count
from pathlib import Path

import pytest

from mirrorlog.__main__ import main
from mirrorlog.simulate.workload import HEADER
from tb import sim
from tb.random.__main__ import main as replay
from tb.random.draw import Kind, draw
from tests.planted.plant import plant_rtl
from tests.planted.rtl_restore import RESTORE_BUGS
from tests.tb.link.line import DOUBLED, FLIPPED, LOST, Damage, line
from tests.tb.link.test_stand_in import board, link

VOLUME_BYTES, WRITES, LAST = 2048, 6, 4
JOURNAL_BYTES = 65536
BUG = "end-marker-ignored"
# Cycles in which a machine is there, more than it takes to ask what the board is
RESET_AT = 8_000


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few writes to volumes that are copied in no time."""
    prefix = tmp_path_factory.mktemp("trace") / "few"
    places = [(1 + number % 2, 512 * (number * 3 % 4)) for number in range(WRITES)]
    lines = [HEADER, *(f"0 volume{volume} {action}" for volume in (1, 2) for action in ("add", "open"))]
    lines += [f"0 volume{volume} write {position} 512" for volume, position in places]
    lines += [f"0 volume{volume} close" for volume in (1, 2)]
    prefix.with_name("few.iolog").write_text("".join(f"{line}\n" for line in lines))
    prefix.with_name("few.payload").write_bytes(b"".join(bytes([65 + number]) * 512 for number in range(WRITES)))
    for volume in (1, 2):
        prefix.with_name(f"few.volume{volume}.img").write_bytes(bytes([volume]) * VOLUME_BYTES)
    return prefix


def run(target: int | str, trace: Path, folder: Path, seed: int, *options: str) -> int:
    """Replay the trace on the board at a TCP port, or of this name; returns the exit status."""
    name = f"socket://127.0.0.1:{target}" if isinstance(target, int) else target
    given = [f"TARGET={name}", f"TRACE={trace}", f"OUT={folder}", f"SEED={seed}"]
    return sim.main([*given, f"JOURNAL_BYTES={JOURNAL_BYTES}", *options])


def test_a_workload_is_copied_from_a_board_to_the_model(trace: Path, folder: Path, seed: int) -> None:
    """Through a pseudo-terminal, with the board's journal volume in its block RAM. The line stands still now and then;
    the comparison of the capture, made again, finds nothing; after a crash the model holds what the board's host wrote
    before it."""
    with link("pty", "STALL=10", f"SEED={seed}", f"MEMORY_BYTES={JOURNAL_BYTES}") as name:
        assert run(name, trace, folder, seed, f"CRASH_AT={LAST}") == 0
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["passed"] and summary["consistent"] and summary["secondary_equal"]
    assert summary["restored_writes"] <= LAST and summary["data_width"] == 64
    assert main(["compare", str(folder / "capture.jsonl")]) == 0


def test_a_fault_of_the_system_on_a_board_is_found_as_it_runs(
    trace: Path, folder: Path, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The board is the secondary system."""
    (bug,) = [bug for bug in RESTORE_BUGS if bug.id == BUG]
    with board("SYSTEM=2", f"RTL={plant_rtl(bug, folder)}") as port:
        assert run(port, trace, folder, seed, "SIDE=secondary") == 1
    assert "difference at line" in capsys.readouterr().out


# Bytes of a run, in either direction, after which its line goes wrong, while tables are set up
GOOD = 800
# What is sent to the board, and what comes from it: a byte flipped, lost or doubled; the cable is pulled
DAMAGES = [Damage(to_board, GOOD, change) for to_board in (True, False) for change in (FLIPPED, LOST, DOUBLED)]


def test_a_line_that_goes_wrong_ends_the_run_with_what_it_has(
    trace: Path, folder: Path, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, a line that names the last good frame, a capture that can be compared; the board goes on with the next
    machine. On another one the reset button is pressed."""
    capture = folder / "capture.jsonl"

    def check(port: int, told: str) -> None:
        assert run(port, trace, folder, seed) == 2
        said = capsys.readouterr().err.splitlines()[-1]
        assert said.startswith("error: TARGET=") and re.search(told, said), said
        assert "last good frame: channel" in said
        assert main(["compare", str(capture)]) == 1
        assert "the capture ends here" in capsys.readouterr().out

    with board() as port:
        for damage in (*DAMAGES, Damage(True, GOOD, None)):
            # `make sim` asks the board what it is, and comes again
            with line(port, damage, machine=1) as damaged:
                wrong = "the board says: " if damage.to_board else "TARGET=(channel [0-9]+: )?"
                said = "a wrong CRC|no start|frame"
                check(damaged, "the link is gone" if damage.change is None else f"{wrong}({said})")
    with board(f"RESET_AT={RESET_AT}") as port:
        check(port, "reset in the middle|no start|a wrong CRC|frame")


def test_a_seed_that_a_board_cannot_run_is_skipped_by_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is simulated; a target that is not there is told as ever."""
    resets = next(seed for seed in count() if draw(seed).kind is Kind.RESETS)
    with board() as port:
        assert replay([str(resets), "--target", f"socket://127.0.0.1:{port}", "--out", str(folder)]) == 0
    lacks = "the target lacks a capability: a reset of one system in the middle of a run"
    assert capsys.readouterr().out.startswith(f"{lacks}\nseed {resets}: skipped, resets")
    assert json.loads((folder / "result.json").read_text())["lacks"] == lacks
    assert replay([str(resets), "--target", "socket://127.0.0.1:1"]) == 2
    assert "cannot be opened" in capsys.readouterr().err
