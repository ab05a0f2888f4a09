"""Processes of builds and runs: nothing of the caller's environment but what `CALLER_VARIABLES` names reaches them,
they have limits, and they end with the process that began them."""

import ctypes
import functools
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

POLL_SECONDS = 0.2
LOG_LINES = 30
# What a build may take of a processor's time, with all that it starts
BUILD_SECONDS_VARIABLE = "MIRRORLOG_BUILD_SECONDS"
# The variables of the caller that a build or a run sees: where programs are, where files may lie, how text looks
CALLER_VARIABLES = (
    *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ", "LANG", "LC_", "LD_LIBRARY_PATH"),
    BUILD_SECONDS_VARIABLE,
)
# prctl(2): the signal that a process gets when its parent ends
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


class SimulationError(Exception):
    """A build or run that did not end well; the text is what a user needs to see."""


@contextmanager
def clean_environment(**more: str) -> Iterator[None]:
    """Leave only CALLER_VARIABLES (one that ends in _ is a prefix) and `more` in the environment, for a while."""
    before = dict(os.environ)
    kept = {
        name: value
        for name, value in before.items()
        if any(name.startswith(known) if known.endswith("_") else name == known for known in CALLER_VARIABLES)
    }
    os.environ.clear()
    os.environ.update({"PATH": os.defpath, **kept, **more})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class Limited:
    """Runner mixin: commands end with this process and with their limits, children included, and `poll` is called while
    they run. `limit_seconds` is wall-clock time, `cpu_seconds` the processor time of a command with all its children;
    `kept` is a file that a command holds open as long as it runs."""

    limit_seconds = float("inf")
    cpu_seconds = float("inf")
    kept: int | None = None
    poll: Callable[[], None] | None = None
    env: dict[str, str]

    def _execute_cmds(
        self, cmds: Sequence[Sequence[str]], cwd: str | os.PathLike[str], stdout: TextIO | None = None
    ) -> None:
        deadline = time.monotonic() + self.limit_seconds
        parent = os.getpid()
        for command in cmds:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=() if self.kept is None else (self.kept,),
                preexec_fn=functools.partial(end_with_parent, parent),
            )
            try:
                while True:
                    try:
                        code = process.wait(POLL_SECONDS)
                        break
                    except subprocess.TimeoutExpired:
                        self._check(process.pid, deadline)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise
            if self.poll is not None:
                self.poll()
            if code != 0:
                raise SimulationError(f"{shlex.join(command)[:200]} ended with status {code}")

    def _check(self, process: int, deadline: float) -> None:
        """Raise SimulationError if a limit is reached."""
        if self.poll is not None:
            self.poll()
        if time.monotonic() > deadline:
            raise SimulationError(f"stopped: not done within {self.limit_seconds:.0f} seconds of wall-clock time")
        if self.cpu_seconds < float("inf") and cpu_seconds_of(process) > self.cpu_seconds:
            raise SimulationError(
                f"stopped: not done within {self.cpu_seconds:.0f} seconds of processor time"
                f" (for more, set {BUILD_SECONDS_VARIABLE} in the environment)"
            )


def end_with_parent(parent: int) -> None:
    """In a new process: end when `parent` ends, however that ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before
        os._exit(1)


def cpu_seconds_of(session: int) -> float:
    """Return the processor time of the processes of a session, with that of the children they waited for."""
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[3]) == session:
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def last_words(log: Path) -> str:
    """Return the last lines of a log, "" if there is none."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])
