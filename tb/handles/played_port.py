"""partner_port.v from Python: what a system that is not in Verilog sends, takes and shows goes through its files."""

import json
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from tb.config.files import beside, reverse_beats
from tb.config.settings import Start


class CaptureFiles:
    """Takes what a system shows: lines for partner_port.v, which puts them into the capture, and data files."""

    def __init__(self, prefix: Path, lines: str) -> None:
        self._prefix = prefix
        self._lines = beside(prefix, lines).open("ab")
        self._data: dict[str, BinaryIO] = {}
        self.lines = 0

    def line(self, fields: dict[str, Any]) -> None:
        """Take a line."""
        self._lines.write(json.dumps(fields).encode("ascii") + b"\n")
        self.lines += 1

    def put(self, name: str, data: bytes) -> None:
        """Take the next bytes of a data file."""
        if name not in self._data:
            self._data[name] = beside(self._prefix, name).open("ab")
        self._data[name].write(data)

    def flush(self) -> None:
        """Let others read all of it, data before the lines that announce it."""
        for file in self._data.values():
            file.flush()
        self._lines.flush()


class PlayedPort:
    """The port of a system, `number`; `port` is its partner_port. `shown` takes lines and data of the capture."""

    def __init__(self, number: int, port: Any, prefix: Path, beat_bytes: int) -> None:
        self._port = port
        self._beat = beat_bytes
        self.shown = CaptureFiles(prefix, f"partner_lines{number}")
        self._sent = beside(prefix, f"partner_out{number}").open("ab")
        self._sent_sizes = beside(prefix, f"partner_out_sizes{number}").open("ab")
        self._came = beside(prefix, f"partner_in{number}"), beside(prefix, f"partner_in_sizes{number}")
        self._files: tuple[BinaryIO, BinaryIO] | None = None
        self._arrived = self._available = 0

    def begin_at(self, start: Start) -> None:
        """Set what the system starts from, before the end of reset."""
        self._port.device_base.value = start.device_base
        self._port.first_cycle.value = start.first_cycle
        self._port.first_time_ns.value = start.time_ns

    def packets(self) -> list[bytes]:
        """Return the packets that have come from the path."""
        if self._files is None:
            self._files = self._came[0].open("rb"), self._came[1].open("rb")
        data, sizes = self._files
        arrived = int(self._port.arrived.value)
        found = []
        for _ in range(arrived - self._arrived):
            (size,) = struct.unpack("=I", sizes.read(4))
            found.append(data.read(size))
        self._arrived = arrived
        return found

    def hand_over(self, packets: Iterable[bytes]) -> None:
        """Send packets, and let the capture have what was shown."""
        for packet in packets:
            self._sent.write(reverse_beats(packet, self._beat))
            self._sent_sizes.write(struct.pack(">I", len(packet) // self._beat))
            self._available += 1
        self._sent.flush()
        self._sent_sizes.flush()
        self.shown.flush()
        self._port.available.value = self._available
        self._port.line_count.value = self.shown.lines
