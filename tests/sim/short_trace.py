"""The first writes of the recorded workload, for runs that need few of them."""

from pathlib import Path

from mirrorlog.simulate.workload import HEADER, RequestKind, Workload
from tools.sources import ROOT

DATA = ROOT / "tests" / "data"


def short_trace(prefix: Path, writes: int, volume_bytes: int) -> list[int]:
    """Write the first `writes` of at most a quarter of a volume, moved into volumes of `volume_bytes`, as a trace.
    Return how many bytes each has."""
    workload = Workload.load(str(DATA / "bank"))
    fitting = [r for r in workload.requests if r.kind is RequestKind.WRITE and r.size <= volume_bytes // 4][:writes]
    lines = [HEADER, *(f"0 volume{volume} {action}" for volume in (1, 2) for action in ("add", "open"))]
    lines += [f"0 volume{r.volume} write {r.position % (volume_bytes - r.size) // 512 * 512} {r.size}" for r in fitting]
    lines += [f"0 volume{volume} close" for volume in (1, 2)]
    prefix.with_name(f"{prefix.name}.iolog").write_text("".join(f"{line}\n" for line in lines))
    prefix.with_name(f"{prefix.name}.payload").write_bytes(b"".join(workload.data(request) for request in fitting))
    for volume in (1, 2):
        image = workload.volumes[volume].whole()[:volume_bytes]
        prefix.with_name(f"{prefix.name}.volume{volume}.img").write_bytes(image.ljust(volume_bytes, b"\0"))
    return [request.size for request in fitting]
