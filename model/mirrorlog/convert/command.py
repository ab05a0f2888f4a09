"""`mirrorlog convert`: other people's traces as workloads, which `simulate --trace` and `make sim TRACE=` take."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path

from mirrorlog.command_line import Progress, choice, fail, whole, write_whole
from mirrorlog.convert import blkparse, log_writes, workload_files
from mirrorlog.convert.data import WriteData
from mirrorlog.convert.formats import Format, named, open_traces
from mirrorlog.convert.trace import Account, Asked, ConvertError
from mirrorlog.convert.volumes import FIT, MOST_REQUESTS, Choices, Converted, place
from mirrorlog.simulate.workload import BLOCK_BYTES, NANOSECONDS_PER_SECOND, RequestKind, VolumeImage

# An image is a file, and ext4 has none of 16 TiB
MOST_VOLUME_BYTES = 1 << 43
_SHOW_EVERY = 10_000


class Target(Enum):
    """What a trace becomes."""

    WORKLOAD = "workload"
    LOG_WRITES = "log-writes"


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    parser = commands.add_parser(
        "convert", help="other people's traces as workloads", description=__doc__, interleaved=True
    )
    parser.add_argument(
        "traces", type=Path, nargs="+", metavar="FILE", help="the trace; several are merged in the order of time"
    )
    parser.add_argument(
        "--out",
        type=_prefix,
        required=True,
        metavar="PREFIX",
        help="the file, or the begin of the names of the files, to be written",
    )
    parser.add_argument(
        "--from",
        type=choice(Format),
        dest="format",
        metavar="FORMAT",
        help=f"{', '.join(format.value for format in Format)} (default: as the first line looks)",
    )
    parser.add_argument(
        "--to",
        type=choice(Target),
        default=Target.WORKLOAD,
        metavar="FORMAT",
        help="workload, or log-writes: the writes, discards and flushes of one volume in the format of dm-log-writes",
    )
    parser.add_argument("--volume", type=whole(0, 65535), metavar="N", help="log-writes: which, if there are several")
    parser.add_argument(
        "--system", type=whole(1, 65535), metavar="S", help="capture: whose host (default: that of the first system)"
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
            trace = open_traces(paths, arguments.format, arguments.action, arguments.system, account)
            if trace.images and (choices.scale != 1 or choices.volume_bytes is not None):
                raise ConvertError(f"{named(paths)}: has volumes of its own: no --scale, no --volume-bytes")
            converted = place(_shown(trace.requests, progress), choices, account)
            for name in sorted(set(names) - set(converted.names.values())):
                raise ConvertError(f"--map {name}: no request of {named(paths)} goes to it")
            if not converted.requests:
                raise ConvertError(f"{named(paths)}: no request can be used{_why(account)}")
            with WriteData(arguments.seed) as data:
                if arguments.to is Target.LOG_WRITES:
                    files = [_write_log(arguments, converted, data, account)]
                else:
                    images = _images(converted, trace.images, account)
                    files = workload_files.write(arguments.out, converted, data, images, progress)
    except ConvertError as error:
        return fail(error)
    _say(files, converted, account)
    return 0


def _images(converted: Converted, by_name: Mapping[str, VolumeImage], account: Account) -> dict[int, VolumeImage]:
    """Return the images of the volumes that requests go to, which get the sizes of these."""
    for name in sorted(by_name.keys() - set(converted.names.values())):
        account.note("volumes without a request, left out", name)
    images = {number: by_name[name] for number, name in converted.names.items() if name in by_name}
    converted.sizes.update({number: image.size for number, image in images.items()})
    return images


def _write_log(arguments: argparse.Namespace, converted: Converted, data: WriteData, account: Account) -> Path:
    """Write a log of the writes and flushes of one volume; the others' requests are taken away."""
    out: Path = arguments.out
    if out.exists():
        raise ConvertError(f"{out} is there: it stays; give another name")
    volumes = sorted({request.volume for request in converted.requests})
    if arguments.volume is None and len(volumes) > 1:
        raise ConvertError(f"there are requests of volumes {', '.join(map(str, volumes))}: choose one with --volume")
    volume = volumes[0] if arguments.volume is None else arguments.volume
    if volume not in volumes:
        raise ConvertError(f"--volume {volume}: there are requests of {', '.join(map(str, volumes))}")
    for request in converted.requests:
        if request.volume != volume:
            account.leave_out("requests of other volumes", f"volume{request.volume}")
        elif request.kind is RequestKind.READ:
            account.leave_out("reads, which a log of writes does not have", f"volume{volume}", str(request.position))
    logged = [r for r in converted.requests if r.volume == volume and r.kind is not RequestKind.READ]
    if not logged:
        raise ConvertError(f"no request can be used{_why(account)}")
    requests = converted.requests
    write_whole(out, lambda part: log_writes.write(part, requests, volume, data))
    converted.requests, converted.sizes = logged, {volume: converted.sizes[volume]}
    return out


def _shown(asked: Iterator[Asked], progress: Progress) -> Iterator[Asked]:
    for number, request in enumerate(asked):
        if number % _SHOW_EVERY == 0:
            progress(f"reading: {number:,} requests")
        yield request


def _say(files: Sequence[Path], converted: Converted, account: Account) -> None:
    writes, reads, flushes, discards = map(
        converted.count, (RequestKind.WRITE, RequestKind.READ, RequestKind.FLUSH, RequestKind.DISCARD)
    )
    seconds = converted.requests[-1].time / NANOSECONDS_PER_SECOND
    print(f"files          {' '.join(map(str, files))}")
    print(f"requests       {len(converted.requests):,} in {seconds:.6f} s")
    print(f"writes         {writes:,} of {converted.written:,} bytes")
    print(f"reads          {reads:,}")
    print(f"flushes        {flushes:,}")
    print(f"discards       {discards:,}")
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
