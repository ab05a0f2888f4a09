"""A regression whose seeds are a stand-in that needs no simulator.

python -m tests.tb.regress.stand_in TASKS [NAME=VALUE]...

What a seed does is in TASKS/SEED: nothing (it passes), `fail`, `silent` (it ends without a result), `wait` (until it is
ended) or `kill` (it ends its worker). Each attempt leaves a line in TASKS/attempts.
"""

import sys
from pathlib import Path

from mirrorlog.command_line import guarded
from tb.regress import cluster
from tb.regress.__main__ import run
from tb.regress.options import Options
from tb.regress.regression import Command
from tests.tb.regress import stand_in_seed


def stand_in(tasks: Path) -> Command:
    """Return what makes the stand-in's command of a seed."""

    def command(seed: int, options: Options, folder: str) -> tuple[str, ...]:
        return (sys.executable, stand_in_seed.__file__, str(seed), str(tasks), folder, options.sim)

    return command


def run_stand_in(tasks: Path, *words: str) -> int:
    """Run a regression of seeds that need no simulator but do as `tasks` says; returns the exit status."""
    return run(["SIM=icarus", *words], stand_in(tasks))


def attempts(tasks: Path) -> list[tuple[int, int, int]]:
    """Return each attempt so far: the seed, its process, its worker's."""
    file = tasks / "attempts"
    lines = file.read_text().splitlines() if file.exists() else []
    return [(int(seed), int(own), int(worker)) for seed, own, worker in map(str.split, lines)]


if __name__ == "__main__":
    # Dask that stands still is not waited for as long as a user's
    cluster.END_SECONDS = 2.0
    sys.exit(guarded(lambda: run(sys.argv[2:], stand_in(Path(sys.argv[1])))))
