"""The block traces of Microsoft Research Cambridge (SNIA IOTTA, README.txt: seven fields with commas between)."""

from collections.abc import Iterator
from pathlib import Path

from mirrorlog.convert.trace import Account, Asked, lines
from mirrorlog.simulate.workload import RequestKind

FIELDS = ("Timestamp", "Hostname", "DiskNumber", "Type", "Offset", "Size", "ResponseTime")
HEADER = ",".join(FIELDS)
_KINDS = {"read": RequestKind.READ, "write": RequestKind.WRITE}
# A Windows file time counts these
_NANOSECONDS = 100


def read(path: Path, account: Account) -> Iterator[Asked]:
    """Yield the requests of a trace, whose names are HOST.DISK. Raises ConvertError, OSError."""
    for line in lines(path):
        if line.number == 1 and line.text == HEADER:
            continue
        words = [word.strip() for word in line.text.split(",")]
        if len(words) != len(FIELDS):
            line.wrong(FIELDS[min(len(words), len(FIELDS) - 1)], f"there are {len(words)} fields, expected {HEADER}")
        values = dict(zip(FIELDS, words, strict=True))
        time, disk, position, size, _ = (
            line.number_of(field, values[field])
            for field in ("Timestamp", "DiskNumber", "Offset", "Size", "ResponseTime")
        )
        if not values["Hostname"]:
            line.wrong("Hostname", "is empty")
        kind = _KINDS.get(values["Type"].lower())
        if kind is None:
            line.wrong("Type", f"{values['Type'][:20]!r} is neither Read nor Write")
        yield Asked(line.place, f"{values['Hostname']}.{disk}", kind, position, size, time * _NANOSECONDS)
