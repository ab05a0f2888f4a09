"""Waves without a second run: a simulation forks snapshots of itself, and at a difference the last but one runs on with
waves.

A snapshot is a child process that sleeps within a callback. The one that wakes up copies every file of the run into a
folder of its own, as it was when the snapshot was made, so that nothing of the run that failed changes; it runs as
that did, since everything random comes from the seed, and the bench ends it. All children end with SIGKILL, also when
their parent does. Icarus alone: a model of Verilator would have to be built for waves.
"""

import ctypes
import json
import os
import select
import shutil
import signal
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import Timer

from tb.running.fst import FstError, read_window

VARIABLE = "MIRRORLOG_SNAPSHOT"
"""Cycles between snapshots; not set: none."""

CYCLES = 2000
"""So many by default: one costs some 30 ms, the cycles between two some 2 s and more."""

WAVES, CHANNELS, PICTURE = "snapshot.fst", "snapshot.json", "snapshot.svg"
FOLDER = "snapshot"
KEPT = 2
# What the waves show behind the difference, and how long may be waited for them
MARGIN_CYCLES = 64
LIMIT_SECONDS = 300.0
ICARUS_ONLY = "snapshots: Icarus only"

_POLL_SECONDS = 0.01
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class _Child:
    """A snapshot that sleeps: its process, and the pipe whose line wakes it up."""

    process: int
    wake: int


@dataclass(frozen=True, slots=True)
class _Open:
    """A file that is open: its number, its name, where it is read or written next, its size and how it was opened."""

    number: int
    path: Path
    place: int
    size: int
    flags: int


OnWake = Callable[[Path], Callable[[], dict[str, Any]]]
"""Called in a snapshot that wakes up, with the folder for its files; returns what tells at the end what the channels
did: `first`, the first cycle, and `taken`, what tb/handles/channels.py takes, by system."""


class Snapshots:
    """The snapshots of one running simulation, one every `interval` cycles of `period` ns; 0: none.

    `top` is the bench, `capture` the run's capture, in the folder of its files.
    """

    def __init__(self, top: Any, capture: Path, interval: int, period: int) -> None:
        self._top = top
        self._capture = capture
        self._folder = capture.parent
        self._interval = interval
        self._period = period
        self._children: list[_Child] = []
        self._possible = cocotb.SIM_NAME.startswith("Icarus")

    async def run(self, on_wake: OnWake) -> None:
        """Make snapshots, now and again, as long as the simulation runs: the first one when every file is open, so that
        it takes all of them with it."""
        await Timer(self._period, "ns")
        while self._interval and self._possible:
            end = self._fork()
            if end is not None:
                _leave_regression(on_wake(self._folder / FOLDER), self._folder / CHANNELS)
                self._top.snapshot_end_ns.value = end
                self._top.snapshot_waves.value = 1
                return
            await Timer(self._interval * self._period, "ns")

    def write_waves(self, differs: int | None = None, limit_seconds: float = LIMIT_SECONDS) -> str:
        """Let the last snapshot but one write the waves up to now, and wait for it; returns what there is to say of
        them: nothing without snapshots. `differs` is the cycle since reset in which something was done wrong."""
        if not self._children:
            return ICARUS_ONLY if self._interval and not self._possible else ""
        chosen = self._children[0]
        now = int(self._top.elapsed_ns.value)
        file, channels = self._folder / WAVES, self._folder / CHANNELS
        for old in (file, channels):
            old.unlink(missing_ok=True)
        os.write(chosen.wake, b"%d\n" % (now + MARGIN_CYCLES * self._period))
        in_time = _ended(chosen.process, limit_seconds)
        if in_time:
            os.close(self._children.pop(0).wake)
        self.end()
        same = in_time and _begins_with(self._folder / FOLDER / self._capture.name, self._capture)
        shutil.rmtree(self._folder / FOLDER, ignore_errors=True)
        if not in_time:
            return f"no waves: the snapshot did not end within {limit_seconds:.0f} seconds"
        if not same:
            return "no waves: the snapshot did something else than this run"
        try:
            window = read_window(file)
        except (FstError, OSError) as error:
            return f"no waves: the snapshot left none: {error}"
        cycle = int(self._top.capture.cycle.value)
        if channels.exists():
            told = json.loads(channels.read_text()) | {"seen": cycle, "differs": differs}
            channels.write_text(json.dumps(told))
        first, last = (max(0, cycle + round((at - now) / self._period)) for at in window[:2])
        return (
            f"waves: {file}: cycles {first} to {last} since reset, {window.first:.0f} to {window.last:.0f} ns"
            f" (the difference was seen in cycle {cycle}), drawn in {PICTURE}"
        )

    def end(self) -> None:
        """End all snapshots."""
        while self._children:
            self._drop(self._children.pop())

    def _drop(self, child: _Child) -> None:
        os.close(child.wake)
        os.kill(child.process, signal.SIGKILL)
        os.waitpid(child.process, 0)

    def _fork(self) -> int | None:
        """Make a snapshot. Returns None; in a snapshot, when it wakes up, the time at which it is to end."""
        files = _open_files(self._folder)
        parent = os.getpid()
        asleep, wake = os.pipe()
        process = os.fork()
        if process:
            os.close(asleep)
            self._children.append(_Child(process, wake))
            if len(self._children) > KEPT:
                self._drop(self._children.pop(0))
            return None
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.close(wake)
        for child in self._children:
            os.close(child.wake)
        line = os.read(asleep, 64) if os.getppid() == parent else b""
        if not line:  # the run is over
            os.kill(os.getpid(), signal.SIGKILL)
        os.close(asleep)
        self._children = []
        self._interval = 0
        _reopen(files, self._folder / FOLDER)
        return int(line)


def _open_files(folder: Path) -> list[_Open]:
    """Return the files in a folder that this process has open."""
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        number = int(entry.name)
        try:
            path = entry.readlink()
            status = os.fstat(number)
        except OSError:  # that of the listing itself
            continue
        if stat.S_ISREG(status.st_mode) and path.parent == folder and path.exists():
            flags = int(Path(f"/proc/self/fdinfo/{number}").read_text().split("flags:")[1].split()[0], 8)
            place = os.lseek(number, 0, os.SEEK_CUR)
            found.append(_Open(number, path, place, status.st_size, flags))
    return found


def _reopen(files: list[_Open], folder: Path) -> None:
    """Put copies into a folder in place of open files, each as it was."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for path, size in {file.path: file.size for file in files}.items():
        with path.open("rb") as source, (folder / path.name).open("wb") as copy:
            while size > 0 and (data := source.read(min(size, 1 << 20))):
                size -= copy.write(data)
    for file in files:
        number = os.open(folder / file.path.name, file.flags & (os.O_ACCMODE | os.O_APPEND))
        os.lseek(number, file.place, os.SEEK_SET)
        os.dup2(number, file.number)
        os.close(number)


def _begins_with(path: Path, other: Path) -> bool:
    """Does a file begin with all that another one holds?"""
    if not path.exists():
        return False
    with path.open("rb") as longer, other.open("rb") as shorter:
        while data := shorter.read(1 << 20):
            if longer.read(len(data)) != data:
                return False
    return True


def _leave_regression(channels: Callable[[], dict[str, Any]], file: Path) -> None:
    """Let the end of the test and of the simulation be nothing that cocotb writes results of; what the channels did is
    written into a file."""
    cocotb.regression._manager_inst._running_test._test_complete_cb = lambda: None
    cocotb._shutdown._callbacks[:] = [lambda: file.write_text(json.dumps(channels()))]


def _ended(process: int, limit_seconds: float) -> bool:
    """Wait for the end of a child; did it come in time?"""
    deadline = time.monotonic() + limit_seconds
    while time.monotonic() < deadline:
        if os.waitpid(process, os.WNOHANG)[0]:
            return True
        select.select([], [], [], _POLL_SECONDS)
    return False
