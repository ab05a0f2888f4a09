"""The storage devices of one storage system in a comparison: what they answered, until a record or a read uses it."""

from collections.abc import Callable, Iterable

from mirrorlog.compare.capture import Fields, Take
from mirrorlog.compare.device_contents import DeviceContents, unfinished
from mirrorlog.compare.device_reads import Burst, Part, RangeRead, divide
from mirrorlog.compare.difference import Mismatch, first_bytes, not_before
from mirrorlog.processes.disk_adapter import DiskAdapter, Range

_BURST_BOUNDARY = 4096
_BURST_BEATS = 256
_OKAY = 0
_ERRORS = (2, 3)


class DevicePort:
    """The bursts of one system's devices that no record or read has used yet. `contents` is what the devices hold."""

    def __init__(self, devices: int, data_width: int) -> None:
        self.contents = DeviceContents(devices)
        self._doubts: list[Burst] = []
        self._beat = data_width // 8
        self._writes: list[list[Burst]] = [[] for _ in range(devices)]
        self._reads: list[list[Burst]] = [[] for _ in range(devices)]

    def take_write(self, cycle: int, fields: Fields, take: Take) -> None:
        """A device has answered a write burst, whose data is next in its data file."""
        device, burst = self._burst(cycle, fields)
        burst.data = take(f"device{fields['system']}_{device}", burst.size)
        if not burst.failed:
            self.contents.write(device, burst.address, burst.size, cycle, burst.data)
        self._writes[device].append(burst)

    def take_read(self, cycle: int, fields: Fields, reads: Callable[[], Iterable[RangeRead]]) -> None:
        """A device has answered a read burst, which belongs to one of `reads` (see `_place`)."""
        device, burst = self._burst(cycle, fields)
        if not burst.failed:
            burst.doubt = self.contents.doubt(device, burst.address, burst.size, cycle, fields)
        if not self._place(burst, device, reads):
            self._reads[device].append(burst)

    def give_reads(self, reads: Callable[[], Iterable[RangeRead]]) -> None:
        """Give reads that were just taken the bursts that were seen before."""
        for device, bursts in enumerate(self._reads):
            if bursts:
                bursts[:] = [burst for burst in bursts if not self._place(burst, device, reads)]

    def settle_doubts(self, now: float, adapter: DiskAdapter) -> None:
        """Let reads know which of their bursts before the cycle `now` returned other bytes than the device must hold,
        but those in whose range something was on its way to the device. All records before `now` have come.
        """
        for burst in [burst for burst in self._doubts if burst.cycle < now] if self._doubts else ():
            self._doubts.remove(burst)
            read, doubt = burst.read, burst.doubt
            assert read is not None and doubt is not None
            if self.contents.is_settled(doubt, read.since, adapter):
                read.differs(burst)

    def claim(
        self,
        cycles: tuple[int, int],
        device: int,
        address: int,
        data: bytes,
        compare_content: bool,
        whole: bool = False,
    ) -> list[Range]:
        """Take the write bursts that tile `data` at `address`, oldest first: those of a write that the step of the
        first of `cycles` ordered, for the step of the second one. `whole` asks for a single one.

        Returns the ranges that the device answered with an error.
        """
        end = address + len(data)
        taken: list[Burst] = []
        left = len(data)
        for burst in self._writes[device]:
            last = burst.address + burst.size
            if burst.address < address or last > end:
                continue
            if taken and any(burst.address < other.address + other.size and other.address < last for other in taken):
                continue
            taken.append(burst)
            left -= burst.size
            if not left:
                break
        if left or (whole and len(taken) != 1):
            seen = ", ".join(f"{burst.address}+{burst.size}" for burst in taken) or "none"
            one = "one burst" if whole else "bursts that tile"
            raise Mismatch("device_write", f"{one} {address}+{len(data)} on device {device}", seen)
        for burst in taken:
            self._writes[device].remove(burst)
            not_before(cycles[1], burst.cycle, "its device's answer")
            if burst.cycle < cycles[0]:
                ordered = f"{cycles[0]}, the cycle of the step that orders it, or later"
                raise Mismatch("device_write.cycle", ordered, burst.cycle)
            part = data[burst.address - address : burst.address - address + burst.size]
            if compare_content and burst.data is not None and burst.data != part:
                where = f"on device {device} at {burst.address}"
                raise Mismatch("device_write data", *first_bytes(part, burst.data, where))
        return [(burst.address, burst.size) for burst in taken if burst.failed]

    def check_unclaimed_writes(self, adapter: DiskAdapter, cycle: int) -> None:
        """The system is reset behind its record of a cycle: each write burst of which no record has told is of a write
        that is not done, with its bytes, or, if its step's record may have been cut off, lies in a volume.

        Raises Mismatch with the first one that is not.
        """
        writes = list(unfinished(adapter)) if any(self._writes) else []
        volumes = [part for volume in range(len(adapter.shared.volumes)) for part in adapter.extents(volume)]
        for device, bursts in enumerate(self._writes):
            for burst in bursts:
                known = burst.data if self.contents.known and not burst.failed else None
                if any(on == device and _holds(address, data, burst, known) for on, address, data in writes):
                    continue
                if burst.cycle > cycle and any(
                    part.device == device
                    and part.offset <= burst.address
                    and burst.address + burst.size <= part.offset + part.size
                    for part in volumes
                ):
                    continue
                place = f"{burst.address}+{burst.size} on device {device}"
                raise Mismatch("device_write", "a part of a write that is not done, with its bytes", place)

    def pending(self) -> list[str]:
        """Say which bursts belong to nothing."""
        return [
            f"device {device}: {what} {burst.address}+{burst.size} belongs to no record or read"
            for what, devices in (("write", self._writes), ("read", self._reads))
            for device, bursts in enumerate(devices)
            for burst in bursts
        ]

    def seek(self, parts: Iterable[Part], reads: Callable[[], Iterable[RangeRead]]) -> None:
        """A step needs that all of these parts was read: give them what others got, where it can be theirs."""
        for part in parts:
            self._divide(part.device, (part.address, part.size), reads, (), part)

    def _place(self, burst: Burst, device: int, reads: Callable[[], Iterable[RangeRead]]) -> bool:
        """Give a read burst to the first read that lacks it. If there is none, one may have got what another has asked
        for, too: give out all anew. Returns whether there is a read for it.
        """
        if self._give(burst, device, reads()):
            return True
        if not self._divide(device, (burst.address, burst.size), reads, (burst,)):
            return False
        if burst.doubt is not None:
            self._doubts.append(burst)
        return True

    def _divide(
        self,
        device: int,
        place: Range,
        reads: Callable[[], Iterable[RangeRead]],
        more: Iterable[Burst],
        whole: Part | None = None,
    ) -> bool:
        """Give out anew the bursts of all reads that touch a place of a device, or touch each other from there on."""
        others = [part for read in reads() for part in read.parts if part.device == device]
        touched: list[Part] = []
        places = [place]
        for address, size in places:
            near = [part for part in others if part.address < address + size and address < part.address + part.size]
            others = [part for part in others if part not in near]
            touched += near
            places += [(part.address, part.size) for part in near]
        if len(touched) < 2:
            return False
        bursts = [*more, *(burst for part in touched for burst in part.bursts)]
        return divide(touched, sorted(bursts, key=lambda burst: (burst.address, burst.cycle)), whole)

    def _give(self, burst: Burst, device: int, reads: Iterable[RangeRead]) -> bool:
        """Give a read burst to the first read that lacks it."""
        for read in reads:
            if read.take(burst, device):
                if burst.doubt is not None:
                    self._doubts.append(burst)
                return True
        return False

    def _burst(self, cycle: int, fields: Fields) -> tuple[int, Burst]:
        """Return the device of a burst, and the burst."""
        device, address, size, resp = fields["device"], fields["address"], fields["bytes"], fields["resp"]
        if device >= len(self._writes):
            raise Mismatch(f"{fields['event']}.device", f"a number below {len(self._writes)}", device)
        if address % self._beat:
            raise Mismatch(f"{fields['event']}.address", f"a multiple of {self._beat}", address)
        largest = min(_BURST_BEATS * self._beat, _BURST_BOUNDARY - address % _BURST_BOUNDARY)
        if size % self._beat or not 0 < size <= largest:
            raise Mismatch(f"{fields['event']}.bytes", f"whole beats of {self._beat}, up to {largest}", size)
        if resp != _OKAY and resp not in _ERRORS:
            raise Mismatch(f"{fields['event']}.resp", "0, 2 or 3", resp)
        return device, Burst(address, size, resp != _OKAY, cycle)


def _holds(address: int, data: bytes, burst: Burst, written: bytes | None) -> bool:
    """Does a burst lie in these bytes of a device, and has it written them, if that is known?"""
    first = burst.address - address
    inside = first >= 0 and first + burst.size <= len(data)
    return inside and (written is None or data[first : first + burst.size] == written)
