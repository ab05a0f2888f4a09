"""Runs the random run of one seed, which draws everything: systems, parameters, what happens to them, and all random
values. The same seed gives the same run.

python -m tb.random SEED [options]

Its files and result.json are in a folder of its own. Exit status: 0 it passed, 1 it failed, 2 it could not be tried.
"""

import os
import sys
import time
from argparse import ArgumentTypeError
from dataclasses import replace
from pathlib import Path

from mirrorlog.command_line import Parser, Progress, choice, fail, guarded, number, output_folder, whole
from tb.config.files import FolderInUse, beside, locked
from tb.handles.board import FAILURE
from tb.link.frames import LinkError
from tb.random.draw import Kind, draw
from tb.random.seed import FOLDER, LIMIT_SECONDS, PASSED, SKIPPED, SeedResult, SeedRun, run_seed
from tb.random.target import Target
from tb.running.options import PARTNER_MODEL, PARTNERS, READERS, SEED_LIMIT, OptionError, Reader, target
from tb.running.processes import SimulationError
from tb.running.progress import show_progress
from tb.running.simulators import COVERAGE, SIMULATORS, build_seconds
from tb.running.snapshots import CYCLES
from tb.running.system_run import CAPTURE
from tools.sources import ROOT, RTL


def began() -> float:
    """Return when this process began, as time.time() counts."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    age = float(Path("/proc/uptime").read_text().split()[0]) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.time() - age


def main(arguments: list[str]) -> int:
    """Run it; returns the exit status."""
    first = began()
    parser = Parser(prog="python -m tb.random", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("seed", metavar="SEED", type=whole(0, SEED_LIMIT), help="of everything")
    parser.add_argument("--sim", choices=SIMULATORS, default=SIMULATORS[0], help="simulator")
    parser.add_argument("--waves", nargs="?", choices=("0", "1"), const="1", default="0", help="1: write waves")
    parser.add_argument(
        "--snapshot", type=_read(READERS["snapshot"]), default=CYCLES, help="cycles between snapshots, 0: none"
    )
    parser.add_argument("--kind", type=choice(Kind), default=None, help="what happens, if not what the seed draws")
    parser.add_argument(
        "--partner", choices=PARTNERS, default=PARTNERS[0], help="what plays the other one of two systems"
    )
    parser.add_argument(
        "--target", type=_read(target), default=None, help="one is on a board, the model plays the other one"
    )
    parser.add_argument("--rtl", type=Path, default=RTL, help="folder of the RTL's sources")
    parser.add_argument("--limit", type=number(1, 1e6), default=LIMIT_SECONDS, help="seconds that it may take")
    parser.add_argument("--out", type=output_folder, default=None, help=f"its folder ({FOLDER.relative_to(ROOT)}/SEED)")
    parser.add_argument("--coverage", action="store_true", help="count what it meets, in coverage.yaml of its folder")
    parser.add_argument(
        "--code-coverage", choices=tuple(COVERAGE), default="", help="keep it, in code.bits of its folder (Verilator)"
    )
    parser.add_argument("--tables", type=output_folder, default=None, help="of code coverage, in this folder")
    parser.add_argument("--quiet", action="store_true", help="say nothing")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as end:  # --help, or a mistake
        return int(end.code or 0)
    if options.code_coverage and options.sim != "verilator":
        return fail("--code-coverage: only Verilator has it, give --sim verilator")
    if options.target and (options.waves == "1" or options.code_coverage):
        return fail("--target: there are no signals to be seen: no --waves, no --code-coverage")
    if not options.rtl.is_dir():
        return fail(f"--rtl: {options.rtl} is no folder")
    try:
        build_seconds()  # before anything is written
        board = Target.at(options.target) if options.target else None
    except LinkError as error:
        return fail(f"TARGET={error}")
    except (OptionError, SimulationError) as error:
        return fail(error)
    folder = (options.out or FOLDER / str(options.seed)).resolve()
    waves = options.waves == "1"
    todo = SeedRun(
        options.seed,
        folder,
        options.sim,
        waves,
        options.kind,
        options.partner == PARTNER_MODEL and board is None,
        board,
        options.rtl,
        options.limit,
        coverage=options.coverage,
        code_coverage=options.code_coverage,
        tables=options.tables and options.tables.resolve(),
        # a snapshot that wakes up would speak on the same link
        snapshot=0 if board else options.snapshot,
    )
    try:
        draw(todo.seed, todo.kind, todo.partner, None)  # before anything is written
        with locked(folder, "wait for it, or give this run a folder of its own: --out"), Progress() as progress:
            result = run_seed(_showing(todo, progress, options.quiet), first)
    except (FolderInUse, ValueError) as error:
        return fail(error)
    if not options.quiet:
        _show(result, folder, waves)
    if beside(folder / CAPTURE, FAILURE).exists():
        return 2
    return 0 if result.outcome in (PASSED, SKIPPED) else 1


def _read(reader: Reader) -> Reader:
    """Return the reader of an option of `make sim` as one of this command."""

    def read(text: str) -> object:
        try:
            return reader(text)
        except ValueError as error:
            raise ArgumentTypeError(f"{text}: {error}") from None

    return read


def _showing(todo: SeedRun, progress: Progress, quiet: bool) -> SeedRun:
    """Return the run, with its progress shown."""
    return todo if quiet else replace(todo, poll=lambda: show_progress(todo.folder / CAPTURE, progress))


def _show(result: SeedResult, folder: Path, waves: bool) -> None:
    """Print what came of it."""
    if result.failure:
        print(result.failure)
    if result.lacks:
        print(result.lacks)
    print(
        f"seed {result.seed}: {result.outcome}, {result.kind}, {result.cycles:,} cycles, {result.records:,} records,"
        f" {result.cpu_seconds:.1f} CPU seconds"
    )
    if result.outcome == SKIPPED:
        return
    print(f"files in {folder}/: result.json, capture.jsonl and its data, simulation.log")
    if waves:
        print(f"waves: {folder}/{'dump.vcd' if result.simulator == 'verilator' else 'waves.fst'}")


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
