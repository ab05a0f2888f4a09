"""A capture's lines in their order, also of a run that failed: with cycles counted on, and packets read.

Nothing is compared here (docs/comparison.md): what a line says is taken as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mirrorlog.compare import capture
from mirrorlog.compare.capture import CaptureError, DataFiles, DataNotReady, Fields, SystemStart
from mirrorlog.formats.connection_path import Packet, PacketError
from mirrorlog.formats.serial_number import extended

BATCH_BYTES = 1 << 16
"""Of lines that are parsed together."""

PROTOCOL_ERROR = "protocol_error"
"""What this repository's bench writes when a rule of a port is broken; the last event of its run."""

_PACKETS = {"packet_in": "in", "packet_out": "out"}
_PROTOCOL_ERROR = ("system", "cycle", "port")
_CUT_OFF = ("path_in", "path_out")


class Line(NamedTuple):
    """An event of a capture.

    `number` is that of the line, `at` its cycle, counted on from the system's start: 0 is its first cycle, and a reset
    of it or a counter that wraps changes nothing. `packet` is the packet that came or went, or what is wrong with it;
    None if its data file lacks it, or of other events.
    """

    number: int
    at: int
    system: int
    event: str
    fields: Fields
    packet: Packet | str | None


@dataclass(slots=True)
class _Clock:
    """A system's cycles: the last one as a count that does not wrap, and what count 0 of `at` is."""

    last: int
    origin: int

    def at(self, cycle: int) -> int:
        """Return cycles since the start."""
        self.last = extended(cycle, self.last)
        return self.last - self.origin


class Lines:
    """The events of a capture, in order; `start` and `end` are none of them.

    `systems` is what `start` says. `whole`: an `end` came. `missing`: data files of packets that are not there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._data = DataFiles(path, growing=True)
        self._clocks: dict[int, _Clock] = {}
        self._lacking: set[str] = set()
        self.systems: list[SystemStart] = []
        self.whole = False
        self.count = 0

    @property
    def missing(self) -> list[str]:
        """Names of the data files without which packets are not known."""
        return sorted(self._lacking)

    def __iter__(self) -> Iterator[Line]:
        """Yield each event. Raises CaptureError for a line that is none, OSError."""
        try:
            with self._path.open(encoding="ascii") as file:
                while batch := file.readlines(BATCH_BYTES):
                    yield from self._events(batch)
        except UnicodeDecodeError as error:
            raise CaptureError(str(error)) from error
        finally:
            self._data.close()
        if not self.systems:
            raise CaptureError("is empty")

    def _events(self, batch: list[str]) -> Iterator[Line]:
        parsed = capture.parse(batch)
        for index, text in enumerate(batch):
            fields = self._checked(text) if parsed is None else parsed[index]
            if fields is None:  # the run ended within this line
                return
            line = self._line(fields)
            self.count += 1
            if line is not None:
                yield line

    def _checked(self, text: str) -> Fields | None:
        try:
            return capture.parse_line(self.count + 1, text)
        except CaptureError:
            if self.count and not text.endswith("\n"):
                return None
            parsed = capture.parse([text])
            if parsed is None or not _is_protocol_error(parsed[0]):
                raise
            return parsed[0]

    def _line(self, fields: Fields) -> Line | None:
        number = self.count + 1
        if self.whole:
            raise CaptureError(f"line {number}: comes after the end")
        if number == 1 or not (capture.is_event(fields) or _is_protocol_error(fields)):
            self._frame(number, fields)
            return None
        clock = self._clocks.get(fields["system"])
        if clock is None:
            raise CaptureError(f"line {number}: field system: {fields['system']} is none of the systems of start")
        event = fields["event"]
        cycle = fields["record"].cycle if event == "record" else fields["cycle"]
        line = Line(number, clock.at(cycle), fields["system"], event, fields, self._packet(fields))
        if event == "reset":
            clock.last = fields["first_cycle"]
            clock.origin = clock.last - line.at - 1
        return line

    def _frame(self, number: int, fields: Fields) -> None:
        """Take what begins or ends a capture. Raises CaptureError for what must not come there."""
        capture.check(number, fields)
        if fields["event"] == "start" and number == 1:
            self.systems = capture.systems(number, fields)
            for start in self.systems:
                self._clocks[start.parameters.system] = _Clock(start.first_cycle, start.first_cycle)
        elif fields["event"] == "end" and number > 1:
            self.whole = True
        else:
            raise CaptureError(
                f"line {number}: field event: is {fields['event']!r}, a capture has one start, before all"
            )

    def _packet(self, fields: Fields) -> Packet | str | None:
        """Read the packet that an event announces."""
        direction = _PACKETS.get(fields["event"])
        if direction is None:
            if fields["event"] == "reset":
                for name in _CUT_OFF:
                    self._take(name.replace("path", f"path{fields['system']}"), fields[name])
            return None
        packed = self._take(f"path{fields['system']}_{direction}", fields["bytes"])
        if packed is None:
            return None
        try:
            return Packet.unpack(packed)
        except PacketError as error:
            return str(error)

    def _take(self, name: str, size: int) -> bytes | None:
        if name in self._lacking or not size:
            return None
        try:
            return self._data.take(name, size)
        except DataNotReady:
            self._lacking.add(name)
            return None


def _is_protocol_error(fields: Fields) -> bool:
    numbers = (fields.get(name) for name in _PROTOCOL_ERROR)
    return fields.get("event") == PROTOCOL_ERROR and all(type(number) is int for number in numbers)
