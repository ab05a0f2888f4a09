"""From a trace's requests to those of volumes: which volume, where on it, when."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mirrorlog.convert.trace import Account, Asked, ConvertError, Piece
from mirrorlog.simulate.workload import BLOCK_BYTES, RequestKind

FIT = 0
"""As a scale: the smallest with which all positions fit."""

MOST_REQUESTS = 2_000_000
MOST_VOLUMES = 1000
# The data of a workload is read as a whole
MOST_WRITTEN_BYTES = 1 << 32
# A host splits a discard into transfers, and file systems discard whole disks
MOST_DISCARDED_BYTES = 1 << 30
# A volume whose size nobody says is so many bytes, or the next multiple that holds its requests
GRAIN_BYTES = 1 << 20
_VOLUME = re.compile(r"volume(0|[1-9][0-9]{0,4})")
_MICROSECOND = 1_000


class Placed(NamedTuple):
    """A request to a volume; `position` and `size` are bytes, `time` ns since the first one."""

    volume: int
    kind: RequestKind
    position: int
    size: int
    time: int
    data: Piece | bytes | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user chose. `numbers` are volumes by name; `volume_bytes` is the size of every volume, None: as large as
    its requests need; positions are divided by `scale` (FIT: as much as they must be); no more than `limit` requests;
    `gap` ns lie between requests of a trace without times.
    """

    numbers: Mapping[str, int] = field(default_factory=dict)
    volume_bytes: int | None = None
    scale: int = 1
    limit: int | None = None
    gap: int = 100 * _MICROSECOND


@dataclass(slots=True)
class Converted:
    """What a trace has become: requests in order, names and bytes of the volumes by number; `scale` is that used."""

    requests: list[Placed]
    names: dict[int, str]
    sizes: dict[int, int]
    scale: int

    def count(self, kind: RequestKind) -> int:
        """Return how many requests of a kind there are."""
        return sum(request.kind is kind for request in self.requests)

    @property
    def written(self) -> int:
        """Return the bytes of all writes."""
        return sum(request.size for request in self.requests if request.kind is RequestKind.WRITE)


def place(asked: Iterable[Asked], choices: Choices, account: Account) -> Converted:
    """Return what a trace becomes. Raises ConvertError for what no volumes hold, and what the reader raises."""
    numbers = _Numbers(choices.numbers)
    found: list[tuple[Placed, str]] = []
    time, first = 0, None
    for request in asked:
        if choices.limit is not None and len(found) == choices.limit:
            account.note(f"read up to the limit of {choices.limit} requests; nothing from here on", request.place)
            break
        if len(found) == MOST_REQUESTS:
            raise ConvertError(f"{request.place}: more than {MOST_REQUESTS} requests: give a limit")
        if not _is_usable(request, account):
            continue
        if request.time is None:
            time += choices.gap if found else 0
        else:
            first = request.time if first is None else first
            if request.time - first < time:
                account.note("times before that of the line above, taken as equal to it", request.place)
            time = max(time, request.time - first)
        _, _, kind, position, size, _, data = request
        found.append((Placed(numbers.of(request), kind, position, size, time, data), request.place))
    scale = _fitting(found, choices.volume_bytes) if choices.scale == FIT else choices.scale
    return _fitted(found, scale, choices.volume_bytes, numbers, account)


class _Numbers:
    """The volumes of names: as chosen; N of the name volumeN, if it is free; the others in the order in which they
    come, from 1."""

    def __init__(self, chosen: Mapping[str, int]) -> None:
        self._chosen = chosen
        self._taken = set(chosen.values())
        self.by_name: dict[str, int] = {}

    def of(self, request: Asked) -> int:
        """Return the volume of a request."""
        number = self.by_name.get(request.name)
        if number is None:
            if len(self.by_name) == MOST_VOLUMES:
                raise ConvertError(f"{request.place}: {request.name[:60]} is one more than {MOST_VOLUMES} volumes")
            number = self._chosen.get(request.name)
            if number is None:
                number = self._free(request.name)
            self._taken.add(number)
            self.by_name[request.name] = number
        return number

    def _free(self, name: str) -> int:
        match = _VOLUME.fullmatch(name)
        if match is not None and int(match[1]) not in self._taken:
            return int(match[1])
        return next(number for number in range(1, 1 << 16) if number not in self._taken)


def _is_usable(request: Asked, account: Account) -> bool:
    if request.kind is RequestKind.FLUSH:
        return True
    what = f"{request.name} {request.kind.value} {request.position} {request.size}"
    if not request.size:
        account.leave_out("requests of no bytes", request.place, what)
    elif request.position % BLOCK_BYTES or request.size % BLOCK_BYTES:
        account.leave_out(f"position or size is no multiple of {BLOCK_BYTES}", request.place, what)
    else:
        return True
    return False


def _fitting(found: list[tuple[Placed, str]], volume_bytes: int | None) -> int:
    """Return the smallest scale with which each request lies on its volume, of those that are no longer than that."""
    if volume_bytes is None:
        raise ConvertError("scale fit needs a size to fit into: give the bytes of a volume")
    return max((_divisor(request, volume_bytes) for request, _ in found if request.size <= volume_bytes), default=1)


def _divisor(request: Placed, volume_bytes: int) -> int:
    """Return the smallest whole number that a position can be divided by to lie on the volume."""
    last = (volume_bytes - request.size) // BLOCK_BYTES
    return request.position // BLOCK_BYTES // (last + 1) + 1


def _fitted(
    found: list[tuple[Placed, str]], scale: int, volume_bytes: int | None, numbers: _Numbers, account: Account
) -> Converted:
    requests, ends, written, discarded = [], dict.fromkeys(numbers.by_name.values(), 0), 0, 0
    for request, place in found:
        position = request.position // scale // BLOCK_BYTES * BLOCK_BYTES
        end = position + request.size
        if volume_bytes is not None and end > volume_bytes:
            what = f"{request.kind.value} {position} {request.size}"
            account.leave_out(f"beyond a volume of {volume_bytes} bytes", place, what)
            continue
        if request.kind is RequestKind.WRITE:
            written += request.size
            if written > MOST_WRITTEN_BYTES:
                raise ConvertError(f"{place}: more than {MOST_WRITTEN_BYTES} bytes are written: give a limit")
        if request.kind is RequestKind.DISCARD:
            if discarded + request.size > MOST_DISCARDED_BYTES:
                what = f"{request.kind.value} {position} {request.size}"
                account.leave_out(f"discards with which there are more than {MOST_DISCARDED_BYTES} bytes", place, what)
                continue
            discarded += request.size
        ends[request.volume] = max(ends[request.volume], end)
        requests.append(request._replace(position=position))
    sizes = {
        volume: volume_bytes or max(1, -(-end // GRAIN_BYTES)) * GRAIN_BYTES for volume, end in sorted(ends.items())
    }
    return Converted(requests, {number: name for name, number in numbers.by_name.items()}, sizes, scale)
