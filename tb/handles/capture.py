"""Reads the capture while the simulation writes it."""

import json
from pathlib import Path
from typing import Any

from cocotb.triggers import ValueChange
from cocotb_bus.monitors import BusMonitor

from mirrorlog.compare.capture import parse
from tb.config.files import beside

Events = list[dict[str, Any]]
"""Lines of the capture that came together, parsed once for all that follow them; a record is a CommitRecord where it
can be one."""


class CaptureMonitor(BusMonitor):  # type: ignore[misc]
    """Receives the lines of the capture file, once capture.v says that some are ready.

    A transaction is the events of all lines that are there. `entity` is the capture instance.
    """

    _signals = ["drain", "finish", "finished", "lines", "drain_lines", "drain_request"]  # noqa: RUF012 - the base class's contract

    def __init__(self, entity: Any, clock: Any, prefix: Path, **kwargs: Any) -> None:
        # the simulator may open it later than this
        beside(prefix, "jsonl").touch()
        self._file = beside(prefix, "jsonl").open("r", encoding="ascii")
        self._rest = ""
        super().__init__(entity, None, clock, **kwargs)

    async def _monitor_recv(self) -> None:
        while True:
            await ValueChange(self.bus.drain)
            self.read()

    def read(self) -> None:
        """Receive what is in the file and has not been received."""
        lines = (self._rest + self._file.read()).split("\n")
        self._rest = lines.pop()
        if lines:
            self._recv(parse(lines) or [event_of(line) for line in lines])


def event_of(line: str) -> dict[str, Any]:
    """Return the fields of one line; what is no object becomes an event that there is not."""
    events = parse([line])
    if events is not None:
        return events[0]
    try:
        fields = json.loads(line)
    except ValueError:
        fields = None
    return fields if isinstance(fields, dict) else {"event": line}
