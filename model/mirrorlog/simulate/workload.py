"""A recorded host workload: the requests of a Linux block trace, their data, and the volumes as they were before it.

A trace with prefix P consists of `P.iolog` (fio's version 3 I/O log), `P.payload.xz` (the data of its writes,
concatenated in order) and for each volume `P.volumeN.img.xz`, its content before the first request. Instead of a
compressed file there may be one that is not, without `.xz`: an image may then be a sparse file of terabytes, whose
holes are not read. `mirrorlog convert` writes these.
"""

import errno
import lzma
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

BLOCK_BYTES = 512
HEADER = "fio version 3 iolog"
NANOSECONDS_PER_SECOND = 1_000_000_000
# Times of a log in version 3 are microseconds (fio, iolog.c: utime_since_now)
NANOSECONDS_PER_TICK = 1_000
# What is read of an image at once; a piece of zeros only is not kept
PIECE_BYTES = 1 << 20

_VOLUME = re.compile(r"volume([0-9]+)\Z")
_FILE_ACTIONS = frozenset({"add", "open", "close"})


class WorkloadError(Exception):
    """A trace that cannot be replayed; the text is one line that names the file and, where there is one, the line."""


class RequestKind(Enum):
    """What a host asks for."""

    READ = "read"
    WRITE = "write"
    FLUSH = "sync"
    DISCARD = "trim"


CHANGES = frozenset({RequestKind.WRITE, RequestKind.DISCARD})
"""What changes a volume, and counts as a host's write."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request of the log. `position`, `size` and `payload_offset` are bytes, `time` is ns since the trace began.

    `payload_offset` is where a write's data begins in the payload; it is 0 for the other kinds.
    """

    line: int
    volume: int
    kind: RequestKind
    position: int
    size: int
    payload_offset: int
    time: int


@dataclass(frozen=True, slots=True)
class VolumeImage:
    """A volume's content: `size` bytes, zeros but for `pieces` (position, bytes), which are in order."""

    size: int
    pieces: tuple[tuple[int, bytes], ...] = ()

    @classmethod
    def of(cls, content: bytes) -> "VolumeImage":
        """Return an image of the content that is given whole."""
        return cls(len(content), ((0, content),))

    def __len__(self) -> int:
        return self.size

    def whole(self) -> bytes:
        """Return every byte; of volumes that memory can hold."""
        content = bytearray(self.size)
        for at, data in self.pieces:
            content[at : at + len(data)] = data
        return bytes(content)


@dataclass(frozen=True, slots=True)
class Workload:
    """A loaded trace: initial volume images by volume number, the requests in order, and the data of all writes."""

    volumes: dict[int, VolumeImage]
    requests: list[Request]
    payload: bytes

    @classmethod
    def load(cls, prefix: str | Path) -> "Workload":
        """Read and check the trace `prefix`. Raises WorkloadError for anything that cannot be replayed exactly."""
        base = Path(prefix)
        log = base.with_name(base.name + ".iolog")
        try:
            lines = log.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise WorkloadError(f"{log}: cannot be read: {_reason(error)}") from error
        reader = _LogReader(base, log)
        reader.read(lines)
        payload_file = _one_of(base.with_name(base.name + ".payload.xz"))
        payload = _content(payload_file)
        if len(payload) < reader.payload_bytes:
            short = next(
                request
                for request in reader.requests
                if request.payload_offset + request.size > len(payload) and request.kind is RequestKind.WRITE
            )
            raise WorkloadError(
                f"{log}:{short.line}: this write needs {short.size} bytes at {short.payload_offset}"
                f" of {payload_file}, which holds {len(payload)} bytes"
            )
        if len(payload) > reader.payload_bytes:
            raise WorkloadError(
                f"{payload_file}: holds {len(payload)} bytes, but the writes of {log} need {reader.payload_bytes}"
                " (is the log truncated?)"
            )
        return cls(reader.volumes, reader.requests, payload)

    @property
    def writes(self) -> int:
        """Return how many writes and discards there are."""
        return sum(request.kind in CHANGES for request in self.requests)

    @property
    def seconds(self) -> float:
        """Return when the last request comes."""
        return self.requests[-1].time / NANOSECONDS_PER_SECOND

    def data(self, request: Request) -> bytes:
        """Return the write data of a WRITE request."""
        return self.payload[request.payload_offset : request.payload_offset + request.size]


class _LogReader:
    """Reads the lines of one I/O log, strictly; loads each volume's image when the log adds it."""

    def __init__(self, base: Path, log: Path) -> None:
        self.base = base
        self.log = log
        self.volumes: dict[int, VolumeImage] = {}
        self.requests: list[Request] = []
        self.payload_bytes = 0
        self._open: set[int] = set()
        self._time = 0

    def read(self, lines: list[str]) -> None:
        """Read the whole log, `lines` being its text split at line ends."""
        if lines[0] != HEADER:
            raise WorkloadError(f"{self.log}:1: is {lines[0][:40]!r}, expected {HEADER!r}")
        if lines[-1] != "":
            raise WorkloadError(f"{self.log}:{len(lines)}: the last line has no end (is the log truncated?)")
        for number, text in enumerate(lines[1:-1], start=2):
            self._line(number, text.split())
        if self._open:
            name = f"volume{min(self._open)}"
            raise WorkloadError(f"{self.log}:{len(lines) - 1}: the log ends with {name} open (is the log truncated?)")
        if not self.requests:
            raise WorkloadError(f"{self.log}:{len(lines) - 1}: the log holds no request")

    def _line(self, number: int, words: list[str]) -> None:
        if len(words) not in (3, 5):
            raise self._error(number, "expected TIME FILE ACTION or TIME FILE ACTION POSITION SIZE")
        time = self._number(number, "time", words[0])
        if time < self._time:
            raise self._error(number, f"time {time} is before the line above ({self._time})")
        self._time = time
        match = _VOLUME.match(words[1])
        if match is None:
            raise self._error(number, f"unknown volume {words[1]!r}: names are volume1, volume2, ...")
        volume, action = int(match[1]), words[2]
        if action in _FILE_ACTIONS and len(words) == 3:
            self._file_action(number, volume, action)
            return
        if volume not in self.volumes:
            raise self._error(number, f"unknown volume volume{volume}: no line above adds it")
        if volume not in self._open:
            raise self._error(number, f"volume{volume} is not open")
        self._request(number, volume, action, words)

    def _file_action(self, number: int, volume: int, action: str) -> None:
        if action == "add":
            if volume in self.volumes:
                raise self._error(number, f"volume{volume} is added twice")
            image_file = self.base.with_name(f"{self.base.name}.volume{volume}.img.xz")
            file = _one_of(image_file)
            if not file.exists():
                raise self._error(
                    number, f"unknown volume volume{volume}: {image_file} does not exist, nor {image_file.stem}"
                )
            image = VolumeImage.of(_content(file)) if file == image_file else _sparse(file)
            if image.size == 0 or image.size % BLOCK_BYTES:
                raise WorkloadError(f"{file}: {image.size} bytes are no volume (a multiple of {BLOCK_BYTES})")
            self.volumes[volume] = image
            return
        if volume not in self.volumes:
            raise self._error(number, f"unknown volume volume{volume}: no line above adds it")
        if (action == "open") == (volume in self._open):
            raise self._error(number, f"volume{volume} is {'already' if action == 'open' else 'not'} open")
        self._open ^= {volume}

    def _request(self, number: int, volume: int, action: str, words: list[str]) -> None:
        if action == "datasync":
            action = RequestKind.FLUSH.value
        try:
            kind = RequestKind(action)
        except ValueError as error:
            raise self._error(number, f"unknown action {action!r}") from error
        position = size = offset = 0
        if kind is not RequestKind.FLUSH:
            if len(words) != 5:
                raise self._error(number, f"a {action} needs POSITION and SIZE")
            position = self._number(number, "position", words[3])
            size = self._number(number, "size", words[4])
            if size == 0 or size % BLOCK_BYTES or position % BLOCK_BYTES:
                raise self._error(
                    number, f"position {position} and size {size} must be multiples of {BLOCK_BYTES}, size not 0"
                )
            capacity = self.volumes[volume].size
            if position + size > capacity:
                raise self._error(
                    number, f"{action} of {size} bytes at {position} is beyond volume{volume} of {capacity} bytes"
                )
        if kind is RequestKind.WRITE:
            offset = self.payload_bytes
            self.payload_bytes += size
        time = self._time * NANOSECONDS_PER_TICK
        self.requests.append(Request(number, volume, kind, position, size, offset, time))

    def _number(self, number: int, name: str, text: str) -> int:
        if not (text.isascii() and text.isdigit()):
            raise self._error(number, f"{name} {text!r} is no number")
        return int(text)

    def _error(self, number: int, text: str) -> WorkloadError:
        return WorkloadError(f"{self.log}:{number}: {text}")


def _one_of(compressed: Path) -> Path:
    """Return which there is: this file, or the one without `.xz`. Both are a WorkloadError."""
    plain = compressed.with_suffix("")
    if plain.exists() and compressed.exists():
        raise WorkloadError(f"{compressed}: is there, and {plain.name} too: which of them?")
    return plain if plain.exists() else compressed


def _content(file: Path) -> bytes:
    """Return the content of a file, decompressed; a missing, damaged or truncated one is a WorkloadError."""
    try:
        if file.suffix != ".xz":
            return file.read_bytes()
        with lzma.open(file) as stream:
            return stream.read()
    except EOFError as error:
        raise WorkloadError(f"{file}: is truncated") from error
    except (OSError, lzma.LZMAError) as error:
        raise WorkloadError(f"{file}: cannot be read: {_reason(error)}") from error


def _sparse(file: Path) -> VolumeImage:
    """Return the content of an image file; its holes and its zeros take neither time nor memory."""
    try:
        with file.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            pieces = [
                (at, data)
                for begin, end in _extents(stream.fileno(), size)
                for at in range(begin, end, PIECE_BYTES)
                if (data := os.pread(stream.fileno(), min(PIECE_BYTES, end - at), at)).count(0) < len(data)
            ]
    except OSError as error:
        raise WorkloadError(f"{file}: cannot be read: {_reason(error)}") from error
    return VolumeImage(size, tuple(pieces))


def _extents(descriptor: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield the parts (begin, end) of a file that are no holes."""
    end = 0
    while end < size:
        try:
            begin = os.lseek(descriptor, end, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole up to the end
                return
            raise
        end = os.lseek(descriptor, begin, os.SEEK_HOLE)
        yield begin, end


def _reason(error: Exception) -> str:
    """Say in a few words what went wrong, without the path that the caller names."""
    return str(getattr(error, "strerror", None) or error)
