"""The boundary of one storage system in a comparison: what its host port, devices and registers showed, until a record
uses it.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from mirrorlog.compare.capture import Fields, Take
from mirrorlog.compare.device_contents import DeviceContents
from mirrorlog.compare.device_reads import Burst, Part, RangeRead, Seek, divide
from mirrorlog.compare.difference import Mismatch
from mirrorlog.processes.command_reception import HostCommand, HostRead, Opcode
from mirrorlog.processes.disk_adapter import DiskAdapter, Range
from mirrorlog.tables.status import Status

_BURST_BOUNDARY = 4096
_BURST_BEATS = 256
_OKAY = 0
_ERRORS = (2, 3)


@dataclass(slots=True, eq=False)
class PendingCommand:
    """A command between its handshake and its response. `status` is what the model answers, `answer` what the host
    got.
    """

    command: HostCommand
    cycle: int
    data: bytes = b""
    data_cycle: int = 0
    stalled_at: int | None = None
    status: Status | None = None
    answer: int | None = None
    answer_cycle: int = 0


@dataclass(slots=True, eq=False)
class PendingRead:
    """A read that was taken, until its data (or its failure) is seen; `device_read` is what its device reads for it."""

    read: HostRead
    pending: PendingCommand
    device_read: RangeRead


class ReadData(NamedTuple):
    """A packet on the read data stream; `data` is None if it is not known. `line` is its event's in the capture."""

    line: int
    cycle: int
    size: int
    data: bytes | None


class HostPort:
    """Commands, write data, read data and responses of the host port."""

    def __init__(self) -> None:
        self.commands: deque[PendingCommand] = deque()
        self.packets: deque[tuple[int, bytes]] = deque()
        self.reads: deque[PendingRead] = deque()
        self.failed_reads: dict[int, PendingRead] = {}
        self.by_number: dict[int, PendingCommand] = {}
        self.last_activity = -1
        # packets of the read data stream, and the reads that were answered as good: the same order
        self._read_data: deque[ReadData] = deque()
        self._read_answers: deque[PendingCommand] = deque()
        self._outstanding: dict[int, list[PendingCommand]] = {}

    def take_command(self, cycle: int, fields: Fields) -> None:
        """A command was taken."""
        command = HostCommand(
            fields["opcode"], fields["tag"], fields["volume"], fields["position"], fields["size"], fields["time"]
        )
        pending = PendingCommand(command, cycle)
        self.commands.append(pending)
        self._outstanding.setdefault(command.tag, []).append(pending)

    def next_command(self) -> PendingCommand:
        """Return the command that retires next, with its data."""
        if not self.commands:
            raise Mismatch("outcome", "no record: no command is waiting", "a command's")
        pending = self.commands[0]
        if pending.command.brings_data() and pending.stalled_at is None:
            if not self.packets:
                raise Mismatch("write_data", "a packet before the record of its write", "none")
            pending.data_cycle, pending.data = self.packets[0]
        return pending

    def retire_command(self, stalled: bool) -> None:
        """The next command retired (with its data), or began to wait for room."""
        pending = self.commands[0]
        if pending.command.brings_data() and pending.stalled_at is None:
            self.packets.popleft()
        if not stalled:
            self.commands.popleft()

    def answer(self, pending: PendingCommand, status: Status, cycle: int) -> None:
        """The model answers a command with `status`. Its step, or the end of the data it reads, is in `cycle`: the host
        cannot have the answer before.
        """
        if pending.answer is not None and pending.answer_cycle < cycle:
            expected = f"{cycle}, the cycle of what ends the command of tag {pending.command.tag}, or later"
            raise Mismatch("host_response.cycle", expected, pending.answer_cycle)
        pending.status = status
        self._settle(pending)

    def take_response(self, cycle: int, fields: Fields) -> None:
        """The host got a response."""
        tag, status = fields["tag"], fields["status"]
        self.last_activity = cycle
        waiting = [p for p in self._outstanding.get(tag, ()) if p.answer is None]
        if not waiting:
            raise Mismatch("host_response.tag", "the tag of a command that waits for its response", tag)
        chosen = next((p for p in waiting if p.status == status), None)
        chosen = chosen or next((p for p in waiting if p.status is None), None)
        if chosen is None:
            raise Mismatch("host_response.status", f"{int(waiting[0].status or 0)} for tag {tag}", status)
        chosen.answer = status
        chosen.answer_cycle = cycle
        if chosen.command.opcode == Opcode.READ and status == Status.OK:
            self._read_answers.append(chosen)
        self._settle(chosen)

    def take_read_data(self, packet: ReadData) -> None:
        """A packet came on the read data stream."""
        self.last_activity = packet.cycle
        self._read_data.append(packet)

    def settle_reads(self, compare_content: bool, seek: Seek) -> list[int]:
        """Match read data with the reads it belongs to: its packets come in the order of the reads' answers. What their
        devices should have read by then is looked for with `seek`. Returns the order numbers of the reads that ended.
        """
        ended: list[int] = []
        # a failed read brings no data: its record need not wait for the data of those before it
        for read in [r for r in self.reads if r.device_read.failed and r.device_read.is_complete()]:
            self.failed_reads[read.read.number] = read
            self.reads.remove(read)
        while self._read_data and self._read_answers:
            answered = next((read for read in self.reads if read.pending is self._read_answers[0]), None)
            if answered is None:
                break
            seek(answered.device_read.lacking())
            if not answered.device_read.is_complete():
                break
            _, cycle, size, data = self._read_data.popleft()
            if size != answered.read.size:
                raise Mismatch("read_data.bytes", answered.read.size, size)
            if compare_content and data is not None and data != answered.read.data:
                raise Mismatch("read_data", *_first_bytes(answered.read.data, data, f"of read {answered.read.number}"))
            self._read_answers.popleft()
            self.reads.remove(answered)
            ended.append(answered.read.number)
            self.answer(answered.pending, Status.OK, cycle)
        return ended

    def is_unanswered(self) -> bool:
        """Does a command wait for its response?"""
        return any(self._outstanding.values())

    def pending(self) -> list[str]:
        """Say what is outstanding."""
        said = [f"{_name(p.command)} not retired" for p in self.commands]
        said += [f"write data packet of {len(p)} bytes without a command" for p in self._unclaimed_packets()]
        said += [f"read {r.read.number} (tag {r.read.tag}) waits for its device or its data" for r in self.reads]
        said += [f"read {number} failed without a record" for number in self.failed_reads]
        said += [f"read data packet of {p.size} bytes (line {p.line}) of no read" for p in self._read_data]
        for commands in self._outstanding.values():
            said += [
                f"response to {_name(p.command)} {'not seen' if p.answer is None else 'before its time'}"
                for p in commands
                if p not in self.commands or p.answer is not None
            ]
        return said

    def _unclaimed_packets(self) -> list[bytes]:
        claimed = sum(p.command.brings_data() and p.stalled_at is None for p in self.commands)
        return [data for _, data in list(self.packets)[claimed:]]

    def _settle(self, pending: PendingCommand) -> None:
        if pending.answer is None or pending.status is None:
            return
        if pending.answer != pending.status:
            expected = f"{int(pending.status)} for tag {pending.command.tag}"
            raise Mismatch("host_response.status", expected, pending.answer)
        self._outstanding[pending.command.tag].remove(pending)


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
            burst.doubt = self.contents.doubt(device, burst.address, burst.size, cycle, fields["crc"])
        if not self._place(burst, device, reads):
            self._reads[device].append(burst)

    def give_reads(self, reads: Callable[[], Iterable[RangeRead]]) -> None:
        """Give reads that were just taken the bursts that were seen before."""
        for device, bursts in enumerate(self._reads):
            if bursts:
                bursts[:] = [burst for burst in bursts if not self._place(burst, device, reads)]

    def settle_doubts(self, now: float, adapter: DiskAdapter) -> None:
        """Tell reads which of their bursts before the cycle `now` returned other bytes than the device must hold: not
        those in whose range something was on its way to the device. All records before `now` have come.
        """
        for burst in [burst for burst in self._doubts if burst.cycle < now] if self._doubts else ():
            self._doubts.remove(burst)
            read, doubt = burst.read, burst.doubt
            assert read is not None and doubt is not None
            if self.contents.is_settled(doubt, read.since, adapter):
                read.differs(burst)

    def claim(
        self, cycle: int, device: int, address: int, data: bytes, compare_content: bool, whole: bool = False
    ) -> list[Range]:
        """Take the write bursts that tile `data` at `address` for the step of `cycle`, oldest first; `whole` asks for
        a single one.

        Returns the ranges that the device answered with an error.
        """
        end = address + len(data)
        taken: list[Burst] = []
        left = len(data)
        for burst in self._writes[device]:
            last = burst.address + burst.size
            if burst.address < address or last > end:
                continue
            if taken and any(burst.address < t.address + t.size and t.address < last for t in taken):
                continue
            taken.append(burst)
            left -= burst.size
            if not left:
                break
        if left or (whole and len(taken) != 1):
            seen = ", ".join(f"{t.address}+{t.size}" for t in taken) or "none"
            one = "one burst" if whole else "bursts that tile"
            raise Mismatch("device_write", f"{one} {address}+{len(data)} on device {device}", seen)
        for burst in taken:
            self._writes[device].remove(burst)
            not_before(cycle, burst.cycle, "its device's answer")
            part = data[burst.address - address : burst.address - address + burst.size]
            if compare_content and burst.data is not None and burst.data != part:
                where = f"on device {device} at {burst.address}"
                raise Mismatch("device_write data", *_first_bytes(part, burst.data, where))
        return [(burst.address, burst.size) for burst in taken if burst.failed]

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
            near = [p for p in others if p.address < address + size and address < p.address + p.size]
            others = [part for part in others if part not in near]
            touched += near
            places += [(part.address, part.size) for part in near]
        if len(touched) < 2:
            return False
        bursts = [*more, *(burst for part in touched for burst in part.bursts)]
        return divide(touched, sorted(bursts, key=lambda burst: burst.address), whole)

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


def not_before(cycle: int, cause: int, what: str) -> None:
    """A step's `cycle` cannot lie before the cycle of an event that led to it."""
    if cycle < cause:
        raise Mismatch("cycle", f"{cause}, the cycle of {what}, or later", cycle)


def _name(command: HostCommand) -> str:
    where = f"volume {command.volume}, {command.position}+{command.size}"
    return f"command tag {command.tag} (opcode {command.opcode}, {where})"


def _first_bytes(expected: bytes, actual: bytes, where: str) -> tuple[str, str]:
    """Show the first bytes that differ."""
    at = next((i for i, (left, right) in enumerate(zip(expected, actual, strict=False)) if left != right), 0)
    return f"{expected[at : at + 8].hex(' ')} at byte {at} {where}", actual[at : at + 8].hex(" ")
