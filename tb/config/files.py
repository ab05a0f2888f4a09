"""The binary files through which the bench exchanges data with Python.

A bench's files share a prefix, given to the simulation as +files=PREFIX: `PREFIX.host_commands` and so on.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FolderInUse(Exception):
    """Another process works in the folder; the text is one line."""


@contextmanager
def locked(folder: Path, otherwise: str) -> Iterator[None]:
    """Keep a folder, which is made, for this process. Raises FolderInUse, which says what to do `otherwise`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            user = lock.read().strip()
            raise FolderInUse(f"{folder} is in use by process {user or 'unknown'}: {otherwise}") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def beside(prefix: Path, suffix: str) -> Path:
    """Return the file PREFIX.suffix."""
    return prefix.with_name(f"{prefix.name}.{suffix}")


def reverse_beats(data: bytes, beat_bytes: int) -> bytes:
    """Reverse the bytes of each beat, padding the last with zeros: Verilog's $fread takes a word's first byte as its
    highest."""
    padding = -len(data) % beat_bytes
    whole = (data + bytes(padding))[::-1]
    count = len(whole) // beat_bytes
    return b"".join(whole[index * beat_bytes : (index + 1) * beat_bytes] for index in range(count - 1, -1, -1))
