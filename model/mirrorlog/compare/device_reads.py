"""Device reads of replication in a comparison: each range is read once, in ascending order."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Optional

from mirrorlog.compare.device_contents import Doubt
from mirrorlog.compare.difference import Mismatch
from mirrorlog.processes.disk_adapter import Range


@dataclass(slots=True, eq=False)
class Burst:
    """A burst that a device has answered. `data` is what was written, None if it is not known; `doubt`: other bytes
    were read than the device held, `damaged`: than it must hold. `read` is what it belongs to.
    """

    address: int
    size: int
    failed: bool
    cycle: int
    data: bytes | None = None
    doubt: Doubt | None = None
    damaged: bool = False
    read: Optional["RangeRead"] = None


@dataclass(slots=True, eq=False)
class Part:
    """A range of a device, of which the first `covered` bytes were read for `read`, by these bursts."""

    read: "RangeRead"
    device: int
    address: int
    size: int
    covered: int = 0
    bursts: list[Burst] = field(default_factory=list)


_Way = tuple["_Way | None", Part]
"""How bursts were given out: the way before the last one, and the part that got it."""


Seek = Callable[[Iterable[Part]], None]
"""Gives parts what they lack, as far as others got it that could be theirs."""


@dataclass(slots=True, eq=False)
class RangeRead:
    """What one step, of the cycle `since`, has a device read. `failed` are the ranges that a device answered with an
    error, `damaged` those for which it returned other bytes than it holds; `cycle` is that of the last burst.
    `checked`: the system compares what it gets with a CRC, so that its step shows damage. `given_up`: its process
    stopped, so that the rest may be read or not.
    """

    what: str
    since: int
    checked: bool = True
    parts: list[Part] = field(default_factory=list)
    failed: list[tuple[int, Range]] = field(default_factory=list)
    damaged: list[tuple[int, Range]] = field(default_factory=list)
    cycle: int = 0
    given_up: bool = False

    @property
    def failed_since(self) -> int:
        """The cycle of the first burst with an error, 0 if there is none."""
        return min((burst.cycle for part in self.parts for burst in part.bursts if burst.failed), default=0)

    def add(self, device: int, ranges: Iterable[Range], together: bool = False) -> None:
        """Ranges of a device are read too; `together`: one that begins where another ends is read behind it."""
        for address, size in ranges:
            before = next(
                (part for part in self.parts if part.device == device and part.address + part.size == address), None
            )
            if together and before is not None:
                before.size += size
            elif size:
                self.parts.append(Part(self, device, address, size))

    def take(self, burst: Burst, device: int) -> bool:
        """Take a burst, if it is the next of one of the ranges, and came after the step that asks for it; returns
        whether it is."""
        address, size = burst.address, burst.size
        if burst.cycle < self.since:
            return False
        for part in self.parts:
            if part.device == device and part.address + part.covered == address and size <= part.size - part.covered:
                part.covered += size
                part.bursts.append(burst)
                burst.read = self
                self.cycle = burst.cycle
                if burst.failed:
                    self.failed.append((device, (address, size)))
                return True
        return False

    def differs(self, burst: Burst) -> None:
        """A burst of this returned other bytes than the device must hold. Raises Mismatch if nothing can notice."""
        burst.damaged = True
        self.count()
        self.check()

    def check(self) -> None:
        """Raise Mismatch if a burst of this is damaged and nothing can notice."""
        for part in self.parts if self.damaged and not self.checked else ():
            for burst in part.bursts:
                if burst.damaged and burst.doubt is not None:
                    raise Mismatch("device_read.crc", *burst.doubt.describe())

    def count(self) -> None:
        """Take notice of what the bursts are now."""
        bursts = [(part.device, burst) for part in self.parts for burst in part.bursts]
        self.failed = [(device, (burst.address, burst.size)) for device, burst in bursts if burst.failed]
        self.damaged = [(device, (burst.address, burst.size)) for device, burst in bursts if burst.damaged]
        self.cycle = max((burst.cycle for _, burst in bursts), default=0)
        for _, burst in bursts:
            burst.read = self

    def lacking(self, device: int | None = None, ranges: Iterable[Range] = ()) -> list[Part]:
        """Return the parts of which not everything was read: all of them, or those that these ranges lie in."""
        wanted = [
            part
            for part in self.parts
            if device is None
            or (
                part.device == device
                and any(part.address <= address < part.address + part.size for address, _ in ranges)
            )
        ]
        return [part for part in wanted if part.covered < part.size]

    def is_complete(self) -> bool:
        """Was everything read?"""
        return all(part.covered == part.size for part in self.parts)

    def has(self, device: int, ranges: Iterable[Range]) -> bool:
        """Were these ranges read?"""
        return all(
            any(
                part.device == device and part.address <= address and address + size <= part.address + part.covered
                for part in self.parts
            )
            for address, size in ranges
            if size
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
            f"{self.what}: device {part.device} at {part.address + part.covered} not read"
            for part in self.parts
            if part.covered < part.size
        ]


def _touched(device: int, ranges: Iterable[Range], bursts: Iterable[tuple[int, Range]]) -> bool:
    """Do some of these bursts cover some of these ranges of a device?"""
    parts = list(ranges)
    return any(
        on == device and address < place + length and place < address + size
        for on, (address, size) in bursts
        for place, length in parts
    )


_BEHIND = -1
"""How far a part is read that none of the bursts to come continues."""


def divide(parts: Sequence[Part], bursts: Sequence[Burst], whole: Part | None = None) -> bool:
    """Give these bursts, in the order of their addresses and cycles, to parts that each of them can be the next of, so
    that `whole` is covered in the end. Returns False, and changes nothing, if there is no such way.

    Of the ways to give out the bursts so far one is kept for each state that they lead to: how far each part is read
    that a burst to come may continue. Of parts that are read as far and end together, and were asked for before a
    burst came, one is as good as another: they were asked for before the later ones with its address, too.
    """
    ends = [part.address + part.size for part in parts]
    place = -1 if whole is None else parts.index(whole)
    ways: dict[tuple[int, ...], _Way | None] = {tuple(part.address for part in parts): None}
    for burst in bursts:
        following: dict[tuple[int, ...], _Way | None] = {}
        end = burst.address + burst.size
        for reached, way in ways.items():
            if whole is not None and reached[place] < min(burst.address, ends[place]):
                continue
            state = tuple(at if at >= burst.address or index == place else _BEHIND for index, at in enumerate(reached))
            tried = set[tuple[int, bool]]()
            for index, part in enumerate(parts):
                alike = ends[index], part is whole
                fits = state[index] == burst.address and end <= ends[index] and part.read.since <= burst.cycle
                if fits and alike not in tried:
                    tried.add(alike)
                    following.setdefault((*state[:index], end, *state[index + 1 :]), (way, part))
        ways = following
    found = [way for state, way in ways.items() if whole is None or state[place] == ends[place]]
    if not found:
        return False
    for part in parts:
        part.bursts.clear()
    way = found[0]
    for burst in reversed(bursts):
        assert way is not None
        way, part = way
        part.bursts.insert(0, burst)
    for part in parts:
        part.covered = sum(burst.size for burst in part.bursts)
    for read in {part.read for part in parts}:
        read.count()
    for read in {part.read for part in parts}:
        read.check()
    return True
