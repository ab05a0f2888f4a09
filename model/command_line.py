"""What every command does at its edges: mistakes and interruptions in one line, and how far it has come."""

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import NoReturn, TextIO

INTERRUPTED, TERMINATED = 128 + signal.SIGINT, 128 + signal.SIGTERM
# How often progress is shown, seconds: on a terminal, and as lines of a log
TERMINAL_SECONDS, LOG_SECONDS = 0.2, 5.0
BAR = 30


class Terminated(BaseException):
    """The process is asked to end (SIGTERM)."""


class Parser(argparse.ArgumentParser):
    """A parser of options whose mistakes are one line that says how to ask for help, and whose help has defaults."""

    def __init__(self, *words: object, **settings: object) -> None:
        settings.setdefault("formatter_class", _Help)
        settings.setdefault("allow_abbrev", False)
        super().__init__(*words, **settings)  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        """Print the line and end with status 2."""
        self.exit(2, f"error: {message} ({self.prog} --help says more)\n")


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Help with the default of each option that has one."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default in (None, False) or action.default == [] or action.nargs == 0:
            return action.help
        return super()._get_help_string(action)


def fail(text: object) -> int:
    """Print a mistake in one line; returns the exit status for it."""
    print("error:", " ".join(str(text).split("\n")), file=sys.stderr)
    return 2


def guarded(command: Callable[[], int]) -> int:
    """Run a command; returns its exit status. What interrupts it, a file that cannot be read or written and want of
    memory are one line and a status."""
    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, _terminate) if main else None
    try:
        return command()
    except KeyboardInterrupt:
        print("\nstopped by Ctrl-C", file=sys.stderr)
        return INTERRUPTED
    except Terminated:
        print("stopped by SIGTERM", file=sys.stderr)
        return TERMINATED
    except BrokenPipeError:  # who reads has seen enough; nothing more may be written at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return fail(reason(error))
    except MemoryError:
        return fail("not enough memory")
    finally:
        if main:
            signal.signal(signal.SIGTERM, before)


def reason(error: OSError) -> str:
    """Say in a few words which file it was and what went wrong."""
    what = error.strerror or str(error)
    return what if error.filename is None else f"{error.filename}: {what}"


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated


class Progress:
    """Says on standard error how far a command is: a bar on a terminal, else a line now and then. Nothing is said of a
    command that ends before that. `clock` tells seconds."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._terminal = self._stream.isatty()
        self._interval = TERMINAL_SECONDS if self._terminal else LOG_SECONDS
        self._said = clock()
        self._last = ""
        self._drawn = False

    def __call__(self, phase: str, done: float = 0, total: float = 0) -> None:
        """Say that `done` of `total` are done in a phase; a `total` of 0: nobody knows how many there are."""
        now = self._clock()
        if now - self._said < self._interval:
            return
        text = f"{phase}: {done:,.0f} of {total:,.0f}" if total else phase
        if text == self._last and not self._terminal:
            return
        self._said, self._last = now, text
        if self._terminal:
            filled = int(BAR * min(1.0, done / total)) if total else 0
            print(f"\r[{'#' * filled:<{BAR}}] {text}\x1b[K", end="", file=self._stream, flush=True)
            self._drawn = True
        else:
            print(text, file=self._stream, flush=True)

    def close(self) -> None:
        """Take the bar off the terminal."""
        if self._drawn:
            print("\r\x1b[K", end="", file=self._stream, flush=True)
            self._drawn = False
