"""Writes a workload: the files that `Workload.load` reads (mirrorlog/simulate/workload.py)."""

from collections.abc import Callable, Mapping
from pathlib import Path

from mirrorlog.convert.data import WriteData
from mirrorlog.convert.trace import ConvertError
from mirrorlog.convert.volumes import Converted
from mirrorlog.simulate.workload import HEADER, NANOSECONDS_PER_TICK, RequestKind, VolumeImage

_SHOW_EVERY = 1000


def write(
    prefix: Path,
    converted: Converted,
    data: WriteData,
    images: Mapping[int, VolumeImage],
    show: Callable[[str, float, float], None],
) -> list[Path]:
    """Write PREFIX.iolog, PREFIX.payload and PREFIX.volumeN.img: all of them, or none. `images` are the volumes that
    are not empty before the first request. Returns the files.

    Raises ConvertError if one of a trace with this name is there already, OSError.
    """
    there = sorted(prefix.parent.glob(f"{_literal(prefix.name)}.*"))
    taken = [file for file in there if _is_of_a_trace(file.name.removeprefix(f"{prefix.name}."))]
    if taken:
        raise ConvertError(f"{taken[0]} is there: it stays; give another name")
    parts: dict[Path, Path] = {}

    def part(suffix: str) -> Path:
        file = prefix.with_name(f"{prefix.name}.{suffix}")
        parts[file] = file.with_name(f".{file.name}.part")
        return parts[file]

    try:
        # not compressed: seeded data does not become smaller
        with part("payload").open("wb") as payload:
            for number, request in enumerate(converted.requests):
                if request.kind is RequestKind.WRITE:
                    payload.write(data.of(request))
                if number % _SHOW_EVERY == 0:
                    show("writing data", number, len(converted.requests))
        for volume, size in converted.sizes.items():
            with part(f"volume{volume}.img").open("wb") as image:
                for at, piece in images[volume].pieces if volume in images else ():
                    image.seek(at)
                    image.write(piece)
                try:
                    image.truncate(size)
                except OSError as error:
                    what = f"{error.strerror} (an image of {size} bytes)"
                    raise OSError(error.errno, what) from error
        # the log last: without it there is no trace
        with part("iolog").open("w", encoding="ascii", newline="") as log:
            _write_log(log.write, converted)
        for file, written in parts.items():
            written.replace(file)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(prefix)) from error
    finally:
        for written in parts.values():
            written.unlink(missing_ok=True)
    return sorted(parts)


def _write_log(write_text: Callable[[str], object], converted: Converted) -> None:
    write_text(f"{HEADER}\n")
    for volume in converted.sizes:
        write_text(f"0 volume{volume} add\n0 volume{volume} open\n")
    tick = 0
    for request in converted.requests:
        tick = request.time // NANOSECONDS_PER_TICK
        write_text(f"{tick} volume{request.volume} {request.kind.value} {request.position} {request.size}\n")
    for volume in converted.sizes:
        write_text(f"{tick} volume{volume} close\n")


def _is_of_a_trace(suffix: str) -> bool:
    return suffix in ("iolog", "payload", "payload.xz") or suffix.startswith("volume")


def _literal(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)
