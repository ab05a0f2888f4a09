"""Who runs the seeds: a cluster of processes on this machine, or the workers of a scheduler that runs."""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dask
from distributed import Client, LocalCluster

from tb.regress.options import Options
from tb.regress.worker import facts

CONNECT_SECONDS = 10.0


class ClusterError(Exception):
    """Nobody is there to run seeds, or not what is wanted; the text is one line."""


def _settings() -> dict[str, object]:
    """Return Dask's settings."""
    return {
        "distributed.comm.timeouts.connect": f"{CONNECT_SECONDS}s",
        # workers do nothing but wait for their seeds: looking at themselves all the time would take their cores
        "distributed.worker.profile.enabled": False,
        "distributed.admin.tick.interval": "1s",
        "distributed.admin.tick.limit": "1h",
        "distributed.admin.system-monitor.interval": "10s",
        "distributed.worker.memory.terminate": False,
        "distributed.worker.memory.pause": False,
    }


@contextmanager
def connected(options: Options) -> Iterator[Client]:
    """The client of the scheduler that the options name, or of one of this machine. Raises ClusterError."""
    for handler in logging.getLogger("distributed").handlers:  # what matters is said in one line
        handler.setLevel(logging.CRITICAL + 1)
    with dask.config.set(_settings()):
        if options.scheduler:
            with _reached(options) as client:
                yield client
        else:
            with _local(options.jobs) as cluster, Client(cluster, set_as_default=False) as client:
                client.wait_for_workers(options.jobs)
                with client.as_current():
                    yield client


def _local(jobs: int) -> LocalCluster:
    """Begin so many processes, which leave Ctrl-C to this one."""
    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if main else None
    try:
        return LocalCluster(
            n_workers=jobs,
            threads_per_worker=1,
            memory_limit=0,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL + 1,
        )
    finally:
        if main:
            signal.signal(signal.SIGINT, before)


@contextmanager
def _reached(options: Options) -> Iterator[Client]:
    try:
        client = Client(options.scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError(f"SCHEDULER={options.scheduler}: cannot be reached: {_line(error)}") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError:
            raise ClusterError(f"SCHEDULER={options.scheduler}: has no workers") from None
        with client.as_current():
            yield client


def check_workers(client: Client, digest: str, simulator: str) -> None:
    """Raise ClusterError if a worker has another version of the project, or cannot run seeds."""
    for address, found in client.run(facts, simulator, on_error="return").items():
        if not isinstance(found, dict):
            raise ClusterError(f"worker {address}: does not find the project; begin it in a checkout: {_line(found)}")
        if found["digest"] != digest:
            raise ClusterError(f"worker {address}: has another version of the project than this checkout")
        if found["lacks"]:
            raise ClusterError(f"worker {address}: {found['lacks']}")


def _line(error: object) -> str:
    return " ".join(str(error).split()) or type(error).__name__
