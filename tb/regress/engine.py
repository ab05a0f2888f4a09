"""Gives seeds to workers and takes their results, until all are done or somebody stops it."""

import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from distributed import Client, Future, KilledWorker, wait

from mirrorlog.command_line import Progress
from tb.random.seed import PASSED, SKIPPED, STOPPED
from tb.random.signature import failure_of
from tb.regress.cluster import end_soon
from tb.regress.results import LOST, Result
from tb.regress.worker import Job, attempt, end_all

# Between two looks at who is there, seconds
LOOK_SECONDS = 2.0
# How often a seed is tried whose worker ends
ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class _Running:
    """A job that a worker has been given; `attempt` counts from 1."""

    job: Job
    worker: str
    attempt: int


@dataclass
class Engine:
    """Gives each thread of each worker one job at a time, so that a job that ends its worker harms no other. Every
    result is taken as soon as it is there; `began`: time.monotonic()."""

    client: Client
    take: Callable[[Result], None]
    progress: Progress
    total: int = 0
    done: int = 0
    failed: int = 0
    began: float = field(default_factory=time.monotonic)
    running: dict[Future, _Running] = field(default_factory=dict)

    def run(self, run: str, jobs: Iterable[Job]) -> None:
        """Run all jobs; `run` is the name that they have of it. What interrupts it ends those that run, and is raised
        again."""
        waiting = deque((job, 1) for job in jobs)
        self.total = len(waiting)
        try:
            while waiting or self.running:
                threads: dict[str, int] = self.client.nthreads()
                for worker in self._free(threads):
                    if waiting:
                        self._give(worker, *waiting.popleft())
                self._show(bool(threads))
                self._wait()
                threads = self.client.nthreads()
                for future, given in list(self.running.items()):
                    if future.done():
                        self._finish(future, given, waiting)
                    elif given.worker not in threads:
                        future.cancel(force=True)
                        self._lose(future, given, waiting)
        except BaseException:
            # who stands still is not waited for; another Ctrl-C ends the waiting
            end_soon(lambda: self.client.cancel(list(self.running), force=True))
            end_soon(lambda: self.client.run(end_all, run, on_error="ignore"))
            raise

    def _free(self, threads: dict[str, int]) -> Iterator[str]:
        """Yield workers that have a thread free, once for each."""
        busy = Counter(given.worker for given in self.running.values())
        for worker, count in threads.items():
            yield from [worker] * (count - busy[worker])

    def _give(self, worker: str, job: Job, number: int) -> None:
        key = f"{job.run}-seed-{job.seed}-{number}"
        future = self.client.submit(attempt, job, key=key, workers=[worker], pure=False)
        self.running[future] = _Running(job, worker, number)

    def _wait(self) -> None:
        """Wait until one is done, or for a while."""
        if not self.running:
            time.sleep(LOOK_SECONDS)
            return
        try:
            wait(list(self.running), timeout=LOOK_SECONDS, return_when="FIRST_COMPLETED")
        except TimeoutError:
            return

    def _finish(self, future: Future, given: _Running, waiting: deque[tuple[Job, int]]) -> None:
        """Take the result of a job that is done, whatever became of it."""
        if future.cancelled():
            self._lose(future, given, waiting)
            return
        error = future.exception()
        if isinstance(error, KilledWorker):
            self._lose(future, given, waiting)
        elif error is not None:
            self._keep(future, given, {"failure": f"{type(error).__name__}: {error}", "checker": LOST})
        else:
            self._keep(future, given, future.result())

    def _lose(self, future: Future, given: _Running, waiting: deque[tuple[Job, int]]) -> None:
        """A job's worker has ended: it is tried again, or that is its failure."""
        if given.attempt < ATTEMPTS:
            del self.running[future]
            waiting.appendleft((given.job, given.attempt + 1))
            return
        self._keep(future, given, {"failure": f"its worker ended, in each of {ATTEMPTS} attempts", "checker": LOST})

    def _keep(self, future: Future, given: _Running, found: Result) -> None:
        """Take a result, with its signature."""
        del self.running[future]
        result = {"seed": given.job.seed, "outcome": STOPPED, "kind": "unknown"} | found
        if result["failure"] and not result.get("signature"):
            said = failure_of(result["failure"])
            checker = result.get("checker") or said.checker
            result |= {"checker": checker, "signature": f"{checker}: {said.text[:120]}", "first": said.first}
        self.done += 1
        self.failed += result["outcome"] not in (PASSED, SKIPPED)
        self.take(result)

    def _show(self, somebody: bool) -> None:
        """Say how far it is."""
        who = f"{len(self.running)} run" if somebody else "no worker is there"
        self.progress(f"seeds ({self.failed} failed, {who}, {self._left()})", self.done, self.total)

    def _left(self) -> str:
        if not self.done:
            return "time left unknown"
        seconds = round((time.monotonic() - self.began) / self.done * (self.total - self.done))
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02} left"


@contextmanager
def undisturbed() -> Iterator[None]:
    """Another Ctrl-C changes nothing meanwhile."""
    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if main else None
    try:
        yield
    finally:
        if main:
            signal.signal(signal.SIGINT, before)
