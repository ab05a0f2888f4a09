"""Loses the original system of the bank workload after every single write: `python -m tests.model.every_disaster`."""

import argparse
import multiprocessing
import os
import sys
import tempfile
from pathlib import Path

from tests.model.test_simulate import WRITES, disaster, is_good


def examine(after: int) -> tuple[int, str]:
    """Return the number of writes and what is wrong with the secondary copy (nothing: an empty text)."""
    simulation, summary = disaster(after, distance_km=300.0)
    if not summary.consistent:
        return after, "takeover answered not consistent"
    with tempfile.TemporaryDirectory() as folder:
        good, why = is_good(simulation, summary.restored_writes, Path(folder))
    return after, "" if good else why


def main() -> int:
    """Examine all; returns the exit status: 0 all good, 1 not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (one a core)")
    bad = 0
    with multiprocessing.Pool(parser.parse_args().jobs) as pool:
        for after, why in pool.imap(examine, range(WRITES + 1)):
            if why:
                bad += 1
                print(f"\nafter write {after}: {why}")
            if sys.stderr.isatty():
                print(f"\r{after}/{WRITES}, {bad} bad", end="", file=sys.stderr, flush=True)
    print(f"{WRITES + 1} disasters, {bad} bad")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
