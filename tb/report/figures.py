"""Figures in cycles, read from a capture."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ENTRY_BYTES = 64
# The part of a run that is measured: without its beginning and end
FROM, TO = 0.15, 0.85


@dataclass(frozen=True, slots=True)
class Capture:
    """The boundary events of one capture, without records."""

    events: list[dict[str, int | str]]

    @classmethod
    def read(cls, file: Path) -> "Capture":
        """Read a capture file."""
        with file.open() as lines:
            return cls([json.loads(line) for line in lines if '"record"' not in line[:24]])

    def of_system(self, number: int) -> "Capture":
        """Return the events of one system."""
        return Capture([event for event in self.events if event.get("system") == number])

    def of(self, kind: str) -> Iterator[dict[str, int]]:
        """Yield the events of one kind."""
        for event in self.events:
            if event["event"] == kind:
                yield event  # type: ignore[misc]

    def write_beats_per_cycle(self, device: int, beat_bytes: int) -> tuple[float, float]:
        """Return the beats a cycle on a device's write port: all beats, and those of write data, not of update
        information."""
        bursts = [(e["cycle"], e["bytes"]) for e in self.of("device_write") if e["device"] == device]
        if not bursts:
            return 0.0, 0.0
        first, last = int(len(bursts) * FROM), int(len(bursts) * TO)
        cycles = (bursts[last][0] - bursts[first][0]) * beat_bytes
        window = [size for _, size in bursts[first + 1 : last + 1]]
        return sum(window) / cycles, sum(size for size in window if size > ENTRY_BYTES) / cycles

    def write_latencies(self) -> list[int]:
        """Return, for each write, the cycles from its last data beat to its response."""
        tags = [e["tag"] for e in self.of("host_command") if e["opcode"] == 2]
        ends = [e["cycle"] for e in self.of("write_data")]
        answers = {e["tag"]: e["cycle"] for e in self.of("host_response")}
        return [answers[tag] - end for tag, end in zip(tags, ends, strict=True)]

    def median_write_latency(self) -> float:
        """Return the median of the writes' latencies, in cycles."""
        return median(self.write_latencies())
