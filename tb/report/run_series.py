"""What the picture of a run shows, as numbers over time: rings with pointers, update numbers, latencies, marks."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from mirrorlog.formats.commit_record import CommitRecord, Process
from mirrorlog.formats.outcomes import (
    CommandOutcome,
    InitialCopyOutcome,
    ReadCommandOutcome,
    RestoreOutcome,
    StoreOutcome,
)
from mirrorlog.registers import register_map
from mirrorlog.tables.shared_memory import GroupState, PairState, VolumeState
from mirrorlog.tables.units import NONE
from tb.report.run_trace import RunTrace, SystemTrace

INFORMATION = ("newest", "commit", "read_initiation", "retry_initiation", "oldest")
WRITE_DATA = ("newest", "commit", "oldest")
DEVICE_ERROR = 13
# Steps that are always worth a mark
MARKED = {
    (Process.COMMAND_RECEPTION, CommandOutcome.STALLED): ("stall", "write waits for room"),
    (Process.JOURNAL_READ_COMMAND, ReadCommandOutcome.NO_ROOM_FOR_JOURNAL): ("retry", "not all stored"),
    (Process.JOURNAL_STORE, StoreOutcome.NO_ROOM): ("stall", "journal has no room"),
    (Process.INITIAL_COPY, InitialCopyOutcome.END_MARKED): ("copy", "end marker created"),
}
COPY_ENDS = (Process.RESTORE, RestoreOutcome.FREED)


@dataclass(frozen=True, slots=True)
class Ring:
    """One area of a journal volume over time: `size` in bytes; for each column of time the bytes in use
    and the place of each pointer, from the area's head; None before the first record."""

    title: str
    size: int
    used: list[int | None]
    pointers: dict[str, list[int | None]]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something worth a mark, at a cycle of a system."""

    kind: str
    cycle: int
    system: int
    text: str


@dataclass(frozen=True, slots=True)
class Series:
    """Everything that is drawn of one group; `times` has the last cycle of each column."""

    group: int
    times: list[int]
    rings: list[Ring]
    numbers: dict[str, list[int | None]]
    latencies: list[tuple[int, int]]
    marks: list[Mark]


def groups(trace: RunTrace) -> list[int]:
    """Return the groups that have journals in this run."""
    found = {record.group for system in trace.systems.values() for record in system.records if record.update_number > 1}
    return sorted(found - {NONE})


def series(trace: RunTrace, group: int, columns: int = 900) -> Series:
    """Return what is drawn of a group, at the ends of `columns` equal parts of the run."""
    times = [trace.cycles * (column + 1) // columns for column in range(columns)]
    rings, numbers = [], {}
    for number, system in trace.systems.items():
        states = [r for r in system.records if r.group == group]
        rings += list(_rings(number, system, group, states, times))
    for name, points in _numbers(trace, group).items():
        numbers[name] = _at(points, times)
    latencies = [
        (command.ended, command.ended - command.began)
        for system in trace.systems.values()
        for command in system.commands
        if command.opcode == 2 and command.status >= 0
    ]
    return Series(group, times, rings, numbers, _thinned(latencies, trace.cycles, columns), list(_marks(trace, group)))


def _rings(
    number: int, system: SystemTrace, group: int, states: list[CommitRecord], times: list[int]
) -> Iterator[Ring]:
    """The two areas of a group's journal volume, if it has one."""

    def register(name: str) -> int:
        return system.registers.get(register_map.group_register(group, name), 0)

    volume = system.registers.get(register_map.group_register(group, "journal_volume"), NONE)
    if volume == NONE or not states:
        return
    data_head = register("write_data_head")
    capacity = system.registers.get(register_map.volume_register(volume, "capacity"), 0)
    areas = (
        ("update information", "update_information", register("update_information_head"), data_head, INFORMATION),
        ("write data", "write_data", data_head, capacity, WRITE_DATA),
    )
    for title, prefix, head, end, names in areas:
        pointers: dict[str, list[int | None]] = {}
        for name in names:
            field = name if name.endswith("initiation") else f"{prefix}_{name}"
            pointers[name] = _at([(record.cycle, getattr(record, field) - head) for record in states], times)
        used = _used(pointers["oldest"], pointers["newest"], end - head)
        yield Ring(f"system {number}, {title}", end - head, used, pointers)


def _used(oldest: list[int | None], newest: list[int | None], size: int) -> list[int | None]:
    """Return the bytes in use. Equal pointers mean full or empty: whichever is nearer to what was before."""
    found: list[int | None] = []
    before = 0
    for old, new in zip(oldest, newest, strict=True):
        if old is None or new is None:
            found.append(None)
            continue
        used = (new - old) % size
        before = size if used == 0 and before > size // 2 else used
        found.append(before)
    return found


def _numbers(trace: RunTrace, group: int) -> dict[str, list[tuple[int, int]]]:
    """Update numbers created, sent, stored and restored, each as (cycle, number)."""
    found: dict[str, list[tuple[int, int]]] = {"created": [], "sent": [], "stored": [], "restored": []}
    for system in trace.systems.values():
        own = [record for record in system.records if record.group == group]
        secondary = any(
            record.volume_state == VolumeState.SECONDARY or record.process == Process.JOURNAL_STORE for record in own
        )
        for record, _ in system.sent():
            if record.group == group and record.size:
                found["sent"].append((record.cycle, record.reference + record.size - 1))
        for record in own:
            if not secondary:
                found["created"].append((record.cycle, record.update_number - 1))
            if record.process == Process.JOURNAL_STORE and record.outcome == StoreOutcome.STORED:
                found["stored"].append((record.cycle, record.reference))
            if record.process == Process.RESTORE and record.outcome == RestoreOutcome.FREED:
                found["restored"].append((record.cycle, record.reference))
    # a number is reached once, whatever comes again
    for points in found.values():
        highest = 0
        for index, (cycle, number) in enumerate(points):
            highest = max(highest, number)
            points[index] = (cycle, highest)
    return {name: points for name, points in found.items() if points}


def _marks(trace: RunTrace, group: int) -> Iterator[Mark]:
    """Retries, stalls, failures, operations and the ends of initial copy."""
    for number, system in trace.systems.items():
        failed = False
        again = {id(record): count for record, count in system.sent() if count}
        for record in system.records:
            if record.group != group:
                continue
            step = Process(record.process), record.outcome
            kind, text = MARKED.get(step, ("", ""))
            if step == COPY_ENDS and record.size == 0:
                kind, text = "copy", "end marker restored"
            elif record.process == Process.OPERATION:
                kind, text = "operation", "operation"
            elif id(record) in again:
                kind, text = "retry", f"{again[id(record)]} journals sent again"
            if record.status == DEVICE_ERROR and record.process != Process.COMMAND_RECEPTION:
                kind, text = "failure", "device error"
            if kind:
                yield Mark(kind, record.cycle, number, f"{text} ({record.outcome})")
            abnormal = record.group_state == GroupState.ABNORMAL or record.pair_state == PairState.ABNORMAL
            if abnormal and not failed:
                yield Mark("failure", record.cycle, number, "group or pair abnormal")
            failed = abnormal


def _at(points: list[tuple[int, int]], times: list[int]) -> list[int | None]:
    """Return the last value at each time; None before the first."""
    cycles = [cycle for cycle, _ in points]
    found: list[int | None] = []
    for time in times:
        index = bisect_right(cycles, time)
        found.append(points[index - 1][1] if index else None)
    return found


def _thinned(points: list[tuple[int, int]], cycles: int, columns: int) -> list[tuple[int, int]]:
    """Return the smallest and the largest value of each column of time."""
    found: dict[int, list[tuple[int, int]]] = {}
    for point in points:
        found.setdefault(point[0] * columns // max(1, cycles), []).append(point)
    thinned = set()
    for column in found.values():
        thinned |= {min(column, key=lambda p: p[1]), max(column, key=lambda p: p[1])}
    return sorted(thinned)
