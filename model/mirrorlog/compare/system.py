"""One storage system of a comparison: its model, its boundary, and its records so far."""

from collections import deque
from collections.abc import Iterable, Iterator

from mirrorlog.compare.capture import SystemStart
from mirrorlog.compare.device_reads import Part, RangeRead
from mirrorlog.compare.ports import DevicePort, HostPort
from mirrorlog.compare.registers import RegisterPort
from mirrorlog.compare.replication import Replication
from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.storage_system import StorageSystem


class Followed:
    """One storage system of the capture: its model, its boundary, and its records so far.

    `cycle` is the last record's; `busy_until` that of the last one that was no register access.
    """

    def __init__(self, start: SystemStart, last: int) -> None:
        self._start = start
        parameters = start.parameters
        self.path = start.path
        self.device_base = start.device_base
        self.model = StorageSystem(parameters, start.incarnation)
        self.host = HostPort()
        self.devices = DevicePort(parameters.devices, parameters.data_width)
        self.registers = RegisterPort()
        self.replication = Replication(self.model, self.seek)
        self.cycle = start.first_cycle
        self.busy_until = start.first_cycle
        self.last: deque[CommitRecord] = deque(maxlen=last)

    def after_reset(self, first_cycle: int, incarnation: int) -> "Followed":
        """The system was reset: return what follows it from now on. Nothing is left of it but what its devices hold,
        which is every write burst that they have answered, whether a record had told of it or not.
        """
        start = self._start._replace(first_cycle=first_cycle, incarnation=incarnation)
        followed = Followed(start, self.last.maxlen or 0)
        followed.last.extend(self.last)
        devices = self.devices.contents.after_reset()
        followed.devices.contents = self.devices.contents
        held = devices if followed.devices.contents.known else self.model.disk_adapter.devices
        followed.model.disk_adapter.devices[:] = held
        return followed

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
        said += [f"flush {number} not answered" for number in self.model.command_reception.flushes]
        return said + self.replication.pending()

    def seek(self, parts: Iterable[Part]) -> None:
        """A step needs that all of these parts of reads were read (see `DevicePort.seek`)."""
        self.devices.seek(parts, self.reads)

    def reads(self) -> Iterator[RangeRead]:
        """Return everything that is read from devices, in the order in which it gets bursts that more than one could
        have asked for: first that of packets, of which all is read before they leave; a host's data is compared when
        all of it was read, whenever that is."""
        yield from self.replication.reads()
        for read in self.host.reads:
            yield read.device_read
