"""`make bite`: each planted bug of the RTL, and within how many random runs it is found.

python -m tests.hunt.bite [--seed N] [--runs N] [--jobs N] [--only TEXT]

Exit status: 0 if every bug was found.
"""

import random
import sys

from mirrorlog.command_line import Parser, fail, guarded, whole
from tests.hunt.hunting import hunt
from tests.planted.bug import Bug, CircuitCheck, Proof
from tests.planted.listed import listed
from tools.sources import ROOT

RUNS = 50
FOLDER = ROOT / "build" / "bite"
# Bugs of what no simulation shows
NOT_SIMULATED = (CircuitCheck, Proof)


def simulated() -> list[Bug]:
    """Return the planted bugs of the RTL that change what it does."""
    return [bug for bug in listed() if bug.file.startswith("rtl/") and not isinstance(bug.found_by, NOT_SIMULATED)]


def main(arguments: list[str]) -> int:
    """Show the table."""
    parser = Parser(prog="python -m tests.hunt.bite", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--seed", type=whole(0, 1 << 63), default=None, help="of every choice (drawn)")
    parser.add_argument("--runs", type=whole(1, 10_000), default=RUNS, help="at most, for each bug")
    parser.add_argument("--jobs", type=whole(1, 1000), default=2, help="bugs hunted at once")
    parser.add_argument("--only", default="", help="bugs whose file or id contains this")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as end:  # --help, or a mistake
        return int(end.code or 0)
    bugs = [bug for bug in simulated() if options.only in bug.file or options.only in bug.id]
    if not bugs:
        return fail(f"--only {options.only}: no bug's file or id contains it")
    seed = random.SystemRandom().getrandbits(31) if options.seed is None else options.seed
    print(f"seed {seed}\n{'bug':<70} {'run':>4} {'cycles':>7} {'checker':<10}  what it says", flush=True)
    missed = 0
    for found in hunt(bugs, FOLDER, seed, options.runs, options.jobs):
        missed += found.result is None
        line = f"{found.bug.file.removeprefix('rtl/')} {found.bug.id}"
        line = f"{line:<70} {found.run or 'none':>4}"
        if found.result is not None:
            line += f" {found.result.cycles:>7} {found.result.checker:<10}  {found.result.first[:110]}"
        print(line, flush=True)
    print(f"{len(bugs) - missed} of {len(bugs)} bugs found within {options.runs} runs each")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
