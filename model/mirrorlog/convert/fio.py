"""fio's I/O logs, version 2 and 3 (fio, iolog.c: log_io_u, log_file, read_iolog)."""

from collections.abc import Iterator
from pathlib import Path

from mirrorlog.convert.trace import Account, Asked, Line, lines
from mirrorlog.simulate.workload import RequestKind

HEADERS = {"fio version 2 iolog": 2, "fio version 3 iolog": 3}
_FILE_ACTIONS = frozenset({"add", "open", "close"})
_KINDS = {
    "read": RequestKind.READ,
    "write": RequestKind.WRITE,
    "sync": RequestKind.FLUSH,
    "fsync": RequestKind.FLUSH,
    "datasync": RequestKind.FLUSH,
    "trim": RequestKind.DISCARD,
}
_MICROSECOND, _MILLISECOND = 1_000, 1_000_000


def read(path: Path, account: Account) -> Iterator[Asked]:
    """Yield the requests of a log. Raises ConvertError for a line that is none of its version's, OSError."""
    version = 0
    waited: int | None = None
    for line in lines(path):
        if not version:
            version = HEADERS.get(line.text, 0)
            if not version:
                line.wrong("version", f"is {line.text[:40]!r}, expected {' or '.join(map(repr, HEADERS))}")
            continue
        words = line.text.split()
        time = waited
        if version == 3:
            time = line.number_of("time", words.pop(0)) * _MICROSECOND
        if len(words) == 2 and words[1] in _FILE_ACTIONS:
            continue
        if len(words) != 4:
            expected = "FILE ACTION POSITION SIZE"
            line.wrong("action", f"expected {'TIME ' if version == 3 else ''}{expected}, or without the last two")
        name, action, position, size = (
            words[0],
            words[1],
            line.number_of("position", words[2]),
            line.number_of("size", words[3]),
        )
        if action == "wait" and version == 2:
            # read_iolog_get waits until so many milliseconds after its start
            waited = max(waited or 0, position * _MILLISECOND)
        else:
            asked = _request(line, name, action, position, size, time, account)
            if asked is not None:
                yield asked


def _request(
    line: Line, name: str, action: str, position: int, size: int, time: int | None, account: Account
) -> Asked | None:
    kind = _KINDS.get(action)
    if kind is not None:
        return Asked(line.place, name, kind, position, size, time)
    account.leave_out(f"action {action[:20]!r}, which is none of fio's that a workload has", line.place, line.text)
    return None
