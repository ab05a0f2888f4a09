"""The points of code coverage that a run of Verilator leaves: read from its coverage.dat, kept in few bytes a run.

A build has hundreds of thousands of points, the same in each of its runs, so they are kept once, in a table that is
named after their digest; a run keeps a bit for each.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path

from mirrorlog.command_line import write_whole
from tools.sources import RTL

DAT, BITS = "coverage.dat", "code.bits"
"""What Verilator writes into the folder of a run, and what is kept of it."""

TABLE = ".points"
_HEAD = "# SystemC::Coverage-3"
_POINT = re.compile(rb"C '(.*)' (\d+)")
_BLOCK, _ROW = re.compile(r"\[\d+\]\."), re.compile(r"\[\d+\](?=\[)")
_BIT = re.compile(r"(.*?)(?:\[(\d+)\])?:[01]->[01]")
# Where properties stand beside the RTL (rtl/include/properties.vh), and files that have nothing else
_PROPERTIES, _OF_PROPERTIES = "`ifdef ML_PROPERTIES", "properties.vh"


class CodeCoverageError(Exception):
    """A file that is none of code coverage, or of other points; the text names it."""


class Kind(Enum):
    """What is counted: lines that were reached, ways out of decisions, bits that went up, and down."""

    LINE = "line"
    BRANCH = "branch"
    TOGGLE = "toggle"


@dataclass(frozen=True, slots=True)
class Point:
    """A point as Verilator names it: `file` below the RTL's folder, place in it, `lines` that are reached with it
    ("12,14-17", "": none), `name` of the branch, or of the bit with the direction in which it goes."""

    kind: str
    file: str
    line: int
    column: int
    name: str
    lines: str

    def reached(self) -> Iterator[int]:
        """Yield the lines that are reached with it."""
        for part in self.lines.split(","):
            if part:
                first, _, last = part.partition("-")
                yield from range(int(first), int(last or first) + 1)

    @property
    def is_branch(self) -> bool:
        """Is it a way out of a decision? (Verilator counts items of a case as lines.)"""
        return self.kind == "branch" or (self.kind == "line" and self.name in ("case", "elsif", "if", "else"))

    @property
    def bit(self) -> tuple[str, int]:
        """The signal that it is about, with its word if it has several, and the bit of it, -1 if it has one alone."""
        said = _BIT.fullmatch(self.name)
        if said is None:
            return self.name, -1
        return said[1], int(said[2] or -1)


def read_dat(path: Path, rtl: Path = RTL) -> tuple[list[str], bytes]:
    """Return the points of a coverage.dat that are of the RTL, a line each, and which of them were met, a bit each,
    the first lowest. Those of properties beside it are none: what never happens in them is nothing that a run should
    reach. Raises CodeCoverageError."""
    try:
        head, *lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise CodeCoverageError(f"{path}: {error.strerror}") from None
    if head.decode(errors="replace") != _HEAD:
        raise CodeCoverageError(f"{path}: is no coverage of Verilator")
    below = b"f\x02" + os.fsencode(rtl) + b"/"
    found: dict[str, bool] = {}
    beside: dict[str, set[int]] = {}
    for line in lines:
        if below not in line:
            continue
        said = _POINT.fullmatch(line)
        if said is None:
            raise CodeCoverageError(f"{path}: is damaged: {line[:60]!r}")
        fields = dict(part.split(b"\x02", 1) for part in said[1].split(b"\x01") if part)
        source = fields[b"f"].decode()
        if source not in beside:
            beside[source] = property_lines(Path(source))
        if int(fields[b"l"]) in beside[source]:
            continue
        name = "\t".join(fields.get(key, b"").decode() for key in (b"t", b"f", b"l", b"n", b"o", b"S")).replace(
            f"{rtl}/", "", 1
        )
        # one that is there for each instance, or for several values of its module's parameters, is one
        found[name] = found.get(name, False) or int(said[2]) > 0
    names = sorted(found)
    bits = int("".join("01"[found[name]] for name in reversed(names)) or "0", 2)
    return names, bits.to_bytes(len(names) // 8 + 1, "little")


def property_lines(source: Path) -> set[int]:
    """Return the numbers of a Verilog file's lines that are properties."""
    lines = source.read_text().splitlines()
    if source.name.endswith(_OF_PROPERTIES):
        return set(range(1, len(lines) + 1))
    found, depth = set[int](), 0
    for number, line in enumerate(map(str.lstrip, lines), 1):
        if line.startswith(_PROPERTIES) or (depth and line.startswith(("`ifdef", "`ifndef"))):
            depth += 1
        if depth:
            found.add(number)
            depth -= line.startswith("`endif")
    return found


def keep(folder: Path, tables: Path, rtl: Path = RTL) -> None:
    """Turn a run's coverage.dat into a few bytes, in code.bits of its folder, and its points into a table, unless that
    is there. Raises CodeCoverageError."""
    names, bits = read_dat(folder / DAT, rtl)
    text = "\n".join(names) + "\n"
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    tables.mkdir(parents=True, exist_ok=True)
    table = tables / f"{digest}{TABLE}"
    if not table.exists():
        write_whole(table, lambda part: part.write_text(text))
    write_whole(folder / BITS, lambda part: part.write_bytes(digest.encode() + b"\n" + bits))
    (folder / DAT).unlink()


@dataclass(frozen=True)
class Merged:
    """The points of several runs, and which of them one has met."""

    met: dict[Point, bool]

    @cached_property
    def lines(self) -> dict[tuple[str, int], bool]:
        """Each line with code, by file and number: was it reached?"""
        found: dict[tuple[str, int], bool] = {}
        for point, met in self.met.items():
            if point.kind != Kind.TOGGLE.value:
                for line in point.reached():
                    found[point.file, line] = found.get((point.file, line), False) or met
        return found

    def of(self, kind: Kind) -> dict[Point, bool]:
        """Return the points of a kind; a line is the first point that reaches it."""
        if kind is Kind.LINE:
            return {Point("line", file, line, 0, "", str(line)): met for (file, line), met in self.lines.items()}
        if kind is Kind.BRANCH:
            return {point: met for point, met in self.met.items() if point.is_branch}
        return {point: met for point, met in self.met.items() if point.kind == kind.value}


def merge(files: Iterable[tuple[Path, Path]]) -> Merged:
    """Add runs up: of each its code.bits and the folder of its tables. Raises CodeCoverageError for a file that is
    none, or whose table is lacking."""
    sums: dict[Path, int] = {}
    sizes: dict[Path, tuple[Path, int]] = {}
    for file, tables in files:
        digest, separator, bits = file.read_bytes().partition(b"\n")
        if not separator or not re.fullmatch(rb"[0-9a-f]{16}", digest):
            raise CodeCoverageError(f"{file}: is no coverage of a run")
        table = tables / f"{digest.decode()}{TABLE}"
        of, size = sizes.setdefault(table, (file, len(bits)))
        if len(bits) != size:
            raise CodeCoverageError(f"{file}: is damaged: has {len(bits)} bytes, {of} has {size}")
        sums[table] = sums.get(table, 0) | int.from_bytes(bits, "little")
    found: dict[Point, bool] = {}
    for table, bits in sums.items():
        points = _read_table(table)
        file, size = sizes[table]
        if size != len(points) // 8 + 1:
            raise CodeCoverageError(f"{file}: is damaged: has {size} bytes for {len(points)} points")
        digits = bin(bits)[:1:-1]
        for place, point in enumerate(points):
            met = place < len(digits) and digits[place] == "1"
            found[point] = found.get(point, False) or met
    return Merged(found)


def _read_table(table: Path) -> list[Point]:
    """Return the points of a table, which is as its name says. Raises CodeCoverageError."""
    try:
        data = table.read_bytes()
    except FileNotFoundError:
        raise CodeCoverageError(f"{table}: is lacking") from None
    if hashlib.sha256(data).hexdigest()[:16] != table.stem:
        raise CodeCoverageError(f"{table}: is damaged")
    try:
        return [_point(line) for line in data.decode().splitlines()]
    except ValueError:
        raise CodeCoverageError(f"{table}: is no table of points") from None


def _point(line: str) -> Point:
    """Return a point of a table. Blocks that a loop generates count as one, as instances of a module do, and so do rows
    of a memory."""
    kind, file, number, column, name, lines = line.split("\t")
    if kind == Kind.TOGGLE.value:
        name = _ROW.sub("[]", _BLOCK.sub("[].", name))
    return Point(kind, file, int(number), int(column), name, lines)
