"""Bugs of kinds that only chance finds, planted into the RTL one at a time: within how many random runs of two systems
is each found?

python -m tests.sim.random_bugs [--seed N] [--runs N] [--only ID]
"""

import random
import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from mirrorlog.command_line import Parser, Progress, fail, guarded, whole
from tb.random.draw import Kind, seeds
from tb.random.seed import SeedResult, SeedRun, run_seed
from tests.planted.bug import Bug, RandomRuns
from tests.planted.plant import plant_rtl
from tests.planted.rtl_random import RANDOM_BUGS
from tools.sources import ROOT

RUNS = 20
# Combinations of parameters, taken in turn
SETS = 4
# Without resets, which need longer
KINDS = (Kind.REPLICATION, Kind.NEIGHBOURS, Kind.NEIGHBOURS)
FOLDER = ROOT / "build" / "random_bugs"


@dataclass(frozen=True)
class Found:
    """The run (from 1) that found a bug, and what came of it; run 0: none did."""

    run: int
    result: SeedResult | None = None


def find(bug: Bug, folder: Path, seed: int, progress: Progress, runs: int = RUNS) -> Found:
    """Make random runs with the bug until one fails."""
    said = progress.within(bug.id)
    rtl = plant_rtl(bug, folder)
    rng = random.Random(seed)
    for run, chosen in enumerate(islice(seeds(seed, SETS), runs), 1):
        said("run", run, runs)
        result = run_seed(SeedRun(chosen, folder / str(run), kind=rng.choice(KINDS), rtl=rtl))
        if result.failure:
            return Found(run, result)
    return Found(0)


def main(arguments: list[str]) -> int:
    """Show the table; 0 if every bug was found."""
    parser = Parser(prog="python -m tests.sim.random_bugs", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--seed", type=whole(0, 1 << 63), default=None, help="of every choice (drawn)")
    parser.add_argument("--runs", type=whole(1, 10_000), default=RUNS, help="at most, for each bug")
    parser.add_argument("--only", default="", help="bugs whose id contains this")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as end:  # --help, or a mistake
        return int(end.code or 0)
    if not any(options.only in bug.id for bug in RANDOM_BUGS):
        return fail(f"--only {options.only}: no bug's id contains it")
    seed = random.SystemRandom().getrandbits(31) if options.seed is None else options.seed
    print(f"seed {seed}\n{'kind':<12} {'bug':<60} {'run':>4} {'cycles':>7} {'checker':<10}  what it says", flush=True)
    missed = 0
    for bug in RANDOM_BUGS:
        if options.only in bug.id:
            with Progress() as progress:
                found = find(bug, FOLDER / bug.id, seed, progress, options.runs)
            missed += not found.run
            kind = bug.found_by.kind if isinstance(bug.found_by, RandomRuns) else ""
            place = f"{kind:<12} {bug.id:<60} {found.run or 'none':>4}"
            if found.result is not None:
                place += f" {found.result.cycles:>7} {found.result.checker:<10}  {found.result.first[:110]}"
            print(place, flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
