"""`python -m model explore`: fault exploration over many seeds, on all cores, and the bounded exhaustive mode."""

import argparse
import multiprocessing
import os
import random
import sys
from dataclasses import dataclass

from model.exhaustive import MOST_STEPS, explore_interleavings
from model.explore import Exploration
from model.explore_three import ThreeSystemExploration
from model.explored_operations import OperatedExploration

SHOWN_ACTIONS = 25
THREE_SYSTEMS = 0.4
"""The share of the seeds that have three systems."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A seed that broke a promise: what was broken, and what happened last before it."""

    seed: int
    text: str
    actions: tuple[str, ...]
    step: int


def explore(seed: int, steps: int, operations: bool = False) -> Failure | None:
    """Run one seed; returns what it broke, None if nothing. Any exception of the model counts as broken.

    `operations`: operators suspend, resynchronize, take over and fail back meanwhile.
    """
    run = OperatedExploration(seed) if operations else exploration(seed)
    try:
        run.run(steps)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        return Failure(seed, text, tuple(run.actions[-SHOWN_ACTIONS:]), len(run.actions))
    return None


def exploration(seed: int) -> Exploration:
    """Draw the topology of a seed: two systems, or three in one of two embodiments."""
    three = random.Random(f"topology {seed}").random() < THREE_SYSTEMS
    return ThreeSystemExploration(seed) if three else Exploration(seed)


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    parser = commands.add_parser("explore", help="random faults against the protocol's promises", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, metavar="N", help="how many seeds (100)")
    parser.add_argument("--steps", type=int, default=500, metavar="M", help="steps of each before it heals (500)")
    parser.add_argument("--seed", type=int, metavar="S", help="run this one seed alone")
    parser.add_argument("--first", type=int, default=0, metavar="S", help="the first of the seeds (0)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="J", help="processes (one a core)")
    parser.add_argument(
        "--exhaustive",
        type=int,
        metavar="DEPTH",
        help=f"instead: every interleaving of DEPTH steps (up to {MOST_STEPS})",
    )
    parser.add_argument(
        "--operations", action="store_true", help="operators suspend, resynchronize, take over, fail back"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Explore; returns the exit status: 0 nothing broken, 1 something broken, 2 bad arguments."""
    for name in ("seeds", "steps", "jobs"):
        if getattr(arguments, name) < 1:
            print(f"--{name} {getattr(arguments, name)}: must be at least 1", file=sys.stderr)
            return 2
    if arguments.exhaustive is not None:
        return _exhaustive(arguments.exhaustive, arguments.jobs)
    first, count = (arguments.first, arguments.seeds) if arguments.seed is None else (arguments.seed, 1)
    failures = _all(range(first, first + count), arguments.steps, min(arguments.jobs, count), arguments.operations)
    for failure in failures[:3]:
        print(f"seed {failure.seed}, after {failure.step} actions: {failure.text}")
        print("  ... " + "; ".join(failure.actions))
        again = " --operations" if arguments.operations else ""
        print(f"  again: python -m model explore --seed {failure.seed} --steps {arguments.steps}{again}")
    print(f"{count} seeds of {arguments.steps} steps: {len(failures)} failed")
    return 1 if failures else 0


def _all(seeds: range, steps: int, jobs: int, operations: bool) -> list[Failure]:
    failures: list[Failure] = []
    if jobs == 1:
        results = (explore(seed, steps, operations) for seed in seeds)
        for done, failure in enumerate(results, start=1):
            _collect(failures, failure, done, len(seeds))
        return failures
    with multiprocessing.Pool(jobs) as pool:
        tasks = ((seed, steps, operations) for seed in seeds)
        for done, failure in enumerate(pool.imap(_task, tasks, chunksize=4), start=1):
            _collect(failures, failure, done, len(seeds))
    return failures


def _task(task: tuple[int, int, bool]) -> Failure | None:
    return explore(*task)


def _collect(failures: list[Failure], failure: Failure | None, done: int, count: int) -> None:
    if failure is not None:
        failures.append(failure)
    if sys.stderr.isatty():
        width = 40 * done // count
        end = "\n" if done == count else ""
        print(f"\r[{'#' * width:<40}] {done}/{count}, {len(failures)} failed", end=end, file=sys.stderr, flush=True)


def _exhaustive(depth: int, jobs: int) -> int:
    if not 1 <= depth <= MOST_STEPS:
        print(f"--exhaustive {depth}: must be from 1 to {MOST_STEPS}", file=sys.stderr)
        return 2
    explored = explore_interleavings(depth, jobs)
    for text, steps in explored.found[:3]:
        print(f"{text}\n  {'; '.join(steps)}")
    said = f"{explored.states} states after up to {depth} steps, {explored.steps} steps tried"
    print(f"{said}: {len(explored.found)} broken")
    return 1 if explored.found else 0
