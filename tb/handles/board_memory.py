"""Storage devices of a system that are in its board's block RAM (docs/hardware.md)."""

import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from mirrorlog.storage.storage_device import StorageDevice
from tb.handles.board_device import Burst
from tb.handles.capabilities import CannotError, Capability
from tb.handles.storage_device import DeviceDamage, DeviceError
from tb.link.frames import LinkError
from tb.link.memory import MOST_BEATS, MemoryEvent, MemoryReader, Told, check, fill, load, store
from tb.link.session import Session


@dataclass(frozen=True, slots=True)
class MemoryPort:
    """The way to a device in block RAM: its channel of a link; `failed` is told of a link that is wrong."""

    session: Session
    channel: int
    failed: Callable[[LinkError], None]


@dataclass
class BoardMemory:
    """A storage device in the board's block RAM: as StorageDevice. What it does is told; `content` is what it must hold
    by that. `waiting` are bursts that are not answered yet, by whether they write, `its_own` what the machine reads."""

    number: int
    size: int
    beat: int
    wait: Callable[[], None]
    port: MemoryPort
    content: StorageDevice = field(default_factory=StorageDevice)
    written: deque[Burst] = field(default_factory=deque)
    read: deque[Burst] = field(default_factory=deque)
    waiting: dict[bool, deque[MemoryEvent]] = field(default_factory=lambda: {True: deque(), False: deque()})
    its_own: deque[MemoryEvent] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._reader = MemoryReader(self.beat)
        hello = self.port.session.hello
        assert hello is not None
        self._bytes = hello.memory_bytes

    def load(self, image: bytes) -> None:
        """Write an image from its first byte on, zeros behind it. Raises LinkError."""
        image += bytes(-len(image) % self.beat)
        accesses = fill(0, bytes(self.beat), self._bytes) + store(0, image, self.beat)
        self.content.write(0, image)
        # the answer to a check says that all before it is done
        self._ask(accesses + check(0, self.beat, self.beat), 1)

    def set_latency(self, write: int, read: int) -> None:
        """It answers as soon as it can be told."""

    def hold(self, write_responses: bool = False, read_data: bool = False, commands: bool = False) -> None:
        """Hold back responses, take neither commands nor write data: it cannot."""
        if write_responses or read_data or commands:
            raise CannotError(Capability.FAULTY_DEVICE)

    def fail(self, error: DeviceError) -> None:
        """Answer bursts with errors: it cannot."""
        raise CannotError(Capability.FAULTY_DEVICE)

    def damage(self, damage: DeviceDamage) -> None:
        """Return other bytes than it holds: it cannot."""
        raise CannotError(Capability.FAULTY_DEVICE)

    async def dump(self) -> bytes:
        """Return the whole content, with zeros behind the memory; the board's records up to now are there when this
        ends. Parts whose CRC is not that of what must be there are read."""
        self.wait()
        image = bytearray(self.content.image(self._bytes, 0))
        part = MOST_BEATS * self.beat
        places = range(0, self._bytes, part)
        try:
            found = self._ask(check(0, self._bytes, self.beat), len(places))
            for place, event in zip(places, found, strict=True):
                size = min(part, self._bytes - place)
                if event.crc != zlib.crc32(image[place : place + size]):
                    beats = self._ask(load(place, size, self.beat), size // self.beat)
                    image[place : place + size] = b"".join(beat.data for beat in beats)
        except LinkError as error:
            self.port.failed(error)
            raise
        return bytes(image[: self.size]) + bytes(max(0, self.size - len(image)))

    def has_told(self, writes: bool) -> bool:
        """Is all known of the next burst whose answer is taken?"""
        return bool(self.written if writes else self.read)

    def take(self, told: bytes) -> bytes:
        """Take what the board tells; there is nothing to be answered. Raises ValueError at what cannot be."""
        for event in self._reader.feed(told):
            match event.kind:
                case Told.WRITE | Told.READ:
                    self.waiting[event.kind is Told.WRITE].append(event)
                case Told.WRITTEN | Told.HAS_READ:
                    self._answered(event, event.kind is Told.WRITTEN)
                case _:
                    self.its_own.append(event)
        return b""

    def _answered(self, event: MemoryEvent, writes: bool) -> None:
        if not self.waiting[writes]:
            raise ValueError("a memory's answer to nothing that was asked")
        begun = self.waiting[writes].popleft()
        if writes and event.resp == 0:
            self.content.write(begun.address, begun.data)
        burst = Burst(begun.address, begun.size, event.resp, begun.data, event.crc)
        (self.written if writes else self.read).append(burst)

    def _ask(self, accesses: bytes, answers: int) -> list[MemoryEvent]:
        """Send accesses, and wait for so many answers. Raises LinkError."""
        session, channel = self.port.session, self.port.channel
        session.send(channel, accesses)
        while len(self.its_own) < answers:
            session.wait_status()
            try:
                self.take(session.take(channel))
            except ValueError as error:
                raise session.wrong(channel, str(error)) from None
        return [self.its_own.popleft() for _ in range(answers)]
