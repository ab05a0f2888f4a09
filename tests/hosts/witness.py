"""A second witness: QEMU's blklogwrites between a host and NBD writes down, on its own, what the host wrote."""

import contextlib
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mirrorlog.convert.log_writes import Flag, entries
from tests.hosts.serving import PATIENT_SECONDS, Serving, found, wait_until

LARGEST = 16384
"""Bytes of a transfer at the host port: larger writes of a host are as many journals."""


@dataclass(frozen=True, slots=True)
class Write:
    """A write that the log has, or the part of it that is one journal."""

    position: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Log:
    """The log of an export, and the local socket at which QEMU offers that export, named as there."""

    file: Path
    socket: Path
    export: str

    @property
    def url(self) -> str:
        """The NBD address behind which everything is written down."""
        return f"nbd+unix:///{self.export}?socket={self.socket}"

    def writes(self) -> list[Write]:
        """Return the log's writes in their order, in parts of at most LARGEST bytes."""
        found: list[Write] = []
        for entry in entries(self.file):
            data = bytes(entry.size)  # what a discard leaves
            with self.file.open("rb") as file:
                file.seek(entry.data.offset)
                data = data if Flag.DISCARD in entry.flags else file.read(entry.size)
            found += [Write(entry.position + at, data[at : at + LARGEST]) for at in range(0, entry.size, LARGEST)]
        return found


@contextlib.contextmanager
def witness(run: Serving, export: str) -> Iterator[Log]:
    """Let QEMU write a log of what is written to an export, for a while; it is whole when this has ended."""
    name = export.replace("/", "-")
    log = Log(run.folder / f"{name}.log", run.folder / f"{name}.nbd", export)
    log.file.touch()
    log.socket.unlink(missing_ok=True)
    image = (
        "driver=blklogwrites,log-sector-size=512,log-super-update-interval=1,file.driver=nbd,file.server.type=unix,"
        f"file.server.path={run.folder}/nbd,file.export={export},log.driver=file,log.filename={log.file}"
    )
    command = [str(found("qemu-nbd")), "--persistent", "--shared=8", f"--socket={log.socket}"]
    process = subprocess.Popen([*command, f"--export-name={export}", "--image-opts", image])
    try:
        wait_until(lambda: log.socket.exists() or process.poll() is not None, f"{log.socket} is there")
        assert process.poll() is None, f"qemu-nbd has ended with status {process.returncode}"
        yield log
    finally:
        process.terminate()
        process.wait(PATIENT_SECONDS)


def replayed(size: int, writes: Sequence[Write]) -> bytes:
    """Return what a volume of so many bytes, all zeros before, holds after these writes."""
    image = bytearray(size)
    for write in writes:
        image[write.position : write.position + len(write.data)] = write.data
    return bytes(image)


def prefixes(image: bytes, writes: Sequence[Write]) -> list[int]:
    """Return after how many of the writes a volume, all zeros before, held this."""
    held = bytearray(len(image))
    found = [0] if held == image else []
    for count, write in enumerate(writes, 1):
        held[write.position : write.position + len(write.data)] = write.data
        if held == image:
            found.append(count)
    return found
