"""Reads the capture while the simulation writes it."""

from pathlib import Path
from typing import Any

from cocotb.triggers import ValueChange
from cocotb_bus.monitors import BusMonitor

from tb.files import beside


class CaptureMonitor(BusMonitor):  # type: ignore[misc]
    """Receives each line of the capture file, once capture.v says that some are ready.

    A transaction is the line without its end. `entity` is the capture instance.
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
        for line in lines:
            self._recv(line)
