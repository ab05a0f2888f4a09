"""The machine's end of a link (docs/hardware.md): begins anew, sends what credit allows, takes what comes.

A target is what pyserial opens: a port like /dev/ttyUSB0, or socket://HOST:PORT. The first thing that is wrong ends the
session: the LinkError says what, on which channel, and which frame was the last good one.
"""

import secrets
import select
import time
from collections import deque
from typing import Any, Protocol

from tb.link.frames import (
    SAID,
    SECOND,
    VERSION,
    ZEROS,
    Channel,
    Credit,
    Failure,
    Frame,
    Hello,
    Kind,
    LinkError,
    Receiver,
    Reset,
    Sender,
    Status,
    StatusRequest,
    Type,
)

# Of the boards' UART, and of the stand-in's
BAUD = 2_000_000
# Bytes of a channel that the machine takes beyond those that it has taken, and after how many it says so again
ROOM, SAID_AGAIN = 65535, 8192
# Seconds within which a board that lives says something
ANSWER_SECONDS = 10.0
_COUNT = 1 << 16
# Of bytes that are read at once, and of those that are handed to the line
_READ, _WRITE = 1 << 16, 1 << 14


class LinkLost(LinkError):
    """The link is gone, or nothing answers: no frame is wrong, but there are no more."""

    def __init__(self, text: str, last: tuple[int, int] | None) -> None:
        super().__init__(Kind.LINE, -1, last, text)


class Stream(Protocol):
    """What pyserial opens, as far as it is used; reading does not wait."""

    def read(self, size: int) -> bytes:
        """Return what is there, `size` bytes at most."""

    def write(self, data: bytes) -> Any:
        """Write all of it."""

    def fileno(self) -> int:
        """Return its number, to be waited for."""

    def close(self) -> None:
        """End it."""


def open_stream(target: str, baud: int = BAUD) -> Stream:
    """Open a target. Raises LinkLost if that cannot be done."""
    from serial import SerialException, serial_for_url  # of the lock's group link

    try:
        stream: Stream = serial_for_url(target, baudrate=baud, timeout=0)
    except (SerialException, OSError, ValueError) as error:
        raise LinkLost(f"{target}: cannot be opened: {str(error) or type(error).__name__}", None) from None
    return stream


class Session:
    """A link that is up. `hello` is what the board says that it is.

    Of each channel: `send` queues bytes, `take` returns those that came. `cycle` is the last cycle of the board that a
    status has told.
    """

    def __init__(self, stream: Stream, target: str, seconds: float = ANSWER_SECONDS) -> None:
        self._stream = stream
        self._target = target
        self._seconds = seconds
        self._sender = Sender()
        self._receiver: Receiver | None = None
        self._came: dict[int, bytearray] = {}
        self._taken: dict[int, int] = {}
        self._announced: dict[int, int] = {}
        self._waiting: dict[int, deque[bytes]] = {}
        self._sent: dict[int, int] = {}
        self._limits: dict[int, int] = {}
        self._out = bytearray()
        self._token = 0
        self._answered = 0
        self.received_bytes = self.sent_bytes = 0
        self.cycle = 0
        self.hello: Hello | None = None

    @classmethod
    def begin(cls, target: str, first_cycle: int = 0, time_ns: int = 0, seconds: float = ANSWER_SECONDS) -> "Session":
        """Open a target and begin anew: reset the board, read what it is, announce room. Raises LinkError."""
        session = cls(open_stream(target), target, seconds)
        try:
            session.reset(first_cycle, time_ns)
        except LinkError:
            session.close()
            raise
        return session

    @property
    def last(self) -> tuple[int, int] | None:
        """Channel and number of the last good frame."""
        return None if self._receiver is None else self._receiver.last

    def reset(self, first_cycle: int = 0, time_ns: int = 0) -> Hello:
        """Reset the board, which begins in that cycle and at that time of day; returns what it is. Raises LinkError."""
        nonce = secrets.randbits(32) | 1
        self._receiver = Receiver(nonce)
        seen = bytearray()
        self._out += ZEROS + self._sender.frames(
            Channel.CONTROL, Reset(VERSION, nonce, first_cycle, time_ns % (1 << 64)).payload()
        )
        deadline = time.monotonic() + self._seconds
        while self.hello is None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise self._no_hello(bytes(seen))
            data = self._exchange(left)
            seen = (seen + data)[-4096:]
            self._feed(data)
        if self.hello.version != VERSION:
            raise LinkLost(f"{self._target}: the link's version is {self.hello.version}, expected {VERSION}", self.last)
        self.cycle = first_cycle
        for system in range(self.hello.systems):
            devices = range(Channel.DEVICE, Channel.DEVICE + self.hello.devices)
            for channel in (Channel.TRACE, Channel.READ_DATA, Channel.PATH, *devices):
                self._announce(channel + SECOND * system)
        return self.hello

    def send(self, channel: int, data: bytes) -> None:
        """Queue bytes of a channel."""
        if data:
            self._waiting.setdefault(channel, deque()).append(data)

    def unsent(self, channel: int) -> int:
        """Return how many bytes of a channel wait for credit."""
        return sum(map(len, self._waiting.get(channel, ())))

    def take(self, channel: int, size: int | None = None) -> bytes:
        """Return bytes of a channel that came: all, or exactly `size` (b"": there are fewer)."""
        came = self._came.get(channel)
        if not came or (size is not None and len(came) < size):
            return b""
        data = bytes(came if size is None else came[:size])
        del came[: len(data)]
        self._taken[channel] = self._taken.get(channel, 0) + len(data)
        if self._taken[channel] + ROOM - self._announced[channel] >= SAID_AGAIN:
            self._announce(channel)
        return data

    def work(self, seconds: float = 0.0) -> bool:
        """Write what credit allows, read what comes, and wait for that so long at most. Returns whether anything came.
        Raises LinkError at what is wrong."""
        self._fill()
        data = self._exchange(seconds)
        self._feed(data)
        self._fill()
        if self._out:
            data += self._exchange(0.0, more=False)
        return bool(data)

    def wait_status(self) -> int:
        """Ask for the board's status, wait for it, and return its cycle. Raises LinkError if none comes in time."""
        self._token = (self._token + 1) & 0xFF
        self._answered = -1
        self._out += self._sender.frames(Channel.CONTROL, StatusRequest(self._token).payload())
        deadline = time.monotonic() + self._seconds
        while self._answered != self._token:
            left = deadline - time.monotonic()
            if left <= 0:
                raise LinkLost(f"{self._target}: the board has not answered for {self._seconds:g} seconds", self.last)
            if self.work(left):
                deadline = time.monotonic() + self._seconds
        return self.cycle

    def wrong(self, channel: int, text: str) -> LinkError:
        """Return the error of a message of a channel that cannot be."""
        return LinkError(Kind.MESSAGE, channel, self.last, text)

    def close(self) -> None:
        """End the session."""
        self._stream.close()

    def _no_hello(self, seen: bytes) -> LinkLost:
        if not seen:
            return LinkLost(f"{self._target}: nothing answers within {self._seconds:g} seconds", None)
        other = _version_of(seen)
        if other is not None:
            return LinkLost(f"{self._target}: the link's version is {other}, expected {VERSION}", None)
        return LinkLost(f"{self._target}: what answers is no board: {seen[:16].hex(' ')}", None)

    def _fill(self) -> None:
        """Make frames of what waits, as far as there is credit, the channels in turn."""
        for channel, waiting in self._waiting.items():
            room = (self._limits.get(channel, 0) - self._sent.get(channel, 0)) % _COUNT
            while waiting and room and len(self._out) < _WRITE:
                data = waiting.popleft()
                if len(data) > room:
                    waiting.appendleft(data[room:])
                    data = data[:room]
                self._sent[channel] = (self._sent.get(channel, 0) + len(data)) % _COUNT
                room -= len(data)
                self._out += self._sender.frames(channel, data)

    def _exchange(self, seconds: float, more: bool = True) -> bytes:
        """Write what is to be written, and read what is there; wait for that so long. Raises LinkLost."""
        try:
            if self._out:
                self._stream.write(bytes(self._out))
                self.sent_bytes += len(self._out)
                self._out.clear()
            if not more:
                return b""
            if seconds > 0:
                select.select([self._stream.fileno()], [], [], seconds)
            data = self._stream.read(_READ)
        except (
            OSError,
            ValueError,
            TypeError,
        ) as error:  # pyserial's errors are OSErrors; what is closed has no number
            said = str(error) or type(error).__name__
            raise LinkLost(f"{self._target}: the link is gone: {said}", self.last) from None
        self.received_bytes += len(data)
        return data

    def _feed(self, data: bytes) -> None:
        assert self._receiver is not None
        for frame in self._receiver.feed(data):
            if frame.channel == Channel.CONTROL:
                self._control(frame)
            elif frame.channel in self._announced:
                self._came.setdefault(frame.channel, bytearray()).extend(frame.payload)
                total = self._taken.get(frame.channel, 0) + len(self._came[frame.channel])
                if total > self._announced[frame.channel]:
                    raise LinkError(Kind.ROOM, frame.channel, self.last)
            else:
                raise LinkError(Kind.CHANNEL, frame.channel, self.last)

    def _control(self, frame: Frame) -> None:
        payload = frame.payload
        try:
            match payload[0]:
                case Type.HELLO if self.hello is None:
                    self.hello = Hello.read(payload)
                case Type.HELLO:
                    raise self.wrong(frame.channel, "the board was reset in the middle")
                case Type.CREDIT:
                    credit = Credit.read(payload)
                    self._limits[credit.channel] = credit.limit
                case Type.STATUS:
                    status = Status.read(payload)
                    self.cycle, self._answered = status.cycle, status.token
                case Type.ERROR:
                    raise self._told(Failure.read(payload))
                case kind:
                    raise ValueError(f"a message of type {kind}")
        except ValueError as error:
            raise self.wrong(frame.channel, f"a message that cannot be: {error}") from None

    def _told(self, failure: Failure) -> LinkError:
        """The board has found something wrong in what it was sent."""
        kind = Kind(failure.kind) if failure.kind in Kind.__members__.values() else None
        said = f"the board says: {SAID[kind] if kind else f'error {failure.kind}'}"
        last = failure.last_channel, failure.last_number
        return LinkError(kind or Kind.MESSAGE, failure.channel, last, said)

    def _announce(self, channel: int) -> None:
        self._announced[channel] = self._taken.get(channel, 0) + ROOM
        limit = self._announced[channel] % _COUNT
        self._out += self._sender.frames(Channel.CONTROL, Credit(channel, limit).payload())


def _version_of(seen: bytes) -> int | None:
    """Return the version of a HELLO among bytes, None if there is none."""
    receiver = _Any()
    return next(
        (f.payload[1] for f in receiver.frames(seen) if f.payload[0] == Type.HELLO and len(f.payload) > 1), None
    )


class _Any(Receiver):
    """Takes every frame of control out of bytes, whatever lies between."""

    def frames(self, data: bytes) -> list[Frame]:
        """Return them."""
        self._bytes += data
        found = (self._first(at)[0] for at in range(len(data)))
        return [frame for frame in found if frame is not None and frame.channel == Channel.CONTROL]
