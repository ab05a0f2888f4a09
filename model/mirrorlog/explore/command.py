"""`mirrorlog explore`: fault exploration over many seeds, on all cores, and the bounded exhaustive mode."""

import argparse
import multiprocessing
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote

from mirrorlog.command_line import Progress, fail, ignore_interrupts, number, whole
from mirrorlog.explore.exhaustive import MOST_STEPS, explore_interleavings
from mirrorlog.explore.operators import OperatedExploration
from mirrorlog.explore.shortening import kind_of, shortened
from mirrorlog.explore.three_systems import ThreeSystemExploration
from mirrorlog.explore.two_systems import Draws, Exploration

SHOWN_ACTIONS = 60
SHOWN_FAILURES = 3
THREE_SYSTEMS = 0.4
"""The share of the seeds that have three systems."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A seed that broke a promise: what was broken, everything that happened before it, and the steps taken."""

    seed: int
    text: str
    actions: tuple[str, ...]
    steps: tuple[int, ...]


def explore(seed: int, steps: int, operations: bool = False) -> Failure | None:
    """Run one seed; returns what it broke, None if nothing. Any exception of the model counts as broken.

    `operations`: operators suspend, resynchronize, take over and fail back meanwhile.
    """
    return _failure(exploration(seed, operations), range(steps))


def repeat(seed: int, draws: Draws, only: Sequence[int], operations: bool = False) -> Failure | None:
    """Run only some steps of a seed, each with the draws that `record` returned."""
    run = exploration(seed, operations)
    run.replayed = draws
    return _failure(run, only)


def record(seed: int, steps: int, operations: bool = False) -> Draws:
    """Run one seed as `explore`; returns what its steps draw from."""
    run = exploration(seed, operations)
    run.recorded = {}
    _failure(run, range(steps))
    return run.recorded


def shorten(failure: Failure, steps: int, operations: bool = False, seconds: float = 20.0) -> Failure:
    """Leave out steps as long as the same promise is broken, for so many seconds at most; returns the shortest."""
    draws = record(failure.seed, steps, operations)
    shortest = failure

    def fails(only: Sequence[int]) -> bool:
        nonlocal shortest
        found = repeat(failure.seed, draws, only, operations)
        if found is None or kind_of(found.text) != kind_of(failure.text):
            return False
        shortest = found
        return True

    shortened(failure.steps, fails, seconds)
    return shortest


def _failure(run: Exploration, steps: Sequence[int]) -> Failure | None:
    try:
        run.run(steps)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        taken = steps if run.begun is None else steps[: steps.index(run.begun) + 1]
        return Failure(run.seed, text, tuple(run.actions), tuple(taken))
    return None


def exploration(seed: int, operations: bool = False) -> Exploration:
    """Draw the topology of a seed: two systems, or three in one of two embodiments; two with `operations`."""
    if operations:
        return OperatedExploration(seed)
    three = random.Random(f"topology {seed}").random() < THREE_SYSTEMS
    return ThreeSystemExploration(seed) if three else Exploration(seed)


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    parser = commands.add_parser("explore", help="random faults against the protocol's promises", description=__doc__)
    parser.add_argument("--seeds", type=whole(1, 10**9), default=100, metavar="N", help="how many seeds")
    parser.add_argument("--steps", type=whole(1, 10**6), default=500, metavar="M", help="steps of each before it heals")
    parser.add_argument("--seed", type=whole(0, 1 << 63), metavar="S", help="run this one seed alone")
    parser.add_argument("--only", type=_steps, metavar="N,N", help="only these of the seed's steps")
    parser.add_argument(
        "--shorten-seconds",
        type=number(0, 86_400),
        default=20.0,
        metavar="T",
        help="time to shorten the history of a failure",
    )
    parser.add_argument("--first", type=whole(0, 1 << 63), default=0, metavar="S", help="the first of the seeds")
    parser.add_argument("--jobs", type=whole(1, 1024), default=os.cpu_count() or 1, metavar="J", help="processes")
    parser.add_argument(
        "--exhaustive",
        type=whole(1, MOST_STEPS),
        metavar="DEPTH",
        help=f"instead: every interleaving of DEPTH steps (up to {MOST_STEPS})",
    )
    parser.add_argument(
        "--operations", action="store_true", help="operators suspend, resynchronize, take over, fail back"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Explore; returns the exit status: 0 nothing broken, 1 something broken, 2 bad arguments."""
    if arguments.exhaustive is not None:
        return _exhaustive(arguments.exhaustive, arguments.jobs)
    first, count = (arguments.first, arguments.seeds) if arguments.seed is None else (arguments.seed, 1)
    if arguments.only is not None:
        if arguments.seed is None or arguments.only != sorted(set(arguments.only)):
            return fail("--only needs --seed, and steps in ascending order")
        if arguments.only and arguments.only[-1] >= arguments.steps:
            return fail(f"--only {arguments.only[-1]}: there are steps 0 to {arguments.steps - 1}")
        draws = record(arguments.seed, arguments.steps, arguments.operations)
        failure = repeat(arguments.seed, draws, arguments.only, arguments.operations)
        print("nothing broken" if failure is None else f"{failure.text}\n  {'; '.join(failure.actions)}")
        return 0 if failure is None else 1
    failures = _all(range(first, first + count), arguments.steps, min(arguments.jobs, count), arguments.operations)
    for failure in failures[:SHOWN_FAILURES]:
        _show(failure, arguments)
    print(f"{count} seeds of {arguments.steps} steps: {len(failures)} failed")
    return 1 if failures else 0


def _show(failure: Failure, arguments: argparse.Namespace) -> None:
    """Print a failure, its history shortened, and the commands that repeat it."""
    shortest = shorten(failure, arguments.steps, arguments.operations, arguments.shorten_seconds)
    again = f"mirrorlog explore --seed {failure.seed} --steps {arguments.steps}"
    again += " --operations" * arguments.operations
    print(f"seed {failure.seed}: {failure.text}")
    print(f"  shortened from {len(failure.steps)} steps to {len(shortest.steps)}: {shortest.text}")
    shown = shortest.actions[-SHOWN_ACTIONS:]
    print("  " + "... " * (len(shown) < len(shortest.actions)) + "; ".join(shown))
    print(f"  again: {again} --only {quote(','.join(map(str, shortest.steps)))}")
    print(f"  whole: {again}")


def _steps(text: str) -> list[int]:
    return [whole(0, 10**6)(number) for number in text.split(",") if number]


def _all(seeds: range, steps: int, jobs: int, operations: bool) -> list[Failure]:
    failures: list[Failure] = []
    if jobs == 1:
        with Progress() as progress:
            for done, seed in enumerate(seeds, start=1):
                _collect(failures, explore(seed, steps, operations), done, len(seeds), progress)
        return failures
    with Progress() as progress, multiprocessing.Pool(jobs, ignore_interrupts) as pool:
        tasks = ((seed, steps, operations) for seed in seeds)
        for done, failure in enumerate(pool.imap(_task, tasks, chunksize=4), start=1):
            _collect(failures, failure, done, len(seeds), progress)
    return failures


def _task(task: tuple[int, int, bool]) -> Failure | None:
    return explore(*task)


def _collect(failures: list[Failure], failure: Failure | None, done: int, count: int, progress: Progress) -> None:
    if failure is not None:
        failures.append(failure)
    progress(f"seeds ({len(failures)} failed)", done, count)


def _exhaustive(depth: int, jobs: int) -> int:
    explored = explore_interleavings(depth, jobs)
    for text, steps in explored.found[:3]:
        print(f"{text}\n  {'; '.join(steps)}")
    said = f"{explored.states} states after up to {depth} steps, {explored.steps} steps tried"
    print(f"{said}: {len(explored.found)} broken")
    return 1 if explored.found else 0
