"""A regression from its options to its report."""

import time
from collections.abc import Callable
from uuid import uuid4

from mirrorlog.command_line import Progress
from tb.code_coverage.waivers import read_waivers
from tb.config.files import locked
from tb.random.seed import COVERAGE, PASSED, SKIPPED
from tb.regress.cluster import check_workers, connected
from tb.regress.coverage import merge, merge_code_of
from tb.regress.engine import Engine, undisturbed
from tb.regress.options import Options
from tb.regress.report import About, buckets, repeat, skipped, write
from tb.regress.results import Result, Results, earlier, history
from tb.regress.version import commit, digest, tools
from tb.regress.worker import MORE_SECONDS, TABLES, Job, seed_command
from tb.running.options import PARTNER_MODEL
from tb.running.simulators import build_seconds

SEEDS = "seeds"
Command = Callable[[int, Options, str], tuple[str, ...]]


def regress(options: Options, command: Command = seed_command) -> int:
    """Run the seeds and write the report; `command` makes a seed's command of the seed, the options and its folder.
    Returns the exit status.

    Before everything is known to be there nothing is written. Raises DamagedReport, ClusterError, FolderInUse,
    SimulationError, CodeCoverageError.
    """
    if options.coverage:
        read_waivers()
    build_seconds()
    version = digest()
    about = About(options.runs_on, commit(), version, tools(options.sim), history(options.folder), asked=options.seeds)
    _earlier(options, version)
    numbers = options.numbers
    wanted = frozenset(numbers)
    name = uuid4().hex
    with Progress() as progress, connected(options) as client:
        check_workers(client, version, options.sim)
        about.workers = sum(client.nthreads().values())
        with locked(options.folder, "wait for it, or give this regression a folder of its own: OUT=build/other"):
            # another regression here may have ended meanwhile
            about.history = history(options.folder)
            known = [result for result in _earlier(options, version) if result["seed"] in wanted]
            about.known = frozenset(result["seed"] for result in known)
            jobs = [_job(name, seed, options, command, version) for seed in numbers if seed not in about.known]
            results = Results(options.folder, version, options.runs_on, known, options.coverage, options.limit)
            began = time.monotonic()
            try:
                Engine(client, results.add, progress).run(name, jobs)
            except BaseException:
                about.stopped = True
                raise
            finally:
                progress.close()
                about.seconds = time.monotonic() - began
                results.close()
                with undisturbed():
                    status = _end(options, about, results)
            return status


def _earlier(options: Options, version: str) -> list[Result]:
    """Return the results that are kept. Raises DamagedReport."""
    if not options.resume:
        return []
    return earlier(options.folder, version, options.runs_on, options.coverage, options.limit)


def _job(name: str, seed: int, options: Options, command: Command, version: str) -> Job:
    """Return the job of a seed, in a folder of its own."""
    folder = f"{options.out}/{SEEDS}/{seed}"
    todo = command(seed, options, folder)
    if options.partner == PARTNER_MODEL and not options.target:
        todo = (*todo, "--partner", options.partner)
    return Job(name, seed, todo, folder, version, options.limit + MORE_SECONDS, options.keep)


def _end(options: Options, about: About, results: Results) -> int:
    """Write the report and say what came of it; returns the exit status."""
    found = [results.all[seed] for seed in sorted(results.all)]
    passed = [result for result in found if result["outcome"] == PASSED]
    folders = [options.folder / SEEDS / str(result["seed"]) for result in passed]
    about.left_out = [
        *merge((folder / COVERAGE for folder in folders), options.folder),
        *merge_code_of(folders if options.coverage else (), options.folder / TABLES, options.folder),
    ]
    write(options.folder, about, found)
    failed = [result for result in found if result["outcome"] not in (PASSED, SKIPPED)]
    run = sum(result["outcome"] != SKIPPED for result in found)
    print(f"{run} of {options.seeds} seeds run, {len(failed)} failed, in {about.seconds:.0f} seconds")
    for lacks, count in skipped(found):
        print(f"  {count} skipped: {lacks}")
    for line in about.left_out:
        print(f"  {line}")
    for bucket in buckets(failed):
        print(f"  {len(bucket.results)} x {bucket.signature}\n      {repeat(bucket.first, options.runs_on)}")
    print(f"report: {options.out}/index.html, {options.out}/junit.xml")
    return 1 if failed else 0
