"""The host port of one storage system in a comparison: what was seen there, until a record uses it."""

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from mirrorlog.compare.capture import Fields
from mirrorlog.compare.device_reads import RangeRead, Seek
from mirrorlog.compare.difference import Mismatch, first_bytes
from mirrorlog.processes.command_reception import HostCommand, HostRead, Opcode
from mirrorlog.tables.status import Status


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

    def has_failed(self) -> bool:
        """Has all of it been read, and some with an error?"""
        return bool(self.device_read.failed) and self.device_read.is_complete()


class ReadData(NamedTuple):
    """A packet on the read data stream; `tag` and `data` are None if they are not known. `line` is its event's in the
    capture.
    """

    line: int
    cycle: int
    size: int
    tag: int | None
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
        waiting = [command for command in self._outstanding.get(tag, ()) if command.answer is None]
        if not waiting:
            raise Mismatch("host_response.tag", "the tag of a command that waits for its response", tag)
        chosen = next((command for command in waiting if command.status == status), None)
        chosen = chosen or next((command for command in waiting if command.status is None), None)
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
        for read in [one for one in self.reads if one.has_failed()]:
            self._fail(read)
        while self._read_data and self._read_answers:
            answered = next((read for read in self.reads if read.pending is self._read_answers[0]), None)
            if answered is None:
                break
            seek(answered.device_read.lacking())
            if not answered.device_read.is_complete():
                break
            _, cycle, size, tag, data = self._read_data.popleft()
            if tag is not None and tag != answered.read.tag:
                raise Mismatch("read_data.tag", f"{answered.read.tag}, of read {answered.read.number}", tag)
            if size != answered.read.size:
                raise Mismatch("read_data.bytes", answered.read.size, size)
            if compare_content and data is not None and data != answered.read.data:
                raise Mismatch("read_data", *first_bytes(answered.read.data, data, f"of read {answered.read.number}"))
            self._read_answers.popleft()
            self.reads.remove(answered)
            ended.append(answered.read.number)
            self.answer(answered.pending, Status.OK, cycle)
        return ended

    def take_failed(self, number: int, seek: Seek) -> PendingRead | None:
        """Take the read of this order number, which failed; None if its device has not answered so. If something else
        was given what it should have read, that is looked for with `seek`."""
        for read in [one for one in self.reads if one.read.number == number]:
            seek(read.device_read.lacking())
            if read.has_failed():
                self._fail(read)
        return self.failed_reads.pop(number, None)

    def _fail(self, read: PendingRead) -> None:
        self.failed_reads[read.read.number] = read
        self.reads.remove(read)

    def is_unanswered(self) -> bool:
        """Does a command wait for its response?"""
        return any(self._outstanding.values())

    def pending(self) -> list[str]:
        """Say what is outstanding."""
        said = [f"{_name(pending.command)} not retired" for pending in self.commands]
        said += [f"write data packet of {len(data)} bytes without a command" for data in self._unclaimed_packets()]
        said += [f"read {one.read.number} (tag {one.read.tag}) waits for its device or its data" for one in self.reads]
        said += [f"read {number} failed without a record" for number in self.failed_reads]
        said += [f"read data packet of {data.size} bytes (line {data.line}) of no read" for data in self._read_data]
        for commands in self._outstanding.values():
            said += [
                f"response to {_name(pending.command)} {'not seen' if pending.answer is None else 'before its time'}"
                for pending in commands
                if pending not in self.commands or pending.answer is not None
            ]
        return said

    def _unclaimed_packets(self) -> list[bytes]:
        claimed = sum(pending.command.brings_data() and pending.stalled_at is None for pending in self.commands)
        return [data for _, data in list(self.packets)[claimed:]]

    def _settle(self, pending: PendingCommand) -> None:
        if pending.answer is None or pending.status is None:
            return
        if pending.answer != pending.status:
            expected = f"{int(pending.status)} for tag {pending.command.tag}"
            raise Mismatch("host_response.status", expected, pending.answer)
        self._outstanding[pending.command.tag].remove(pending)


def _name(command: HostCommand) -> str:
    where = f"volume {command.volume}, {command.position}+{command.size}"
    return f"command tag {command.tag} (opcode {command.opcode}, {where})"
