"""`mirrorlog convert`: other people's traces as workloads, which `simulate --trace` and `make sim TRACE=` take."""

import argparse
import heapq
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from functools import partial
from pathlib import Path

from mirrorlog.command_line import Progress, choice, fail, whole
from mirrorlog.convert import blkparse, fio, msr, workload_files
from mirrorlog.convert.data import WriteData
from mirrorlog.convert.trace import Account, Asked, ConvertError, lines
from mirrorlog.convert.volumes import FIT, MOST_REQUESTS, Choices, Converted, place
from mirrorlog.simulate.workload import BLOCK_BYTES, NANOSECONDS_PER_SECOND, RequestKind

MOST_VOLUME_BYTES = 1 << 48
_SHOW_EVERY = 10_000

Reader = Callable[[Path, Account], Iterator[Asked]]


class Format(Enum):
    """What a trace is."""

    FIO = "fio"
    BLKPARSE = "blkparse"
    MSR = "msr"


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    parser = commands.add_parser(
        "convert", help="other people's traces as workloads", description=__doc__, interleaved=True
    )
    parser.add_argument(
        "traces", type=Path, nargs="+", metavar="FILE", help="the trace; several are merged in the order of time"
    )
    parser.add_argument(
        "--out", type=_prefix, required=True, metavar="PREFIX", help="begin of the names of what is written"
    )
    parser.add_argument(
        "--from",
        type=choice(Format),
        dest="format",
        metavar="FORMAT",
        help=f"{', '.join(format.value for format in Format)} (default: as the first line looks)",
    )
    parser.add_argument("--limit", type=whole(1, MOST_REQUESTS), metavar="N", help="no more than N requests")
    parser.add_argument(
        "--volume-bytes",
        type=_volume_bytes,
        metavar="B",
        help="size of every volume (default: what its requests need)",
    )
    parser.add_argument(
        "--scale",
        type=_scale,
        default=1,
        metavar="N",
        help="divide positions by N; fit: by what --volume-bytes needs (1)",
    )
    parser.add_argument(
        "--map",
        type=_mapping,
        action="append",
        default=[],
        metavar="NAME=N",
        help="a file, device or disk of the trace becomes volume N (default: 1, 2, ... as they come)",
    )
    parser.add_argument(
        "--gap-us", type=whole(0, 1_000_000_000), default=100, metavar="T", help="between requests without times"
    )
    parser.add_argument(
        "--action",
        choices=blkparse.ACTIONS,
        default=blkparse.QUEUED,
        help="blkparse: the events that are taken: queued, issued to the driver, completed",
    )
    parser.add_argument("--seed", type=whole(0, 1 << 63), default=1, help="seed of data that a trace does not have")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Convert; returns the exit status: 2 for what cannot be read, converted or written."""
    account = Account()
    paths: list[Path] = arguments.traces
    names = [name for name, _ in arguments.map]
    numbers = [number for _, number in arguments.map]
    if len(set(names)) != len(names) or len(set(numbers)) != len(numbers):
        return fail("--map: each name and each volume once")
    choices = Choices(
        dict(arguments.map), arguments.volume_bytes, arguments.scale, arguments.limit, arguments.gap_us * 1000
    )
    try:
        with Progress() as progress:
            converted = place(_shown(_requests(paths, arguments, account), progress), choices, account)
            for name in sorted(set(names) - set(converted.names.values())):
                raise ConvertError(f"--map {name}: no request of {_all(paths)} goes to it")
            if not converted.requests:
                raise ConvertError(f"{_all(paths)}: no request can be used{_why(account)}")
            with WriteData(arguments.seed) as data:
                files = workload_files.write(arguments.out, converted, data, {}, progress)
    except ConvertError as error:
        return fail(error)
    _say(files, converted, account)
    return 0


def _requests(paths: Sequence[Path], arguments: argparse.Namespace, account: Account) -> Iterator[Asked]:
    formats = {path: arguments.format or _looks_like(path) for path in paths}
    if len(set(formats.values())) > 1:
        raise ConvertError(f"{_all(paths)}: are not of one format ({', '.join(f.value for f in formats.values())})")
    readers: dict[Format, Reader] = {
        Format.FIO: fio.read,
        Format.BLKPARSE: partial(blkparse.read, action=arguments.action),
        Format.MSR: msr.read,
    }
    traces = [readers[formats[path]](path, account) for path in paths]
    return traces[0] if len(traces) == 1 else heapq.merge(*traces, key=lambda asked: asked.time or 0)


def _looks_like(path: Path) -> Format:
    """Return the format of a trace that begins like this one."""
    first = next(lines(path), None)
    if first is None:
        raise ConvertError(f"{path}: is empty")
    if first.text.startswith("fio version"):
        return Format.FIO
    return Format.MSR if first.text.count(",") == len(msr.FIELDS) - 1 else Format.BLKPARSE


def _shown(asked: Iterator[Asked], progress: Progress) -> Iterator[Asked]:
    for number, request in enumerate(asked):
        if number % _SHOW_EVERY == 0:
            progress(f"reading: {number:,} requests")
        yield request


def _say(files: Sequence[Path], converted: Converted, account: Account) -> None:
    writes, reads, flushes = map(converted.count, (RequestKind.WRITE, RequestKind.READ, RequestKind.FLUSH))
    seconds = converted.requests[-1].time / NANOSECONDS_PER_SECOND
    print(f"files          {' '.join(map(str, files))}")
    print(f"requests       {len(converted.requests):,} in {seconds:.6f} s")
    print(f"writes         {writes:,} of {converted.written:,} bytes")
    print(f"reads          {reads:,}")
    print(f"flushes        {flushes:,}")
    for volume, size in converted.sizes.items():
        print(f"volume{volume:<9}{size:,} bytes: {converted.names[volume]}")
    if converted.scale != 1:
        print(f"scale          positions divided by {converted.scale:,}")
    for title, reasons in (("noted", account.notes), ("not used", account.unused)):
        if reasons:
            print(f"{title:<15}{sum(count for count, _ in reasons.values()):,}")
        for reason, (count, first) in reasons.items():
            print(f"  {count:,}: {reason} (first: {first})")


def _why(account: Account) -> str:
    reasons = "; ".join(f"{count} {reason}" for reason, (count, _) in account.unused.items())
    return f" ({reasons})" if reasons else ""


def _all(paths: Sequence[Path]) -> str:
    return ", ".join(map(str, paths))


def _prefix(text: str) -> Path:
    prefix = Path(text)
    if not prefix.name or text.endswith("/"):
        raise argparse.ArgumentTypeError(f"{text!r} is no begin of a file's name")
    if not prefix.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is in a folder that is not there")
    return prefix


def _volume_bytes(text: str) -> int:
    size = whole(BLOCK_BYTES, MOST_VOLUME_BYTES)(text)
    if size % BLOCK_BYTES:
        raise argparse.ArgumentTypeError(f"{size} is no multiple of {BLOCK_BYTES}")
    return size


def _scale(text: str) -> int:
    return FIT if text == "fit" else whole(1, 1 << 48)(text)


def _mapping(text: str) -> tuple[str, int]:
    name, separator, number = text.rpartition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is no NAME=N")
    return name, whole(0, 65535)(number)
