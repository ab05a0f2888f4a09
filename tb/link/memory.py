"""Messages of a storage device in a board's block RAM (docs/hardware.md): what it tells, and the machine's accesses.

Addresses and sizes are of whole beats.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

# Beats of an access, at most
MOST_BEATS = 256


class Told(IntEnum):
    """What a message of the board is about: of the first byte all but `resp`, which answers have in bits 2 and 1."""

    WRITE = 0x00
    READ = 0x01
    WRITTEN = 0x10
    HAS_READ = 0x11
    BEAT = 0x20
    CHECKED = 0x21


class Access(IntEnum):
    """The machine's accesses."""

    STORE = 0
    LOAD = 1
    FILL = 2
    CHECK = 3


@dataclass(frozen=True, slots=True)
class MemoryEvent:
    """A message of the board: a burst that begins (`address`, `size`, `data` of a write), its answer (`resp`, and the
    `crc` of what was read), or, for the machine, a beat (`data`) or a `crc`."""

    kind: Told
    address: int = 0
    size: int = 0
    data: bytes = b""
    resp: int = 0
    crc: int = 0


class MemoryReader:
    """Reads the messages of a device whose beats have so many bytes."""

    _RESP: ClassVar[int] = 0x06

    def __init__(self, beat: int) -> None:
        self._beat = beat
        self._bytes = bytearray()

    def feed(self, data: bytes) -> Iterator[MemoryEvent]:
        """Yield the messages that are whole with these bytes. Raises ValueError at one that cannot be."""
        self._bytes += data
        while self._bytes and len(self._bytes) >= (size := self._size()):
            message = bytes(self._bytes[:size])
            del self._bytes[:size]
            yield self._event(message)

    def _size(self) -> int:
        """Return the bytes of the first message, as far as they are known."""
        kind = self._kind(self._bytes[0])
        match kind:
            case Told.WRITE if len(self._bytes) > 1:
                return 8 + (self._bytes[1] + 1) * self._beat
            case Told.WRITE | Told.READ:
                return 8
            case Told.WRITTEN:
                return 1
            case Told.HAS_READ | Told.CHECKED:
                return 5
            case _:
                return 1 + self._beat

    def _kind(self, first: int) -> Told:
        """Return what a first byte is about. Raises ValueError."""
        kind = first & ~self._RESP if first & 0x10 else first
        if kind not in Told.__members__.values():
            raise ValueError(f"a message of a memory that begins with {first:#04x}")
        return Told(kind)

    def _event(self, message: bytes) -> MemoryEvent:
        kind = self._kind(message[0])
        match kind:
            case Told.WRITE | Told.READ:
                address, size = int.from_bytes(message[2:8], "little"), (message[1] + 1) * self._beat
                return MemoryEvent(kind, address, size, message[8:])
            case Told.WRITTEN | Told.HAS_READ | Told.CHECKED:
                crc = int.from_bytes(message[1:], "little")
                return MemoryEvent(kind, resp=(message[0] & self._RESP) >> 1, crc=crc)
            case _:
                return MemoryEvent(kind, data=message[1:])


def store(address: int, data: bytes, beat: int) -> bytes:
    """Return the accesses that write bytes."""
    parts = _parts(address, len(data), beat)
    return b"".join(_head(Access.STORE, at, size, beat) + data[at - address :][:size] for at, size in parts)


def load(address: int, size: int, beat: int) -> bytes:
    """Return the accesses that read so many bytes."""
    return b"".join(_head(Access.LOAD, at, part, beat) for at, part in _parts(address, size, beat))


def check(address: int, size: int, beat: int) -> bytes:
    """Return the accesses that ask for CRCs of so many bytes, of MOST_BEATS beats each (the last one of fewer)."""
    return b"".join(_head(Access.CHECK, at, part, beat) for at, part in _parts(address, size, beat))


def fill(address: int, value: bytes, size: int) -> bytes:
    """Return the accesses that write one beat's value again and again."""
    beat = len(value)
    return b"".join(_head(Access.FILL, at, part, beat) + value for at, part in _parts(address, size, beat))


def _parts(address: int, size: int, beat: int) -> Iterator[tuple[int, int]]:
    most = MOST_BEATS * beat
    yield from ((at, min(most, address + size - at)) for at in range(address, address + size, most))


def _head(access: Access, address: int, size: int, beat: int) -> bytes:
    return bytes((access, size // beat - 1)) + address.to_bytes(6, "little")
