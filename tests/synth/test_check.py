"""The whole design up to its memories, and faults in it that must be found."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from synth.budget import load
from tests.planted.bug import Bug, CircuitCheck
from tests.planted.plant import plant_rtl
from tests.planted.rtl_circuit import CIRCUIT_BUGS
from tools.sources import ROOT, board_parameters, rtl_source

BUDGET = load()
# Beside the budget's parameters: another width, numbers that are no powers of two, no trace. Tables of few rows would
# be cheaper in flip-flops.
OTHER = {
    "data_width": 128, "volumes": 12, "pairs": 6, "groups": 5, "devices": 1, "max_transfer_bytes": 1024,
    "cache_slots": 16, "read_slots": 8, "flushes": 3, "outstanding": 8, "commands": 4, "window": 128, "commit_trace": 0,
}  # fmt: skip
PARTS = ("fifo", "burst_splitter", "disk_adapter")


def check(
    folder: Path,
    top: str,
    parameters: Mapping[str, int] = MappingProxyType({}),
    sources: Sequence[Path] = (),
    parts: Sequence[str] = (),
) -> dict[str, Any]:
    """Run the quick check in a process of its own."""
    job, result = folder / "job.json", folder / "result.json"
    wanted = {
        "folder": str(folder),
        "result": str(result),
        "top": top,
        "parameters": dict(parameters),
        "sources": [str(source) for source in sources],
        "parts": list(parts),
    }
    job.write_text(json.dumps(wanted))
    with (folder / "yosys.log").open("w") as log:
        command = [sys.executable, "-m", "synth.check", str(job)]
        done = subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, f"{done.stderr}\n{(folder / 'yosys.log').read_text()[-2000:]}"
    found: dict[str, Any] = json.loads(result.read_text())
    return found


def unnamed(found: Mapping[str, Any]) -> list[str]:
    """Return the tables in flip-flops that the budget does not name."""
    return BUDGET.unnamed((table["module"], table["name"], table["width"]) for table in found["tables"])


@pytest.mark.parametrize(
    ("parameters", "parts"),
    [(BUDGET.parameters, PARTS), pytest.param(OTHER, (), marks=pytest.mark.long)],
    ids=["budget", "other"],
)
def test_whole_design_has_no_latch_second_driver_loop_or_unnamed_table(
    parameters: Mapping[str, int], parts: Sequence[str], tmp_path: Path
) -> None:
    """And the parts are within their budgets."""
    found = check(tmp_path, "storage_system", parameters, parts=parts)
    assert found["problems"] == []
    assert unnamed(found) == []
    for part in parts:
        for key, value in found["sizes"][part].items():
            assert 0 <= value <= BUDGET.modules[part][key], f"{part}: {key}"


def test_link_has_no_latch_second_driver_loop_or_unnamed_table(tmp_path: Path) -> None:
    """As on a board."""
    found = check(tmp_path, "link", board_parameters())
    assert found["problems"] == []
    assert unnamed(found) == []


@pytest.mark.parametrize("bug", CIRCUIT_BUGS, ids=lambda bug: bug.id)
def test_planted_fault_is_found(bug: Bug, tmp_path: Path) -> None:
    """In a queue."""
    wanted = bug.found_by
    assert isinstance(wanted, CircuitCheck)
    wrong = rtl_source(wanted.module, plant_rtl(bug, tmp_path))
    problems = check(tmp_path, wanted.module, sources=[wrong])["problems"]
    assert any(wanted.problem in line for line in problems), problems


def test_loop_through_two_modules_is_found(tmp_path: Path) -> None:
    """Neither has one."""
    file = tmp_path / "ring.v"
    file.write_text(
        "module half (input wire a, output wire b); assign b = !a; endmodule\n"
        "module ring (output wire x); wire y; half one (.a(x), .b(y)); half two (.a(y), .b(x)); endmodule\n"
    )
    assert any("loop" in line for line in check(tmp_path, "ring", sources=[file])["problems"])


def test_table_with_a_reset_loop_is_found(tmp_path: Path) -> None:
    """It cannot be a memory; the queue's own can."""
    source = rtl_source("fifo").read_text()
    file = tmp_path / "fifo.v"
    file.write_text(source)
    parameters = {"WIDTH": 16, "DEPTH": 16}
    assert unnamed(check(tmp_path, "fifo", parameters, [file])) == []
    reset = "    if (rst) begin\n"
    loop = f"{reset}        for (i = 0; i < DEPTH; i = i + 1)\n            table_reg[i] <= 0;\n"
    wrong = source.replace("entries", "table_reg").replace(reset, loop)
    file.write_text(wrong.replace("always @(posedge clk)", "integer i;\nalways @(posedge clk)"))
    assert unnamed(check(tmp_path, "fifo", parameters, [file])) == [
        "fifo.table_reg: a table in flip-flops that rtl/budget.toml does not name"
    ]


def test_a_table_of_a_dissolved_module_keeps_its_name() -> None:
    """Whatever instances stand before it; a longer name is another table's."""
    named = next(iter(BUDGET.flip_flops))
    assert BUDGET.unnamed([(named[0], f"side_inst.part_inst.{named[1]}", 1)]) == []
    assert len(BUDGET.unnamed([(named[0], f"other_{named[1]}", 1)])) == 1
