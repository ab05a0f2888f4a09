"""The host's commands in a capture (docs/capture.md)."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mirrorlog.compare.capture import CaptureError
from mirrorlog.convert.trace import Account, Asked, ConvertError, Piece
from mirrorlog.processes.command_reception import FUA, WRITES, Opcode
from mirrorlog.query.lines import Line, Lines
from mirrorlog.simulate.workload import CHANGES, RequestKind
from mirrorlog.tables.status import Status

_KINDS: dict[int, RequestKind] = {
    Opcode.READ: RequestKind.READ,
    Opcode.WRITE: RequestKind.WRITE,
    Opcode.WRITE_FUA: RequestKind.WRITE,
    Opcode.FLUSH: RequestKind.FLUSH,
    Opcode.DISCARD: RequestKind.DISCARD,
    Opcode.DISCARD_FUA: RequestKind.DISCARD,
}


@dataclass(slots=True, eq=False)
class _Command:
    """A command, from its handshake to its answer; `data` is where a write's lies once all of it has come."""

    place: str
    opcode: int
    tag: int
    volume: int
    position: int
    size: int
    time: int
    data: Piece | None = None
    status: int | None = None

    def brings_data(self) -> bool:
        """Does a packet of write data belong to it?"""
        return self.opcode in WRITES and self.size > 0


def read(path: Path, account: Account, system: int | None = None) -> Iterator[Asked]:
    """Yield the commands of a system's host (None: of the first system), in the order in which the system took them: it
    numbers its journals in this order.

    A command that was refused is left out. A write that has no answer (its system was lost or reset) may have been
    carried out and is kept. Raises ConvertError, OSError.
    """
    lines = Lines(path)
    host: _Host | None = None
    try:
        for line in lines:
            if host is None:
                numbers = [start.parameters.system for start in lines.systems]
                if system is not None and system not in numbers:
                    raise ConvertError(f"{path}: has no system {system}")
                host = _Host(path, numbers[0] if system is None else system, account)
            if line.system == host.system:
                yield from host.follow(line)
    except CaptureError as error:
        raise ConvertError(f"{path}: {error}") from error
    if host is not None:
        yield from host.end()


class _Host:
    """What the host of one system has asked for."""

    def __init__(self, path: Path, system: int, account: Account) -> None:
        self.system = system
        self._path = path
        self._account = account
        self._file = path.with_suffix(f".write_data{system}")
        self._offset = 0
        self._commands: deque[_Command] = deque()
        # writes whose data is still to come, or data whose write is: one of both is empty
        self._lacking: deque[_Command] = deque()
        self._early: deque[Piece] = deque()

    def follow(self, line: Line) -> Iterator[Asked]:
        """Follow one event; yield what is settled by it."""
        fields = line.fields
        if line.event == "host_command":
            self._take(f"{self._path}:{line.number}", fields)
        elif line.event == "write_data":
            piece = Piece(self._file, self._offset)
            self._offset += fields["bytes"]
            if self._lacking:
                self._lacking.popleft().data = piece
            else:
                self._early.append(piece)
        elif line.event == "host_response":
            tag = fields["tag"]
            waiting = next((c for c in self._commands if c.tag == tag and c.status is None), None)
            if waiting is None:
                raise ConvertError(f"{self._path}:{line.number}: field tag: {tag} is that of no command")
            waiting.status = fields["status"]
            while self._commands and self._commands[0].status is not None:
                yield from self._settled(self._commands.popleft())
        elif line.event == "reset":
            self._offset += fields["write_data"]
            yield from self.end()

    def end(self) -> Iterator[Asked]:
        """No command gets its answer any more."""
        while self._commands:
            yield from self._settled(self._commands.popleft())
        self._lacking.clear()
        self._early.clear()

    def _take(self, place: str, fields: dict[str, int]) -> None:
        command = _Command(
            place,
            fields["opcode"],
            fields["tag"],
            fields["volume"],
            fields["position"],
            fields["size"],
            fields["time"],
        )
        self._commands.append(command)
        if command.brings_data():
            if self._early:
                command.data = self._early.popleft()
            else:
                self._lacking.append(command)

    def _settled(self, command: _Command) -> Iterator[Asked]:
        place = command.place
        kind = _KINDS.get(command.opcode)
        if kind is None:
            what = "commands that are no read, write, flush or discard"
            self._account.leave_out(what, place, f"opcode {command.opcode}")
            return
        if command.status not in (None, Status.OK):
            status = Status(command.status).name if command.status in set(Status) else str(command.status)
            self._account.leave_out(f"refused or failed, status {status}", place, kind.value)
            return
        if command.brings_data() and command.data is None:
            self._account.leave_out("writes whose data did not come", place)
            return
        if command.status is None:
            if kind not in CHANGES:
                self._account.leave_out("reads and flushes without an answer", place, kind.value)
                return
            self._account.note("writes without an answer, which may have been carried out", place)
        flush = kind is RequestKind.FLUSH
        position, size = (0, 0) if flush else (command.position, command.size)
        name = f"volume{command.volume}"
        yield Asked(place, name, kind, position, size, command.time, command.data)
        if command.opcode & FUA:
            yield Asked(place, name, RequestKind.FLUSH, 0, 0, command.time)
