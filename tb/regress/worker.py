"""What workers do: they say what they are, and run one seed at a time, each as a process with a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from distributed import Worker, get_worker

from tb.random.seed import RESULT, STOPPED
from tb.regress.options import Options
from tb.regress.results import LOST
from tb.regress.version import digest, tools
from tb.running.processes import SimulationError, end_with_parent
from tb.running.simulators import BUILD_SECONDS
from tools.sources import ROOT

# Of a seed that passes, what is not kept
CAPTURE_FILES = (
    *("capture.jsonl", "capture.device*", "capture.path*", "capture.read_data*", "capture.write_data*"),
    *("capture.host_*", "capture.register_commands*", "capture.partner_*", "capture.image*"),
    *("capture.progress", "results.xml"),
)
# The folder in that of a regression in which the tables of code coverage are
TABLES = "code"
LOG, LOG_LINES = "command.log", 10
# Beside its simulation's limit, for a build that it may have to wait for and what comes after
MORE_SECONDS = BUILD_SECONDS + 120.0


@dataclass(frozen=True, slots=True)
class Job:
    """A seed to be run with `command` in `folder`, by a worker whose project has this digest. `run`: the name of the
    regression; `seconds`: what its process may take; `keep`: all its files, even if it passes."""

    run: str
    seed: int
    command: tuple[str, ...]
    folder: str
    digest: str
    seconds: float
    keep: bool = False


@contextmanager
def _begun(job: Job, log: Path, processes: set[int]) -> Iterator[subprocess.Popen[bytes]]:
    """The process of a job, of a session of its own, which ends with this block or with the worker; `processes` are
    those that run."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            job.command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=partial(end_with_parent, os.getpid()),
        )
    processes.add(process.pid)
    try:
        yield process
    finally:
        processes.discard(process.pid)
        _kill(process.pid)
        process.wait()


def _processes(worker: Worker, run: str) -> set[int]:
    """Return those that a worker has begun for a regression; they are kept with the worker."""
    found: set[int] = vars(worker).setdefault(f"_mirrorlog_{run}", set())
    return found


def facts(simulator: str) -> dict[str, Any]:
    """Return what a worker is: the version of its project, and what it lacks, in one line ("": nothing)."""
    try:
        tools(simulator)
        lacks = ""
    except SimulationError as error:
        lacks = str(error).split("\n")[0]
    return {"digest": digest(), "lacks": lacks}


def end_all(run: str, dask_worker: Worker) -> None:
    """End all seeds of a regression that a worker runs."""
    for process in tuple(_processes(dask_worker, run)):
        _kill(process)


def attempt(job: Job) -> dict[str, Any]:
    """Run a seed, and return what its result.json says, with the seconds that it took here, as `attempt_seconds`."""
    began = time.monotonic()
    worker = get_worker()
    here = {"seed": job.seed, "worker": worker.address}
    if digest() != job.digest:
        other = "this worker has another version of the project"
        return here | {"outcome": STOPPED, "checker": LOST, "failure": other}
    folder = ROOT / job.folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RESULT).unlink(missing_ok=True)
    with _begun(job, folder / LOG, _processes(worker, job.run)) as process:
        try:
            ended = f"the seed's process ended with status {process.wait(job.seconds)} and without a result"
        except subprocess.TimeoutExpired:
            ended = f"stopped: the seed's process was not done within {job.seconds:.0f} seconds"
    try:
        found = json.loads((folder / RESULT).read_text())
    except (OSError, ValueError):
        said = (folder / LOG).read_text(errors="replace").splitlines()[-LOG_LINES:]
        found = {"outcome": STOPPED, "failure": "\n".join([ended, *said])}
    if not found["failure"] and not job.keep:
        for pattern in CAPTURE_FILES:
            for file in folder.glob(pattern):
                file.unlink()
    return found | here | {"attempt_seconds": round(time.monotonic() - began, 3)}


def seed_command(seed: int, options: Options, folder: str) -> tuple[str, ...]:
    """Return the command that runs a seed in a folder."""
    return (
        *(sys.executable, "-m", "tb.random", str(seed), "--sim", options.sim, "--limit", str(options.limit)),
        *(f"--out={folder}", "--coverage", "--quiet"),
        *(("--target", options.target) if options.target else ()),
        *(("--code-coverage", options.coverage, f"--tables={options.out}/{TABLES}") if options.coverage else ()),
    )


def _kill(session: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(session, signal.SIGKILL)
