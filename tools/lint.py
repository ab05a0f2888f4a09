"""`make lint`: Verilator on all data widths and at corners of the parameters, slang, ruff, and mypy on the model.

    python -m tools.lint [python]

With `python` only what needs no Verilator. Waivers of Verilator's warnings (rtl/lint.vlt) are applied here, so that one
that hides nothing at any width or corner is found; one check lets Verilator read them itself.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mirrorlog.command_line import fail, guarded
from tb.config.parameter_table import corner
from tb.running.options import DATA_WIDTHS
from tb.running.processes import clean_environment
from tb.running.simulators import verilator_environment
from tb.running.system_run import PROPERTIES
from tools.sources import HDL, ROOT, RTL, rtl_headers, rtl_sources
from tools.waivers import Waivers

PYTHON = ("examples", "model", "synth", "tb", "tests", "tools")
# Beside the corners of the parameters, so that slices and widths that fit the defaults only are seen
MIXED: Mapping[str, Mapping[str, int]] = {
    "odd": {"data_width": 64, "volumes": 5, "pairs": 7, "groups": 5, "devices": 3, "max_transfer_bytes": 65536},
    "few_slots": {"max_transfer_bytes": 65536, "groups": 3, "cache_slots": 4, "read_slots": 32},
    "small_packets": {"max_transfer_bytes": 4096, "max_data_bytes": 4096, "cache_slots": 8, "data_width": 256},
    "many_slots": {"data_width": 512, "max_transfer_bytes": 512, "cache_slots": 32, "read_slots": 2},
}
WAIVERS = RTL / "lint.vlt"
# Of a board: those of its link
LEAST_BOARD = {"devices": 1, "axi_addr_width": 33, "baud": 0}
GREATEST_BOARD = {"devices": 8, "data_width": 512, "baud": 3_000_000, "memory_bytes": 1 << 20, "memory_devices": 7}
# The second system's number is a sum, which verilator gives 32 bits wherever it goes: widths are checked with one
TWO_ON_A_BOARD = {**GREATEST_BOARD, "systems": 2}
# What a bench may do and RTL may not: delays, blocking assignments in clocked blocks, wide constants, files
BENCH_WAIVERS = (
    "BLKSEQ",
    "WIDTHEXPAND",
    "WIDTHTRUNC",
    "PROCASSINIT",
    "INITIALDLY",
    "UNUSEDSIGNAL",
    "UNUSEDPARAM",
    "SYNCASYNCNET",
)


def _corner(folder: Path, name: str, parameters: Mapping[str, int], top: str = "storage_system") -> Path:
    """Write a module with a storage system, or a board, of these parameters. (A parameter given on the command line has
    a width of its own, which one from a module has not.)"""
    given = ", ".join(f".{parameter.upper()}({value})" for parameter, value in parameters.items())
    path = folder / f"corner_{name}.v"
    path.write_text(f"module corner_{name};\n    {top} #({given}) system ();\nendmodule\n")
    return path


def checks(folder: Path) -> list[tuple[str, Sequence[str]]]:
    """Return each check's name and command; what is made for them goes into `folder`."""
    rtl, bench = rtl_sources(), sorted(HDL.glob("*.v"))
    verilator = ["verilator", "--lint-only", "--timing", f"-I{rtl_headers()}", "-Wno-fatal"]
    top = ["-Wall", "--top-module", "storage_system"]
    found: list[tuple[str, Sequence[str]]] = [
        (f"verilator -Wall, storage_system, {WAIVERS.name}", [*verilator, *top, str(WAIVERS), *map(str, rtl)]),
    ]
    found += [
        (
            f"verilator -Wall, storage_system, DATA_WIDTH {width}",
            [*verilator, *top, f"-GDATA_WIDTH={width}", *map(str, rtl)],
        )
        for width in DATA_WIDTHS
    ]
    for name, parameters in (("least", corner(True)), ("greatest", corner(False)), *MIXED.items()):
        warnings = ["-Wall", "-Wno-PINMISSING", "--top-module", f"corner_{name}"]
        sources = map(str, (*rtl, _corner(folder, name, parameters)))
        found.append((f"verilator -Wall, storage_system, {name} parameters", [*verilator, *warnings, *sources]))
    for name, parameters in (("least", LEAST_BOARD), ("greatest", GREATEST_BOARD), ("two systems'", TWO_ON_A_BOARD)):
        module = f"board_{name.partition(' ')[0]}"
        sources = map(str, (*rtl, _corner(folder, module, parameters, "board")))
        warnings = ["-Wall", "-Wno-PINMISSING", "--top-module", f"corner_{module}"]
        if "systems" in parameters:
            warnings += ["-Wno-WIDTHEXPAND", "-Wno-WIDTHTRUNC"]
        found.append((f"verilator -Wall, board, {name} parameters", [*verilator, *warnings, *sources]))
    waivers = [f"-Wno-{name}" for name in BENCH_WAIVERS]
    found += [
        (
            f"verilator, bench of {systems}{', one of them the model' if model else ''}",
            [*verilator, "-Wall", *waivers, "--top-module", "bench", f"-GSYSTEMS={systems}", f"-GMODEL={model}"]
            + [str(source) for source in (*bench, *rtl)],
        )
        for systems, model in ((1, 0), (2, 0), (2, 2))
    ]
    what = [*waivers, f"-D{PROPERTIES}", "--top-module", "bench", "-GSYSTEMS=2", *map(str, (*bench, *rtl))]
    found.append(("verilator, bench of 2 with properties", [*verilator, "-Wall", *what]))
    board_bench = str(ROOT / "tb" / "link" / "board_bench.v")
    found.append(
        (
            "verilator, bench of a board",
            [*verilator, "-Wall", *waivers, "--top-module", "board_bench", board_bench, *map(str, rtl)],
        )
    )
    found += [
        (f"slang, storage_system, DATA_WIDTH {width}", [sys.executable, "-m", "tools.slang", str(width)])
        for width in (64, 512)
    ]
    return found


def python_checks() -> list[tuple[str, Sequence[str]]]:
    """Return each check of Python's name and command."""
    python = [sys.executable, "-m"]
    return [
        ("ruff check", [*python, "ruff", "check", *PYTHON]),
        ("ruff format", [*python, "ruff", "format", "--check", *PYTHON]),
        ("mypy", [*python, "mypy", "--strict", "model/mirrorlog"]),
    ]


def main(arguments: Sequence[str]) -> int:
    """Run every check; return 0 if all are clean."""
    if arguments not in ([], ["python"]):
        return fail(f"{' '.join(arguments)}: python -m tools.lint takes nothing, or python")
    with clean_environment(**verilator_environment()), tempfile.TemporaryDirectory() as folder:
        return _run([*([] if arguments else checks(Path(folder))), *python_checks()])


def _run(todo: Sequence[tuple[str, Sequence[str]]]) -> int:
    dirty, waivers = 0, Waivers.read(WAIVERS)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (name, command), done in zip(todo, pool.map(_checked, todo), strict=True):
            said = (Waivers(()) if str(WAIVERS) in command else waivers).left(done.stdout)
            dirty += _say(name, done.returncode == 0 and not said, done.stdout if done.returncode else "\n".join(said))
    if any(command[0] == "verilator" for _, command in todo):
        unused = [str(waiver) for waiver in waivers.unused()]
        dirty += _say(f"{WAIVERS.name}: each waiver hides something", not unused, "\n".join(unused))
    return int(bool(dirty))


def _checked(check: tuple[str, Sequence[str]]) -> subprocess.CompletedProcess[str]:
    """Run a check's command."""
    _, command = check
    return subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def _say(name: str, clean: bool, what: str) -> bool:
    print(f"{'ok' if clean else 'NOT CLEAN':<10} {name}", flush=True)
    if not clean:
        print(what)
    return not clean


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
