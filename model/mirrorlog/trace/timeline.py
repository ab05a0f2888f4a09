"""A capture as trace events (the JSON that Perfetto and chrome://tracing open; docs/query.md).

A process is a system, a track a process of the protocol, a slice what it did; an arrow leads from the sending of a
journal to its storing. One microsecond is one cycle since the system's start.
"""

import heapq
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

from mirrorlog.compare.record_text import describe, outcome_name, process_title
from mirrorlog.formats.commit_record import CommitRecord, Process
from mirrorlog.formats.outcomes import ReadCommandOutcome, ReceptionOutcome
from mirrorlog.formats.update_information import JournalKind
from mirrorlog.query.journals import STEPS, Journal, Journals
from mirrorlog.query.lines import Line, Lines

FORMAT = "mirrorlog trace"
JOURNALS = 0
"""The track of journals from their commit to their restore, before those of the processes."""

_HEAD = f'{{"otherData": {{"format": "{FORMAT}"'
_LANES = 100_000
"""Most lanes of a track that have numbers of their own."""

_READ = (ReceptionOutcome.READING, ReceptionOutcome.READING_AGAIN)
_SENT = (ReceptionOutcome.TRANSMITTED, ReceptionOutcome.RETRANSMITTED)
# Of a journal: the system's track, the steps it is there from and to
_ORIGINAL = (
    (JOURNALS, "durable", "restored"),
    (Process.COMMAND_RECEPTION, "received", "created"),
    (Process.READ_WRITE, "created", "durable"),
)
_SECONDARY = (
    (Process.JOURNAL_STORE, "stored", "committed"),
    (Process.READ_WRITE, "restoring", "volume_written"),
    (Process.RESTORE, "restoring", "restored"),
)
# Processes whose every record has a slice; those of the others are in slices of journals and batches
_EVERY = (Process.MAINTENANCE, Process.INITIAL_COPY, Process.OPERATION, Process.GROUP_ANNOUNCEMENT)

Event = dict[str, Any]


@dataclass(slots=True)
class _Slice:
    """What a track shows from a cycle up to, without it, another one. `arrows` begin (s) or end (f) in it: which end,
    at which cycle, of which journal."""

    system: int
    track: int
    begin: int
    end: int
    name: str
    details: Event = field(default_factory=dict)
    arrows: list[tuple[str, int, int]] = field(default_factory=list)
    lane: int = 0


class Timeline:
    """The slices of a capture."""

    def __init__(self) -> None:
        self._slices: list[_Slice] = []
        self._open: dict[tuple[int, int, int, int], Line] = {}
        self._batches: dict[tuple[int, int], _Slice] = {}
        self._last = 0

    def follow(self, lines: Lines) -> None:
        """Make the slices of a whole capture. Raises CaptureError, OSError."""
        journals = Journals()
        for line in lines:
            journals.follow(line)
            self._last = max(self._last, line.at)
            if line.event == "record":
                self._record(line, line.fields["record"])
        for index, journal in enumerate(journals.found, 1):
            self._journal(index, journal)
        self._give_lanes()

    def events(self) -> Iterator[Event]:
        """Yield the events: names first."""
        lanes: dict[tuple[int, int], int] = defaultdict(int)
        for piece in self._slices:
            place = piece.system, piece.track
            lanes[place] = max(lanes[place], piece.lane)
        for system in sorted({system for system, _ in lanes}):
            yield _named("process_name", system, 0, f"system {system}")
        for (system, track), most in sorted(lanes.items()):
            title = "journals, from commit to restore" if track == JOURNALS else process_title(track)
            for lane in range(most + 1):
                thread = _thread(track, lane)
                yield _named("thread_name", system, thread, title + (f" #{lane + 1}" if lane else ""))
                yield _meta("thread_sort_index", system, thread, {"sort_index": thread})
        for piece in self._slices:
            where = {"pid": piece.system, "tid": _thread(piece.track, piece.lane)}
            shown = {"name": piece.name, "cat": "journal" if piece.track == JOURNALS else "process"}
            yield {
                "ph": "X",
                "ts": piece.begin,
                "dur": piece.end - piece.begin,
                **where,
                **shown,
                "args": piece.details,
            }
            for end, at, journal in piece.arrows:
                bound = {"bp": "e"} if end == "f" else {}
                yield {"ph": end, "ts": at, **where, "name": "sent", "cat": "path", "id": journal, **bound}

    def write(self, file: TextIO) -> None:
        """Write the events as one JSON object, an event a line."""
        file.write(f'{_HEAD}, "one microsecond is": "one cycle"}}, "displayTimeUnit": "ns", "traceEvents": [')
        separator = "\n"
        for event in self.events():
            file.write(separator + json.dumps(event))
            separator = ",\n"
        file.write("\n]}\n")

    def _record(self, line: Line, record: CommitRecord) -> None:
        name = outcome_name(record.process, record.outcome) or f"outcome {record.outcome}"
        details: Event = {"record": describe(record), "line": line.number}
        begin = line
        key = (line.system, record.process, record.group, record.tag)
        if record.process == Process.JOURNAL_READ_COMMAND and record.outcome == ReadCommandOutcome.SENT:
            self._open[key] = line
            return
        if record.process == Process.JOURNAL_READ_RECEPTION and record.outcome in _READ:
            self._open[key] = line
            return
        if record.process in (Process.JOURNAL_READ_COMMAND, Process.JOURNAL_READ_RECEPTION):
            begin = self._open.pop(key, line)
        elif record.process not in _EVERY:
            return
        piece = self._add(line.system, record.process, begin.at, line.at + 1, name, details)
        if record.process == Process.JOURNAL_READ_RECEPTION and record.outcome in _SENT:
            self._batches[line.system, line.number] = piece

    def _journal(self, index: int, journal: Journal) -> None:
        kind = "journal" if journal.kind is None else JournalKind(journal.kind).name.lower().replace("_", " ")
        details: Event = {
            "kind": kind,
            "volume": journal.volume,
            "position": journal.position,
            "size": journal.size,
            "sends": journal.sends,
            **{step: journal.at(step) for step in STEPS},
        }
        name = f"journal {journal.number}"
        for side, tracks in ((journal.original, _ORIGINAL), (journal.secondary, _SECONDARY)):
            if side is None:
                continue
            system, group = side
            for track, first, last in tracks:
                begin, end = journal.at(first), journal.at(last)
                if begin is None:
                    continue
                if end is None and last in ("durable", "volume_written"):
                    continue
                piece = self._add(
                    system, track, begin, self._last if end is None else end, name, {"group": group} | details
                )
                if track == Process.JOURNAL_STORE and "sent" in journal.steps:
                    sent = journal.steps["sent"]
                    self._batches[sent.system, sent.number].arrows.append(("s", sent.at, index))
                    piece.arrows.append(("f", begin, index))

    def _add(self, system: int, track: int, begin: int, end: int, name: str, details: Event) -> _Slice:
        piece = _Slice(system, track, begin, max(end, begin + 1), name, details)
        self._slices.append(piece)
        return piece

    def _give_lanes(self) -> None:
        """Put slices of a track that overlap beside each other: each into the first lane that is free."""
        free: dict[tuple[int, int], list[int]] = defaultdict(list)
        busy: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        self._slices.sort(key=lambda piece: (piece.begin, piece.end))
        for piece in self._slices:
            place = piece.system, piece.track
            while busy[place] and busy[place][0][0] <= piece.begin:
                heapq.heappush(free[place], heapq.heappop(busy[place])[1])
            piece.lane = heapq.heappop(free[place]) if free[place] else len(busy[place])
            heapq.heappush(busy[place], (piece.end, piece.lane))


def _named(kind: str, system: int, track: int, name: str) -> Event:
    return _meta(kind, system, track, {"name": name})


def _meta(kind: str, system: int, track: int, said: Event) -> Event:
    return {"ph": "M", "ts": 0, "pid": system, "tid": track, "name": kind, "args": said}


def _thread(track: int, lane: int) -> int:
    return track * _LANES + lane + 1


def is_ours(head: str) -> bool:
    """Is this how a file begins that `write` has written?"""
    return head.startswith(_HEAD)
