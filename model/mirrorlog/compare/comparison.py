"""Follows a capture: the model decides each step's outcome, the capture's records are compared with it
(docs/comparison.md).

The boundary events are the model's only inputs. A record selects which pending input a step takes, and when;
everything else in it is compared. Cycles wrap: each is taken as the count nearest to the last record's, and the model
is given these.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import inf

from mirrorlog.compare import capture
from mirrorlog.compare.capture import CaptureError, DataNotReady, Fields, Take
from mirrorlog.compare.difference import Difference, Field, Mismatch, differing
from mirrorlog.compare.host_port import ReadData
from mirrorlog.compare.system import TrackedSystem
from mirrorlog.formats.commit_record import CommitRecord, Creation
from mirrorlog.formats.serial_number import extended, shortened
from mirrorlog.formats.update_information import UpdateInformationError
from mirrorlog.processes.disk_adapter import OrderError
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.journal_ring import JournalRingError

Images = Mapping[tuple[int, int], bytes]
"""The content of devices before the start, by (system, device), from each one's first byte on; zero behind it and where
none is given."""


class Comparison:
    """Compares a capture, line by line as it comes, with the model.

    `take` returns the bytes of its data files, `images` are the devices' contents before the start, `last` is how many
    records a difference shows. The fields of records of cycles before `first` are not compared (docs/comparison.md).
    `secondary_reads`: hosts may read secondary volumes, a setting that no register and so no capture has.
    `records` counts the records followed, `uncompared` those before `first`, `exits` those of each exit of the flow
    charts: (process, outcome, creation, status), `events` the other lines by their names.
    """

    def __init__(
        self,
        take: Take,
        images: Images | None = None,
        last: int = 8,
        first: int | None = None,
        secondary_reads: bool = False,
    ) -> None:
        self._take = take
        self._secondary_reads = secondary_reads
        self._images = images or {}
        self._last = last
        self._first = first
        self._systems: dict[int, TrackedSystem] = {}
        self._line = 0
        self._ended = False
        self._contents = True
        self._cut_off: dict[str, int] | None = None
        self.records = 0
        self.uncompared = 0
        self.events: Counter[str] = Counter()
        self.exits: Counter[tuple[int, int, int, int]] = Counter()
        self._handlers: dict[str, Callable[[TrackedSystem, int, Fields], None]] = {
            "host_command": lambda f, cycle, fields: f.host.take_command(cycle, fields),
            "write_data": self._write_data,
            "read_data": self._read_data,
            "host_response": self._host_response,
            "register_write": lambda f, cycle, fields: f.registers.take_write(cycle, fields),
            "register_read": lambda f, cycle, fields: f.registers.take_read(cycle, fields),
            "register_response": lambda f, cycle, fields: f.registers.take_response(fields),
            "device_write": self._device_write,
            "device_read": self._device_read,
            "packet_in": self._packet_in,
            "packet_first": self._packet_first,
            "packet_out": self._packet_out,
            "reset": self._reset,
        }

    def feed(self, text: str) -> bool:
        """Follow the next line (see `follow`); returns False if its data is not there yet."""
        return self.follow((text,)) == 1

    def follow(self, lines: Sequence[str]) -> int:
        """Follow the next lines. Raises Difference at the first difference, CaptureError for a line that is no event.

        Returns how many it followed: less than all if a data file does not yet hold what the next line announces, of
        which nothing was done then: it is to come again later, with those behind it.
        """
        events = capture.parse(lines)
        if events is not None:
            return self.follow_events(events)
        for index, text in enumerate(lines):
            if not self.follow_events((capture.parse_line(self._line + 1, text),)):
                return index
        return len(lines)

    def follow_events(self, events: Sequence[Fields]) -> int:
        """Follow the next lines as `capture.parse` returns them (see `follow`)."""
        for index, fields in enumerate(events):
            try:
                self._follow(fields)
            except DataNotReady:
                return index
            self._line += 1
        return len(events)

    def _follow(self, fields: Fields) -> None:
        """Follow one event. Raises DataNotReady, and has done nothing, if its data is not there yet."""
        if self._ended or not self._line or not capture.is_event(fields):
            self._follow_end(self._line + 1, fields)
            return
        kind = fields["event"]
        tracked = self._systems.get(fields["system"])
        if tracked is None:
            field = Field(f"{kind}.system", "a system of start", str(fields["system"]))
            raise self._difference(None, self._line + 1, field)
        try:
            if kind == "record":
                self._record(tracked, fields["record"])
                return
            cycle = extended(fields["cycle"], tracked.cycle)
            if cycle < tracked.cycle:
                expected = f"{tracked.cycle}, the cycle of the last record, or later"
                raise Mismatch(f"{kind}.cycle", expected, cycle)
            if cycle < tracked.event_cycle:
                expected = f"{tracked.event_cycle}, the cycle of the last event, or later"
                raise Mismatch(f"{kind}.cycle", expected, cycle)
            tracked.event_cycle = cycle
            self._handlers[kind](tracked, cycle, fields)
            self.events[kind] += 1
        except Mismatch as mismatch:
            raise self._difference(tracked, self._line + 1, mismatch.field) from mismatch

    def _follow_end(self, line: int, fields: Fields) -> None:
        """Follow what begins or ends a capture, and what must not come there."""
        capture.check(line, fields)
        kind = fields["event"]
        if self._ended:
            raise CaptureError(f"line {line}: comes after the end")
        if kind == "start":
            self._start(line, fields)
        elif line == 1:
            raise CaptureError(f"line {line}: field event: is {kind!r}, a capture begins with 'start'")
        else:
            self._end(line, fields)

    def finish(self) -> None:
        """Check that the capture is whole: raises Difference if anything is outstanding on any side."""
        if self._line == 0:
            raise self._difference(None, 0, Field("start", "a capture", "an empty file"))
        if not self._ended:
            field = Field("end", "an end event", "the capture ends here (truncated?)")
            raise self._difference(next(iter(self._systems.values())), self._line, field)
        for tracked in self._systems.values():
            try:
                tracked.settle_doubts(inf)
                tracked.reception.settle_packets(inf)
            except Mismatch as mismatch:
                raise self._difference(tracked, self._line, mismatch.field) from mismatch
            pending = tracked.pending()
            if pending:
                raise self._difference(tracked, self._line, Field("at the end", "nothing outstanding", pending[0]))
        if self.records == 0:
            raise self._difference(None, self._line, Field("record", "at least one", "none in the whole capture"))

    def outstanding(self) -> list[str]:
        """Say what is outstanding on any side of any system."""
        return [said for tracked in self._systems.values() for said in tracked.pending()]

    def data_files(self) -> list[str]:
        """Return the names of all data files that this capture can have."""
        names: list[str] = []
        for system, tracked in self._systems.items():
            names += [f"write_data{system}", f"read_data{system}"]
            names += [f"path{system}_in", f"path{system}_out"] if tracked.has_path else []
            names += [f"device{system}_{device}" for device in range(tracked.model.parameters.devices)]
        return names

    def system(self, number: int) -> StorageSystem:
        """Return the model of a system of the capture."""
        return self._systems[number].model

    def device_image(self, system: int, device: int, size: int | None = None) -> bytes:
        """Return what the model predicts a device to hold, from its first byte on (default: as far as anything was
        written).
        """
        return self.system(system).disk_adapter.devices[device].image(size, self._systems[system].device_base)

    def _start(self, line: int, fields: Fields) -> None:
        if line > 1:
            raise CaptureError(f"line {line}: a second start")
        for start in capture.systems(line, fields):
            self._systems[start.parameters.system] = TrackedSystem(
                start, self._last, lambda: self._contents, self._secondary_reads
            )
        for (system, device), image in self._images.items():
            tracked = self._systems.get(system)
            if tracked is None or device >= tracked.model.parameters.devices:
                raise CaptureError(
                    f"an image is given for device {device} of system {system}, which the capture has not"
                )
            tracked.load(device, image)

    def _end(self, line: int, fields: Fields) -> None:
        if fields["events"] != self._line:
            raise self._difference(None, line, Field("end.events", str(self._line), str(fields["events"])))
        self._ended = True

    def _write_data(self, tracked: TrackedSystem, cycle: int, fields: Fields) -> None:
        size = fields["bytes"]
        data = self._take(f"write_data{fields['system']}", size)
        if data is None:
            self._contents = False
        tracked.host.packets.append((cycle, bytes(size) if data is None else data))

    def _read_data(self, tracked: TrackedSystem, cycle: int, fields: Fields) -> None:
        size = fields["bytes"]
        data = self._take(f"read_data{fields['system']}", size)
        tracked.host.take_read_data(ReadData(self._line + 1, cycle, size, fields.get("tag"), data))
        self._settle_reads(tracked)

    def _host_response(self, tracked: TrackedSystem, cycle: int, fields: Fields) -> None:
        tracked.host.take_response(cycle, fields)
        self._settle_reads(tracked)

    def _device_write(self, tracked: TrackedSystem, cycle: int, fields: Fields) -> None:
        tracked.devices.take_write(cycle, fields, self._take)

    def _device_read(self, tracked: TrackedSystem, cycle: int, fields: Fields) -> None:
        tracked.devices.take_read(cycle, fields, tracked.reads)
        self._settle_reads(tracked)

    def _packet_in(self, tracked: TrackedSystem, cycle: int, fields: Fields) -> None:
        self._check_path(tracked, fields)
        name = f"path{fields['system']}_in"
        data = self._take(name, fields["bytes"])
        if data is None:
            raise CaptureError(f"line {self._line + 1}: the data file {name} is not there")
        tracked.path.take_in(data, cycle)

    def _packet_first(self, tracked: TrackedSystem, cycle: int, fields: Fields) -> None:
        self._check_path(tracked, fields)
        tracked.path.take_first(cycle)

    def _packet_out(self, tracked: TrackedSystem, cycle: int, fields: Fields) -> None:
        self._check_path(tracked, fields)
        size = fields["bytes"]
        data = self._take(f"path{fields['system']}_out", size)
        tracked.path.take_out(data if self._contents else None, size, cycle)
        tracked.reception.settle_packets(tracked.cycle)

    def _reset(self, tracked: TrackedSystem, cycle: int, fields: Fields) -> None:
        """A system was reset. What its data files hold of packets and bursts that were cut off is of no use."""
        system = fields["system"]
        devices = tracked.model.parameters.devices
        if len(fields["devices"]) != devices:
            raise Mismatch("reset.devices", f"{devices} numbers", len(fields["devices"]))
        if self._cut_off is None:
            self._cut_off = {
                f"write_data{system}": fields["write_data"],
                f"read_data{system}": fields["read_data"],
                f"path{system}_in": fields["path_in"],
                f"path{system}_out": fields["path_out"],
            } | {f"device{system}_{device}": size for device, size in enumerate(fields["devices"])}
        while self._cut_off:
            name, size = next(iter(self._cut_off.items()))
            if size:
                self._take(name, size)
            del self._cut_off[name]
        self._cut_off = None
        self._systems[system] = tracked.after_reset(fields["first_cycle"], fields["incarnation"])

    def _check_path(self, tracked: TrackedSystem, fields: Fields) -> None:
        if not tracked.has_path:
            event, system = fields["event"], fields["system"]
            raise CaptureError(f"line {self._line + 1}: {event}: system {system} has no connection path")

    def _record(self, tracked: TrackedSystem, retired: CommitRecord) -> None:
        self.records += 1
        cycle = extended(retired.cycle, tracked.cycle)
        expected: CommitRecord | None = None
        try:
            if cycle <= tracked.cycle:
                raise Mismatch("cycle", f"after {tracked.cycle}, the cycle of the last record", cycle)
            tracked.devices.settle_doubts(cycle, tracked.model.disk_adapter)
            step = tracked.step(retired, cycle)
            tracked.reception.settle_packets(cycle)
            expected = tracked.model.record(step, cycle)
            if not self._contents and step.creation == Creation.HOST_WRITE_CREATED:
                expected = expected._replace(info_crc=retired.info_crc)
            fields = [] if expected == retired else differing(expected, retired)
            if self._first is not None and cycle < extended(self._first, cycle):
                self.uncompared += 1
                fields = []
        except Mismatch as mismatch:
            fields = [mismatch.field]
        except (OrderError, JournalRingError, UpdateInformationError, LookupError) as error:
            fields = [Field("order of records", "another one first", str(error))]
        if fields:
            raise self._difference(tracked, self._line + 1, *fields, expected=expected, actual=retired)
        tracked.retired(retired, cycle)
        self.exits[retired.process, retired.outcome, retired.creation, retired.status] += 1
        self._settle_reads(tracked)

    def _settle_reads(self, tracked: TrackedSystem) -> None:
        if not tracked.host.reads:
            return
        try:
            ended = tracked.host.settle_reads(self._contents, tracked.seek)
        except Mismatch:
            tracked.settle_doubts(inf)  # the device may be what differs
            raise
        for number in ended:
            del tracked.model.command_reception.reads[number]

    def _difference(
        self,
        tracked: TrackedSystem | None,
        line: int,
        *fields: Field,
        expected: CommitRecord | None = None,
        actual: CommitRecord | None = None,
    ) -> Difference:
        return Difference(
            line,
            self.records,
            None if tracked is None else tracked.model.parameters.system,
            None if tracked is None else (actual.cycle if actual is not None else shortened(tracked.cycle)),
            fields,
            expected,
            actual,
            () if tracked is None else tuple(tracked.last),
            () if tracked is None else tuple(tracked.pending()),
        )
