"""One storage system of a comparison: its model, its boundary, and its records so far."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from mirrorlog.compare.capture import SystemStart
from mirrorlog.compare.command_reception import CommandReception
from mirrorlog.compare.copied_units import CopiedUnits
from mirrorlog.compare.device_port import DevicePort
from mirrorlog.compare.device_reads import Part, RangeRead
from mirrorlog.compare.difference import Mismatch
from mirrorlog.compare.group_announcement import GroupAnnouncement
from mirrorlog.compare.host_port import HostPort
from mirrorlog.compare.initial_copy import InitialCopy
from mirrorlog.compare.journal_read_command import JournalReadCommand
from mirrorlog.compare.journal_read_reception import JournalReadReception
from mirrorlog.compare.journal_store import JournalStore
from mirrorlog.compare.maintenance import Maintenance
from mirrorlog.compare.operations import Operations
from mirrorlog.compare.path_port import PathPort
from mirrorlog.compare.read_write import ReadWrite
from mirrorlog.compare.register_port import RegisterPort
from mirrorlog.compare.restore import Restore
from mirrorlog.formats.commit_record import CommitRecord, Process
from mirrorlog.processes.step import Step
from mirrorlog.storage_system import StorageSystem


class TrackedSystem:
    """One storage system of the capture: its model, its boundary, and its records so far.

    `cycle` is the last record's, `event_cycle` the last event's. `contents`: is all that hosts have written known?
    `secondary_reads`: hosts may read its secondary volumes.
    """

    def __init__(
        self, start: SystemStart, last: int, contents: Callable[[], bool], secondary_reads: bool = False
    ) -> None:
        self._start = start
        self._contents = contents
        self._secondary_reads = secondary_reads
        parameters = start.parameters
        self.has_path = start.path
        self.device_base = start.device_base
        self.model = StorageSystem(parameters, start.incarnation)
        if secondary_reads:
            self.model.shared.let_secondaries_be_read()
        self.host = HostPort()
        self.devices = DevicePort(parameters.devices, parameters.data_width)
        self.registers = RegisterPort()
        self.units = CopiedUnits(self.model.shared, self.model.disk_adapter)
        self.path = PathPort(self.model.shared, self.model.sources, self.units)
        self.reception = JournalReadReception(self.model, self.path, self.seek)
        self.restore = Restore(self.model, self.seek)
        self._maintenance = Maintenance(
            self.model, self.registers, self.host, self.path, self._is_running, self._reset_in_flight
        )
        self._maintenance.busy_until = start.first_cycle
        model, path, units = self.model, self.path, self.units
        self._steps: dict[int, Callable[[CommitRecord, int], Step]] = {
            Process.MAINTENANCE: self._maintenance.step,
            Process.COMMAND_RECEPTION: CommandReception(model, self.host, units, self._give_reads).step,
            Process.READ_WRITE: ReadWrite(model, self.host, self.devices, units, contents, self.seek).step,
            Process.INITIAL_COPY: InitialCopy(model, units).step,
            Process.JOURNAL_READ_RECEPTION: self.reception.step,
            Process.JOURNAL_READ_COMMAND: JournalReadCommand(model, path).step,
            Process.JOURNAL_STORE: JournalStore(model, path).step,
            Process.RESTORE: self.restore.step,
            Process.OPERATION: Operations(model, path).step,
            Process.GROUP_ANNOUNCEMENT: GroupAnnouncement(model, path).step,
        }
        self.cycle = self.event_cycle = start.first_cycle
        self.last: deque[CommitRecord] = deque(maxlen=last)

    def after_reset(self, first_cycle: int, incarnation: int) -> "TrackedSystem":
        """The system was reset: return what follows it from now on. Nothing is left of it but what its devices hold,
        which is every write burst that they have answered, whether a record had told of it or not. Raises Mismatch
        with one that nothing had asked for.
        """
        self.devices.check_unclaimed_writes(self.model.disk_adapter, self.cycle)
        start = self._start._replace(first_cycle=first_cycle, incarnation=incarnation)
        tracked = TrackedSystem(start, self.last.maxlen or 0, self._contents, self._secondary_reads)
        tracked.last.extend(self.last)
        devices = self.devices.contents.after_reset()
        tracked.devices.contents = self.devices.contents
        held = devices if tracked.devices.contents.known else self.model.disk_adapter.devices
        tracked.model.disk_adapter.devices[:] = held
        return tracked

    def step(self, actual: CommitRecord, cycle: int) -> Step:
        """Let the model take the step that a record of a cycle announces: that of its process."""
        take = self._steps.get(actual.process)
        if take is None:
            raise Mismatch("process", f"1 to {max(Process)}", actual.process)
        if actual.process >= Process.INITIAL_COPY:
            self.reception.settle(cycle)
        self.model.disk_adapter.cycle = cycle
        step = take(actual, cycle)
        if actual.process == Process.OPERATION:  # START may find a group whose journals are being read
            self.restore.reset_in_flight()
        if step.packet is not None:
            expected = self.path.send(step.packet, cycle)
            if step.packet.journals:
                self.reception.send(expected)
        if actual.process >= Process.INITIAL_COPY:
            self._give_reads()
        return step

    def retired(self, record: CommitRecord, cycle: int) -> None:
        """The record of a step is right."""
        self.cycle = cycle
        if record.process != Process.MAINTENANCE:
            self._maintenance.busy_until = cycle
        self.last.append(record)

    def load(self, device: int, image: bytes) -> None:
        """A device holds this before the start, from its first byte on."""
        self.model.disk_adapter.devices[device].write(self.device_base, image)
        self.devices.contents.load(device, self.device_base, image)

    def settle_doubts(self, now: float) -> None:
        """Take notice of reads before the cycle `now` that returned other bytes than their devices hold."""
        self.devices.settle_doubts(now, self.model.disk_adapter)

    def pending(self) -> list[str]:
        """Say what is outstanding."""
        adapter = self.model.disk_adapter
        said = self.host.pending() + self.devices.pending() + self.registers.pending()
        said += [f"volume write {number} not done" for number in adapter.volume_writes]
        journals = [journal for writes in adapter.journal_writes for journal in writes]
        said += [f"journal {journal.update_number} of group {journal.group} not done" for journal in journals]
        said += [f"flush or FUA write {number} not answered" for number in self.model.command_reception.flushes]
        said += self.path.pending()
        replication = (*self.reception.reads(), *self.restore.reads(), *self.reception.given_up())
        said += [text for read in replication for text in read.pending()]
        said += self.reception.pending() + self.restore.pending()
        mailbox = self.model.mailbox
        if mailbox.outstanding and not mailbox.is_sent():
            said.append(f"operation {mailbox.operation & 0xFF} not carried out")
        return said

    def seek(self, parts: Iterable[Part]) -> None:
        """A step needs that all of these parts of reads were read (see `DevicePort.seek`)."""
        self.devices.seek(parts, self.reads)

    def reads(self) -> Iterator[RangeRead]:
        """Return everything that is read from devices, in the order in which it gets bursts that more than one could
        have asked for: first that of packets, of which all is read before they leave; a host's data is compared when
        all of it was read, whenever that is."""
        yield from self.reception.reads()
        yield from self.restore.reads()
        yield from self.reception.given_up()
        for read in self.host.reads:
            yield read.device_read

    def _give_reads(self) -> None:
        """Give reads that were just taken the bursts that were seen before."""
        self.devices.give_reads(self.reads)

    def _is_running(self, cycle: int) -> bool:
        """May replication keep the system busy in a cycle?"""
        return any(group.is_started() for group in self.model.shared.groups) or self.path.may_be_busy(cycle)

    def _reset_in_flight(self) -> None:
        """Registers were loaded: the model has reset its in-flight state."""
        self.restore.reset_in_flight()
        self.reception.reset_in_flight()
