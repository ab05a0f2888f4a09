"""Loses systems of the bank workload after every single write: `python -m tests.model.simulate.every_disaster`.

With both volumes in one group every secondary copy must be good. With a group for each volume and a slow second volume
most must not be, or the group would be for nothing.
"""

import multiprocessing
import os
import sys
import tempfile
from pathlib import Path

from mirrorlog.command_line import Parser, Progress, guarded, ignore_interrupts, whole
from mirrorlog.simulate.settings import MICROSECOND
from tests.model.simulate.test_simulate import WRITES, disaster, is_good
from tests.model.simulate.test_simulate_three import BOTH, FIRST, ORIGINAL, THREE, examine

SLOW = {2: 60_000 * MICROSECOND}


def grouped(after: int) -> tuple[int, str]:
    """Return the number of writes and what is wrong with the secondary copy (nothing: an empty text)."""
    simulation, summary = disaster(after, distance_km=300.0)
    if not summary.consistent:
        return after, "takeover answered not consistent"
    with tempfile.TemporaryDirectory() as folder:
        good, why = is_good(simulation, summary, Path(folder))
    return after, "" if good else why


def ungrouped(after: int) -> tuple[int, str]:
    """The same with a group for each volume, the second one slow."""
    simulation, summary = disaster(after, ungrouped=True, slow=SLOW)
    with tempfile.TemporaryDirectory() as folder:
        good, why = is_good(simulation, summary, Path(folder))
    return after, "" if good else why


def sites(after: int) -> tuple[int, str]:
    """The same with three systems, for each disaster of theirs."""
    with tempfile.TemporaryDirectory() as folder:
        wrong = [
            examine(topology, fails, after, Path(folder)) for topology in THREE for fails in (FIRST, ORIGINAL, BOTH)
        ]
    return after, "; ".join(filter(None, wrong))


def main() -> int:
    """Examine all; returns the exit status: 0 as it must be, 1 not."""
    parser = Parser(prog="python -m tests.model.simulate.every_disaster", description=__doc__)
    parser.add_argument("--jobs", type=whole(1, 1024), default=os.cpu_count() or 1, help="processes")
    jobs = parser.parse_args().jobs
    bad = {}
    with Progress() as progress, multiprocessing.Pool(jobs, ignore_interrupts) as pool:
        for kind in (grouped, ungrouped, sites):
            bad[kind] = 0
            for after, why in pool.imap(kind, range(WRITES + 1)):
                bad[kind] += bool(why)
                if why and kind is not ungrouped:
                    progress.close()
                    print(f"after write {after}: {why}")
                progress(f"{kind.__name__} ({bad[kind]} bad)", after, WRITES)
    print(f"{WRITES + 1} disasters, {bad[grouped]} bad; {bad[ungrouped]} bad with a group for each volume")
    print(f"three systems: {bad[sites]} bad, with the first, the original or both lost")
    return 1 if bad[grouped] or bad[sites] or bad[ungrouped] < WRITES / 2 else 0


if __name__ == "__main__":
    sys.exit(guarded(main))
