"""`make bitstream`: a board (synth/boards/) through yosys, nextpnr and ecppack.

    python -m synth.bitstream BOARD=name [NAME=VALUE]...

Writes build/bitstream/BOARD/BOARD.bit and prints what is used of the FPGA. Exit status: 0 with timing met, 1 it was
not or a tool failed, 2 it could not be tried.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mirrorlog.command_line import fail, guarded
from synth.nextpnr import REPORT, Chip, RouteError, error_in, fill, tool
from synth.options import READERS, OptionError, number, one_of, read
from tools.sources import ROOT, board_parameters, rtl_identity

FOLDER = Path(__file__).with_name("boards")
OUT = ROOT / "build" / "bitstream"
# Bytes of a storage device in block RAM
MEMORY_SIZES = tuple(str(4096 << n) for n in range(9))
_SIZES = ("data_width", "volumes", "pairs", "groups", "cache_slots")


@dataclass(frozen=True, slots=True)
class Board:
    """A board: its FPGA, MHz of its clock, and what openFPGALoader calls it."""

    chip: Chip
    mhz: float
    loader: str


BOARDS: Mapping[str, Board] = {
    "ulx3s": Board(Chip("85k", 6, "CABGA381"), 10, "ulx3s"),
    "ecp5_evn": Board(Chip("um5g-85k", 8, "CABGA381"), 8, "ecp5_evn"),
}


class ToolError(Exception):
    """A tool failed; the text is one line."""


def parse(arguments: Sequence[str]) -> tuple[str, dict[str, int]]:
    """Return the board's name, and the parameters that were given. Raises OptionError."""

    def one_or_two(text: str) -> int:
        return int(one_of(("1", "2"))(text))

    readers: dict[str, Any] = {
        "board": one_of(tuple(BOARDS)),
        "system": one_or_two,
        "systems": one_or_two,
        **{name: READERS[name] for name in _SIZES},
        "outstanding": lambda text: int(one_of(("2", "4", "8", "16", "32", "64"))(text)),
        "commands": lambda text: int(one_of(("4", "8", "16", "32", "64"))(text)),
        "window": lambda text: int(one_of(("128", "256", "512", "1024", "2048", "4096"))(text)),
        "axi_addr_width": number(33, 48),
        "memory_bytes": lambda text: int(one_of(MEMORY_SIZES)(text)),
        "memory_devices": one_or_two,
    }
    values = read(arguments, readers)
    if "board" not in values:
        raise OptionError(f"BOARD is missing: one of {', '.join(BOARDS)}")
    name = values.pop("board")
    return name, {"system_number" if key == "system" else key: value for key, value in values.items()}


def parameters(given: Mapping[str, int]) -> dict[str, int]:
    """Return the parameters of a board's top."""
    return {**board_parameters(given), "build": rtl_identity()}


def _run(command: Sequence[str], folder: Path, log: Path, failed: str) -> str:
    """Run a tool in a folder, its words into a log; return them. Raises ToolError."""
    with log.open("w") as file:
        done = subprocess.run(command, cwd=folder, stdout=file, stderr=subprocess.STDOUT, check=False)
    said = log.read_text(errors="replace")
    if done.returncode:
        errors = [line for line in said.splitlines() if "ERROR" in line or "rror:" in line]
        raise ToolError(f"{failed}: {errors[-1].strip() if errors else 'no word of why'} (see {log})")
    return said


def utilization(said: str) -> list[tuple[str, int, int]]:
    """Return what nextpnr says of the FPGA: cell, used, there; the first that it says, before room is made."""
    found: dict[str, tuple[int, int]] = {}
    for name, used, there in re.findall(r"^Info:\s+(\w+):\s+(\d+)/\s*(\d+)", said, re.M):
        found.setdefault(name, (int(used), int(there)))
    return [(name, *numbers) for name, numbers in found.items() if numbers[0]]


def clocks(said: str) -> dict[str, tuple[float, float]]:
    """Return MHz reached and required by clock, as nextpnr says it at the end."""
    found = re.findall(r"Max frequency for clock\s+'([^']*)': ([0-9.]+) MHz \(\w+ at ([0-9.]+) MHz\)", said)
    return {name: (float(reached), float(required)) for name, reached, required in found}


def make(name: str, given: Mapping[str, int]) -> list[str]:
    """Make the bitstream; return the lines to print. Raises ToolError."""
    board, out, begun = BOARDS[name], OUT / name, time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    bits = out / f"{name}.bit"
    bits.unlink(missing_ok=True)

    def stage(text: str) -> None:
        print(f"{time.monotonic() - begun:6.0f} s  {text}", file=sys.stderr, flush=True)

    job = {
        "part": name,
        "parameters": parameters(given),
        "kept": [],
        "netlist": str(out / "netlist.json"),
        "result": str(out / "mapped.json"),
        "board": True,
    }
    (out / "job.json").write_text(json.dumps(job, indent=1))
    stage("yosys")
    _run([sys.executable, "-m", "synth.mapping", str(out / "job.json")], ROOT, out / "yosys.log", "yosys")
    stage("nextpnr (WebAssembly, compiled at its first run; slow)")
    # WebAssembly sees the folder that it runs in
    (out / f"{name}.lpf").write_bytes((FOLDER / f"{name}.lpf").read_bytes())
    pins = ("--lpf", f"{name}.lpf")
    said = fill(out / "netlist.json", board.chip, board.mhz, stage, pins, ("--textcfg", f"{name}.config"))
    if not (out / REPORT).exists():
        raise ToolError(f"nextpnr: {error_in(said)} (see {out / 'nextpnr.log'})")
    stage("ecppack")
    pack = ["--compress", "--input", f"{name}.config", "--bit", bits.name]
    _run(tool("run_ecppack", *pack), out, out / "ecppack.log", "ecppack")
    lines = [
        f"{cell:<16} {used:>8,} of {there:>8,}  {100 * used / there:5.1f} %" for cell, used, there in utilization(said)
    ]
    for clock, (reached, required) in clocks(said).items():
        if reached < required:
            raise ToolError(f"{clock}: {reached} MHz, less than {required}")
        lines.append(f"{clock}: {reached} MHz, required {required}")
    return [*lines, f"{bits.relative_to(ROOT)}  {bits.stat().st_size:,} bytes"]


def main() -> int:
    """Make a bitstream."""
    try:
        name, given = parse(sys.argv[1:])
        print("\n".join(make(name, given)))
    except OptionError as error:
        return fail(error)
    except (ToolError, RouteError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(guarded(main))
