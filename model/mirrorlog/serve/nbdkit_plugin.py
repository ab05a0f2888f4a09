"""The plugin of nbdkit's Python plugin: hands what NBD clients ask for to a run over its local socket.

    nbdkit python model/mirrorlog/serve/nbdkit_plugin.py gate=SOCKET answer_seconds=60

Each request has a connection of its own to the run, so that several are in flight.
"""

import errno
import json
from typing import Any

import nbdkit  # type: ignore[import-not-found]

from mirrorlog.serve.wire import Client, Flag, Kind, Request

API_VERSION = 2
BLOCK_BYTES = 512
PREFERRED_BYTES = 4096
LARGEST_BYTES = 32 << 20

settings = {"gate": "", "answer_seconds": "60"}


def config(key: str, value: str) -> None:
    """Take one parameter."""
    if key not in settings:
        raise RuntimeError(f"unknown parameter {key}: there are {', '.join(settings)}")
    settings[key] = value


def config_complete() -> None:
    """Check the parameters."""
    if not settings["gate"]:
        raise RuntimeError("gate=SOCKET is missing")


def thread_model() -> int:
    """Requests of a connection in any order, several at a time."""
    return int(nbdkit.THREAD_MODEL_PARALLEL)


class Handle:
    """An NBD client's connection to an export; `told` is what the run says of it."""

    def __init__(self, name: str) -> None:
        self._free: list[Client] = []
        self.told: dict[str, Any] = json.loads(
            self.ask(Request(Kind.OPEN, size=len(name.encode()), data=name.encode()))
        )

    def ask(self, request: Request) -> bytes:
        """Return the answer to a request. Raises OSError, whose number nbdkit knows."""
        try:
            client = self._free.pop()
        except IndexError:
            client = Client(settings["gate"], float(settings["answer_seconds"]))
        try:
            return client.ask(request)
        except OSError as error:
            nbdkit.set_error(errno.EIO if error.errno == errno.ETIMEDOUT else error.errno or errno.EIO)
            raise
        finally:
            if client.usable:
                self._free.append(client)

    def request(self, kind: Kind, position: int = 0, size: int = 0, data: bytes = b"", flags: int = 0) -> bytes:
        """Ask the export for something; `flags` are nbdkit's."""
        asked = Flag.FUA if flags & nbdkit.FLAG_FUA else Flag.NONE
        return self.ask(Request(kind, self.told["export"], position, size, data, asked))

    def close(self) -> None:
        """End all connections to the run."""
        for client in self._free:
            client.close()


def list_exports(readonly: bool, is_tls: bool) -> list[str]:
    """Return the names of all exports."""
    handle = Handle("")
    handle.close()
    return list(handle.told["exports"])


def default_export(readonly: bool, is_tls: bool) -> str:
    """Return the export that a client gets which names none."""
    return list_exports(readonly, is_tls)[0]


def open(readonly: bool) -> Handle:
    """Open the export that the client names."""
    return Handle(nbdkit.export_name())


def close(handle: Handle) -> None:
    """Close it."""
    handle.close()


def get_size(handle: Handle) -> int:
    """Return the bytes of the volume."""
    return int(handle.told["size"])


def block_size(handle: Handle) -> tuple[int, int, int]:
    """Return the least, the preferred and the largest bytes of a request."""
    return BLOCK_BYTES, PREFERRED_BYTES, LARGEST_BYTES


def can_write(handle: Handle) -> bool:
    """May hosts write?"""
    return bool(handle.told["writable"])


def can_flush(handle: Handle) -> bool:
    """Flush is a command of the host port."""
    return True


def can_fua(handle: Handle) -> int:
    """A write or discard of the host port may be answered after its device's response."""
    return int(nbdkit.FUA_NATIVE)


def can_trim(handle: Handle) -> bool:
    """Discard is a command of the host port."""
    return True


def can_zero(handle: Handle) -> bool:
    """A discard leaves zeros."""
    return True


def can_multi_conn(handle: Handle) -> bool:
    """A flush of one connection covers what others were answered: all use one host port."""
    return True


def pread(handle: Handle, buffer: Any, position: int, flags: int) -> None:
    """Read."""
    buffer[:] = handle.request(Kind.READ, position, len(buffer))


def pwrite(handle: Handle, buffer: Any, position: int, flags: int) -> None:
    """Write."""
    handle.request(Kind.WRITE, position, len(buffer), bytes(buffer), flags)


def trim(handle: Handle, size: int, position: int, flags: int) -> None:
    """Discard."""
    handle.request(Kind.DISCARD, position, size, flags=flags)


def zero(handle: Handle, size: int, position: int, flags: int) -> None:
    """Write zeros."""
    handle.request(Kind.DISCARD, position, size, flags=flags)


def flush(handle: Handle, flags: int) -> None:
    """Wait for the devices' responses of all that was written."""
    handle.request(Kind.FLUSH)
