"""A second witness: QEMU's blklogwrites between a host and NBD writes down, on its own, what the host wrote."""

import contextlib
import itertools
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mirrorlog.convert.log_writes import Flag, entries
from mirrorlog.formats.commit_record import Creation
from mirrorlog.query.lines import Lines
from mirrorlog.serve.hosts import ORIGINAL, SECONDARY
from tests.hosts.serving import PATIENT_SECONDS, Serving, found, wait_until

LARGEST = 16384
"""Bytes of a transfer at the host port: larger writes of a host are as many journals."""
BLOCK_BYTES = 512


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


@dataclass(frozen=True, slots=True)
class Left:
    """What a disaster left: of each volume what the secondary holds, and the log of what its host wrote at the
    original; the number of the last journal restored."""

    images: Sequence[bytes]
    logs: Sequence[Sequence[Write]]
    restored: int


def unlike_the_logs(left: Left, capture: Path, in_turn: bool) -> list[str]:
    """Say where the secondary is not what the logs say; the capture is whole.

    How many of each log's writes must be there, no more and no less, is known from the original: those whose journals
    are among the restored ones. `in_turn`: devices answer one write before they get the next, so that all volumes'
    writes come to the secondary's device in the logs' order.
    """
    wrong, order = [], _journaled(capture, left.restored)
    logs = [list(_blocks(log)) for log in left.logs]
    for volume, (image, log) in enumerate(zip(left.images, logs, strict=True), 1):
        places = [position for of, position in order if of == volume]
        first = log[: len(places)]
        if [block.position for block in first] != places:
            wrong.append(f"the original took volume {volume}'s writes in another order than its log has")
        if image != replayed(len(image), first):
            wrong.append(f"volume {volume} does not hold the first {len(first)} blocks of its log")
    if in_turn and not wrong:
        behind = [iter(log) for log in logs]
        starts = list(itertools.accumulate((len(image) for image in left.images), initial=0))
        written = [(starts[volume - 1], next(behind[volume - 1])) for volume, _ in order]
        if [Write(start + block.position, block.data) for start, block in written] != _restored(capture):
            wrong.append("writes came to the secondary's device in another order than the logs have")
    return wrong


def _blocks(writes: Sequence[Write]) -> Iterator[Write]:
    """Cut writes into blocks."""
    for write in writes:
        for at in range(0, len(write.data), BLOCK_BYTES):
            yield Write(write.position + at, write.data[at : at + BLOCK_BYTES])


def _journaled(capture: Path, last: int) -> list[tuple[int, int]]:
    """Return volume and position of each block that hosts wrote at the original, in the order of journals' update
    numbers, up to the journal of this number."""
    records = (line.fields["record"] for line in Lines(capture) if (line.system, line.event) == (ORIGINAL, "record"))
    return [
        (record.volume, position)
        for record in records
        if record.creation == Creation.HOST_WRITE_CREATED and record.update_number - 1 <= last
        for position in range(record.position, record.position + record.size, BLOCK_BYTES)
    ]


def _restored(capture: Path) -> list[Write]:
    """Return the blocks that the device of the secondary's volumes was given before any host came there."""
    device, found = 0, []
    with capture.with_suffix(f".device{SECONDARY}_{device}").open("rb") as data:
        for line in Lines(capture):
            if (line.system, line.event) == (SECONDARY, "host_command"):
                break
            if (line.system, line.event, line.fields.get("device")) == (SECONDARY, "device_write", device):
                found.append(Write(line.fields["address"], data.read(line.fields["bytes"])))
    return list(_blocks(found))
