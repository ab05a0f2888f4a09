"""What a run's capture tells about replication: the records of each system, its host commands and its packets."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mirrorlog.formats.commit_record import CommitRecord, Creation, Process
from mirrorlog.formats.outcomes import ReceptionOutcome

WRITE = 2


@dataclass(frozen=True, slots=True)
class HostCommand:
    """A host command from its handshake to its answer, in cycles; `status` -1: it was not answered."""

    opcode: int
    began: int
    ended: int
    status: int


@dataclass(slots=True)
class SystemTrace:
    """One system: records in order, host commands in the order of their answers, packets sent as (cycle, bytes), and
    the registers as they were written before anything `runs`, by address. Cycles are those since reset, where it had
    `first_cycle`."""

    records: list[CommitRecord] = field(default_factory=list)
    commands: list[HostCommand] = field(default_factory=list)
    packets: list[tuple[int, int]] = field(default_factory=list)
    registers: dict[int, int] = field(default_factory=dict)
    runs: bool = False
    first_cycle: int = 0

    def since_reset(self, cycle: int) -> int:
        """Return the cycles from reset to a cycle of this system's counter, which has 48 bits."""
        return (cycle - self.first_cycle) % (1 << 48)

    def of(self, process: int, *outcomes: int) -> Iterator[CommitRecord]:
        """Yield the records of a process with one of these outcomes."""
        for record in self.records:
            if record.process == process and record.outcome in outcomes:
                yield record

    def created(self) -> Iterator[CommitRecord]:
        """Yield the records that created a journal for a host write; its number is the record's update number less
        1."""
        for record in self.records:
            if record.process == Process.COMMAND_RECEPTION and record.creation == Creation.HOST_WRITE_CREATED:
                yield record

    def sent(self) -> Iterator[tuple[CommitRecord, int]]:
        """Yield the records of journals sent, each with how many of its journals had been sent before: their answer was
        lost, or there was no room for them."""
        before: set[tuple[int, int]] = set()
        for record in self.of(
            Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.TRANSMITTED, ReceptionOutcome.RETRANSMITTED
        ):
            numbers = {(record.group, record.reference + index) for index in range(record.size)}
            yield record, len(numbers & before)
            before |= numbers

    def write_latencies(self) -> list[int]:
        """Return the cycles from command to answer of each write that was answered."""
        return [c.ended - c.began for c in self.commands if c.opcode == WRITE and c.status >= 0]


@dataclass(slots=True)
class RunTrace:
    """A whole run: its systems by their numbers, in order, the beat's bytes, the cycle of the last line, and whether
    the capture has its end."""

    systems: dict[int, SystemTrace]
    beat_bytes: int
    cycles: int = 0
    ended: bool = False

    @classmethod
    def read(cls, file: Path) -> "RunTrace":
        """Read a capture; one that breaks off is read as far as it goes."""
        trace = cls({}, 1)
        waiting: dict[tuple[int, int], tuple[int, int]] = {}
        with file.open(encoding="ascii") as lines:
            for line in lines:
                try:
                    trace._take(json.loads(line), waiting)
                except (ValueError, RecursionError):
                    break
        for (system, _), (opcode, began) in waiting.items():
            trace.systems[system].commands.append(HostCommand(opcode, began, trace.cycles, -1))
        return trace

    def _take(self, event: dict[str, object], waiting: dict[tuple[int, int], tuple[int, int]]) -> None:
        match event:
            case {"event": "start", "systems": [_, *_] as systems}:
                self.systems = {s["system"]: SystemTrace(first_cycle=s["first_cycle"]) for s in systems}
                self.beat_bytes = systems[0]["data_width"] // 8
            case {"event": "end"}:
                self.ended = True
            case {"event": "record", "system": int(number), "record": str(text)}:
                record = CommitRecord.from_hex(text)
                record = record._replace(cycle=self.systems[number].since_reset(record.cycle))
                self.systems[number].records.append(record)
                self.systems[number].runs |= record.process != Process.MAINTENANCE
                self.cycles = max(self.cycles, record.cycle)
            case {"event": "host_command", "system": int(number), "tag": int(tag), "cycle": int(cycle)}:
                waiting[number, tag] = (int(str(event["opcode"])), self.systems[number].since_reset(cycle))
            case {"event": "host_response", "system": int(number), "tag": int(tag), "cycle": int(cycle)}:
                opcode, began = waiting.pop((number, tag))
                ended = self.systems[number].since_reset(cycle)
                command = HostCommand(opcode, began, ended, int(str(event["status"])))
                self.systems[number].commands.append(command)
            case {"event": "packet_out", "system": int(number), "cycle": int(cycle), "bytes": int(size)}:
                self.systems[number].packets.append((self.systems[number].since_reset(cycle), size))
            case {"event": "register_write", "system": int(number), "address": int(address), "data": int(data)}:
                if not self.systems[number].runs:
                    self.systems[number].registers[address] = data
