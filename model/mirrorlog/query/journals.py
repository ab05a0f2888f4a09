"""The life of each journal in a capture, from the host's write to its restore over both systems.

A journal is known by its original system, group and update number. What the secondary system does with it is found by
the partner that its group's journal read commands go to; without the packets each side stands alone.
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field

from mirrorlog.formats.commit_record import CommitRecord, Creation, Process
from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.outcomes import (
    CommandOutcome,
    InitialCopyOutcome,
    ReadWriteOutcome,
    ReceptionOutcome,
    RestoreOutcome,
    StoreOutcome,
)
from mirrorlog.formats.serial_number import is_before
from mirrorlog.formats.update_information import JournalKind
from mirrorlog.query.lines import Line

_COMMANDS_ENDED = frozenset(
    {
        CommandOutcome.JOURNAL_READ_REFUSED,
        CommandOutcome.READ_TAKEN,
        CommandOutcome.REFUSED,
        CommandOutcome.WRITTEN,
        CommandOutcome.FLUSH_TAKEN,
    }
)
_UNITS = {
    InitialCopyOutcome.UNIT_CREATED: JournalKind.INITIAL_COPY,
    InitialCopyOutcome.VOLUME_COPIED: JournalKind.INITIAL_COPY,
    InitialCopyOutcome.END_MARKED: JournalKind.END_OF_INITIAL_COPY,
}
_VOLUME_WRITES = (ReadWriteOutcome.VOLUME_WRITTEN, ReadWriteOutcome.VOLUME_WRITE_FAILED)
_SENT = (ReceptionOutcome.TRANSMITTED, ReceptionOutcome.RETRANSMITTED)
_BATCHES = (ReceptionOutcome.READING, ReceptionOutcome.READING_AGAIN, *_SENT)
_NUMBER_BITS = 64

STEPS = (
    *("received", "created", "answered", "durable", "sent"),
    *("stored", "written_at_secondary", "committed", "restoring", "volume_written", "restored"),
)
"""What happens to a journal, in order: the host's command comes; journal creation; the host's answer; journal and data
are on the original system's devices; the packet is sent first; the secondary system stores it, has it on its device,
commits it; its write to the volume begins, is done; it is freed there."""

Group = tuple[int, int]
"""A system's number, and one of its groups'."""


@dataclass(slots=True, eq=False)
class Journal:
    """What a capture shows of one journal; `steps` are the lines of STEPS that it shows.

    `original` or `secondary` is None if it shows nothing of that side, `volume` is the original one (of the secondary
    side's alone: the secondary one). `sends` counts the packets that it was sent in.
    """

    number: int
    original: Group | None = None
    secondary: Group | None = None
    kind: int | None = None
    volume: int = 0
    position: int = 0
    size: int = 0
    secondary_volume: int | None = None
    sends: int = 0
    steps: dict[str, Line] = field(default_factory=dict)

    def at(self, step: str) -> int | None:
        """Return the cycle of a step, None if it is not there."""
        return self.steps[step].at if step in self.steps else None


def journal_number(record: CommitRecord, restored: bool) -> int | None:
    """Return the update number of the journal (of a batch, the first) that a record is about, None if of none;
    `restored`: it is a volume write of restore."""
    match record.process:
        case Process.COMMAND_RECEPTION:
            return record.update_number - 1 if record.creation == Creation.HOST_WRITE_CREATED else None
        case Process.READ_WRITE if record.outcome in _VOLUME_WRITES:
            return record.reference if restored else None
        case Process.READ_WRITE:
            return None if record.outcome == ReadWriteOutcome.READ_FAILED else record.reference
        case Process.JOURNAL_READ_RECEPTION if record.outcome in _BATCHES:
            return record.reference
        case Process.INITIAL_COPY | Process.JOURNAL_STORE | Process.RESTORE:
            return record.reference or None
    return None


class Journals:
    """Follows a capture's lines; `found` are its journals in the order in which they are seen first."""

    def __init__(self) -> None:
        self.found: list[Journal] = []
        self._newest: dict[tuple[Group | None, Group | None, int], Journal] = {}
        self._partners: dict[Group, Group] = {}
        # of each system: commands not retired yet, and by tag those not answered yet with their journals
        self._commands: dict[int, deque[Line]] = defaultdict(deque)
        self._unanswered: dict[tuple[int, int], deque[Journal | None]] = defaultdict(deque)
        # created at a group and not durable; stored and not restored; being written to a volume, by volume
        self._created: dict[tuple[int, int, int], Journal] = {}
        self._stored: dict[tuple[int, int, int], Journal] = {}
        self._restoring: dict[tuple[int, int, int], Journal] = {}

    def follow(self, line: Line) -> int | None:
        """Follow the next line; returns the update number of the journal (of a batch, the first) that a record is
        about, None if of none."""
        if line.event == "record":
            record: CommitRecord = line.fields["record"]
            written = record.process == Process.READ_WRITE and record.outcome in _VOLUME_WRITES
            restoring = self._restoring.pop((line.system, record.volume, record.reference), None) if written else None
            if restoring is not None:
                restoring.steps["volume_written"] = line
            number = journal_number(record, restoring is not None)
            self._record(line, record, number)
            return number
        if line.event == "host_command":
            self._commands[line.system].append(line)
        elif line.event == "host_response":
            waiting = self._unanswered[line.system, line.fields["tag"]]
            journal = waiting.popleft() if waiting else None
            if journal is not None:
                journal.steps["answered"] = line
        elif line.event == "packet_out" and isinstance(line.packet, Packet):
            packet = line.packet
            if packet.type is PacketType.JOURNAL_READ_COMMAND:
                self._partners[line.system, packet.source_group] = (packet.destination, packet.group)
        elif line.event == "reset":
            self._forget(line.system)
        return None

    def _record(self, line: Line, record: CommitRecord, number: int | None) -> None:
        match record.process:
            case Process.COMMAND_RECEPTION:
                self._command(line, record, number)
            case Process.INITIAL_COPY if record.creation == Creation.INITIAL_COPY_CREATED:
                self._create(line, record, record.reference, _UNITS[InitialCopyOutcome(record.outcome)])
            case Process.READ_WRITE if record.outcome == ReadWriteOutcome.JOURNAL_DURABLE:
                self._durable(line, record)
            case Process.JOURNAL_READ_RECEPTION if record.outcome in _SENT:
                for sent in range(record.reference, record.reference + record.size):
                    journal = self._newest.get(((line.system, record.group), None, sent))
                    if journal is not None:
                        journal.sends += 1
                        journal.steps.setdefault("sent", line)
            case Process.JOURNAL_STORE if record.outcome == StoreOutcome.STORED:
                self._store(line, record)
            case Process.JOURNAL_STORE if record.outcome == StoreOutcome.COMMITTED:
                self._at_secondary(line, record, "committed")
            case Process.RESTORE if record.outcome == RestoreOutcome.WRITING:
                self._at_secondary(line, record, "restoring")
                stored = self._stored.get((line.system, record.group, record.reference))
                if stored is not None and record.size:
                    self._restoring[line.system, record.volume, record.reference] = stored
            case Process.RESTORE if record.outcome == RestoreOutcome.FREED:
                self._at_secondary(line, record, "restored")
                self._stored.pop((line.system, record.group, record.reference), None)

    def _command(self, line: Line, record: CommitRecord, number: int | None) -> None:
        if record.outcome not in _COMMANDS_ENDED:
            return
        commands = self._commands[line.system]
        command = commands.popleft() if commands else None
        journal = None
        if number is not None:
            journal = self._create(
                line, record, number, JournalKind.HOST_WRITE if record.received else JournalKind.DISCARD
            )
            if command is not None:
                journal.steps["received"] = command
        self._unanswered[line.system, record.tag].append(journal)

    def _create(self, line: Line, record: CommitRecord, number: int, kind: JournalKind) -> Journal:
        journal = self._journal((line.system, record.group), None, number, "created")
        journal.kind, journal.volume, journal.position, journal.size = kind, record.volume, record.position, record.size
        journal.steps["created"] = line
        self._created[line.system, record.group, number] = journal
        return journal

    def _durable(self, line: Line, record: CommitRecord) -> None:
        key = (line.system, record.group, record.reference)
        created = self._created.pop(key, None)
        if created is not None:
            created.steps["durable"] = line
        elif key in self._stored:
            self._stored[key].steps["written_at_secondary"] = line
            if is_before(record.reference, record.update_number, _NUMBER_BITS):
                self._stored[key].steps["committed"] = line

    def _store(self, line: Line, record: CommitRecord) -> None:
        group = (line.system, record.group)
        original = self._partners.get(group)
        journal = self._journal(original, None if original else group, record.reference, "stored")
        journal.secondary, journal.secondary_volume = group, record.volume
        if "created" not in journal.steps:
            journal.volume, journal.position, journal.size = record.volume, record.position, record.size
        journal.steps["stored"] = line
        self._stored[line.system, record.group, record.reference] = journal

    def _at_secondary(self, line: Line, record: CommitRecord, step: str) -> None:
        journal = self._stored.get((line.system, record.group, record.reference))
        if journal is not None:
            journal.steps[step] = line

    def _journal(self, original: Group | None, secondary: Group | None, number: int, step: str) -> Journal:
        """Return the journal of this number; another one if it has had this step."""
        key = (original, secondary, number)
        journal = self._newest.get(key)
        if journal is None or step in journal.steps:
            journal = self._newest[key] = Journal(number, original)
            self.found.append(journal)
        return journal

    def _forget(self, system: int) -> None:
        """A system was reset: nothing that was in flight goes on."""
        self._commands.pop(system, None)
        for pending in (self._unanswered, self._created, self._stored, self._restoring):
            for key in [key for key in pending if key[0] == system]:
                del pending[key]  # type: ignore[arg-type]
