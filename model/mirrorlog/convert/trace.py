"""What every trace is read into: requests in the trace's order, and an account of what is not among them."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

from mirrorlog.simulate.workload import RequestKind

# Of an account: how much of a line is shown
SHOWN = 60
MOST_LINE = 1 << 20
GZIP = b"\x1f\x8b"


class ConvertError(Exception):
    """What cannot be converted; the text is one line that names the file, the line and the field."""


class Piece(NamedTuple):
    """Where the data of a write lies: `offset` bytes from a file's begin."""

    file: Path
    offset: int


class Asked(NamedTuple):
    """A request of a trace. `place` is the line (or entry) that it comes from, as messages name it; `name` what it goes
    to; `position` and `size` are bytes; `time` is ns since some moment, None where the trace has no times; `data` is
    None where it has no data, or of another kind than WRITE.
    """

    place: str
    name: str
    kind: RequestKind
    position: int
    size: int
    time: int | None
    data: Piece | bytes | None = None


class Account:
    """What became of a trace's lines: those that no request was made of (`unused`), and what was done to those that
    were (`notes`). Each reason with how many there are, and the first of them.
    """

    def __init__(self) -> None:
        self.unused: dict[str, tuple[int, str]] = {}
        self.notes: dict[str, tuple[int, str]] = {}

    def leave_out(self, reason: str, place: str, text: str = "") -> None:
        """A line of which nothing is made."""
        _count(self.unused, reason, place, text)

    def note(self, reason: str, place: str, text: str = "") -> None:
        """Something that was done to a line."""
        _count(self.notes, reason, place, text)


def _count(reasons: dict[str, tuple[int, str]], reason: str, place: str, text: str) -> None:
    count, first = reasons.get(reason, (0, ""))
    reasons[reason] = (count + 1, first or (f"{place}: {text[:SHOWN]}" if text else place))


class Line:
    """One line of a text file, and what is wrong with it."""

    __slots__ = ("number", "path", "text")

    def __init__(self, path: Path, number: int, text: str) -> None:
        self.path = path
        self.number = number
        self.text = text

    @property
    def place(self) -> str:
        """Return how messages name it."""
        return f"{self.path}:{self.number}"

    def number_of(self, field: str, text: str) -> int:
        """Return the value of a field. Raises ConvertError if it is no whole number of 64 bits."""
        if not (text.isascii() and text.isdigit() and len(text) <= 20 and int(text) < 1 << 64):
            self.wrong(field, f"{text[:SHOWN]!r} is no number")
        return int(text)

    def wrong(self, field: str, what: str) -> NoReturn:
        """Raise ConvertError."""
        raise ConvertError(f"{self.place}: field {field}: {what}")


def lines(path: Path) -> Iterator[Line]:
    """Yield the lines of a text file, which may be compressed with gzip, without those that are empty. Raises
    ConvertError, OSError."""
    with path.open("rb") as file:
        compressed = file.read(len(GZIP)) == GZIP
    try:
        with gzip.open(path, "rt", encoding="utf-8") if compressed else path.open(encoding="utf-8") as text:
            for number, line in enumerate(iter(lambda: text.readline(MOST_LINE), ""), start=1):
                if len(line) == MOST_LINE:
                    raise ConvertError(f"{path}:{number}: a line of more than {MOST_LINE} characters is of no trace")
                if not line.endswith("\n"):
                    raise ConvertError(f"{path}:{number}: the last line has no end (is it truncated?)")
                if line.strip():
                    yield Line(path, number, line.strip())
    except UnicodeDecodeError as error:
        raise ConvertError(f"{path}: is no text: {error.reason} at byte {error.start}") from error
    except EOFError as error:
        raise ConvertError(f"{path}: is truncated") from error
