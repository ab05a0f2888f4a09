"""Commit records in words: names of processes and outcomes, one line about a record, and each of its fields."""

from collections.abc import Iterator, Mapping
from enum import IntEnum

from mirrorlog.formats.commit_record import VERSION, CommitRecord, Creation, Process
from mirrorlog.formats.outcomes import (
    AnnouncementOutcome,
    CommandOutcome,
    InitialCopyOutcome,
    OperationOutcome,
    ReadCommandOutcome,
    ReadWriteOutcome,
    ReceptionOutcome,
    RegisterOutcome,
    RestoreOutcome,
    StoreOutcome,
)
from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.tables.shared_memory import NO_STATE, GroupState, PairState, Reason, VolumeState
from mirrorlog.tables.status import Status
from mirrorlog.tables.units import NONE

_OUTCOMES: dict[tuple[int, int], str] = {
    (Process.MAINTENANCE, RegisterOutcome.READ): "read",
    (Process.MAINTENANCE, RegisterOutcome.WRITTEN): "written",
    (Process.MAINTENANCE, RegisterOutcome.NOT_IDLE): "refused, not idle",
    (Process.MAINTENANCE, RegisterOutcome.READ_ONLY): "read-only",
    (Process.MAINTENANCE, RegisterOutcome.HOLE): "no such register",
    (Process.MAINTENANCE, RegisterOutcome.DOES_NOT_FIT): "refused, does not fit",
    (Process.COMMAND_RECEPTION, CommandOutcome.JOURNAL_READ_REFUSED): "journal read refused",
    (Process.COMMAND_RECEPTION, CommandOutcome.READ_TAKEN): "read taken",
    (Process.COMMAND_RECEPTION, CommandOutcome.REFUSED): "refused",
    (Process.COMMAND_RECEPTION, CommandOutcome.WRITTEN): "write in cache",
    (Process.COMMAND_RECEPTION, CommandOutcome.FLUSH_TAKEN): "flush taken",
    (Process.COMMAND_RECEPTION, CommandOutcome.FLUSH_ANSWERED): "flush or FUA write answered",
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
    (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.HEARTBEAT_TIMEOUT): "heartbeat timeout",
    (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.DATA_READ_FAILED): "read of data failed",
    (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.OVERTAKEN): "journal freed while it was sent",
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
    (Process.GROUP_ANNOUNCEMENT, AnnouncementOutcome.RECEIVED): "announcement taken",
    (Process.GROUP_ANNOUNCEMENT, AnnouncementOutcome.ANSWER_RECEIVED): "answer to an announcement taken",
}
_CREATIONS: Mapping[int, str] = {
    Creation.NOT_RUN: "",
    Creation.NOT_REPLICATED: "no journal: pair or group not in use",
    Creation.JOURNAL_VOLUME_ABNORMAL: "no journal: journal volume abnormal",
    Creation.NOT_YET_COPIED: "no journal: not yet copied",
    Creation.HOST_WRITE_CREATED: "journal created for a host write",
    Creation.INITIAL_COPY_CREATED: "journal created for initial copy",
    Creation.NO_ROOM: "no room for the journal",
}
_FIGURES: Mapping[int, str] = {
    Process.COMMAND_RECEPTION: "FIG 12",
    Process.READ_WRITE: "[0106]",
    Process.INITIAL_COPY: "FIG 10",
    Process.JOURNAL_READ_RECEPTION: "FIG 15",
    Process.JOURNAL_READ_COMMAND: "FIG 17",
    Process.JOURNAL_STORE: "FIG 18",
    Process.RESTORE: "FIG 20",
    Process.OPERATION: "FIG 9",
}
_STATES: Mapping[str, type[IntEnum]] = {
    "volume_state": VolumeState,
    "pair_state": PairState,
    "group_state": GroupState,
    "journal_volume_state": VolumeState,
    "reason": Reason,
}


def process_name(process: int) -> str:
    """Return a process's name for people."""
    return _word(Process, process) or f"process {process}"


def process_title(process: int) -> str:
    """Return a process's name with its figure."""
    figure = _FIGURES.get(process)
    return process_name(process) + (f" ({figure})" if figure else "")


def outcomes_of(process: int) -> list[int]:
    """Return the outcomes of a process; of operations those that records can have, carried out here."""
    if process == Process.OPERATION:
        carried_out = (operation for operation in Operation if operation is not Operation.RESYNCHRONIZE)
        return [OperationOutcome.NOT_ASKED, *carried_out]
    return [outcome for of, outcome in _OUTCOMES if of == process]


def outcome_name(process: int, outcome: int) -> str:
    """Return an outcome's name for people, nothing if there is none."""
    if process == Process.OPERATION:
        if outcome == OperationOutcome.NOT_ASKED:
            return "answer to no operation in flight"
        kind, operation = divmod(outcome, OperationOutcome.SENT)
        name = _word(Operation, operation)
        return (
            f"{name}{('', ' sent', ' answered')[kind]}"
            if name and outcome < OperationOutcome.ANSWERED + OperationOutcome.SENT
            else ""
        )
    return _OUTCOMES.get((process, outcome), "")


def describe(record: CommitRecord) -> str:
    """Return one line that says what a record is about."""
    text = f"cycle {record.cycle:>8}  system {record.system}  {process_name(record.process)}: "
    if record.process == Process.MAINTENANCE:
        what = "write" if record.size else "read"
        return text + f"{what} {record.position:#06x} data {record.reference:#x} outcome {record.outcome}"
    text += f"{record.outcome} {outcome_name(record.process, record.outcome)}".rstrip()
    if record.creation:
        text += f" ({record.creation})"
    about = f"group {record.group}" if record.volume == NONE else f"volume {record.volume} position {record.position}"
    text += f", {about} size {record.size}, reference {record.reference}"
    if record.process >= Process.JOURNAL_READ_RECEPTION and record.tag:
        text += f", tag {record.tag}"
    return text + (f", status {record.status}" if record.status else "")


def fields(record: CommitRecord) -> Iterator[tuple[str, str, str]]:
    """Yield each field of a record: its name, its value, and what the value means where it is a code or none."""
    for name, value in zip(CommitRecord._fields, record, strict=True):
        yield name, f"{value:#010x}" if name == "info_crc" else str(value), _meaning(record, name, value)


def _meaning(record: CommitRecord, name: str, value: int) -> str:
    if name in ("volume", "pair", "group"):
        return "none" if value == NONE else ""
    if name in _STATES:
        return "none" if value == NO_STATE else _word(_STATES[name], value) or "no such code"
    if name == "version":
        return "" if value == VERSION else f"not {VERSION}: the fields may mean something else"
    if name == "process":
        return process_title(value) if value in set(Process) else "no such process"
    if name == "outcome":
        return outcome_name(record.process, value) or "no such outcome"
    if name == "creation":
        return _CREATIONS.get(value, "no such exit")
    if name == "status":
        return _status(record)
    if name == "position" and record.process == Process.MAINTENANCE:
        return f"register {value:#06x}"
    if name == "size" and record.process == Process.MAINTENANCE:
        return f"write strobes {value:#04x}" if value else "a read"
    return ""


def _status(record: CommitRecord) -> str:
    status = record.status
    if record.process == Process.MAINTENANCE:
        return {0: "okay", 2: "slverr"}.get(status, "no such code")
    if record.process == Process.JOURNAL_READ_COMMAND:
        return "command slot" if record.outcome == ReadCommandOutcome.SENT else ""
    codes: dict[int, type[IntEnum]] = {Process.OPERATION: Answer, Process.GROUP_ANNOUNCEMENT: Reason}
    return _word(codes.get(record.process, Status), status)


def _word(codes: type[IntEnum], value: int) -> str:
    """Return a code's name in words, nothing if it is none."""
    return codes(value).name.lower().replace("_", " ") if value in set(codes) else ""
