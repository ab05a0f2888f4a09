"""`make lint`: Verilator's warnings on every data width, ruff on all Python, mypy on what is typed strictly."""

import subprocess
import sys
from collections.abc import Sequence

from model.command_line import guarded
from tb.options import DATA_WIDTHS
from tb.runner import HDL, ROOT, RTL, clean_environment, verilator_environment

PYTHON = ("model", "tb", "tests")
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


def checks() -> list[tuple[str, Sequence[str]]]:
    """Return each check's name and command."""
    rtl, bench = [RTL / "lint.vlt", *sorted(RTL.glob("*.v"))], sorted(HDL.glob("*.v"))
    verilator = ["verilator", "--lint-only", "--timing", f"-I{RTL}"]
    found: list[tuple[str, Sequence[str]]] = [
        (
            f"verilator -Wall, storage_system, DATA_WIDTH {width}",
            [*verilator, "-Wall", "--top-module", "storage_system", f"-GDATA_WIDTH={width}", *map(str, rtl)],
        )
        for width in DATA_WIDTHS
    ]
    waivers = [f"-Wno-{name}" for name in BENCH_WAIVERS]
    found += [
        (
            f"verilator, bench of {systems}",
            [*verilator, "-Wall", *waivers, "--top-module", "bench", f"-GSYSTEMS={systems}", *map(str, (*bench, *rtl))],
        )
        for systems in (1, 2)
    ]
    python = [sys.executable, "-m"]
    found += [
        ("ruff check", [*python, "ruff", "check", *PYTHON]),
        ("ruff format", [*python, "ruff", "format", "--check", *PYTHON]),
        ("mypy", [*python, "mypy", "--strict", "model"]),
    ]
    return found


def main() -> int:
    """Run every check; return 0 if all are clean."""
    with clean_environment(**verilator_environment()):
        return _run_checks()


def _run_checks() -> int:
    dirty = 0
    for name, command in checks():
        done = subprocess.run(
            command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        clean = done.returncode == 0 and "%Warning" not in done.stdout
        dirty += not clean
        print(f"{'ok' if clean else 'NOT CLEAN':<10} {name}", flush=True)
        if not clean:
            print(done.stdout)
    return int(bool(dirty))


if __name__ == "__main__":
    sys.exit(guarded(main))
