"""What goes over the local socket between NBD (or a console) and a run (docs/hosts.md): one request, one answer."""

import errno
import socket
import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

MAGIC = b"mrlg"
REQUEST = struct.Struct("<4sBBHQI")
"""Magic, kind, flags, number of the export, position, size; then `size` bytes of a write or of a text."""
ANSWER = struct.Struct("<4sII")
"""Magic, error number (errno; 0: none), bytes that follow: read data, a text, or the reason of an error."""
LARGEST = 64 << 20
"""Bytes of a request at most, as nbdkit takes them."""


class Kind(IntEnum):
    """What is asked for."""

    OPEN = 1
    READ = 2
    WRITE = 3
    FLUSH = 4
    TELL = 5
    DISCARD = 6


class Flag(IntFlag):
    """How a write or a discard is asked for. FUA: it is answered after its device's response."""

    NONE = 0
    FUA = 1


WITH_BYTES = frozenset({Kind.OPEN, Kind.WRITE, Kind.TELL})
"""Kinds that bring bytes."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request; `size` and `position` are bytes, `export` is what OPEN returned."""

    kind: Kind
    export: int = 0
    position: int = 0
    size: int = 0
    data: bytes = b""
    flags: Flag = Flag.NONE

    def pack(self) -> bytes:
        """Return its bytes."""
        return REQUEST.pack(MAGIC, self.kind, self.flags, self.export, self.position, self.size) + self.data


class WireError(Exception):
    """What came over the socket is no request or no answer."""


def unpack_request(head: bytes) -> tuple[Request, int]:
    """Return the request whose header this is, yet without its bytes, and how many follow. Raises WireError."""
    magic, kind, flags, export, position, size = REQUEST.unpack(head)
    if magic != MAGIC or kind not in list(Kind) or flags & ~Flag.FUA or size > LARGEST:
        raise WireError(f"{head.hex()} is no request")
    return Request(Kind(kind), export, position, size, flags=Flag(flags)), size if kind in WITH_BYTES else 0


class Client:
    """Asks a run, one request after the other. After `seconds` without an answer it fails with ETIMEDOUT, when the run
    has ended with ESHUTDOWN; then it is of no use any more (`usable`)."""

    def __init__(self, path: str, seconds: float) -> None:
        self.usable = True
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(seconds)
        self._socket.connect(path)

    def ask(self, request: Request) -> bytes:
        """Return the answer's bytes. Raises OSError with the error number and reason that came instead."""
        try:
            self._socket.sendall(request.pack())
            magic, number, size = ANSWER.unpack(self._take(ANSWER.size))
            if magic != MAGIC:
                raise WireError("no answer")
            data = self._take(size)
        except TimeoutError:
            self.close()
            raise OSError(errno.ETIMEDOUT, "the storage system does not answer") from None
        except ConnectionError:
            self.close()
            raise OSError(errno.ESHUTDOWN, "the run has ended") from None
        if number:
            raise OSError(number, data.decode())
        return data

    def close(self) -> None:
        """Close the connection; what is asked for goes on, its answer is dropped."""
        self.usable = False
        self._socket.close()

    def _take(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            part = self._socket.recv(min(size - len(data), 1 << 20))
            if not part:
                raise ConnectionResetError
            data += part
        return bytes(data)


def tell(path: str, words: str, seconds: float = 600.0) -> bytes:
    """Tell a run something, as its console does; returns the answer (JSON)."""
    client = Client(path, seconds)
    try:
        return client.ask(Request(Kind.TELL, size=len(words), data=words.encode()))
    finally:
        client.close()
