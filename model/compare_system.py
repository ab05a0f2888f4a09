"""One storage system of a comparison: its model, its boundary, and its records so far."""

from collections import deque
from collections.abc import Iterator

from model.commit_record import CommitRecord
from model.compare_ports import DevicePort, DeviceRead, HostPort
from model.compare_registers import RegisterPort
from model.compare_replication import Replication
from model.shared_memory import Parameters
from model.storage_system import StorageSystem


class Followed:
    """One storage system of the capture: its model, its boundary, and its records so far.

    `cycle` is the last record's; `busy_until` that of the last one that was no register access.
    """

    def __init__(self, parameters: Parameters, path: bool, last: int) -> None:
        self.path = path
        self.model = StorageSystem(parameters)
        self.host = HostPort()
        self.devices = DevicePort(parameters.devices, parameters.data_width)
        self.registers = RegisterPort()
        self.replication = Replication(self.model)
        self.cycle = 0
        self.busy_until = 0
        self.last: deque[CommitRecord] = deque(maxlen=last)

    def pending(self) -> list[str]:
        """Say what is outstanding."""
        adapter = self.model.disk_adapter
        said = self.host.pending() + self.devices.pending() + self.registers.pending()
        said += [f"volume write {number} not done" for number in adapter.volume_writes]
        journals = [journal for writes in adapter.journal_writes for journal in writes]
        said += [f"journal {journal.update_number} of group {journal.group} not done" for journal in journals]
        said += [f"flush {number} not answered" for number in self.model.command_reception.flushes]
        return said + self.replication.pending()

    def reads(self) -> Iterator[DeviceRead]:
        """Return everything that is read from devices."""
        yield from self.host.reads
        yield from self.replication.reads()
