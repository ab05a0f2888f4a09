"""A capture as one SQLite file (docs/query.md): a table a process, a table an event of the ports, journals and their
life.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from mirrorlog.compare.capture import Fields
from mirrorlog.compare.record_text import describe, outcome_name
from mirrorlog.formats.commit_record import CommitRecord, Process
from mirrorlog.formats.connection_path import Packet
from mirrorlog.formats.update_information import JournalKind
from mirrorlog.query.journals import STEPS, Journal, Journals
from mirrorlog.query.lines import Line, Lines
from mirrorlog.tables.units import NONE

APPLICATION = int.from_bytes(b"mrlg", "big")
"""SQLite's application_id of these files."""

VERSION = 1
"""Their user_version."""

_MAGIC = b"SQLite format 3\0"
_APPLICATION_AT = 68
_LARGEST = (1 << 63) - 1
_NOT_SHOWN = ("version", "process", "system", "cycle", "reserved")
_RECORD = tuple(name for name in CommitRecord._fields if name not in _NOT_SHOWN)
_COMMON = ("line", "at", "system", "cycle")
# What a record is about, behind what every row has
_STEP = ("journal", "meaning")
_EVENT = ("event", "process", "group_number", "journal", "text")
_PACKET = ("type", "source", "destination", "group_number", "source_group", "generation", "tag", "status", "journals")
_PACKET_MORE = ("first", "free", "fault")
_EVENTS: dict[str, tuple[str, ...]] = {
    "host_command": ("time", "opcode", "tag", "volume", "position", "size"),
    "write_data": ("bytes",),
    "read_data": ("bytes", "tag"),
    "host_response": ("tag", "status"),
    "register_write": ("address", "data", "strobe"),
    "register_read": ("address",),
    "register_response": ("data", "resp"),
    "device_write": ("device", "address", "bytes", "resp"),
    "device_read": ("device", "address", "bytes", "resp", "crc", "crc_reversed"),
    "packet_in": ("bytes", *_PACKET, *_PACKET_MORE),
    "packet_first": (),
    "packet_out": ("bytes", *_PACKET, *_PACKET_MORE),
    "reset": ("incarnation", "first_cycle"),
    "protocol_error": ("port", "channel", "rule"),
}
_JOURNAL = (
    *("id", "number", "original", "original_group", "kind", "volume", "position", "size"),
    *("secondary", "secondary_group", "secondary_volume", "sends"),
)
_SYSTEM = ("system", "data_width", "volumes", "pairs", "groups", "devices", "max_transfer_bytes", "path", "first_cycle")
_BATCH_ROWS = 2000

Row = tuple[object, ...]


def is_ours(path: Path) -> bool:
    """Is this a file that `write` has written?"""
    try:
        with path.open("rb") as file:
            head = file.read(_APPLICATION_AT + 4)
    except OSError:
        return False
    return head.startswith(_MAGIC) and head[_APPLICATION_AT:] == APPLICATION.to_bytes(4, "big")


def write(lines: Lines, name: str) -> sqlite3.Connection:
    """Write the events of a capture into an empty database, a file or `:memory:`; returns its connection. Raises
    CaptureError, OSError, sqlite3.Error."""
    connection = sqlite3.connect(name, isolation_level=None)
    try:
        for statement in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "BEGIN", *_schema()):
            connection.execute(statement)
        rows: dict[str, list[Row]] = {}
        journals = Journals()
        for line in lines:
            _take(rows, line, journals.follow(line))
            if len(rows["event"]) >= _BATCH_ROWS:
                _insert(connection, rows)
        rows["journal"] = [_journal(index, journal) for index, journal in enumerate(journals.found, 1)]
        rows["system"] = [_system(start.parameters, start.path, start.first_cycle) for start in lines.systems]
        _insert(connection, rows)
        ids = (f"PRAGMA application_id = {APPLICATION}", f"PRAGMA user_version = {VERSION}")
        for statement in (*_indices(), _life(), "COMMIT", *ids):
            connection.execute(statement)
    except BaseException:
        connection.close()
        raise
    return connection


def _schema() -> Iterator[str]:
    """Columns have no type: numbers of 2^63 and more, which SQLite has not, are text."""
    record = tuple("group_number" if name == "group" else name for name in _RECORD)
    yield f"CREATE TABLE system ({', '.join(_SYSTEM)})"
    yield f"CREATE TABLE event ({', '.join((*_COMMON, *_EVENT))}, PRIMARY KEY (line)) WITHOUT ROWID"
    for process in Process:
        columns = ", ".join((*_COMMON, *_STEP, *record))
        yield f"CREATE TABLE {process.name.lower()} ({columns}, PRIMARY KEY (line)) WITHOUT ROWID"
    for event, fields in _EVENTS.items():
        columns = ", ".join((*_COMMON, *fields))
        yield f"CREATE TABLE {event} ({columns}, PRIMARY KEY (line)) WITHOUT ROWID"
    steps = ", ".join(f"{step}_line" for step in STEPS)
    yield f"CREATE TABLE journal ({', '.join(_JOURNAL)}, {steps}, PRIMARY KEY (id)) WITHOUT ROWID"


def _indices() -> Iterator[str]:
    for table in ("event", *(process.name.lower() for process in Process), *_EVENTS):
        yield f"CREATE INDEX {table}_cycle ON {table} (system, cycle)"
    for process in Process:
        table = process.name.lower()
        yield f"CREATE INDEX {table}_journal ON {table} (journal)"
    yield "CREATE INDEX event_at ON event (at)"
    yield "CREATE INDEX journal_number ON journal (number)"


def _life() -> str:
    """The view: of each journal the cycle of each step."""
    about = ", ".join(f"journal.{name}" for name in _JOURNAL if name != "id")
    steps = ", ".join(f"{step}.at AS {step}" for step in STEPS)
    joins = " ".join(f"LEFT JOIN event {step} ON {step}.line = journal.{step}_line" for step in STEPS)
    total = "restored.at - ifnull(received.at, created.at) AS cycles"
    return f"CREATE VIEW life_of_a_journal AS SELECT {about}, {steps}, {total} FROM journal {joins}"


def _take(rows: dict[str, list[Row]], line: Line, journal: int | None) -> None:
    if line.event == "record":
        record: CommitRecord = line.fields["record"]
        common = (line.number, line.at, line.system, record.cycle)
        known = record.process in set(Process)
        name = Process(record.process).name.lower() if known else None
        if name is not None:
            meaning = outcome_name(record.process, record.outcome)
            values = (_fitting(getattr(record, field)) for field in _RECORD)
            rows.setdefault(name, []).append((*common, _fitting(journal), meaning, *values))
        group, text = record.group, describe(record).partition(f"system {record.system}  ")[2]
    else:
        common = (line.number, line.at, line.system, line.fields["cycle"])
        name, group, text = None, None, _text(line.fields)
        fields = dict(line.fields) | _packet_fields(line.packet)
        values = (_fitting(fields.get(field)) for field in _EVENTS[line.event])
        rows.setdefault(line.event, []).append((*common, *values))
    group = None if group == NONE else group
    rows.setdefault("event", []).append((*common, line.event, name, group, _fitting(journal), _fitting(text)))


def _packet_fields(packet: Packet | str | None) -> Fields:
    """Return what the columns of a packet hold: nothing of one that is not there, the fault of a damaged one."""
    if packet is None:
        return {}
    if isinstance(packet, str):
        return {"fault": packet}
    found: Fields = {name: getattr(packet, name) for name in _PACKET if name in Packet.__slots__}
    found |= {"type": packet.type.name.lower(), "group_number": packet.group, "journals": len(packet.journals)}
    if packet.command is not None:
        found |= {"first": packet.command.first, "free": packet.command.free}
    elif packet.journals:
        found["first"] = packet.journals[0][0].update_number
    return found


def _text(fields: Fields) -> str:
    """Return an event's fields in a line."""
    shown = (f"{name} {value}" for name, value in fields.items() if name not in ("event", "system", "cycle"))
    return f"{fields['event']} {', '.join(shown)}".rstrip()


def _journal(index: int, journal: Journal) -> Row:
    kind = None if journal.kind is None else JournalKind(journal.kind).name.lower().replace("_", " ")
    original, secondary = journal.original or (None, None), journal.secondary or (None, None)
    about = (index, journal.number, *original, kind, journal.volume, journal.position, journal.size, *secondary)
    lines = (journal.steps[step].number if step in journal.steps else None for step in STEPS)
    return tuple(map(_fitting, (*about, journal.secondary_volume, journal.sends, *lines)))


def _system(parameters: object, path: bool, first_cycle: int) -> Row:
    values = (getattr(parameters, name) for name in _SYSTEM[:-2])
    return (*values, int(path), first_cycle)


def _fitting(value: object) -> object:
    """Return a value as SQLite holds it: a character that UTF-8 has not, escaped."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    return str(value) if isinstance(value, int) and value > _LARGEST else value


def _insert(connection: sqlite3.Connection, rows: dict[str, list[Row]]) -> None:
    for table, values in rows.items():
        if values:
            marks = ", ".join("?" * len(values[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", values)
            values.clear()
