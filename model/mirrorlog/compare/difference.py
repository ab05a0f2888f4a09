"""What a comparison finds: the first difference, and its report for people."""

from collections.abc import Sequence
from dataclasses import dataclass

from mirrorlog.formats.commit_record import CommitRecord, Process
from mirrorlog.formats.outcomes import (
    AnnouncementOutcome,
    CommandOutcome,
    InitialCopyOutcome,
    ReadCommandOutcome,
    ReadWriteOutcome,
    ReceptionOutcome,
    RestoreOutcome,
    StoreOutcome,
)
from mirrorlog.tables.shared_memory import NONE

_OUTCOMES: dict[tuple[int, int], str] = {
    (Process.COMMAND_RECEPTION, CommandOutcome.JOURNAL_READ_REFUSED): "journal read refused",
    (Process.COMMAND_RECEPTION, CommandOutcome.READ_TAKEN): "read taken",
    (Process.COMMAND_RECEPTION, CommandOutcome.REFUSED): "refused",
    (Process.COMMAND_RECEPTION, CommandOutcome.WRITTEN): "write in cache",
    (Process.COMMAND_RECEPTION, CommandOutcome.FLUSH_TAKEN): "flush taken",
    (Process.COMMAND_RECEPTION, CommandOutcome.FLUSH_ANSWERED): "flush answered",
    (Process.COMMAND_RECEPTION, CommandOutcome.STALLED): "write waits for room",
    (Process.READ_WRITE, ReadWriteOutcome.VOLUME_WRITTEN): "volume write done",
    (Process.READ_WRITE, ReadWriteOutcome.VOLUME_WRITE_FAILED): "volume write failed",
    (Process.READ_WRITE, ReadWriteOutcome.JOURNAL_DURABLE): "journal durable",
    (Process.READ_WRITE, ReadWriteOutcome.JOURNAL_WRITE_FAILED): "journal write failed",
    (Process.READ_WRITE, ReadWriteOutcome.READ_FAILED): "read failed",
    (Process.READ_WRITE, ReadWriteOutcome.JOURNAL_WRITTEN_NOT_COMMITTED): "journal written, not committed",
    (Process.INITIAL_COPY, InitialCopyOutcome.UNIT_CREATED): "unit created",
    (Process.INITIAL_COPY, InitialCopyOutcome.VOLUME_COPIED): "last unit created",
    (Process.INITIAL_COPY, InitialCopyOutcome.END_MARKED): "end marked",
    (Process.INITIAL_COPY, InitialCopyOutcome.NO_VOLUME): "nothing to copy",
    (Process.INITIAL_COPY, InitialCopyOutcome.WAITING): "waits for room",
    (Process.INITIAL_COPY, InitialCopyOutcome.STOPPED): "journal volume abnormal",
    (Process.INITIAL_COPY, InitialCopyOutcome.VOLUME_ABNORMAL): "original volume abnormal",
    (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.DROPPED): "dropped",
    (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.GONE): "gone",
    (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.SILENT): "secondary silent",
    (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.DATA_READ_FAILED): "read of data failed",
    (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.GROUP_STATE_POSTED): "group state posted",
    (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.JOURNAL_VOLUME_ABNORMAL): "journal volume abnormal",
    (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.READING): "journals read",
    (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.READING_AGAIN): "journals read again",
    (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.TRANSMITTED): "journals sent",
    (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.RETRANSMITTED): "journals sent again",
    (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.NO_JOURNAL): "no journal",
    (Process.JOURNAL_READ_COMMAND, ReadCommandOutcome.DROPPED): "answer dropped",
    (Process.JOURNAL_READ_COMMAND, ReadCommandOutcome.SENT): "command sent",
    (Process.JOURNAL_READ_COMMAND, ReadCommandOutcome.WAITS): "no journal",
    (Process.JOURNAL_READ_COMMAND, ReadCommandOutcome.GROUP_STATE_TAKEN): "group state taken",
    (Process.JOURNAL_READ_COMMAND, ReadCommandOutcome.JOURNAL_VOLUME_ABNORMAL): "journal volume abnormal",
    (Process.JOURNAL_READ_COMMAND, ReadCommandOutcome.NO_ROOM_FOR_JOURNAL): "not all stored",
    (Process.JOURNAL_READ_COMMAND, ReadCommandOutcome.STORED_ALL): "all stored",
    (Process.JOURNAL_STORE, StoreOutcome.NOT_WANTED): "known",
    (Process.JOURNAL_STORE, StoreOutcome.NO_PAIR): "no such pair",
    (Process.JOURNAL_STORE, StoreOutcome.NEVER_FITS): "never fits",
    (Process.JOURNAL_STORE, StoreOutcome.NO_ROOM): "no room",
    (Process.JOURNAL_STORE, StoreOutcome.STORED): "stored",
    (Process.JOURNAL_STORE, StoreOutcome.COMMITTED): "committed",
    (Process.RESTORE, RestoreOutcome.GROUP_NOT_NORMAL): "group not normal",
    (Process.RESTORE, RestoreOutcome.JOURNAL_VOLUME_ABNORMAL): "journal volume abnormal",
    (Process.RESTORE, RestoreOutcome.NO_JOURNAL): "no journal",
    (Process.RESTORE, RestoreOutcome.READING): "journals read",
    (Process.RESTORE, RestoreOutcome.READ_FAILED): "read failed",
    (Process.RESTORE, RestoreOutcome.WRITING): "journal written",
    (Process.RESTORE, RestoreOutcome.FREED): "journal freed",
    (Process.GROUP_ANNOUNCEMENT, AnnouncementOutcome.DROPPED): "group state dropped",
    (Process.GROUP_ANNOUNCEMENT, AnnouncementOutcome.ANNOUNCED): "group state announced",
    (Process.GROUP_ANNOUNCEMENT, AnnouncementOutcome.ANSWERED): "announcement answered",
    (Process.GROUP_ANNOUNCEMENT, AnnouncementOutcome.TOLD): "announcement taken",
    (Process.GROUP_ANNOUNCEMENT, AnnouncementOutcome.HEARD): "answer to an announcement taken",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One value that differs: where it is (a field's name, with its event's in front unless it is the record's)."""

    name: str
    expected: str
    actual: str


class Mismatch(Exception):
    """A difference as the part of the comparison that found it sees it, without the context."""

    def __init__(self, name: str, expected: object, actual: object) -> None:
        super().__init__(f"{name}: expected {expected}, is {actual}")
        self.field = Field(name, str(expected), str(actual))


def not_before(cycle: int, cause: int, what: str) -> None:
    """A step's `cycle` cannot lie before the cycle of an event that led to it."""
    if cycle < cause:
        raise Mismatch("cycle", f"{cause}, the cycle of {what}, or later", cycle)


def first_bytes(expected: bytes, actual: bytes, where: str) -> tuple[str, str]:
    """Show the first bytes that differ."""
    at = next((i for i, (left, right) in enumerate(zip(expected, actual, strict=False)) if left != right), 0)
    return f"{expected[at : at + 8].hex(' ')} at byte {at} {where}", actual[at : at + 8].hex(" ")


@dataclass(eq=False)
class Difference(Exception):
    """The first difference between a capture and the model, with what is needed to understand it.

    `record` counts the records of all systems from 1 (0 before the first). `expected` is the record that the model
    retires at this place (None if it retires none), `actual` the one of the capture (None if the difference is not at
    a record).
    """

    line: int
    record: int
    system: int | None
    cycle: int | None
    fields: Sequence[Field]
    expected: CommitRecord | None = None
    actual: CommitRecord | None = None
    last: Sequence[CommitRecord] = ()
    pending: Sequence[str] = ()

    def __str__(self) -> str:
        what = "; ".join(f"{f.name}: expected {f.expected}, is {f.actual}" for f in self.fields)
        return f"{self.place()}: {what}"

    def place(self) -> str:
        """Say where in the capture this is."""
        parts = [f"line {self.line}", f"record {self.record}"]
        if self.system is not None:
            parts.append(f"system {self.system}")
        if self.cycle is not None:
            parts.append(f"cycle {self.cycle}")
        if self.actual is not None:
            parts.append(process_name(self.actual.process))
        return ", ".join(parts)

    def report(self) -> str:
        """Return the whole report: the place, both sides' state, the records before it, and what is still pending."""
        lines = [f"difference at {self.place()}"]
        lines += [f"  {f.name}: expected {f.expected}, is {f.actual}" for f in self.fields]
        if self.actual is not None:
            lines += ["", *_side_by_side(self.expected, self.actual)]
        if self.last:
            lines += ["", "last records:", *(f"  {describe(record)}" for record in self.last)]
        if self.pending:
            lines += ["", "pending:", *(f"  {text}" for text in self.pending)]
        return "\n".join(lines)


def process_name(process: int) -> str:
    """Return a process's name for people."""
    try:
        return Process(process).name.lower().replace("_", " ")
    except ValueError:
        return f"process {process}"


def describe(record: CommitRecord) -> str:
    """Return one line that says what a record is about."""
    text = f"cycle {record.cycle:>8}  system {record.system}  {process_name(record.process)}: "
    if record.process == Process.MAINTENANCE:
        what = "write" if record.size else "read"
        return text + f"{what} {record.position:#06x} data {record.reference:#x} outcome {record.outcome}"
    try:
        outcome = _OUTCOMES.get((Process(record.process), record.outcome), "")
    except ValueError:
        outcome = ""
    text += f"{record.outcome} {outcome}".rstrip()
    if record.creation:
        text += f" ({record.creation})"
    about = f"group {record.group}" if record.volume == NONE else f"volume {record.volume} position {record.position}"
    text += f", {about} size {record.size}, reference {record.reference}"
    if record.process >= Process.JOURNAL_READ_RECEPTION and record.tag:
        text += f", tag {record.tag}"
    return text + (f", status {record.status}" if record.status else "")


def differing(expected: CommitRecord, actual: CommitRecord) -> list[Field]:
    """Return the fields of two records that are not equal."""
    return [
        Field(name, _show(name, left), _show(name, right))
        for name, left, right in zip(CommitRecord._fields, expected, actual, strict=True)
        if left != right
    ]


def _show(name: str, value: int) -> str:
    return f"{value:#010x}" if name == "info_crc" else str(int(value))


def _side_by_side(expected: CommitRecord | None, actual: CommitRecord) -> list[str]:
    lines = [f"  {'field':<26} {'model':>20} {'capture':>20}"]
    for name, value in zip(CommitRecord._fields, actual, strict=True):
        model = "-" if expected is None else _show(name, getattr(expected, name))
        mark = "  <--" if expected is not None and model != _show(name, value) else ""
        lines.append(f"  {name:<26} {model:>20} {_show(name, value):>20}{mark}")
    return lines
