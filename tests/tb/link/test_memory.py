"""A storage device in a board's block RAM: its messages, and its handle at the machine's end."""

import asyncio
import random
import zlib
from collections import deque
from dataclasses import dataclass, field, replace

import pytest

from tb.handles.board_memory import BoardMemory, MemoryPort
from tb.handles.capabilities import CannotError
from tb.link.frames import Hello, LinkError
from tb.link.memory import MemoryEvent, MemoryReader, Told
from tb.link.session import Session
from tests.tb.link.twin import HELLO

BEAT, BYTES, SIZE = 8, 4096, 8192
CHANNEL = 9
BOARD = replace(HELLO, memory_devices=1, memory_bytes=BYTES)


@dataclass
class Board:
    """What is used of a session, and the memory at its other end. `said` is what it tells."""

    hello: Hello = BOARD
    content: bytearray = field(default_factory=lambda: bytearray(b"?" * BYTES))
    asked: list[tuple[int, int, int]] = field(default_factory=list)
    said: bytearray = field(default_factory=bytearray)
    _in: deque[int] = field(default_factory=deque)

    def send(self, channel: int, data: bytes) -> None:
        """Carry out accesses, as docs/hardware.md has them."""
        at = 0
        while at < len(data):
            kind, size = data[at], (data[at + 1] + 1) * BEAT
            place = int.from_bytes(data[at + 2 : at + 8], "little")
            self.asked.append((kind, place, size))
            given = data[at + 8 : at + 8 + (size if kind == 0 else BEAT if kind == 2 else 0)]
            at += 8 + len(given)
            found = self.content[place : place + size]
            if kind in (0, 2):
                self.content[place : place + size] = given * (size // len(given))
            elif kind == 1:
                self.said += b"".join(b"\x20" + found[beat : beat + BEAT] for beat in range(0, size, BEAT))
            else:
                self.said += b"\x21" + zlib.crc32(found).to_bytes(4, "little")

    def take(self, channel: int) -> bytes:
        """Return some of what the memory tells."""
        found = bytes(self.said[:100])
        del self.said[:100]
        return found

    def wait_status(self) -> int:
        """Nothing waits here."""
        return 0

    def wrong(self, channel: int, text: str) -> LinkError:
        """As the session's."""
        return Session.wrong(self, channel, text)  # type: ignore[arg-type]

    last = None


def memory(board: Board, size: int = SIZE) -> BoardMemory:
    """Return the handle of the memory."""
    port = MemoryPort(board, CHANNEL, lambda error: None)  # type: ignore[arg-type]
    return BoardMemory(1, size, BEAT, lambda: None, port)


def test_messages_come_back_however_they_are_cut(seed: int) -> None:
    rng = random.Random(seed)
    data, crc = rng.randbytes(2 * BEAT), rng.getrandbits(32)
    line = b"\x00\x01" + (72).to_bytes(6, "little") + data + b"\x14" + b"\x01\xff" + (1 << 40).to_bytes(6, "little")
    line += b"\x11" + crc.to_bytes(4, "little") + b"\x20" + data[:BEAT] + b"\x21" + crc.to_bytes(4, "little")
    reader, found = MemoryReader(BEAT), []
    while line:
        size = rng.randrange(1, 9)
        found += reader.feed(line[:size])
        line = line[size:]
    assert found == [
        MemoryEvent(Told.WRITE, 72, 2 * BEAT, data),
        MemoryEvent(Told.WRITTEN, resp=2),
        MemoryEvent(Told.READ, 1 << 40, 256 * BEAT),
        MemoryEvent(Told.HAS_READ, crc=crc),
        MemoryEvent(Told.BEAT, data=data[:BEAT]),
        MemoryEvent(Told.CHECKED, crc=crc),
    ]
    with pytest.raises(ValueError, match="begins with 0x02"):
        list(reader.feed(b"\x02"))


def test_what_a_memory_holds_is_loaded_and_judged_by_what_it_says() -> None:
    """Bursts that are told change what must be there. Beats are read only where a CRC says that there is something
    else, and then they count."""
    board = Board()
    device = memory(board)
    device.load(b"image")
    assert board.content == b"image" + bytes(BYTES - 5)
    board.content[8:16] = b"by burst"
    device.take(b"\x00\x00" + (8).to_bytes(6, "little") + b"by burst")
    assert not device.has_told(True)
    device.take(b"\x10")
    assert device.has_told(True) and not device.has_told(False) and device.written[0].data == b"by burst"
    board.asked.clear()
    assert asyncio.run(device.dump()) == bytes(board.content) + bytes(SIZE - BYTES)
    assert {kind for kind, _, _ in board.asked} == {3}
    board.content[2050] = 1
    assert asyncio.run(device.dump()) == bytes(board.content) + bytes(SIZE - BYTES)
    assert (1, 2048, 2048) in board.asked
    assert asyncio.run(memory(board, 512).dump()) == board.content[:512]


def test_a_burst_outside_of_a_memory_changes_nothing() -> None:
    board = Board(content=bytearray(BYTES))
    device = memory(board)
    device.take(b"\x00\x00" + BYTES.to_bytes(6, "little") + b"nowhere!" + b"\x14")
    assert device.written[0].resp == 2 and asyncio.run(device.dump()) == bytes(SIZE)


def test_what_a_memory_cannot_do_is_named() -> None:
    device = memory(Board())
    for act in (lambda: device.hold(commands=True), lambda: device.fail(None), lambda: device.damage(None)):  # type: ignore[arg-type]
        with pytest.raises(CannotError, match="a storage device that fails, hangs, or begins anywhere"):
            act()
    with pytest.raises(ValueError, match="a memory's answer to nothing that was asked"):
        device.take(b"\x10")
