"""The host and the maintenance terminal of a system on a board: what they say goes over the link (docs/hardware.md)."""

import struct
from collections import deque

from tb.handles.capabilities import CannotError, Capability
from tb.handles.host_port import HostCommand
from tb.handles.register_port import RegisterAccess
from tb.link.frames import Channel
from tb.link.session import Session

_PIECE, _LAST = 0x7FFF, 0x8000


class BoardHost:
    """The host of the system on the board: as HostPortDriver."""

    def __init__(self, beat_bytes: int) -> None:
        self.pushed = self.answered = self.issued = 0
        self.tag_first = 0
        self._beat = beat_bytes
        self._depth = 1
        self._waiting: deque[tuple[HostCommand, int]] = deque()
        # sent, and not in the trace yet
        self.commands: deque[tuple[HostCommand, int]] = deque()
        self.data: deque[bytes] = deque()

    def configure(self, queue_depth: int, tag_first: int) -> None:
        """Set how many commands may be outstanding, and the tag of the first command."""
        self._depth, self.tag_first = queue_depth, tag_first

    def set_queue_depth(self, queue_depth: int) -> None:
        """Set how many commands may be outstanding from now on."""
        self._depth = queue_depth

    def hold(self, read_data: bool = False, responses: bool = False) -> None:
        """Take no read data, no responses: the link takes all."""
        if read_data or responses:
            raise CannotError(Capability.HOLD_HOST)

    def tag(self, number: int) -> int:
        """Return the tag of the command that was pushed as `number`, from 0."""
        return (self.tag_first + number) % 65536

    async def send(self, command: HostCommand) -> None:
        """Hand one command to the host."""
        self.push(command)

    def push(self, command: HostCommand) -> int:
        """Hand one command to the host; return its number."""
        self._waiting.append((command, self.tag(self.pushed)))
        self.pushed += 1
        return self.pushed - 1

    def issue(self, session: Session, channels: int = 0) -> None:
        """Send the commands that may be outstanding, on the channels behind `channels`."""
        while self._waiting:
            command, tag = self._waiting[0]
            unanswered = self.issued - self.answered
            if unanswered >= (1 if command.alone else self._depth):
                return
            self._waiting.popleft()
            self.issued += 1
            fields = (command.opcode, tag, command.volume, command.position, command.size)
            session.send(channels + Channel.COMMANDS, struct.pack("<BHHQI", *fields))
            self.commands.append((command, tag))
            if command.data is not None:
                data = command.data + bytes(-len(command.data) % self._beat)
                session.send(channels + Channel.WRITE_DATA, pieces(data))
                self.data.append(data)


class BoardRegisters:
    """The maintenance terminal of the system on the board: as RegisterPortDriver. Accesses are sent ahead; the board
    carries out one after the other."""

    def __init__(self) -> None:
        self.pushed = self.answered = 0
        self._waiting: deque[RegisterAccess] = deque()
        # sent, and not in the trace yet
        self.accesses: deque[RegisterAccess] = deque()

    async def send(self, access: RegisterAccess) -> None:
        """Hand one access to the terminal."""
        self.push(access)

    def push(self, access: RegisterAccess) -> int:
        """Hand one access to the terminal; return its number."""
        self._waiting.append(access)
        self.pushed += 1
        return self.pushed - 1

    def issue(self, session: Session, channels: int = 0) -> None:
        """Send the accesses that there are, on the channels behind `channels`."""
        while self._waiting:
            access = self._waiting.popleft()
            self.accesses.append(access)
            if access.write:
                session.send(
                    channels + Channel.REGISTERS, struct.pack("<BHBQ", 1, access.address, access.strobe, access.data)
                )
            else:
                session.send(channels + Channel.REGISTERS, struct.pack("<BH", 0, access.address))


def pieces(data: bytes) -> bytes:
    """Return a packet as the link has it: pieces, each behind its size."""
    found = bytearray()
    most = _PIECE // 64 * 64
    for at in range(0, len(data), most):
        piece = data[at : at + most]
        last = _LAST if at + most >= len(data) else 0
        found += struct.pack("<H", len(piece) | last) + piece
    return bytes(found)
