"""One storage system 100 (FIG 2): shared memory, cache memory, disk adapter, and the processes that share them."""

from collections.abc import Sequence

from model.cache_memory import CacheMemory, VolumeWrite
from model.command_reception import CommandReception
from model.commit_record import CommitRecord, Step, retire
from model.disk_adapter import DiskAdapter, Range
from model.journal_creation import JournalCreation
from model.maintenance import Maintenance
from model.shared_memory import Parameters, SharedMemory


class StorageSystem:
    """A storage system. Its role (original or secondary) follows from its tables alone."""

    __slots__ = (
        "cache",
        "command_reception",
        "disk_adapter",
        "journal_creation",
        "maintenance",
        "parameters",
        "shared",
    )

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.shared = SharedMemory(parameters)
        self.cache = CacheMemory()
        self.disk_adapter = DiskAdapter(self.shared, self.cache)
        self.journal_creation = JournalCreation(self.shared, self.disk_adapter)
        self.command_reception = CommandReception(self.shared, self.cache, self.disk_adapter, self.journal_creation)
        self.maintenance = Maintenance(self.shared)

    def record(self, step: Step, cycle: int) -> CommitRecord:
        """Return the commit record of the step that was just carried out."""
        return retire(self.shared, step, cycle)

    def volume_write_done(self, write: VolumeWrite, failed: Sequence[Range] = ()) -> Step:
        """The device has answered a volume write (see `DiskAdapter.volume_write_done`); the flushes that wait for it
        learn it.
        """
        step = self.disk_adapter.volume_write_done(write, failed)
        self.command_reception.volume_write_done(step)
        return step

    def is_idle(self) -> bool:
        """Is no host command and no device write under way, as far as the processes know?"""
        return (
            self.cache.is_empty()
            and not any(self.disk_adapter.journal_writes)
            and not self.command_reception.reads
            and not self.command_reception.flushes
        )
