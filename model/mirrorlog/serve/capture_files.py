"""Writes a capture (docs/capture.md) as it comes: its lines and the data files beside it."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from mirrorlog.compare.capture import FORMAT, VERSION
from mirrorlog.formats.serial_number import shortened
from mirrorlog.tables.shared_memory import Parameters

_BUILT = (
    *("system", "data_width", "volumes", "pairs", "groups", "devices", "max_transfer_bytes", "entry_bytes"),
    *("commands", "window", "batch_bytes", "address_bits"),
)
_START = {"path": True, "device_base": 0, "first_cycle": 0, "incarnation": 0}
_FILES = ("write_data{}", "read_data{}", "path{}_in", "path{}_out")


class CaptureFiles:
    """A capture of systems with a connection path that start at cycle 0. Files of an earlier one are removed."""

    def __init__(self, capture: Path, systems: Sequence[Parameters]) -> None:
        for old in capture.parent.glob(f"{capture.stem}.*"):
            old.unlink()
        self._capture = capture
        self._lines = capture.open("w", encoding="ascii")
        self._data: dict[str, BinaryIO] = {}
        self._count = 0
        for parameters in systems:
            devices = (f"device{{}}_{device}" for device in range(parameters.devices))
            self._open(name.format(parameters.system) for name in (*_FILES, *devices))
        built = [{name: getattr(parameters, name) for name in _BUILT} | _START for parameters in systems]
        self._line({"event": "start", "format": FORMAT, "version": VERSION, "systems": built})

    def event(self, event: str, system: int, cycle: int, **fields: int) -> None:
        """Write an event."""
        self._line({"event": event, "system": system, "cycle": shortened(cycle)} | fields)

    def record(self, system: int, text: str) -> None:
        """Write a commit record, given as hex digits."""
        self._line({"event": "record", "system": system, "record": text})

    def data(self, name: str, data: bytes) -> None:
        """Write bytes that the next event announces."""
        self._data[name].write(data)

    def end(self) -> None:
        """Write the last line and close the files."""
        self._line({"event": "end", "events": self._count})
        self._lines.close()
        for file in self._data.values():
            file.close()

    def _open(self, names: Iterable[str]) -> None:
        for name in names:
            self._data[name] = self._capture.with_suffix(f".{name}").open("wb")

    def _line(self, fields: dict[str, object]) -> None:
        self._lines.write(json.dumps(fields) + "\n")
        self._count += 1
