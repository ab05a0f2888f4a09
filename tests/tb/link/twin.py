"""The board's end of a link in Python, as a stream that a session reads and writes: it counts credit, and goes wrong
as it is told."""

import os
from dataclasses import dataclass, field, replace

from tb.link.frames import (
    START,
    Channel,
    Credit,
    Hello,
    Receiver,
    Reset,
    Sender,
    Status,
    StatusRequest,
    Type,
)

HELLO = Hello(2, 0, 7, 25000, 40, 0, 64, 8, 8, 4, 2, 4096, 4096, 8, 4, 4, 16, 8, 256, 1, 1, 48, 0, 0)
# Bytes of a channel that it takes beyond those that it has consumed
ROOM = 64
CHANNELS = (1, 2, 3, 4, 8, 9)


@dataclass
class Twin:
    """`came` is what came on each channel; `stuck` are channels of which it consumes nothing; `before` are bytes that
    it says before its HELLO."""

    hello: Hello = HELLO
    silent: bool = False
    before: bytes = b""
    stuck: frozenset[int] = frozenset()
    came: dict[int, bytearray] = field(default_factory=dict)
    cycle: int = 0
    closed: bool = False

    def __post_init__(self) -> None:
        self._pipe = os.pipe()
        self._out = bytearray()
        self._receiver: Receiver | None = None
        self.sender = Sender()
        self.limits: dict[int, int] = {}
        self.credit: dict[int, int] = {}

    # What a session sees

    def fileno(self) -> int:
        """Return what is ready when there is something to be read."""
        return self._pipe[0]

    def read(self, size: int) -> bytes:
        """Return what the board says."""
        if self.closed:
            raise OSError("socket disconnected")
        data = bytes(self._out[:size])
        del self._out[:size]
        if data and not self._out:
            os.read(self._pipe[0], 1)
        return data

    def write(self, data: bytes) -> int:
        """Take what the machine says."""
        if self.closed:
            raise OSError("socket disconnected")
        if not self.silent:
            if self._receiver is None:
                data = data[data.index(START) :]
                self._receiver = Receiver()
            for frame in self._receiver.feed(data):
                self._take(frame.channel, frame.payload)
        return len(data)

    def close(self) -> None:
        """The machine leaves."""
        for end in self._pipe:
            os.close(end)

    # What it does

    def say(self, channel: int, data: bytes) -> None:
        """Send bytes of a channel."""
        self.say_bytes(self.sender.frames(channel, data))

    def say_bytes(self, data: bytes) -> None:
        """Put bytes on the line."""
        if data and not self._out:
            os.write(self._pipe[1], b"x")
        self._out += data

    def give_credit(self, channel: int) -> None:
        """Say what the machine may send of a channel."""
        consumed = 0 if channel in self.stuck else len(self.came.get(channel, b""))
        self.credit[channel] = consumed + ROOM
        self.say(Channel.CONTROL, Credit(channel, self.credit[channel] & 0xFFFF).payload())

    def _take(self, channel: int, payload: bytes) -> None:
        if channel == Channel.CONTROL:
            self._control(payload)
            return
        self.came.setdefault(channel, bytearray()).extend(payload)
        assert len(self.came[channel]) <= self.credit[channel], f"channel {channel}: more than was announced"
        if channel not in self.stuck:
            self.give_credit(channel)

    def _control(self, payload: bytes) -> None:
        match payload[0]:
            case Type.RESET:
                reset = Reset.read(payload)
                self.cycle = reset.first_cycle
                self.say_bytes(self.before)
                self.say(Channel.CONTROL, replace(self.hello, nonce=reset.nonce).payload())
                for channel in CHANNELS:
                    self.give_credit(channel)
            case Type.CREDIT:
                credit = Credit.read(payload)
                self.limits[credit.channel] = credit.limit
            case _:
                token = StatusRequest.read(payload).token
                self.say(Channel.CONTROL, Status(token, self.cycle, 0, 0, bytes(7)).payload())
