"""Bugs of kinds that only chance finds, planted into the RTL one at a time: within how many random runs of two systems
is each found?

python -m tests.sim.random_bugs [--seed N] [--runs N] [--only ID]
"""

import random
import sys
from dataclasses import dataclass
from pathlib import Path

from mirrorlog.command_line import Parser, Progress, fail, guarded, whole
from tests.planted.bug import Bug, RandomRuns
from tests.planted.plant import plant_rtl
from tests.planted.rtl_random import RANDOM_BUGS
from tests.sim.random_replication import parameter_sets, run_random
from tools.sources import ROOT

RUNS = 20
# Combinations of parameters, taken in turn
SETS = 4
FOLDER = ROOT / "build" / "random_bugs"
# What the first line of a failure says that each checker found
CHECKERS = (
    ("difference at line", "comparison"),
    ("a port's rules are broken", "ports"),
    (" cycles", "progress"),
    ("its original", "copies"),
)


@dataclass(frozen=True)
class Found:
    """The run (from 1) that found a bug, and its cycles; run 0: none did. `failure` is what it said."""

    run: int
    cycles: int
    failure: str

    @property
    def checker(self) -> str:
        """What found it."""
        first = self.failure.partition("\n")[0]
        return next((checker for text, checker in CHECKERS if text in first), "scenario") if self.run else ""

    @property
    def said(self) -> str:
        """What differs, or what stands still, in a line."""
        first, *more = [line.strip() for line in self.failure.split("\n")]
        return more[0] if self.checker == "comparison" and more else first


def find(bug: Bug, folder: Path, seed: int, progress: Progress, runs: int = RUNS) -> Found:
    """Make random runs with the bug until one fails."""
    said = progress.within(bug.id)
    rtl = plant_rtl(bug, folder)
    rng = random.Random(seed)
    sets = parameter_sets(seed, SETS)
    for run in range(1, runs + 1):
        said("run", run, runs)
        outcome = run_random(rng.getrandbits(31), folder / str(run), sets[run % SETS], rtl)
        if outcome.failure:
            return Found(run, outcome.cycles, outcome.failure)
    return Found(0, 0, "")


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
            place = f"{kind:<12} {bug.id:<60} {found.run or 'none':>4} {found.cycles:>7}"
            print(f"{place} {found.checker:<10}  {found.said[:110]}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
