"""`make bite`: each planted bug of the RTL, and within how many random runs it is found.

python -m tests.hunt.bite [--seed N] [--runs N] [--jobs N] [--only TEXT] [--resume 1]

One that no run of a whole system can show stands in tests/hunt/beyond_runs.yaml, with the reason, and is not tried.
Exit status: 0 if every other bug was found.
"""

import random
import sys
from collections import Counter
from pathlib import Path

import yaml

from mirrorlog.command_line import fail, guarded
from tests.hunt.hunting import Found, Hunt, HuntError, alone_in, options_of
from tests.hunt.schemata import in_runs
from tests.planted.bug import Bug, CircuitCheck
from tests.planted.listed import listed
from tools.sources import ROOT

RUNS = 50
# How many runs found a bug, as the summary tells it
WITHIN = (1, 5, 20, 1000)
FOLDER = ROOT / "build" / "bite"
BEYOND_RUNS = Path(__file__).with_name("beyond_runs.yaml")


def simulated() -> list[Bug]:
    """Return the planted bugs of the RTL that change what it does in a simulation of whole systems."""
    files = {source.relative_to(ROOT).as_posix() for source in in_runs()}
    return [bug for bug in listed() if bug.file in files and not isinstance(bug.found_by, CircuitCheck)]


def beyond_runs() -> dict[str, str]:
    """Return the ids of those that no run can show, with the reason."""
    reasons: dict[str, str] = yaml.safe_load(BEYOND_RUNS.read_text())
    return reasons


def main(arguments: list[str]) -> int:
    """Show the table."""
    parser = options_of("python -m tests.hunt.bite", __doc__, RUNS, "bug")
    parser.add_argument("--only", default="", help="bugs whose file or id contains this")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as end:  # --help, or a mistake
        return int(end.code or 0)
    bugs = [bug for bug in simulated() if options.only in bug.file or options.only in bug.id]
    if not bugs:
        return fail(f"--only {options.only}: no bug's file or id contains it")
    explained = {bug.id: reason for bug in bugs if (reason := beyond_runs().get(bug.id))}
    bugs = [bug for bug in bugs if bug.id not in explained]
    seed = random.SystemRandom().getrandbits(31) if options.seed is None else options.seed
    try:
        with alone_in(FOLDER):
            hunt = Hunt(bugs, FOLDER, seed, options.runs, options.jobs, options.resume == 1)
            print(f"{hunt.header()}\n{'bug':<90} {'run':>4} {'cycles':>7} {'checker':<10}  what it says", flush=True)
            for name, reason in explained.items():
                print(f"no run can show {name}: {reason.strip()}", flush=True)
            every = []
            for found in hunt.find():
                every.append(found)
                print(_line(found), flush=True)
    except HuntError as error:
        return fail(error)
    missed = _summary(every)
    print(hunt.tells_nothing(), end="")
    return 1 if missed else 0


def _line(found: Found) -> str:
    """Return a bug's row."""
    what = f"{found.bug.file.removeprefix('rtl/')} {found.bug.id}"
    if found.attempt is None:
        return f"{what:<90} none, could differ in {found.runs}"
    one = found.attempt
    return f"{what:<90} {one.run:>4} {one.cycles:>7} {one.checker:<10}  {one.first[:110]}"


def _summary(every: list[Found]) -> int:
    """Print how many runs it took, and which checkers saw how many; returns how many were missed."""
    attempts = [found.attempt for found in every if found.attempt is not None]
    least = 1
    for most in WITHIN:
        count = sum(least <= attempt.run <= most for attempt in attempts)
        print(f"run {least} to {most}: {count}" if most > 1 else f"run 1: {count}")
        least = most + 1
    checkers = Counter(attempt.checker for attempt in attempts)
    print("seen by", ", ".join(f"{checker} {count}" for checker, count in checkers.most_common()))
    print(f"{len(attempts)} of {len(every)} bugs found")
    return len(every) - len(attempts)


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
