"""What every command does at its edges: mistakes and interruptions in one line, and how far it has come."""

import argparse
import copy
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TextIO

INTERRUPTED, TERMINATED = 128 + signal.SIGINT, 128 + signal.SIGTERM
# How often progress is shown, seconds: on a terminal, and as lines of a log
TERMINAL_SECONDS, LOG_SECONDS = 0.2, 5.0
BAR = 30


class Terminated(BaseException):
    """The process is asked to end (SIGTERM)."""


class Parser(argparse.ArgumentParser):
    """A parser of options whose mistakes are one line that says how to ask for help, whose help has defaults, and which
    takes each option once unless it may be repeated. `interleaved`: options may stand between words of which some may
    be left out."""

    def __init__(self, *words: object, interleaved: bool = False, **settings: object) -> None:
        self._interleaved = interleaved
        settings.setdefault("formatter_class", _Help)
        settings.setdefault("allow_abbrev", False)
        super().__init__(*words, **settings)  # type: ignore[arg-type]
        for name in (None, "store"):
            self.register("action", name, _Once)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse; what may be interleaved options first, then words."""
        if not self._interleaved:
            return super().parse_known_args(args, namespace)
        self._interleaved = False
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._interleaved = True

    def error(self, message: str) -> NoReturn:
        """Print the line and end with status 2."""
        self.exit(2, f"error: {' '.join(message.split())} ({self.prog} --help says more)\n")


class _Once(argparse.Action):
    """Stores a value; a second one for the same is a mistake."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Store."""
        given: frozenset[str] = getattr(namespace, "given", frozenset())
        if option_string is not None and self.dest in given:
            names = " or ".join(
                name for action in parser._actions if action.dest == self.dest for name in action.option_strings
            )
            parser.error(f"{names}: given more than once")
        namespace.given = given | {self.dest}
        setattr(namespace, self.dest, values)


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Help with the default of each option that has one."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        default = option_name(action.default) if isinstance(action.default, Enum) else action.default
        hidden = default is argparse.SUPPRESS or isinstance(default, bool | list | tuple | None)
        if action.help is None or hidden or action.help.endswith(f"({default})"):
            return action.help
        return f"{action.help} ({default})"


def option_name(member: Enum) -> str:
    """Return a member of an enumeration as options name it: small letters, with - between words."""
    return (member.value if isinstance(member.value, str) else member.name).lower().replace("_", "-")


def choice(kind: type[Enum]) -> Callable[[str], Enum]:
    """Return the reader of an option that takes one of an enumeration's names, with - or _ between words."""
    names = {option_name(member): member for member in kind}

    def read(text: str) -> Enum:
        if text.replace("_", "-") not in names:
            raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(names)}")
        return names[text.replace("_", "-")]

    return read


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return the reader of an option that takes a whole number from `least` to `most`."""

    def read(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,20}", text, re.ASCII):
            raise argparse.ArgumentTypeError(f"{text[:40]!r} is no whole number")
        if not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text} is not from {least} to {most}")
        return int(text)

    return read


def number(least: float, most: float) -> Callable[[str], float]:
    """Return the reader of an option that takes a number from `least` to `most`."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text[:40]!r} is no number") from None
        if not least <= value <= most:  # what is no number, "nan", is not either
            raise argparse.ArgumentTypeError(f"{text} is not from {least:g} to {most:g}")
        return value

    return read


def output(*endings: str) -> Callable[[str], Path]:
    """Return the reader of an option that takes a file to be written, whose name ends in one of these."""

    def read(text: str) -> Path:
        file = Path(text)
        if file.suffix.lower() not in endings:
            raise argparse.ArgumentTypeError(f"{text!r} does not end in {' or '.join(endings)}")
        if file.is_dir():
            raise argparse.ArgumentTypeError(f"{text!r} is a folder")
        if not file.parent.is_dir():
            raise argparse.ArgumentTypeError(f"{text!r} is in a folder that is not there")
        return file

    return read


def output_folder(text: str) -> Path:
    """Read an option that takes a folder to be written."""
    folder = Path(text)
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not text or not there.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is no folder")
    return folder


PICTURE = output(".png", ".svg", ".pdf")


def write_whole(file: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a file, whole or not at all: under another name first. Raises OSError that names the file."""
    part = file.with_name(f".{file.name}.part{file.suffix}")
    try:
        write(part)
        part.replace(file)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(file)) from error
    finally:
        part.unlink(missing_ok=True)


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
        status = command()
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where it is known what to do if nobody reads
        return status
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
    except RecursionError:
        return fail("what is read is nested too deeply")
    except MemoryError:
        return fail("not enough memory")
    finally:
        if main:
            signal.signal(signal.SIGTERM, before)


def ignore_interrupts() -> None:
    """Leave Ctrl-C to the process that began this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def reason(error: OSError) -> str:
    """Say in a few words which file it was and what went wrong."""
    what = error.strerror or str(error)
    return what if error.filename is None else f"{error.filename}: {what}"


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated


@dataclass
class _Said:
    """What was said last, of whatever part of a command: when (seconds), the text, and whether a bar stands there."""

    when: float
    text: str = ""
    bar: bool = False


class Progress:
    """Says on standard error how far a command is: a bar on a terminal, else a line now and then. Nothing is said of a
    command that ends before that. As a context manager it takes its bar away however its block ends. `clock` tells
    seconds."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._terminal = self._stream.isatty()
        self._interval = TERMINAL_SECONDS if self._terminal else LOG_SECONDS
        self._said = _Said(clock())
        self._name = ""

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, phase: str, done: float = 0, total: float = 0) -> None:
        """Say that `done` of `total` are done in a phase; a `total` of 0: nobody knows how many there are."""
        now = self._clock()
        if now - self._said.when < self._interval:
            return
        text = self._name + (f"{phase}: {done:,.0f} of {total:,.0f}" if total else phase)
        if text == self._said.text and not self._terminal:
            return
        self._said.when, self._said.text = now, text
        if self._terminal:
            filled = int(BAR * min(1.0, done / total)) if total else 0
            print(f"\r[{'#' * filled:<{BAR}}] {text}\x1b[K", end="", file=self._stream, flush=True)
            self._said.bar = True
        else:
            print(text, file=self._stream, flush=True)

    def within(self, name: str) -> "Progress":
        """Return what shows progress of one part of a command, whose name comes before each phase. There is one bar
        for all parts."""
        part = copy.copy(self)
        part._name = f"{name}: "
        return part

    def close(self) -> None:
        """Take the bar off the terminal, if any part drew it."""
        if self._said.bar:
            print("\r\x1b[K", end="", file=self._stream, flush=True)
            self._said.bar = False
