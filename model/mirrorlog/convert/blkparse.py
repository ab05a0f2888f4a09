"""blkparse's text output in its default form (blktrace, blkparse_fmt.c: process_default; blkparse(1))."""

import re
from collections.abc import Iterator
from pathlib import Path

from mirrorlog.convert.trace import Account, Asked, Line, lines
from mirrorlog.simulate.workload import RequestKind

QUEUED = "Q"
"""The action that a request is taken from unless another is asked for: what the host asked for, before it is merged
with its neighbours. fio takes the same (blktrace.c)."""
ACTIONS = (QUEUED, "D", "C")
SECTOR_BYTES = 512

_EVENT = re.compile(r"[0-9]+,[0-9]+\s")
_RANGE = re.compile(r"([0-9]+) \+ ([0-9]+)(?: |\Z)")
# Behind RWBS when there is none: a process or an error, or the bytes of a command that is no block request
_NO_RANGE = re.compile(r"([0-9]+ )?[\[(]|\Z")
_TIME = re.compile(r"([0-9]{1,12})\.([0-9]{9})")
# The last lines are sums: of each processor, of each device, of all
_SUMS = re.compile(r"(CPU\s*[0-9]+|Total) \(|(Throughput \(|Events \(|Skips:|Input file )")
# What F before and behind the operation say: flush first; flush behind (FUA). B, of old kernels, says both
_KINDS = {"W": RequestKind.WRITE, "R": RequestKind.READ, "D": RequestKind.DISCARD, "DE": RequestKind.DISCARD}
_RWBS = re.compile(r"(F?)(DE?|[WRN]?)(F?)([ABSMU]*)")


def read(path: Path, account: Account, action: str = QUEUED) -> Iterator[Asked]:
    """Yield the requests of a trace's events of one action. Raises ConvertError, OSError."""
    sums = False
    for line in lines(path):
        if not _EVENT.match(line.text):
            sums = sums or bool(_SUMS.match(line.text))
            if not sums:
                line.wrong("device", f"{line.text.split()[0][:20]!r} is no MAJOR,MINOR")
            account.leave_out("sums behind the events", line.place, line.text)
            continue
        sums = False
        words = line.text.split(maxsplit=7)
        if len(words) < 7:
            line.wrong("RWBS", "expected DEVICE CPU SEQUENCE SECONDS.NANOSECONDS PID ACTION RWBS ...")
        device, cpu, sequence, moment, process, event, rwbs = words[:7]
        for field, text in (("cpu", cpu), ("sequence", sequence), ("pid", process)):
            line.number_of(field, text)
        time = _TIME.fullmatch(moment)
        if time is None:
            line.wrong("time", f"{moment[:30]!r} is no SECONDS.NANOSECONDS")
        if event != action:
            what = "messages" if event == "m" else f"events of action {event[:5]}, not {action}"
            account.leave_out(what, line.place, line.text)
            continue
        nanoseconds = int(time[1]) * 1_000_000_000 + int(time[2])
        yield from _requests(line, device, nanoseconds, rwbs, words[7] if len(words) > 7 else "", account)


def _requests(line: Line, device: str, time: int, rwbs: str, rest: str, account: Account) -> Iterator[Asked]:
    flags = _RWBS.fullmatch(rwbs)
    if flags is None:
        if not rwbs.isalpha():
            line.wrong("RWBS", f"{rwbs[:20]!r} is not known")
        account.leave_out(f"requests of another kind (RWBS {rwbs[:10]})", line.place, line.text)
        return
    before, operation, behind, more = flags.groups()
    extent = _RANGE.match(rest)
    if extent is None and not _NO_RANGE.match(rest):
        line.wrong("sector", f"{rest[:20]!r} is no SECTOR + SECTORS")
    count = line.number_of("sectors", extent[2]) * SECTOR_BYTES if extent else 0
    position = line.number_of("sector", extent[1]) * SECTOR_BYTES if extent and count else 0
    flush = Asked(line.place, device, RequestKind.FLUSH, 0, 0, time)
    barrier = "B" in more
    if before or barrier:
        yield flush
    kind = _KINDS.get(operation)
    if kind is not None and count:
        yield Asked(line.place, device, kind, position, count, time)
        if behind or barrier:
            yield flush
    elif not (before or barrier):
        account.leave_out(f"requests without a range, or of another kind (RWBS {rwbs})", line.place, line.text)
