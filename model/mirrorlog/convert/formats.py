"""What a trace is, and what reads it."""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from pathlib import Path

from mirrorlog.convert import blkparse, captures, fio, log_writes, msr, workloads
from mirrorlog.convert.trace import Account, Asked, ConvertError, lines
from mirrorlog.simulate.workload import VolumeImage

Reader = Callable[[Path, Account], Iterator[Asked]]


class Format(Enum):
    """What a trace is."""

    FIO = "fio"
    BLKPARSE = "blkparse"
    MSR = "msr"
    LOG_WRITES = "log-writes"
    CAPTURE = "capture"
    WORKLOAD = "workload"


@dataclass(frozen=True, slots=True)
class Trace:
    """Requests in order, and the volumes whose content before the first one is known, by name."""

    requests: Iterator[Asked]
    images: Mapping[str, VolumeImage] = field(default_factory=dict)


def open_traces(
    paths: Sequence[Path], given: Format | None, action: str, system: int | None, account: Account
) -> Trace:
    """Return what traces of one format hold (None: as they look), several merged in the order of time. `action` is of
    blkparse, `system` of a capture. Raises ConvertError, OSError."""
    formats = {path: given or looks_like(path) for path in paths}
    if len(set(formats.values())) > 1:
        raise ConvertError(f"{named(paths)}: are not of one format ({', '.join(f.value for f in formats.values())})")
    kind = formats[paths[0]]
    if len(paths) > 1 and kind not in (Format.FIO, Format.BLKPARSE, Format.MSR):
        raise ConvertError(f"{named(paths)}: are of format {kind.value}, of which one is taken at a time")
    if kind is Format.WORKLOAD:
        return Trace(*workloads.load(paths[0]))
    readers: dict[Format, Reader] = {
        Format.FIO: fio.read,
        Format.BLKPARSE: partial(blkparse.read, action=action),
        Format.MSR: msr.read,
        Format.LOG_WRITES: log_writes.read,
        Format.CAPTURE: partial(captures.read, system=system),
    }
    traces = [readers[kind](path, account) for path in paths]
    return Trace(traces[0] if len(traces) == 1 else heapq.merge(*traces, key=lambda asked: asked.time or 0))


def looks_like(path: Path) -> Format:
    """Return the format of a trace that begins like this one. Raises ConvertError if it is empty, OSError."""
    if log_writes.is_log(path):
        return Format.LOG_WRITES
    first = next(lines(path), None)
    if first is None:
        raise ConvertError(f"{path}: is empty")
    if first.text.startswith("{"):
        return Format.CAPTURE
    if first.text.startswith("fio version"):
        return Format.WORKLOAD if workloads.is_workload(path) else Format.FIO
    return Format.MSR if first.text.count(",") == len(msr.FIELDS) - 1 else Format.BLKPARSE


def named(paths: Sequence[Path]) -> str:
    """Return the names of files in one line."""
    return ", ".join(map(str, paths))
