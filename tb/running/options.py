"""The options of `make sim`, as NAME=VALUE arguments."""

import random
import re
import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from mirrorlog.tables.shared_memory import FullPolicy
from tb.config.parameter_table import LEGAL
from tb.config.settings import BLOCK_BYTES, BOTH, INFORMATION_SHARE, MEBIBYTE, ReadMode
from tb.running import snapshots
from tb.running.simulators import SIMULATORS

OUT = "build/sim"
PARTNER_MODEL, SECONDARY = "model", "secondary"
# What plays the other one of two systems
PARTNERS = ("rtl", PARTNER_MODEL)
DATA_WIDTHS = (64, 128, 256, 512)
SEED_BITS = 31
SEED_LIMIT = 2**63
LARGEST_JOURNAL_BYTES = 256 * MEBIBYTE
# More would not fill the queue of the bench's path
LARGEST_DELAY = 30_000
# Cycles between snapshots; with fewer most of the time would be theirs
LEAST_SNAPSHOT, LARGEST_SNAPSHOT = 100, 1 << 31
_TARGET = re.compile(r"/[^\0]+|socket://[^\s/:]+:\d{1,5}")
# Options that make no sense with a board: what it cannot do, and what it says itself
_NOT_WITH_TARGET = ("waves", "snapshot")
# Options that make sense with two systems only
_REPLICATION = ("crash_at", "copy", "delay", "bandwidth", "drop", "corrupt", "duplicate", "reorder", "partner", "side")


Reader = Callable[[str], object]


class OptionError(Exception):
    """An option that makes no sense; the text is one line."""


@dataclass(frozen=True, slots=True)
class Options:
    """What `make sim` was asked for. Sizes in bytes, watch time and delay (one way) in cycles.

    Bandwidth in percent of a beat a cycle, faults in percent of the packets; `crash_at` 0: never; `copy` "": before a
    crash, else during the run; `partner` "model": the model plays the other system, and `side` is the one in Verilog
    ("": the original). `target`: the link to a board that has that one, not Verilog, `both`: the other one,
    too; `given`: the names of options that were. `out` is the folder for the run's files. `snapshot`: cycles between
    snapshots, 0: none.
    """

    trace: str = "tests/data/bank"
    sim: str = "icarus"
    seed: int = 1
    data_width: int = 512
    waves: bool = False
    snapshot: int = snapshots.CYCLES
    journal_bytes: int = 4 * MEBIBYTE
    max_transfer_bytes: int = 16384
    policy: FullPolicy = FullPolicy.STALL
    watch_time: int = 1_000_000
    systems: int = 2
    crash_at: int = 0
    copy: str = ""
    mode: ReadMode = ReadMode.BY_NUMBER
    delay: int = 0
    bandwidth: int = 100
    drop: float = 0.0
    corrupt: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    partner: str = ""
    side: str = ""
    target: str = ""
    both: bool = False
    given: frozenset[str] = frozenset()
    out: str = OUT

    @property
    def copy_before(self) -> bool:
        """Do hosts wait for the end of initial copy?"""
        return self.copy == "before" or (not self.copy and self.crash_at > 0)

    @property
    def model(self) -> int:
        """Which of two systems the model plays: 1 the original, 2 the secondary, 0 none."""
        if self.systems == 1 or self.both or (self.partner != PARTNER_MODEL and not self.target):
            return 0
        return 1 if self.side == SECONDARY else 2

    @property
    def board(self) -> int:
        """Which system is on a board: 1 the original, 2 the secondary, 3 both, 0 none."""
        if not self.target:
            return 0
        if self.both:
            return BOTH
        return 2 if self.side == SECONDARY else 1

    def repeat(self) -> str:
        """The command that does the same again, with waves."""
        settings: dict[str, object] = {
            "TRACE": self.trace,
            "SIM": self.sim,
            "SEED": self.seed,
            "DATA_WIDTH": self.data_width,
            "JOURNAL_BYTES": self.journal_bytes,
            "MAX_TRANSFER_BYTES": self.max_transfer_bytes,
            "POLICY": self.policy.name.lower(),
            "WATCH_TIME": self.watch_time,
            "SYSTEMS": self.systems,
        }
        settings |= {"TARGET": self.target} if self.target else {"WAVES": 1}
        if self.out != OUT:
            settings["OUT"] = self.out
        if self.systems > 1:
            settings |= {name.upper(): getattr(self, name) for name in _REPLICATION if getattr(self, name)}
            settings["MODE"] = self.mode.name.lower()
        return "make sim " + " ".join(f"{name}={shlex.quote(str(value))}" for name, value in settings.items())


def parse(arguments: Sequence[str], known: Collection[str] | None = None) -> Options:
    """Read the arguments; without a seed, choose one. `known` are the names that may be given, by default all. Raises
    OptionError."""
    readers = {name: reader for name, reader in READERS.items() if known is None or name in known}
    values = {"seed": random.SystemRandom().getrandbits(SEED_BITS)} | read_values(arguments, readers)
    options = Options(**values, given=frozenset(values))  # type: ignore[arg-type]
    alone = [name.upper() for name in ("mode", *_REPLICATION) if name in values]
    if options.systems == 1 and alone:
        raise OptionError(f"{alone[0]}: needs two systems, but SYSTEMS is 1")
    if options.target and options.partner == PARTNERS[0] and options.systems == 2:
        raise OptionError(f"PARTNER={options.partner}: the board of TARGET has one system, the model plays the other")
    for name in _NOT_WITH_TARGET:
        if options.target and values.get(name):
            raise OptionError(f"{name.upper()}: a target cannot do that: there are no signals to be seen")
    if options.side and not options.model:
        raise OptionError(f"SIDE={options.side}: needs PARTNER={PARTNER_MODEL}: else both systems are in Verilog")
    return options


def read_values(arguments: Sequence[str], readers: Mapping[str, Reader]) -> dict[str, object]:
    """Read NAME=VALUE arguments; a reader raises ValueError that says what its text is not. Raises OptionError."""
    values: dict[str, object] = {}
    for argument in arguments:
        name, separator, text = argument.partition("=")
        reader = readers.get(name.lower())
        if not separator or reader is None:
            names = ", ".join(known.upper() for known in readers)
            raise OptionError(f"unknown option {argument!r}: options are {names}, as NAME=VALUE")
        if name.lower() in values:
            raise OptionError(f"{name}={text}: {name.upper()} is given twice")
        try:
            values[name.lower()] = reader(text)
        except ValueError as error:
            raise OptionError(f"{name}={text}: {error}") from None
    return values


def path(text: str) -> str:
    """Read the name of a file or folder."""
    if not text or "\0" in text:
        raise ValueError("is no name of a file")
    return text


def _percent(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError("is no number") from None
    if not 0 <= value <= 50:
        raise ValueError("must be 0 to 50 percent")
    return value


def one_of(allowed: tuple[str, ...]) -> Callable[[str], str]:
    """Return the reader of one of these words."""

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"is none of {', '.join(allowed)}")
        return text

    return read


def _member(kind: type[Enum]) -> Callable[[str], Enum]:
    """Names of an enumeration, in small letters, with - or _ between words."""

    def read(text: str) -> Enum:
        name = one_of(tuple(member.name.lower().replace("_", "-") for member in kind))(text.replace("_", "-"))
        return kind[name.upper().replace("-", "_")]

    return read


def number(least: int, most: int) -> Callable[[str], int]:
    """Return the reader of a whole number from `least` to `most`."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit()):
            raise ValueError("is no number")
        if not least <= int(text) <= most:
            raise ValueError(f"must be {least} to {most}")
        return int(text)

    return read


def _snapshot(text: str) -> int:
    value = number(0, LARGEST_SNAPSHOT)(text)
    if 0 < value < LEAST_SNAPSHOT:
        raise ValueError(f"must be 0, or {LEAST_SNAPSHOT} to {LARGEST_SNAPSHOT}")
    return value


def _multiple(least: int, most: int, unit: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = number(least, most)(text)
        if value % unit:
            raise ValueError(f"must be a multiple of {unit}")
        return value

    return read


def _power_of_two(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = number(least, most)(text)
        if value & (value - 1):
            raise ValueError("must be a power of two")
        return value

    return read


def target(text: str) -> str:
    """Read the link to a board."""
    if not _TARGET.fullmatch(text):
        raise ValueError("is no port like /dev/ttyUSB0, nor socket://HOST:PORT")
    return text


READERS: dict[str, Reader] = {
    "trace": path,
    "out": path,
    "sim": one_of(SIMULATORS),
    "seed": number(0, SEED_LIMIT),
    "data_width": lambda text: int(one_of(tuple(map(str, DATA_WIDTHS)))(text)),
    "waves": lambda text: one_of(("0", "1"))(text) == "1",
    "snapshot": _snapshot,
    "journal_bytes": _multiple(2 * INFORMATION_SHARE * BLOCK_BYTES, LARGEST_JOURNAL_BYTES, BLOCK_BYTES),
    "max_transfer_bytes": _power_of_two(BLOCK_BYTES, LEGAL["max_transfer_bytes"].most),
    "policy": _member(FullPolicy),
    "watch_time": number(0, 2**32 - 1),
    "systems": lambda text: int(one_of(("1", "2"))(text)),
    "crash_at": number(1, 2**31),
    "copy": one_of(("before", "during")),
    "mode": _member(ReadMode),
    "delay": number(0, LARGEST_DELAY),
    "bandwidth": number(1, 100),
    "partner": one_of(PARTNERS),
    "side": one_of(("original", SECONDARY)),
    "target": target,
    **dict.fromkeys(("drop", "corrupt", "duplicate", "reorder"), _percent),
}
