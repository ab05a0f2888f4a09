"""A line between a machine and the stand-in of a board that goes wrong as it is told: a TCP port before the board's."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

_READ = 4096


@dataclass(frozen=True, slots=True)
class Damage:
    """What becomes of a byte: `change` makes others of it, None pulls the cable. `to_board`: of those that the machine
    sends; `at`: how many bytes have passed before it."""

    to_board: bool
    at: int
    change: Callable[[int], bytes] | None


FLIPPED: Callable[[int], bytes] = lambda byte: bytes((byte ^ 1,))  # noqa: E731
LOST: Callable[[int], bytes] = lambda _: b""  # noqa: E731
DOUBLED: Callable[[int], bytes] = lambda byte: bytes((byte, byte))  # noqa: E731


class Line:
    """Machines come one after the other; the damage is that of one of them, counted from 0."""

    def __init__(self, board: int, damage: Damage, machine: int) -> None:
        self._board, self._damage, self._machine = board, damage, machine
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._came = 0

    def serve(self) -> None:
        """Serve machines until this is closed."""
        with suppress(OSError):
            while True:
                machine, _ = self._listening.accept()
                damaged = self._came == self._machine
                self._came += 1
                with closing(machine), socket.create_connection(("127.0.0.1", self._board)) as board:
                    back = threading.Thread(target=self._pass, args=(board, machine, damaged, False), daemon=True)
                    back.start()
                    self._pass(machine, board, damaged, True)
                    back.join()

    def close(self) -> None:
        """End it."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _pass(self, source: socket.socket, sink: socket.socket, damaged: bool, to_board: bool) -> None:
        """Pass one direction on until its end, which is that of both."""
        passed = 0
        with suppress(OSError):
            while data := source.recv(_READ):
                place = self._damage.at - passed
                passed += len(data)
                if damaged and self._damage.to_board == to_board and 0 <= place < len(data):
                    if self._damage.change is None:
                        break
                    data = data[:place] + self._damage.change(data[place]) + data[place + 1 :]
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def line(board: int, damage: Damage, machine: int) -> Iterator[int]:
    """A line to the board at a port; its own port."""
    found = Line(board, damage, machine)
    serving = threading.Thread(target=found.serve, daemon=True)
    serving.start()
    try:
        yield found.port
    finally:
        found.close()
        serving.join()
