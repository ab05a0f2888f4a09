"""Follows a capture through the model and samples the coverage points."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mirrorlog.compare import capture
from mirrorlog.compare.capture import CaptureError, DataFiles
from mirrorlog.compare.command import initial_images
from mirrorlog.compare.comparison import Comparison
from mirrorlog.formats.connection_path import Packet
from mirrorlog.tables.status import Status
from tb.coverage import points
from tb.coverage.bins import word
from tb.coverage.packets import Direction, refusal
from tb.coverage.system import SampledSystem

Fields = dict[str, Any]
RESPONSES = {0: "okay", 2: "slave error", 3: "decode error"}
# Of a burst: beats, and bytes between two multiples of them
MOST_BEATS, PAGE = 256, 4096


def sample(path: Path) -> int:
    """Sample a capture up to its end; return its records. Raises what a comparison does where it differs."""
    data = DataFiles(path)
    try:
        follower = Follower(data, path)
        with path.open(encoding="ascii") as lines:
            for line in lines:
                follower.follow(line)
        follower.end()
        if not follower.started:
            raise CaptureError("has no start: nothing was sampled")
    finally:
        data.close()
    return follower.comparison.records


@dataclass
class _Taken:
    """The data files, of which the bytes taken last are kept."""

    files: DataFiles
    last: dict[str, bytes] = field(default_factory=dict)

    def take(self, name: str, size: int) -> bytes | None:
        data = self.files.take(name, size)
        if data is not None and name.startswith("path"):
            self.last[name] = data
        return data


class Follower:
    """Follows the lines of one capture."""

    def __init__(self, files: DataFiles, path: Path) -> None:
        self._taken = _Taken(files)
        self.comparison = Comparison(self._taken.take, initial_images(path))
        self._systems: dict[int, SampledSystem] = {}
        self._directions: dict[int, Direction] = {}
        self._lines = 0

    @property
    def started(self) -> bool:
        """Has a start told of systems?"""
        return bool(self._systems)

    def follow(self, line: str) -> None:
        """Follow a line."""
        self._lines += 1
        fields = capture.parse_line(self._lines, line)
        system = self._systems.get(fields.get("system", 0))
        faults = system.model.shared.packet_faults if system is not None else 0
        if system is not None:
            self._before(system, fields)
        self.comparison.follow_events((fields,))
        if fields["event"] == "start":
            self._start(capture.systems(1, fields))
        elif system is not None:
            self._after(system, fields)
            if fields["event"] == "packet_in":
                self._arrived(system, fields["system"], system.model.shared.packet_faults > faults)

    def end(self) -> None:
        """Nothing comes any more."""
        for direction in self._directions.values():
            direction.end()

    def _start(self, starts: Iterable[capture.SystemStart]) -> None:
        for start in starts:
            number = start.parameters.system
            self._systems[number] = SampledSystem(self.comparison.system(number))
            self._directions[number] = Direction(self._packet)
            points.parameters(start.parameters.data_width)

    def _packet(self, kind: str, fault: str) -> None:
        points.packet(kind.lower().replace("_", " "), fault)

    def _arrived(self, system: SampledSystem, number: int, refused: bool) -> None:
        """Sample a packet that came."""
        data = self._taken.last[f"path{number}_in"]
        if refused:
            points.refused(refusal(data, system.model))
        elif Packet.unpack(data).source not in self._systems:
            points.strange(word(Packet.unpack(data).type))

    def _before(self, system: SampledSystem, fields: Fields) -> None:
        """Sample what an event ends."""
        if fields["event"] == "reset":
            for number in system.started():
                points.reset(system.wrapped(number), system.side(number))

    def _after(self, system: SampledSystem, fields: Fields) -> None:
        """Sample what an event has done."""
        number = fields["system"]
        match fields["event"]:
            case "record":
                system.step(fields["record"])
            case "reset":
                system.begin(self.comparison.system(number))
            case "host_response":
                points.host_answer(_status(fields["status"]))
            case "device_read" | "device_write":
                self._burst(system, fields)
            case "packet_out":
                self._directions[number].send(self._taken.last[f"path{number}_out"])
            case "packet_in":
                # of two systems the other one has sent it
                for other, direction in self._directions.items():
                    if other != number:
                        direction.arrive(self._taken.last[f"path{number}_in"])

    def _burst(self, system: SampledSystem, fields: Fields) -> None:
        of = system.volume_at(fields["device"], fields["address"])
        width = system.model.parameters.data_width // 8
        longest = min(MOST_BEATS * width, PAGE)
        beats = "1" if fields["bytes"] <= width else "longest" if fields["bytes"] == longest else "between"
        points.burst(fields["event"].removeprefix("device_"), RESPONSES.get(fields["resp"], ""), of, beats)


def _status(status: int) -> str:
    return word(Status(status)) if status in set(Status) else ""
