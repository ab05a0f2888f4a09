"""The link's format (docs/hardware.md): frames, messages of control, items of the trace.

Only bytes come in and go out; who reads and writes them is not known here.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from enum import IntEnum
from typing import ClassVar, Self

VERSION = 2
START = 0xA5
LONGEST = 255
# Start, channel, number and length; CRC
HEADER = 4
TRAILER = 4
# What ends a frame that the board may have begun to read
ZEROS = bytes(300)
RECORD_BYTES = 128
# Channels of the second system of a board
SECOND = 16


class Channel(IntEnum):
    """Channels, as far as they have one name in both directions."""

    CONTROL = 0
    COMMANDS = 1
    TRACE = 1
    WRITE_DATA = 2
    READ_DATA = 2
    REGISTERS = 3
    PATH = 4
    DEVICE = 8


class Type(IntEnum):
    """Types of control's messages."""

    RESET = 1
    HELLO = 1
    CREDIT = 2
    STATUS = 3
    ERROR = 4


class Kind(IntEnum):
    """Kinds of errors, by number on the line."""

    LINE = 1
    START = 2
    CRC = 3
    NUMBER = 4
    CHANNEL = 5
    ROOM = 6
    MESSAGE = 7


SAID = {
    Kind.LINE: "a byte without a stop bit",
    Kind.START: "no start of a frame",
    Kind.CRC: "a wrong CRC",
    Kind.NUMBER: "a frame is missing or came twice",
    Kind.CHANNEL: "no such channel",
    Kind.ROOM: "more bytes than were announced",
    Kind.MESSAGE: "a message that cannot be",
}


class Event(IntEnum):
    """Kinds of items of the trace; the names are those of the capture's events, but for the two responses of
    registers."""

    RECORD = 0
    HOST_COMMAND = 1
    WRITE_DATA = 2
    REGISTER_WRITE = 3
    REGISTER_READ = 4
    DEVICE_WRITE = 5
    DEVICE_READ = 6
    PACKET_IN = 7
    READ_DATA = 8
    HOST_RESPONSE = 9
    REGISTER_WRITTEN = 10
    REGISTER_DATA = 11
    PACKET_FIRST = 12
    PACKET_OUT = 13


# Fields of items behind their cycles, as struct writes them
_ITEM_FIELDS = {
    Event.READ_DATA: "<HH",
    Event.HOST_RESPONSE: "<HB",
    Event.REGISTER_WRITTEN: "<B",
    Event.REGISTER_DATA: "<BQ",
    Event.PACKET_OUT: "<H",
}
_SAME_CYCLE = 0x80


class LinkError(Exception):
    """What came over the link is damaged, lost or doubled: the kind, the channel of the frame that was wrong (-1: not
    known), channel and number of the last good frame (None: there was none)."""

    def __init__(self, kind: Kind, channel: int, last: tuple[int, int] | None, text: str = "") -> None:
        self.kind = kind
        self.channel = channel
        self.last = last
        where = "" if channel < 0 else f"channel {channel}: "
        good = (
            "no frame was good before it" if last is None else f"last good frame: channel {last[0]}, number {last[1]}"
        )
        super().__init__(f"{where}{text or SAID[kind]}; {good}")


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame without its start and CRC."""

    channel: int
    number: int
    payload: bytes


def encode(frame: Frame) -> bytes:
    """Return the bytes of a frame. The payload has 1 to 255 bytes."""
    if not 1 <= len(frame.payload) <= LONGEST:
        raise ValueError(f"a payload of {len(frame.payload)} bytes")
    body = bytes((frame.channel, frame.number, len(frame.payload))) + frame.payload
    return bytes((START,)) + body + zlib.crc32(body).to_bytes(TRAILER, "little")


class Sender:
    """Numbers frames of one direction."""

    def __init__(self) -> None:
        self._number = 0

    def frames(self, channel: int, data: bytes) -> bytes:
        """Return the frames of some bytes of a channel, the longest that there can be."""
        found = []
        for at in range(0, len(data), LONGEST):
            found.append(encode(Frame(channel, self._number, data[at : at + LONGEST])))
            self._number = (self._number + 1) & 0xFF
        return b"".join(found)


class Receiver:
    """Takes frames of one direction out of a stream of bytes.

    With a nonce it begins down, and skips all up to a HELLO of that nonce; otherwise the first byte is that of a frame
    of number 0.
    """

    def __init__(self, nonce: int | None = None) -> None:
        self._nonce = nonce
        self._bytes = bytearray()
        self._number = 0
        # Channel and number
        self.last: tuple[int, int] | None = None

    @property
    def up(self) -> bool:
        """The first frame was found."""
        return self._nonce is None

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that are whole with these bytes. Raises LinkError at what is wrong, after the frames before
        it were given."""
        self._bytes += data
        if not self.up:
            yield from self._hunt()
        while self.up and self._bytes:
            if self._bytes[0] != START:
                raise LinkError(Kind.START, -1, self.last)
            frame, size = self._first(0)
            if size == 0:
                return
            if frame is None:
                raise LinkError(Kind.CRC, self._bytes[1], self.last)
            if frame.number != self._number:
                text = f"frame {frame.number} where {self._number} must follow"
                raise LinkError(Kind.NUMBER, frame.channel, self.last, text)
            del self._bytes[:size]
            self._taken(frame)
            yield frame

    def _taken(self, frame: Frame) -> None:
        self._number = (frame.number + 1) & 0xFF
        self.last = frame.channel, frame.number

    def _first(self, at: int) -> tuple[Frame | None, int]:
        """Return the frame from `at` on (None: its CRC is wrong) and its bytes (0: it is not whole)."""
        if len(self._bytes) - at < HEADER:
            return None, 0
        size = HEADER + self._bytes[at + 3] + TRAILER
        if len(self._bytes) - at < size:
            return None, 0
        body = bytes(self._bytes[at + 1 : at + size - TRAILER])
        crc = int.from_bytes(self._bytes[at + size - TRAILER : at + size], "little")
        right = self._bytes[at] == START and len(body) > 3 and zlib.crc32(body) == crc
        return (Frame(body[0], body[1], body[3:]) if right else None), size

    def _hunt(self) -> Iterator[Frame]:
        """Look for the HELLO; bytes in which none can begin any more are dropped."""
        keep = len(self._bytes)
        at = self._bytes.find(START)
        while at >= 0:
            frame, size = self._first(at)
            if frame is not None and self._greets(frame):
                del self._bytes[: at + size]
                self._nonce = None
                self._taken(frame)
                yield frame
                return
            if size == 0:
                keep = min(keep, at)
            at = self._bytes.find(START, at + 1)
        del self._bytes[:keep]

    def _greets(self, frame: Frame) -> bool:
        if frame.channel != Channel.CONTROL or frame.number != 0 or frame.payload[0] != Type.HELLO:
            return False
        return len(frame.payload) == Hello.size() and Hello.read(frame.payload).nonce == self._nonce


class _Message:
    """A message of control: a type and fields of fixed size."""

    TYPE: ClassVar[Type]
    FORMAT: ClassVar[str]
    # Which fields have 6 bytes: H and I of FORMAT, low bits first
    SIX: ClassVar[tuple[int, ...]] = ()

    @classmethod
    def size(cls) -> int:
        """Bytes, with the type."""
        return struct.calcsize(f"<B{cls.FORMAT}")

    @classmethod
    def read(cls, payload: bytes) -> Self:
        """Return the message of a frame's payload. Raises ValueError if it cannot be one."""
        if len(payload) != cls.size() or payload[0] != cls.TYPE:
            raise ValueError(f"{cls.__name__}: {payload.hex()}")
        values = list(struct.unpack(f"<B{cls.FORMAT}", payload)[1:])
        for at in cls.SIX:
            values[at : at + 2] = [values[at] | values[at + 1] << 16]
        return cls(*values)

    def payload(self) -> bytes:
        """Return it as a frame's payload."""
        values = list(astuple(self))  # type: ignore[call-overload]
        for at in self.SIX:
            values[at : at + 1] = [values[at] & 0xFFFF, values[at] >> 16]
        return struct.pack(f"<B{self.FORMAT}", self.TYPE, *values)


@dataclass(frozen=True, slots=True)
class Reset(_Message):
    """Begin anew. `time` in ns."""

    version: int
    nonce: int
    first_cycle: int
    time: int

    TYPE = Type.RESET
    FORMAT = "BIHIQ"
    SIX = (2,)


@dataclass(frozen=True, slots=True)
class Hello(_Message):
    """What the board is: `clock` in kHz, `period` in ns, `baud` 0 without a UART, and its parameters. Of each system's
    devices the last `memory_devices` are in its block RAM."""

    version: int
    nonce: int
    build: int
    clock: int
    period: int
    baud: int
    data_width: int
    volumes: int
    pairs: int
    groups: int
    devices: int
    max_transfer_bytes: int
    max_data_bytes: int
    cache_slots: int
    read_slots: int
    flushes: int
    outstanding: int
    commands: int
    window: int
    system_number: int
    systems: int
    axi_addr_width: int
    memory_devices: int
    memory_bytes: int

    TYPE = Type.HELLO
    FORMAT = "BIIIHIHBBBBIIBBBBBHBBBBI"


@dataclass(frozen=True, slots=True)
class Credit(_Message):
    """Bytes of a channel that its receiver takes, counted from the reset, modulo 2^16."""

    channel: int
    limit: int

    TYPE = Type.CREDIT
    FORMAT = "BH"


@dataclass(frozen=True, slots=True)
class StatusRequest(_Message):
    """Asks for a status."""

    token: int

    TYPE = Type.STATUS
    FORMAT = "B"


@dataclass(frozen=True, slots=True)
class Status(_Message):
    """Answer to a request: frames modulo 2^16, errors since power-on by kind 1 to 7, lowest byte first."""

    token: int
    cycle: int
    received: int
    sent: int
    errors: bytes

    TYPE = Type.STATUS
    FORMAT = "BHIHH7s"
    SIX = (1,)


@dataclass(frozen=True, slots=True)
class Failure(_Message):
    """The message ERROR: what the board found."""

    kind: int
    channel: int
    number: int
    last_channel: int
    last_number: int

    TYPE = Type.ERROR
    FORMAT = "BBBBB"


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the trace: cycles since the item before it that had them (None: the same cycle, or a record), fields,
    or the record's 128 bytes."""

    event: Event
    device: int = 0
    delta: int | None = None
    fields: tuple[int, ...] = ()
    record: bytes = b""


class TraceReader:
    """Reads the trace's items."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._record = bytearray(RECORD_BYTES)

    def feed(self, data: bytes) -> Iterator[Item]:
        """Yield the items that are whole with these bytes. Raises ValueError at one that cannot be."""
        self._bytes += data
        at = 0
        try:
            while at < len(self._bytes):
                item, at = self._item(at)
                yield item
        except IndexError:
            pass
        finally:
            del self._bytes[:at]

    def _item(self, at: int) -> tuple[Item, int]:
        """Return the item at a place and the place behind it. Raises IndexError if it is not whole."""
        first = self._bytes[at]
        if first & 0xF not in Event.__members__.values():
            raise ValueError(f"an item of the trace of kind {first & 0xF}")
        event, device, at = Event(first & 0xF), first >> 4 & 7, at + 1
        if event == Event.RECORD:
            if first != _SAME_CYCLE:
                raise ValueError(f"a record that begins with {first:#04x}")
            record, at = self._changed(at)
            return Item(event, record=record), at
        delta = None
        if not first & _SAME_CYCLE:
            delta, at = self._cycles(at)
        layout = _ITEM_FIELDS.get(event, "<")
        size = struct.calcsize(layout)
        if at + size > len(self._bytes):
            raise IndexError
        return Item(event, device, delta, struct.unpack_from(layout, self._bytes, at)), at + size

    def _cycles(self, at: int) -> tuple[int, int]:
        value = shift = 0
        while True:
            byte = self._bytes[at]
            value |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if not byte & 0x80:
                return value, at
            if shift > 48:
                raise ValueError("cycles of more than 48 bits")

    def _changed(self, at: int) -> tuple[bytes, int]:
        record = self._record.copy()
        groups = self._bytes[at] | self._bytes[at + 1] << 8
        at += 2
        for group in range(RECORD_BYTES // 8):
            if groups >> group & 1:
                mask = self._bytes[at]
                at += 1
                for byte in range(8):
                    if mask >> byte & 1:
                        record[8 * group + byte] = self._bytes[at]
                        at += 1
        self._record = record
        return bytes(record), at


def changed(record: bytes, before: bytes) -> bytes:
    """Return a record as an item, given the one before it."""
    groups, text = 0, bytearray()
    for group in range(0, RECORD_BYTES, 8):
        places = [at for at in range(group, group + 8) if record[at] != before[at]]
        if places:
            groups |= 1 << group // 8
            text.append(sum(1 << at - group for at in places))
            text += bytes(record[at] for at in places)
    return bytes((_SAME_CYCLE,)) + groups.to_bytes(2, "little") + bytes(text)


def item(entry: Item) -> bytes:
    """Return the bytes of an item that is no record."""
    first = bytes((entry.event | entry.device << 4 | (_SAME_CYCLE if entry.delta is None else 0),))
    cycles = bytearray()
    if entry.delta is not None:
        left = entry.delta
        while left >= 0x80:
            cycles.append(left & 0x7F | 0x80)
            left >>= 7
        cycles.append(left)
    return first + bytes(cycles) + struct.pack(_ITEM_FIELDS.get(entry.event, "<"), *entry.fields)
