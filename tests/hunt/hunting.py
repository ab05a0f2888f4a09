"""Random runs of the RTL with a bug in it, until one of them fails."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from mirrorlog.command_line import Progress
from tb.random.draw import Kind, seeds
from tb.random.seed import SeedResult, SeedRun, run_seed
from tests.planted.bug import Bug
from tests.planted.plant import plant_rtl

# Combinations of parameters that a hunt takes in turn, each a build of the simulator: so many of two systems, then one
# of one system, whose tables are in any state
TWO_SYSTEMS, ONE_SYSTEM = 3, 1
# Of a run, seconds: a bug may let the simulator stand still without cycles
LIMIT_SECONDS = 600.0


@dataclass(frozen=True)
class Found:
    """The run (from 1) that found a bug, and what came of it; run 0: none of `runs` did."""

    bug: Bug
    runs: int
    run: int = 0
    result: SeedResult | None = None

    @property
    def cannot_build(self) -> bool:
        """Does the simulator refuse the bug?"""
        return self.result is not None and self.result.checker == "build"


def find(bug: Bug, folder: Path, seed: int, runs: int, kind: Kind | None = None) -> Found:
    """Make random runs with the bug until one fails, in folders of their own; if a kind of two systems is given, all of
    that kind."""
    rtl = plant_rtl(bug, folder)
    for run, chosen in enumerate(islice(seeds(seed, TWO_SYSTEMS, 0 if kind else ONE_SYSTEM), runs), 1):
        result = run_seed(SeedRun(chosen, folder / str(run), kind=kind, rtl=rtl, limit_seconds=LIMIT_SECONDS))
        if result.failure:
            return Found(bug, runs, run, result)
    return Found(bug, runs)


def hunt(bugs: Sequence[Bug], folder: Path, seed: int, runs: int, jobs: int) -> Iterable[Found]:
    """Hunt bugs in so many processes at once; yield each as soon as its hunt has ended."""
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool, Progress() as progress:
        hunts = [
            pool.submit(partial(find, bug, folder / str(number), seed, runs)) for number, bug in enumerate(bugs, 1)
        ]
        try:
            for done, hunted in enumerate(as_completed(hunts), 1):
                progress("bugs", done, len(bugs))
                yield hunted.result()
        finally:
            pool.shutdown(cancel_futures=True)
