"""Who runs the seeds: a cluster of processes on this machine, or the workers of a scheduler that runs."""

import asyncio
import copy
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import dask
from distributed import Client, LocalCluster
from distributed.comm import connect
from distributed.security import Security

from tb.regress.options import Options
from tb.regress.worker import facts

CONNECT_SECONDS = 10.0
# What workers and a scheduler may take to end what they do; who stands still is not waited for
END_SECONDS = 10.0


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
    if options.scheduler:
        with dask.config.set(_settings()), _reached(options) as client:
            yield client
    else:
        with _defaults(), dask.config.set(_settings()), _local(options.jobs) as client:
            yield client


@contextmanager
def _defaults() -> Iterator[None]:
    """Dask's own settings, whatever the caller's files and environment say; they are for other clusters."""
    before = copy.deepcopy(dask.config.config)
    dask.config.refresh(paths=[], env={})
    try:
        yield
    finally:
        dask.config.config.clear()
        dask.config.config.update(before)


@contextmanager
def _local(jobs: int) -> Iterator[Client]:
    """The client of a cluster of this machine, whose processes end with this block."""
    cluster = client = None
    try:
        with _interrupts_later():
            cluster = LocalCluster(
                n_workers=jobs,
                threads_per_worker=1,
                memory_limit=0,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL + 1,
            )
        client = Client(cluster, set_as_default=False)
        client.wait_for_workers(jobs)
        with client.as_current():
            yield client
    finally:
        if client is not None:
            end_soon(client.close)
        if cluster is not None:
            end_soon(cluster.close)
            for nanny in list(cluster.workers.values()):  # of those that stand still
                if nanny.pid is not None:
                    with suppress(ProcessLookupError):
                        os.kill(nanny.pid, signal.SIGKILL)


def end_soon(do: Callable[[], object]) -> None:
    """End something, which may never be done, for END_SECONDS at most; what goes wrong with it is of no account."""

    def attempt() -> None:
        with suppress(Exception):
            do()

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(END_SECONDS)


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Ctrl-C has its effect behind this block. The threads and processes that begin in it, and theirs, never take it:
    they leave it to this process."""
    noted: list[int] = []  # where another thread takes it
    main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGINT, lambda number, _: noted.append(number)) if main else None
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if main:
            signal.signal(signal.SIGINT, handler)
        if noted:
            signal.raise_signal(signal.SIGINT)


@contextmanager
def _reached(options: Options) -> Iterator[Client]:
    try:
        asyncio.run(_ask(options.scheduler))  # a client waits for ever for what answers nothing, or something else
        client = Client(options.scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except TimeoutError:
        said = f"no Dask scheduler answers within {CONNECT_SECONDS:.0f} seconds"
        raise ClusterError(f"SCHEDULER={options.scheduler}: cannot be reached: {said}") from None
    except Exception as error:  # whatever answers there
        raise ClusterError(f"SCHEDULER={options.scheduler}: cannot be reached: {_line(error)}") from None
    try:
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError:
            raise ClusterError(f"SCHEDULER={options.scheduler}: has no workers") from None
        with client.as_current():
            yield client
    finally:
        end_soon(client.close)


async def _ask(address: str) -> None:
    """Raise an exception unless a scheduler of Dask answers."""
    async with asyncio.timeout(CONNECT_SECONDS):
        arguments = Security().get_connection_args("client")
        comm = await connect(address, timeout=CONNECT_SECONDS, **arguments)
        try:
            await comm.write({"op": "identity", "reply": True})
            said = await comm.read()
        finally:
            comm.abort()
    if not isinstance(said, dict) or said.get("type") != "Scheduler":
        raise ClusterError("it is no Dask scheduler")


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
