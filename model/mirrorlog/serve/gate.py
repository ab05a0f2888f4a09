"""The run's end of the local socket: takes requests as they come, and answers them in any order."""

import selectors
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from mirrorlog.serve.wire import ANSWER, MAGIC, REQUEST, Request, WireError, unpack_request

BACKLOG = 128
SEND_SECONDS = 10.0
"""Within which who asked must take an answer."""


@dataclass(slots=True, eq=False)
class Connection:
    """Somebody who asks. `asked` is under way; a connection asks one request at a time."""

    socket: socket.socket
    taken: bytearray = field(default_factory=bytearray)
    head: Request | None = None
    wanted: int = REQUEST.size
    asked: Request | None = None
    open: bool = True


class Gate:
    """Listens on a local socket. `lost` is called with a connection that ends in the middle of a request."""

    def __init__(self, path: Path, lost: Callable[[Connection], None]) -> None:
        self._path = path
        self._lost = lost
        self._selector = selectors.DefaultSelector()
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen(BACKLOG)
        self._selector.register(self._socket, selectors.EVENT_READ)

    def poll(self, seconds: float | None) -> list[Connection]:
        """Return the connections whose request has come whole, within so many seconds (None: wait for one)."""
        ready = []
        for key, _ in self._selector.select(seconds):
            if key.fileobj is self._socket:
                accepted, _ = self._socket.accept()
                accepted.settimeout(SEND_SECONDS)
                self._selector.register(accepted, selectors.EVENT_READ, Connection(accepted))
                continue
            connection: Connection = key.data
            if self._read(connection):
                ready.append(connection)
        return ready

    def answer(self, connection: Connection, number: int, data: bytes = b"") -> None:
        """Answer what a connection asked for; nothing if it has ended."""
        connection.asked = None
        if not connection.open:
            return
        try:
            connection.socket.sendall(ANSWER.pack(MAGIC, number, len(data)) + data)
        except OSError:
            self._end(connection)

    def close(self) -> None:
        """End all connections."""
        for key in list(self._selector.get_map().values()):
            if key.data is not None:
                self._end(key.data)
        self._selector.close()
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _read(self, connection: Connection) -> bool:
        """Take what has come; returns whether a request is whole."""
        try:
            data = connection.socket.recv(max(1, connection.wanted - len(connection.taken)))
        except OSError:
            data = b""
        if not data or connection.asked is not None:  # nobody asks again before the answer
            self._end(connection)
            return False
        connection.taken += data
        while len(connection.taken) == connection.wanted:
            if connection.head is None:
                try:
                    connection.head, size = unpack_request(bytes(connection.taken))
                except WireError:
                    self._end(connection)
                    return False
                connection.wanted += size
                continue
            request = replace(connection.head, data=bytes(connection.taken[REQUEST.size :]))
            connection.taken.clear()
            connection.head, connection.wanted, connection.asked = None, REQUEST.size, request
            return True
        return False

    def _end(self, connection: Connection) -> None:
        if connection.open:
            connection.open = False
            self._selector.unregister(connection.socket)
            connection.socket.close()
            if connection.asked is not None or connection.taken:
                self._lost(connection)
