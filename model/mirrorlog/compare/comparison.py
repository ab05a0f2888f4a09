"""Follows a capture: the model decides each step's outcome, the capture's records are compared with it
(docs/commit_trace.md).

The boundary events are the model's only inputs. A record selects which pending input a step takes, and when;
everything else in it is compared. Cycles wrap: each is taken as the count nearest to the last record's, and the model
is given these.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import inf

from mirrorlog.compare import capture, host_steps
from mirrorlog.compare.capture import CaptureError, DataNotReady, Fields, Take
from mirrorlog.compare.difference import Difference, Field, Mismatch, differing
from mirrorlog.compare.ports import ReadData
from mirrorlog.compare.system import Followed
from mirrorlog.formats.commit_record import CommitRecord, Creation, Process
from mirrorlog.formats.serial_number import extended, shortened
from mirrorlog.formats.update_information import UpdateInformationError
from mirrorlog.processes import command_reception, disk_adapter
from mirrorlog.processes.disk_adapter import OrderError, Range
from mirrorlog.processes.step import Step
from mirrorlog.storage.cache_memory import JournalWrite
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.journal_ring import JournalRingError

_REPLICATION = range(Process.INITIAL_COPY, Process.GROUP_ANNOUNCEMENT + 1)

Images = Mapping[tuple[int, int], bytes]
"""The content of devices before the start, by (system, device), from each one's first byte on; zero behind it and where
none is given."""


class Comparison:
    """Compares a capture, line by line as it comes, with the model.

    `take` returns the bytes of its data files, `images` are the devices' contents before the start, `last` is how many
    records a difference shows. `records` counts the records followed, `exits` those of each exit of the flow charts:
    (process, outcome, creation, status).
    """

    def __init__(self, take: Take, images: Images | None = None, last: int = 8) -> None:
        self._take = take
        self._images = images or {}
        self._last = last
        self._systems: dict[int, Followed] = {}
        self._line = 0
        self._ended = False
        self._contents = True
        self._cut_off: dict[str, int] | None = None
        self.records = 0
        self.exits: Counter[tuple[int, int, int, int]] = Counter()
        self._handlers: dict[str, Callable[[Followed, int, Fields], None]] = {
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
        followed = self._systems.get(fields["system"])
        if followed is None:
            field = Field(f"{kind}.system", "a system of start", str(fields["system"]))
            raise self._difference(None, self._line + 1, field)
        try:
            if kind == "record":
                self._record(followed, fields["record"])
                return
            cycle = extended(fields["cycle"], followed.cycle)
            if cycle < followed.cycle:
                expected = f"{followed.cycle}, the cycle of the last record, or later"
                raise Mismatch(f"{kind}.cycle", expected, cycle)
            self._handlers[kind](followed, cycle, fields)
        except Mismatch as mismatch:
            raise self._difference(followed, self._line + 1, mismatch.field) from mismatch

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
        for followed in self._systems.values():
            try:
                followed.settle_doubts(inf)
                followed.replication.settle_packets(inf)
            except Mismatch as mismatch:
                raise self._difference(followed, self._line, mismatch.field) from mismatch
            pending = followed.pending()
            if pending:
                raise self._difference(followed, self._line, Field("at the end", "nothing outstanding", pending[0]))
        if self.records == 0:
            raise self._difference(None, self._line, Field("record", "at least one", "none in the whole capture"))

    def outstanding(self) -> list[str]:
        """Say what is outstanding on any side of any system."""
        return [said for followed in self._systems.values() for said in followed.pending()]

    def data_files(self) -> list[str]:
        """Return the names of all data files that this capture can have."""
        names: list[str] = []
        for system, followed in self._systems.items():
            names += [f"write_data{system}", f"read_data{system}"]
            names += [f"path{system}_in", f"path{system}_out"] if followed.path else []
            names += [f"device{system}_{device}" for device in range(followed.model.parameters.devices)]
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
            self._systems[start.parameters.system] = Followed(start, self._last)
        for (system, device), image in self._images.items():
            followed = self._systems.get(system)
            if followed is None or device >= followed.model.parameters.devices:
                raise CaptureError(
                    f"an image is given for device {device} of system {system}, which the capture has not"
                )
            followed.load(device, image)

    def _end(self, line: int, fields: Fields) -> None:
        if fields["events"] != self._line:
            raise self._difference(None, line, Field("end.events", str(self._line), str(fields["events"])))
        self._ended = True

    def _write_data(self, followed: Followed, cycle: int, fields: Fields) -> None:
        size = fields["bytes"]
        data = self._take(f"write_data{fields['system']}", size)
        if data is None:
            self._contents = False
        followed.host.packets.append((cycle, bytes(size) if data is None else data))

    def _read_data(self, followed: Followed, cycle: int, fields: Fields) -> None:
        size = fields["bytes"]
        data = self._take(f"read_data{fields['system']}", size)
        followed.host.take_read_data(ReadData(self._line + 1, cycle, size, data))
        self._settle_reads(followed)

    def _host_response(self, followed: Followed, cycle: int, fields: Fields) -> None:
        followed.host.take_response(cycle, fields)
        self._settle_reads(followed)

    def _device_write(self, followed: Followed, cycle: int, fields: Fields) -> None:
        followed.devices.take_write(cycle, fields, self._take)

    def _device_read(self, followed: Followed, cycle: int, fields: Fields) -> None:
        followed.devices.take_read(cycle, fields, followed.reads)
        self._settle_reads(followed)

    def _packet_in(self, followed: Followed, cycle: int, fields: Fields) -> None:
        self._check_path(followed, fields)
        name = f"path{fields['system']}_in"
        data = self._take(name, fields["bytes"])
        if data is None:
            raise CaptureError(f"line {self._line + 1}: the data file {name} is not there")
        followed.replication.path.take_in(data, cycle)

    def _packet_first(self, followed: Followed, cycle: int, fields: Fields) -> None:
        self._check_path(followed, fields)
        followed.replication.path.take_first(cycle)

    def _packet_out(self, followed: Followed, cycle: int, fields: Fields) -> None:
        self._check_path(followed, fields)
        size = fields["bytes"]
        data = self._take(f"path{fields['system']}_out", size)
        followed.replication.path.take_out(data if self._contents else None, size, cycle)
        followed.replication.settle_packets(followed.cycle)

    def _reset(self, followed: Followed, cycle: int, fields: Fields) -> None:
        """A system was reset. What its data files hold of packets and bursts that were cut off is of no use."""
        system = fields["system"]
        devices = followed.model.parameters.devices
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
        self._systems[system] = followed.after_reset(fields["first_cycle"], fields["incarnation"])

    def _check_path(self, followed: Followed, fields: Fields) -> None:
        if not followed.path:
            event, system = fields["event"], fields["system"]
            raise CaptureError(f"line {self._line + 1}: {event}: system {system} has no connection path")

    def _record(self, followed: Followed, retired: CommitRecord) -> None:
        self.records += 1
        cycle = extended(retired.cycle, followed.cycle)
        expected: CommitRecord | None = None
        try:
            if cycle <= followed.cycle:
                raise Mismatch("cycle", f"after {followed.cycle}, the cycle of the last record", cycle)
            followed.devices.settle_doubts(cycle, followed.model.disk_adapter)
            step = self._step(followed, retired, cycle)
            followed.replication.settle_packets(cycle)
            expected = followed.model.record(step, cycle)
            if not self._contents and step.creation == Creation.HOST_WRITE_CREATED:
                expected = expected._replace(info_crc=retired.info_crc)
            fields = [] if expected == retired else differing(expected, retired)
        except Mismatch as mismatch:
            fields = [mismatch.field]
        except (OrderError, JournalRingError, UpdateInformationError, LookupError) as error:
            fields = [Field("order of records", "another one first", str(error))]
        if fields:
            raise self._difference(followed, self._line + 1, *fields, expected=expected, actual=retired)
        followed.cycle = cycle
        if retired.process != Process.MAINTENANCE:
            followed.busy_until = cycle
        followed.last.append(retired)
        self.exits[retired.process, retired.outcome, retired.creation, retired.status] += 1
        self._settle_reads(followed)

    def _step(self, followed: Followed, actual: CommitRecord, cycle: int) -> Step:
        """Let the model take the step that a record announces."""
        if actual.process in _REPLICATION:
            step = followed.replication.step(actual, cycle)
            followed.devices.give_reads(followed.reads)
            return step
        if actual.process == Process.READ_WRITE:
            if actual.outcome in (disk_adapter.VOLUME_WRITTEN, disk_adapter.VOLUME_WRITE_FAILED):
                return self._volume_write(followed, actual, cycle)
            if actual.outcome == disk_adapter.READ_FAILED:
                return host_steps.read_failed(followed, actual, cycle)
            return self._journal_write(followed, actual, cycle)
        if actual.process == Process.COMMAND_RECEPTION:
            if actual.outcome == command_reception.FLUSH_ANSWERED:
                return host_steps.flush_answered(followed, actual, cycle)
            return host_steps.command(followed, actual, cycle)
        if actual.process == Process.MAINTENANCE:
            return host_steps.access_register(followed, actual, cycle)
        raise Mismatch("process", "1 to 9", actual.process)

    def _volume_write(self, followed: Followed, actual: CommitRecord, cycle: int) -> Step:
        write = host_steps.unfinished(followed.model, actual)
        device, (address, _) = followed.model.disk_adapter.volume_range(write.volume, write.position, write.size)
        failed = followed.devices.claim(cycle, device, address, write.data, self._contents)
        step = followed.model.volume_write_step(write, failed)
        if failed:
            content = followed.model.disk_adapter.read(write.volume, write.position, write.size)
            followed.replication.units.write(write.volume, write.position, content)
        return step

    def _journal_write(self, followed: Followed, actual: CommitRecord, cycle: int) -> Step:
        adapter = followed.model.disk_adapter
        writes = adapter.journal_writes[actual.group] if actual.group < len(adapter.journal_writes) else ()
        journal = next((j for j in writes if j.update_number == actual.reference), None)
        if journal is None:
            raise Mismatch(
                "reference",
                "the update number of a journal that is not done",
                f"{actual.reference} of group {actual.group}",
            )
        return followed.model.journal_write_step(journal, self._claim_journal(followed, journal, cycle))

    def _claim_journal(self, followed: Followed, journal: JournalWrite, cycle: int) -> list[Range]:
        """Take a journal's bursts: one for the update information, and those of each part of the write data."""
        adapter, devices = followed.model.disk_adapter, followed.devices
        device, (address, _) = adapter.volume_range(journal.journal_volume, journal.information_place, 0)
        failed = devices.claim(cycle, device, address, journal.information, self._contents, whole=True)
        taken = 0
        for place, size in journal.parts:
            device, (address, _) = adapter.volume_range(journal.journal_volume, place, size)
            failed += devices.claim(cycle, device, address, journal.data[taken : taken + size], self._contents)
            taken += size
        return failed

    def _settle_reads(self, followed: Followed) -> None:
        if not followed.host.reads:
            return
        try:
            ended = followed.host.settle_reads(self._contents, followed.seek)
        except Mismatch:
            followed.settle_doubts(inf)  # the device may be what differs
            raise
        for number in ended:
            del followed.model.command_reception.reads[number]

    def _difference(
        self,
        followed: Followed | None,
        line: int,
        *fields: Field,
        expected: CommitRecord | None = None,
        actual: CommitRecord | None = None,
    ) -> Difference:
        return Difference(
            line,
            self.records,
            None if followed is None else followed.model.parameters.system,
            None if followed is None else (actual.cycle if actual is not None else shortened(followed.cycle)),
            fields,
            expected,
            actual,
            () if followed is None else tuple(followed.last),
            () if followed is None else tuple(followed.pending()),
        )
