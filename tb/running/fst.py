"""The header of an FST file (waves of Icarus): which simulation time it holds."""

import struct
from pathlib import Path
from typing import NamedTuple

# The first block: its type, its length, first and last time, what the writer's doubles look like, five counts, and the
# power of ten of a second that a time is counted in. Big-endian but for the double
_HEADER = struct.Struct(">BQQQ8s5Qb")
_TYPE, _LENGTH = 0, 329
_E = struct.pack("<d", 2.718281828459045)


class FstError(Exception):
    """A file that is no FST file, or was not closed."""


class Window(NamedTuple):
    """First and last simulation time, ns, and how many signals there are."""

    first: float
    last: float
    signals: int


def read_window(path: Path) -> Window:
    """Read which time the waves of a file are of. Raises FstError, OSError."""
    with path.open("rb") as file:
        head = file.read(_HEADER.size)
    if len(head) < _HEADER.size:
        raise FstError(f"{path}: is too short")
    kind, length, first, last, endian, _, _, signals, _, blocks, exponent = _HEADER.unpack(head)
    if kind != _TYPE or length != _LENGTH or endian not in (_E, _E[::-1]):
        raise FstError(f"{path}: is no FST file")
    if not blocks:
        raise FstError(f"{path}: holds no waves")
    return Window(first * 10.0 ** (exponent + 9), last * 10.0 ** (exponent + 9), signals)
