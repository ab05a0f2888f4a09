"""Storage devices of a system on a board (docs/hardware.md)."""

import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from mirrorlog.storage.storage_device import StorageDevice
from tb.handles.storage_device import DeviceDamage, DeviceError, Kinds


@dataclass
class Burst:
    """A burst that was answered, until the trace says that the answer was taken: the `data` of a write, the `crc` of
    what a read has returned."""

    address: int
    size: int
    resp: int
    data: bytes = b""
    crc: int = 0


@dataclass
class BoardDevice:
    """A storage device of the system on the board, which the machine plays: as StorageDevice. It answers at once."""

    number: int
    size: int
    beat: int
    wait: Callable[[], None]
    base: int = 0
    content: StorageDevice = field(default_factory=StorageDevice)
    written: deque[Burst] = field(default_factory=deque)
    read: deque[Burst] = field(default_factory=deque)
    requests: bytearray = field(default_factory=bytearray)
    holds: frozenset[str] = frozenset()
    held: dict[bool, list[bytes]] = field(default_factory=lambda: {True: [], False: []})
    error: DeviceError | None = None
    errors: int = 0
    damaged: DeviceDamage | None = None
    damages: int = 0

    def set_latency(self, write: int, read: int) -> None:
        """It answers as soon as the link does."""

    def hold(self, write_responses: bool = False, read_data: bool = False, commands: bool = False) -> None:
        """Hold back responses, take neither commands nor write data, until called again."""
        given = {"write_responses": write_responses, "read_data": read_data, "commands": commands}
        self.holds = frozenset(name for name, held in given.items() if held)

    def fail(self, error: DeviceError) -> None:
        """Answer bursts with errors."""
        self.error, self.errors = error, error.count

    def damage(self, damage: DeviceDamage) -> None:
        """Let the device return other bytes than it holds."""
        self.damaged, self.damages = damage, damage.count

    async def dump(self) -> bytes:
        """Return the whole content; the board's records up to now are there when this ends."""
        image = self.content.image(self.size, self.base)
        self.wait()
        return image

    def has_told(self, writes: bool) -> bool:
        """Is all known of the next burst whose answer is taken? Always, since the machine gives it."""
        return True

    def take(self, told: bytes) -> bytes:
        """Take what the board asks for; returns the answers."""
        self.requests += told
        return self.answers()

    def answers(self) -> bytes:
        """Carry out the bursts that were asked for; returns the answers."""
        found = bytearray()
        while "commands" not in self.holds and (request := self._request()) is not None:
            writes, address, data, size = request
            answer = self._write(address, data) if writes else self._read(address, size)
            self.held[writes].append(answer)
        for writes, name in ((True, "write_responses"), (False, "read_data")):
            if name not in self.holds:
                found += b"".join(self.held[writes])
                self.held[writes].clear()
        return bytes(found)

    def _request(self) -> tuple[bool, int, bytes, int] | None:
        """Return the next burst, None if it is not whole: is it a write, its address, its data, its size."""
        if len(self.requests) < 8:
            return None
        writes, size = self.requests[0] == 0, (self.requests[1] + 1) * self.beat
        whole = 8 + size * writes
        if len(self.requests) < whole:
            return None
        address, data = int.from_bytes(self.requests[2:8], "little"), bytes(self.requests[8:whole])
        del self.requests[:whole]
        return writes, address, data, size

    def _write(self, address: int, data: bytes) -> bytes:
        resp = self._response(Kinds.WRITES, address, len(data))
        if resp == 0:
            self.content.write(address, data)
        self.written.append(Burst(address, len(data), resp, data))
        return bytes((resp << 1,))

    def _read(self, address: int, size: int) -> bytes:
        resp = self._response(Kinds.READS, address, size)
        data = bytearray(self.content.read(address, size) if resp == 0 else bytes(size))
        damage, place = self.damaged, address - self.base
        if resp == 0 and damage and self.damages and place <= damage.last and place + size > damage.first:
            self.damages -= 1
            for at in filter(damage.strikes, range(place, place + size)):
                other = self.base + (at ^ damage.elsewhere)
                data[at - place] = self.content.read(other, 1)[0] if damage.elsewhere else data[at - place] ^ 0xFF
        self.read.append(Burst(address, size, resp, crc=zlib.crc32(data)))
        return bytes((1 | resp << 1 | 8, size // self.beat - 1)) + bytes(data)

    def _response(self, kind: Kinds, address: int, size: int) -> int:
        error, place = self.error, address - self.base
        if error is None or not self.errors or not error.kinds & kind:
            return 0
        if place > error.last or place + size <= error.first:
            return 0
        self.errors -= 1
        return error.resp
