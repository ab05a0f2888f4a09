"""Workloads, which are traces with data and with what volumes held before."""

from collections.abc import Iterator
from pathlib import Path

from mirrorlog.convert.trace import Asked, ConvertError
from mirrorlog.simulate.workload import RequestKind, VolumeImage, Workload, WorkloadError

SUFFIX = ".iolog"


def is_workload(path: Path) -> bool:
    """Is this the log of a workload: do its data lie beside it?"""
    return path.suffix == SUFFIX and any(path.with_suffix(end).exists() for end in (".payload", ".payload.xz"))


def load(path: Path) -> tuple[Iterator[Asked], dict[str, VolumeImage]]:
    """Return the requests of a workload and the volumes by name. Raises ConvertError."""
    try:
        workload = Workload.load(path.with_suffix(""))
    except WorkloadError as error:
        raise ConvertError(str(error)) from error
    return _requests(path, workload), {f"volume{volume}": image for volume, image in workload.volumes.items()}


def _requests(path: Path, workload: Workload) -> Iterator[Asked]:
    for request in workload.requests:
        data = workload.data(request) if request.kind is RequestKind.WRITE else None
        place, name = f"{path}:{request.line}", f"volume{request.volume}"
        yield Asked(place, name, request.kind, request.position, request.size, request.time, data)
