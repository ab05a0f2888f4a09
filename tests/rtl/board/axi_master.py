"""What reads and writes a storage device's AXI port in a unit test: bursts of whole beats at random rates."""

import random
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tests.rtl.units import chance

REGION = 256


@dataclass
class Burst:
    """A burst at an address, of data to be written or that was read."""

    address: int
    beats: list[int]
    resp: int = 0


@dataclass
class Memory:
    """What the device must hold, in regions of which each serves one burst at a time."""

    size: int
    beat: int
    content: bytearray = field(default_factory=bytearray)
    busy: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.content = bytearray(self.size)

    def region(self, rng: random.Random) -> int | None:
        """Return a region that serves nobody now, which it does from now on; None if there is none."""
        free = sorted(set(range(self.size // REGION)) - self.busy)
        if not free:
            return None
        self.busy.add(found := rng.choice(free))
        return found

    def place(self, rng: random.Random, region: int) -> tuple[int, int]:
        """Return a random place in a region, and how many beats lie behind it, one at least."""
        beats = REGION // self.beat
        first = rng.randrange(beats)
        return region * REGION + first * self.beat, rng.randrange(1, beats - first + 1)

    def beats(self, address: int, count: int) -> list[int]:
        """Return the beats from an address on."""
        places = range(address, address + count * self.beat, self.beat)
        return [int.from_bytes(self.content[at : at + self.beat], "little") for at in places]

    def put(self, address: int, beats: list[int]) -> None:
        """Write beats."""
        data = b"".join(beat.to_bytes(self.beat, "little") for beat in beats)
        self.content[address : address + len(data)] = data


class AxiMaster:
    """Drives the port: `drive` in a cycle, `sample` when it has settled. Answers come into `written` and `read`; each
    handshake is ready or offered in `rate` percent of the cycles."""

    INPUTS = ("awaddr", "awlen", "awvalid", "wdata", "wvalid", "bready", "araddr", "arlen", "arvalid", "rready")

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self._dut, self._rng = dut, rng
        self.rate = 100
        self.written: deque[Burst] = deque()
        self.read: deque[Burst] = deque()
        self._queues: dict[str, deque[Any]] = {name: deque() for name in ("aw", "w", "ar")}
        self._offered = dict.fromkeys(self._queues, False)
        self._ready = {"b": False, "r": False}
        # not answered yet
        self.writes: deque[Burst] = deque()
        self.reads: deque[tuple[int, int]] = deque()
        self._beats: list[int] = []
        # beats in this cycle: written, read
        self.moved = 0, 0

    def write(self, address: int, beats: list[int]) -> None:
        """Write a burst."""
        burst = Burst(address, beats)
        self._queues["aw"].append((address, len(beats) - 1))
        self._queues["w"].extend(beats)
        self.writes.append(burst)

    def ask(self, address: int, count: int) -> None:
        """Read a burst."""
        self._queues["ar"].append((address, count - 1))
        self.reads.append((address, count))

    def drive(self) -> None:
        """Offer what there is until it is taken."""
        for name, queue in self._queues.items():
            self._offered[name] = bool(queue) and (self._offered[name] or chance(self._rng, self.rate))
            self._port(f"{name}valid").value = self._offered[name]
            if self._offered[name] and name == "w":
                self._port("wdata").value = queue[0]
            elif self._offered[name]:
                self._port(f"{name}addr").value, self._port(f"{name}len").value = queue[0]
        for name in self._ready:
            self._ready[name] = chance(self._rng, self.rate)
            self._port(f"{name}ready").value = self._ready[name]

    def sample(self) -> None:
        """See what is taken and given."""
        beats = [0, 0]
        for name, queue in self._queues.items():
            if self._offered[name] and self._port(f"{name}ready").value:
                queue.popleft()
                self._offered[name] = False
                beats[0] += name == "w"
        if self._ready["b"] and self._port("bvalid").value:
            burst = self.writes.popleft()
            burst.resp = int(self._port("bresp").value)
            self.written.append(burst)
        if self._ready["r"] and self._port("rvalid").value:
            beats[1] = 1
            self._beats.append(int(self._port("rdata").value))
            if self._port("rlast").value:
                address, count = self.reads.popleft()
                assert len(self._beats) == count
                self.read.append(Burst(address, self._beats, int(self._port("rresp").value)))
                self._beats = []
        self.moved = beats[0], beats[1]

    def _port(self, name: str) -> Any:
        return getattr(self._dut, f"s_axi_{name}")
