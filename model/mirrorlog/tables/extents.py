"""A logical volume over several storage devices ([0035]): its logical addresses are converted into physical ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Extent:
    """A part of a volume: `size` bytes from `offset` on of a storage device."""

    device: int
    offset: int
    size: int


def pieces(extents: Sequence[Extent], position: int, size: int) -> list[Extent]:
    """Return where `size` bytes from `position` on lie, the volume being its extents one behind the other."""
    found = []
    for end, extent in zip(accumulate(extent.size for extent in extents), extents, strict=True):
        begin = end - extent.size
        first, last = max(position, begin), min(position + size, end)
        if first < last:
            found.append(Extent(extent.device, extent.offset + first - begin, last - first))
    return found


def striped(capacity: int, stripe: int, ends: list[int], devices: int, alignment: int) -> tuple[Extent, ...]:
    """Return extents of `stripe` bytes in turn on the first `devices` devices, which are used up to `ends`."""
    extents = []
    for number, begin in enumerate(range(0, capacity, stripe)):
        device = number % devices
        size = min(stripe, capacity - begin)
        extents.append(Extent(device, ends[device], size))
        ends[device] += -(-size // alignment) * alignment
    return tuple(extents)
