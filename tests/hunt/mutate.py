"""`make mutate`: faults of one token drawn at random in the RTL; which of them do random runs find?

python -m tests.hunt.mutate [--count N] [--seed N] [--runs N] [--jobs N] [--resume 1]

Those that are not found are listed with their lines. One that no input can show stands in tests/hunt/no_effect.yaml,
with the reason. Exit status: 0 if at most 5 of 100 are left, neither found nor explained.
"""

import random
import sys
from pathlib import Path

import yaml

from mirrorlog.command_line import fail, guarded, whole
from tests.hunt.hunting import Found, Hunt, HuntError, alone_in, options_of
from tests.hunt.mutants import draw
from tools.sources import ROOT

COUNT, RUNS = 100, 20
MOST_OPEN = 0.05
FOLDER = ROOT / "build" / "mutate"
NO_EFFECT = Path(__file__).with_name("no_effect.yaml")


def explanations() -> dict[str, str]:
    """Return the mutants that no input can show, with the reason: by file, changed line as it was, and what becomes of
    it, so that an explanation goes with the line that it is about."""
    return {
        f"{file}: {change}": reason
        for file, changes in (yaml.safe_load(NO_EFFECT.read_text()) or {}).items()
        for change, reason in changes.items()
    }


def main(arguments: list[str]) -> int:
    """Show each mutant and its fate, and the survivors."""
    parser = options_of("python -m tests.hunt.mutate", __doc__, RUNS, "mutant")
    parser.add_argument("--count", type=whole(1, 10_000), default=COUNT, help="mutants")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as end:  # --help, or a mistake
        return int(end.code or 0)
    seed = random.SystemRandom().getrandbits(31) if options.seed is None else options.seed
    mutants = {mutant.as_bug().id: mutant for mutant in draw(seed, options.count)}
    explained, left, fates = explanations(), [], {"found": 0, "no effect": 0, "cannot be built": 0, "left": 0}
    known = [mutant for mutant in mutants.values() if mutant.explanation_key() in explained]
    tried = [mutant.as_bug() for mutant in mutants.values() if mutant not in known]
    try:
        with alone_in(FOLDER):
            hunt = Hunt(tried, FOLDER, seed, options.runs, options.jobs, options.resume == 1)
            print(hunt.header(), flush=True)
            for mutant in known:
                print(f"no effect  {mutant.as_bug().id}: {explained[mutant.explanation_key()]}", flush=True)
            fates["no effect"] = len(known)
            for found in hunt.find():
                fate = _fate(found)
                fates[fate] += 1
                one = found.attempt
                what = f"  could differ in {found.runs} runs"
                if one is not None:
                    what = f"  run {one.run}, {one.checker}: {one.first[:90]}"
                print(f"{fate:<16} {found.bug.id}{what}", flush=True)
                if fate == "left":
                    left.append(mutants[found.bug.id])
    except HuntError as error:
        return fail(error)
    print(", ".join(f"{count} {fate}" for fate, count in fates.items()))
    print(hunt.tells_nothing(), end="")
    for mutant in left:
        print(f"{mutant.as_bug().id}\n    {mutant.line_text()}")
    return int(len(left) > MOST_OPEN * len(mutants))


def _fate(found: Found) -> str:
    if found.attempt is None:
        return "left"
    return "cannot be built" if found.attempt.cannot_build else "found"


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
