"""A scheduler and workers of Dask, as processes of their own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tools.sources import ROOT

# What waits for a process gives up after so many looks, which no run that works comes near to
LOOKS, LOOK_SECONDS = 1200, 0.1
StartWorker = Callable[..., None]


def wait_for(reached: Callable[[], object], what: str) -> None:
    """Wait for what must come. Fails if it does not."""
    for _ in range(LOOKS):
        if reached():
            return
        time.sleep(LOOK_SECONDS)
    raise AssertionError(f"{what} did not come")


@contextmanager
def _dask(*words: str, cwd: Path = ROOT, environment: Mapping[str, str] | None = None) -> Iterator[int]:
    """A process of Dask; its number."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *words, "--no-dashboard"],
        cwd=cwd,
        env=os.environ | (environment or {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def scheduler_and_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """The address of a scheduler, and its process."""
    file = tmp_path_factory.mktemp("scheduler") / "file.json"
    with _dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file)) as process:
        wait_for(lambda: file.exists() and file.read_text().rstrip().endswith("}"), "the scheduler")
        yield json.loads(file.read_text())["address"], process


@pytest.fixture(scope="module")
def scheduler(scheduler_and_process: tuple[str, int]) -> str:
    """The address of a scheduler."""
    return scheduler_and_process[0]


@pytest.fixture(scope="module")
def scheduler_process(scheduler_and_process: tuple[str, int]) -> int:
    """The number of its process."""
    return scheduler_and_process[1]


@pytest.fixture
def start_worker(scheduler: str, tmp_path: Path) -> Iterator[StartWorker]:
    """Begin a worker with one thread; words, folder and environment as for `_dask`."""
    with ExitStack() as workers:

        def start(*words: str, cwd: Path = ROOT, environment: Mapping[str, str] | None = None) -> None:
            there = ["--nthreads", "1", "--local-directory", str(tmp_path / "dask"), "--memory-limit", "0"]
            workers.enter_context(_dask("worker", scheduler, *there, *words, cwd=cwd, environment=environment))

        yield start
