"""Captures in memory."""

import json
from dataclasses import dataclass, field
from typing import Any

from mirrorlog.tables.shared_memory import Parameters


@dataclass
class Capture:
    """A capture in memory: its lines, and the data that its events announce, by data file."""

    lines: list[str] = field(default_factory=list)
    data: dict[str, bytearray] = field(default_factory=dict)

    def begin(self, systems: list[tuple[Parameters, bool]], first_cycles: tuple[int, ...] = (0, 0)) -> None:
        """Write the first line, for systems with or without a connection path, each with its first cycle."""
        shown = [
            {
                "system": p.system,
                "data_width": p.data_width,
                "volumes": p.volumes,
                "pairs": p.pairs,
                "groups": p.groups,
                "devices": p.devices,
                "max_transfer_bytes": p.max_transfer_bytes,
                "entry_bytes": p.entry_bytes,
                "commands": p.commands,
                "window": p.window,
                "batch_bytes": p.batch_bytes,
                "address_bits": p.address_bits,
                "path": path,
                "device_base": 0,
                "first_cycle": first,
                "incarnation": 0,
            }
            for (p, path), first in zip(systems, first_cycles, strict=False)
        ]
        self.lines.append(json.dumps({"event": "start", "format": "mirrorlog capture", "version": 3, "systems": shown}))

    def line(self, fields: dict[str, Any]) -> None:
        """Take a line."""
        self.lines.append(json.dumps(fields))

    def put(self, name: str, data: bytes) -> None:
        """Take the next bytes of a data file."""
        self.data[name] += data

    def reader(self) -> "CaptureData":
        """Return a reader of the data, for a comparison."""
        return CaptureData(self.data)


class CaptureData:
    """Hands out a capture's data in order."""

    def __init__(self, data: dict[str, bytearray]) -> None:
        self.data = data
        self.taken = dict.fromkeys(data, 0)

    def take(self, name: str, size: int) -> bytes | None:
        """Return the next bytes; too few raise EOFError."""
        if name not in self.data:
            raise EOFError(name)
        start = self.taken[name]
        self.taken[name] += size
        if self.taken[name] > len(self.data[name]):
            raise EOFError(name)
        return bytes(self.data[name][start : start + size])

    def is_used_up(self) -> bool:
        """Was everything taken?"""
        return all(self.taken[name] == len(data) for name, data in self.data.items())
