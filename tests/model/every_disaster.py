"""Loses the original system of the bank workload after every single write: `python -m tests.model.every_disaster`.

With both volumes in one group every secondary copy must be good. With a group for each volume and a slow second volume
most must not be, or the group would be for nothing.
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
from pathlib import Path

from model.simulation_settings import MICROSECOND
from tests.model.test_simulate import WRITES, disaster, is_good

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


def main() -> int:
    """Examine all; returns the exit status: 0 as it must be, 1 not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (one a core)")
    bad = {}
    with multiprocessing.Pool(parser.parse_args().jobs) as pool:
        for examine in (grouped, ungrouped):
            bad[examine] = 0
            for after, why in pool.imap(examine, range(WRITES + 1)):
                bad[examine] += bool(why)
                if why and examine is grouped:
                    print(f"\nafter write {after}: {why}")
                if sys.stderr.isatty():
                    print(f"\r{after}/{WRITES}, {bad[examine]} bad", end="", file=sys.stderr, flush=True)
    print(f"{WRITES + 1} disasters, {bad[grouped]} bad; {bad[ungrouped]} bad with a group for each volume")
    return 1 if bad[grouped] or bad[ungrouped] < WRITES / 2 else 0


if __name__ == "__main__":
    sys.exit(main())
