"""What hosts ask for through NBD, as commands at the host ports: exports, parts of large requests, errors."""

import errno
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from mirrorlog.processes.command_reception import Opcode
from mirrorlog.serve.gate import Connection, Gate
from mirrorlog.serve.wire import Flag, Kind, Request
from mirrorlog.tables.status import Status

ORIGINAL, SECONDARY = 1, 2
ERRORS: dict[Status, int] = {
    Status.INVALID_OPCODE: errno.EINVAL,
    Status.UNKNOWN_VOLUME: errno.EINVAL,
    Status.VOLUME_BLANK: errno.EIO,
    Status.VOLUME_ABNORMAL: errno.EIO,
    Status.VOLUME_SECONDARY: errno.EPERM,
    Status.ZERO_SIZE: errno.EINVAL,
    Status.UNALIGNED: errno.EINVAL,
    Status.OUT_OF_RANGE: errno.ENOSPC,
    Status.TOO_LARGE: errno.EINVAL,
    Status.DATA_LENGTH: errno.EINVAL,
    Status.NEVER_FITS: errno.EINVAL,
    Status.JOURNAL_FULL: errno.ENOSPC,
    Status.DEVICE_ERROR: errno.EIO,
    Status.JOURNAL_READ_REFUSED: errno.EINVAL,
    Status.JOURNAL_VOLUME: errno.EPERM,
    Status.REMOTE_SILENT: errno.EIO,
    Status.NOT_JOURNALED: errno.EIO,
    Status.REMOTE_CLOSED: errno.EIO,
    Status.NO_STORAGE: errno.EIO,
}
"""What a host's NBD client gets for a status."""
_OPCODES = {
    (Kind.READ, Flag.NONE): Opcode.READ,
    (Kind.WRITE, Flag.NONE): Opcode.WRITE,
    (Kind.WRITE, Flag.FUA): Opcode.WRITE_FUA,
    (Kind.FLUSH, Flag.NONE): Opcode.FLUSH,
    (Kind.DISCARD, Flag.NONE): Opcode.DISCARD,
    (Kind.DISCARD, Flag.FUA): Opcode.DISCARD_FUA,
}


@dataclass(frozen=True, slots=True)
class Export:
    """A volume of a system that hosts may open; `size` is bytes."""

    system: int
    volume: int
    size: int

    @property
    def name(self) -> str:
        """The export's name."""
        return f"{'ab'[self.system - 1]}/volume{self.volume}"


@dataclass(slots=True, eq=False)
class Part:
    """A command for the host port of a system, and the request that it is a part of."""

    asked: "Asked"
    opcode: Opcode
    volume: int
    position: int
    size: int
    data: bytes = b""

    @property
    def system(self) -> int:
        """The system that it is for."""
        return self.asked.export.system


@dataclass(slots=True, eq=False)
class Asked:
    """A host's request under way: how many of its parts are not answered, what they read, and its first error."""

    connection: Connection
    request: Request
    export: Export
    left: int = 0
    read: dict[int, bytes] = field(default_factory=dict)
    failed: Status = Status.OK


Answered = Callable[[dict[str, object]], None]
"""Is called when what the console said is done."""

COMMANDS = "cut, heal, lose, takeover, fail EXPORT, status, stop"
"""What the console may say."""
NEED_TWO = (["cut"], ["heal"], ["lose"], ["takeover"])
"""Of that, what needs two systems."""


class Target(Protocol):
    """What has the systems: a run of the model, or a simulation of the RTL."""

    def submit(self, part: Part) -> None:
        """Give a command to the host port of its system; `Hosts.finished` is called when it is answered."""

    def cut(self) -> None:
        """Cut the path."""

    def heal(self) -> None:
        """The path works again."""

    def fail(self, system: int, volume: int) -> None:
        """The storage device beneath a volume answers with errors from now on."""

    def take_over(self, answer: Answered) -> None:
        """Take over at the secondary system; `answer` is called when hosts may go on there. Raises ValueError."""

    def stop(self, answer: Answered) -> None:
        """Serve no longer."""

    def tell_status(self, answer: Answered) -> None:
        """Answer with the status."""


def log(text: str) -> None:
    """Say something in the run's log."""
    print(text, file=sys.stderr, flush=True)


class Hosts:
    """Takes requests at the gate. `volumes` are the sizes of the volumes of each of the `systems` (1 or 2), `largest`
    the bytes of a transfer at most. `taken_over`: hosts write at the secondary system; `lost`: no host reaches the
    original one."""

    def __init__(
        self, gate: Gate, target: Target, volumes: Mapping[int, int], largest: int, systems: int = SECONDARY
    ) -> None:
        self.gate = gate
        self.target = target
        self.largest = largest
        self.exports = [
            Export(system, volume, size) for system in range(ORIGINAL, systems + 1) for volume, size in volumes.items()
        ]
        self.systems = systems
        self.asked: set[Asked] = set()
        self.taken_over = False
        self.lost = False
        self.acknowledged = 0

    def poll(self, seconds: float | None) -> None:
        """Take what is asked for, within so many seconds (None: wait for it)."""
        for connection in self.gate.poll(seconds):
            assert connection.asked is not None
            self._take(connection, connection.asked)

    def finished(self, part: Part, status: Status, data: bytes = b"") -> None:
        """A host port has answered a command."""
        asked = part.asked
        asked.left -= 1
        if status is not Status.OK and asked.failed is Status.OK:
            asked.failed = status
            self._say(asked, f"{status.name.lower().replace('_', ' ')} (status {status})")
        if data:
            asked.read[part.position] = data
        if asked.left or asked not in self.asked:
            return
        self.asked.remove(asked)
        self.acknowledged += asked.request.kind is Kind.WRITE and asked.failed is Status.OK
        if asked.failed is Status.OK:
            self.gate.answer(asked.connection, 0, b"".join(asked.read[at] for at in sorted(asked.read)))
            return
        self.gate.answer(asked.connection, _error(asked), asked.failed.name.lower().encode())

    def lose(self) -> None:
        """The original system is lost: whoever waits for it, or asks it, gets an error."""
        self.lost = True
        for asked in [asked for asked in self.asked if asked.export.system == ORIGINAL]:
            self.asked.remove(asked)
            self._refuse(asked.connection, errno.ESHUTDOWN, f"{asked.export.name}: the original system is lost")

    def _take(self, connection: Connection, request: Request) -> None:
        if request.kind is Kind.TELL:
            self._tell(connection, request)
            return
        if request.kind is Kind.OPEN:
            self._open(connection, request)
            return
        if request.export >= len(self.exports) or (request.kind, request.flags) not in _OPCODES:
            self._refuse(connection, errno.EINVAL, f"export {request.export}, or what is asked of it, is unknown")
            return
        export = self.exports[request.export]
        if export.system == ORIGINAL and self.lost:
            self._refuse(connection, errno.ESHUTDOWN, f"{export.name}: the original system is lost")
            return
        asked = Asked(connection, request, export)
        self.asked.add(asked)
        parts = self._parts(asked)
        asked.left = len(parts)
        for part in parts:
            self.target.submit(part)

    def _parts(self, asked: Asked) -> list[Part]:
        """Divide a request into commands of at most the largest transfer; one of no bytes is one command."""
        request, volume, opcode = asked.request, asked.export.volume, _OPCODES[asked.request.kind, asked.request.flags]
        if request.kind is Kind.FLUSH:
            return [Part(asked, opcode, volume, 0, 0)]
        parts = []
        for at in range(0, max(request.size, 1), self.largest):
            size = min(self.largest, request.size - at)
            parts.append(Part(asked, opcode, volume, request.position + at, size, request.data[at : at + size]))
        return parts

    def _open(self, connection: Connection, request: Request) -> None:
        name = request.data.decode(errors="replace")
        try:
            export = self._export(name) if name else self.exports[0]
        except ValueError as error:
            self._refuse(connection, errno.EINVAL, str(error))
            return
        writable = export.system == ORIGINAL or self.taken_over
        if not writable:
            log(f"{export.name} is opened read-only: hosts write at the secondary system after the takeover")
        told: dict[str, object] = {
            "export": self.exports.index(export),
            "size": export.size,
            "writable": writable,
            "exports": [known.name for known in self.exports],
        }
        self.gate.answer(connection, 0, json.dumps(told).encode())

    def _export(self, name: str) -> Export:
        """Return the export of this name. Raises ValueError."""
        for export in self.exports:
            if export.name == name:
                return export
        raise ValueError(f"export {name!r} is unknown")

    def _tell(self, connection: Connection, request: Request) -> None:
        def answer(told: dict[str, object]) -> None:
            self.gate.answer(connection, 0, json.dumps(told).encode())

        try:
            self._do(request.data.decode(errors="replace"), answer)
        except ValueError as error:
            self._refuse(connection, errno.EINVAL, str(error))

    def _do(self, said: str, answer: Answered) -> None:
        """Do what the console says. Raises ValueError for what is unknown, or cannot be done."""
        words = said.split()
        if words in NEED_TWO and self.systems == 1:
            raise ValueError(f"{said}: there is one system")
        match words:
            case ["cut"]:
                self.target.cut()
            case ["heal"]:
                if self.lost:
                    raise ValueError("the original system is lost")
                self.target.heal()
                log("the path works again")
            case ["lose"]:
                self.target.cut()
                self.lose()
                log("the original system is lost")
            case ["takeover"]:
                if self.taken_over:
                    raise ValueError("hosts are at the secondary system already")
                self.target.take_over(answer)
                return
            case ["fail", name]:
                export = self._export(name)
                log(f"{export.name}: its storage device fails")
                self.target.fail(export.system, export.volume)
            case ["stop"]:
                self.target.stop(answer)
                return
            case ["status"]:
                pass
            case _:
                raise ValueError(f"{' '.join(words)!r} is none of {COMMANDS}")
        self.target.tell_status(answer)

    def _refuse(self, connection: Connection, number: int, reason: str) -> None:
        log(f"{reason}: {errno.errorcode[number]}")
        self.gate.answer(connection, number, reason.encode())

    def _say(self, asked: Asked, what: str) -> None:
        request = asked.request
        log(
            f"{asked.export.name}: {request.kind.name.lower()} of {request.size} bytes at {request.position}: {what}:"
            f" {errno.errorcode[_error(asked)]}"
        )


def lost_connection(connection: Connection) -> None:
    """Say that a host's connection ended while it waited, or in the middle of a request."""
    if connection.asked is None:
        log("a connection ended in the middle of a request, which is dropped")
    else:
        log(f"a connection ended before its {connection.asked.kind.name.lower()} was answered, which goes on")


def _error(asked: Asked) -> int:
    number = ERRORS[asked.failed]
    beyond = asked.failed is Status.OUT_OF_RANGE and asked.request.kind is Kind.READ
    return errno.EINVAL if beyond else number


__all__ = [
    "COMMANDS",
    "ORIGINAL",
    "SECONDARY",
    "Answered",
    "Export",
    "Hosts",
    "Part",
    "Target",
    "log",
    "lost_connection",
]
