"""The machine at the other end of a link whose bytes stand at a module's ports, a byte a cycle at most."""

import random
from collections import defaultdict
from typing import Any

from cocotb.triggers import ReadOnly, RisingEdge

from tb.link.frames import (
    VERSION,
    ZEROS,
    Channel,
    Credit,
    Failure,
    Frame,
    Hello,
    Item,
    Receiver,
    Reset,
    Sender,
    Status,
    StatusRequest,
    TraceReader,
    Type,
)
from tests.rtl.units import chance


class Machine:
    """Sends and takes bytes, each in `rate` percent of the cycles. Sends no more than the board announced."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut, self._rng = dut, rng
        self.rate = 100
        self.line = bytearray()
        self._sender = Sender()
        self._receiver = Receiver()
        self._limits: dict[int, int] = defaultdict(int)
        self._sent: dict[int, int] = defaultdict(int)
        self._waiting: dict[int, bytearray] = defaultdict(bytearray)
        self._trace = TraceReader()
        # what came: items of the trace, bytes of the other channels, messages of control
        self.items: list[Item] = []
        self.data: dict[int, bytearray] = defaultdict(bytearray)
        self.hello: Hello | None = None
        self.status: Status | None = None
        self.failure: Failure | None = None
        self.frames: list[Frame] = []
        dut.rx_valid.value = 0
        dut.tx_ready.value = 0

    async def run(self) -> None:
        """Move bytes, for ever."""
        dut = self.dut
        while True:
            dut.tx_ready.value = ready = chance(self._rng, self.rate)
            self._fill()
            sends = bool(self.line) and chance(self._rng, self.rate)
            dut.rx_valid.value = sends
            if sends:
                dut.rx_data.value = self.line.pop(0)
            await ReadOnly()
            byte = int(dut.tx_data.value) if ready and dut.tx_valid.value == 1 else None
            await RisingEdge(dut.clk)
            if byte is not None:
                for frame in self._receiver.feed(bytes((byte,))):
                    self._take(frame)

    def _take(self, frame: Frame) -> None:
        self.frames.append(frame)
        if frame.channel == Channel.TRACE:
            self.items += self._trace.feed(frame.payload)
        elif frame.channel != Channel.CONTROL:
            self.data[frame.channel] += frame.payload
        elif frame.payload[0] == Type.HELLO:
            self.hello = Hello.read(frame.payload)
        elif frame.payload[0] == Type.CREDIT:
            credit = Credit.read(frame.payload)
            self._limits[credit.channel] = credit.limit
        elif frame.payload[0] == Type.STATUS:
            self.status = Status.read(frame.payload)
        else:
            self.failure = Failure.read(frame.payload)

    def _fill(self) -> None:
        """Make frames of what waits and has credit, when the line is empty."""
        if self.line:
            return
        for channel, waiting in self._waiting.items():
            credit = (self._limits[channel] - self._sent[channel]) & 0xFFFF
            size = min(len(waiting), credit, self._rng.randrange(1, 256))
            if size:
                self.line += self._sender.frames(channel, bytes(waiting[:size]))
                self._sent[channel] = (self._sent[channel] + size) & 0xFFFF
                del waiting[:size]
                return

    def send(self, channel: int, data: bytes) -> None:
        """Send bytes of a channel as there is credit."""
        self._waiting[channel] += data

    def waits(self, channel: int) -> int:
        """Bytes of a channel that could not be sent yet."""
        return len(self._waiting[channel])

    def control(self, payload: bytes) -> None:
        """Send a message of control."""
        self.line += self._sender.frames(Channel.CONTROL, payload)

    def frame(self, channel: int, payload: bytes) -> bytes:
        """Return the next frame, to be sent by hand."""
        return self._sender.frames(channel, payload)

    def credit(self, channel: int, limit: int) -> None:
        """Announce what is taken of a channel."""
        self.control(Credit(channel, limit & 0xFFFF).payload())

    def ask_status(self, token: int) -> None:
        """Ask for a status."""
        self.status = None
        self.control(StatusRequest(token).payload())

    def reset(self, nonce: int, first_cycle: int = 0, time: int = 0) -> None:
        """Begin anew."""
        self._sender = Sender()
        self._receiver = Receiver(nonce)
        self._trace = TraceReader()
        self._limits.clear()
        self._sent.clear()
        self._waiting.clear()
        self.items, self.frames = [], []
        self.data.clear()
        self.hello = self.status = self.failure = None
        self.line[:] = ZEROS
        self.control(Reset(VERSION, nonce, first_cycle, time).payload())
