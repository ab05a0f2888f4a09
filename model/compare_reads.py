"""Device reads of replication in a comparison: each range is read once, in ascending order."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from model.compare_contents import Doubt
from model.compare_ports import Burst
from model.difference import Mismatch
from model.disk_adapter import Range


@dataclass(slots=True)
class _Part:
    """A range of a device, of which the first `covered` bytes were read, by these bursts."""

    device: int
    address: int
    size: int
    covered: int = 0
    bursts: list[Burst] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class RangeRead:
    """What one step, of the cycle `since`, has a device read. `failed` are the ranges that a device answered with an
    error, `damaged` those for which it returned other bytes than it holds; `cycle` is that of the last burst.
    `checked`: the system compares what it gets with a CRC, so that its step tells of damage. `given_up`: its process
    stopped, so that the rest may be read or not.
    """

    what: str
    since: int
    checked: bool = True
    parts: list[_Part] = field(default_factory=list)
    failed: list[tuple[int, Range]] = field(default_factory=list)
    damaged: list[tuple[int, Range]] = field(default_factory=list)
    cycle: int = 0
    given_up: bool = False

    def add(self, device: int, ranges: Iterable[Range], together: bool = False) -> None:
        """Ranges of a device are read too; `together`: one that goes on where another ends is read behind it."""
        for address, size in ranges:
            before = next((p for p in self.parts if p.device == device and p.address + p.size == address), None)
            if together and before is not None:
                before.size += size
            elif size:
                self.parts.append(_Part(device, address, size))

    def wants(self, device: int, address: int, size: int) -> bool:
        """Is this burst the next of one of the ranges?"""
        return self._part(device, address, size) is not None

    def take(self, burst: Burst, device: int) -> None:
        """A burst of this was read."""
        part = self._part(device, burst.address, burst.size)
        assert part is not None
        part.covered += burst.size
        part.bursts.append(burst)
        self.cycle = burst.cycle
        if burst.failed:
            self.failed.append((device, (burst.address, burst.size)))

    def begun(self, device: int, address: int, size: int) -> list[Burst]:
        """Return the bursts that have begun a range of which this one could be the first."""
        part = self._begun_at(device, address)
        return part.bursts if part is not None and size <= part.size else []

    def begin_again(self, device: int, address: int) -> None:
        """The bursts that have begun the range from this address on were another's."""
        part = self._begun_at(device, address)
        assert part is not None
        for burst in part.bursts:
            if burst.failed:
                self.failed.remove((device, (burst.address, burst.size)))
        part.covered, part.bursts = 0, []

    def differs(self, doubt: Doubt) -> None:
        """A burst of this returned other bytes than the device must hold. Raises Mismatch if nothing can notice."""
        if not self.checked:
            raise Mismatch("device_read.crc", *doubt.describe())
        self.damaged.append((doubt.device, (doubt.address, doubt.size)))

    def is_complete(self) -> bool:
        """Was everything read?"""
        return all(part.covered == part.size for part in self.parts)

    def has(self, device: int, ranges: Iterable[Range]) -> bool:
        """Were these ranges read?"""
        return all(
            any(p.device == device and p.address <= a and a + s <= p.address + p.covered for p in self.parts)
            for a, s in ranges
            if s
        )

    def has_failed(self, device: int, ranges: Iterable[Range]) -> bool:
        """Did the device fail reading some of these ranges?"""
        return _touched(device, ranges, self.failed)

    def has_damaged(self, device: int, ranges: Iterable[Range]) -> bool:
        """Did a burst that covers some of these ranges return other bytes than the device holds?"""
        return _touched(device, ranges, self.damaged)

    def pending(self) -> list[str]:
        """Say what is outstanding."""
        if self.given_up:
            return []
        return [
            f"{self.what}: device {p.device} at {p.address + p.covered} not read"
            for p in self.parts
            if p.covered < p.size
        ]

    def _begun_at(self, device: int, address: int) -> _Part | None:
        return next((p for p in self.parts if p.device == device and p.address == address and p.bursts), None)

    def _part(self, device: int, address: int, size: int) -> _Part | None:
        for part in self.parts:
            if part.device == device and part.address + part.covered == address and size <= part.size - part.covered:
                return part
        return None


def _touched(device: int, ranges: Iterable[Range], bursts: Iterable[tuple[int, Range]]) -> bool:
    """Do some of these bursts cover some of these ranges of a device?"""
    parts = list(ranges)
    return any(
        on == device and address < a + s and a < address + size for on, (address, size) in bursts for a, s in parts
    )
