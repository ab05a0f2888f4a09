"""Follows the records of the read-write process (process 3): what devices have answered."""

from collections.abc import Callable

from mirrorlog.compare.copied_units import CopiedUnits
from mirrorlog.compare.device_port import DevicePort
from mirrorlog.compare.device_reads import Seek
from mirrorlog.compare.difference import Mismatch, not_before
from mirrorlog.compare.host_port import HostPort
from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.formats.outcomes import ReadWriteOutcome
from mirrorlog.processes.disk_adapter import Range
from mirrorlog.processes.step import Step
from mirrorlog.storage.cache_memory import JournalWrite, VolumeWrite
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.status import Status


class ReadWrite:
    """The steps of the read-write process. `contents`: is all that hosts have written known? `seek` gives parts of
    reads what others got, where it can be theirs.
    """

    def __init__(
        self,
        model: StorageSystem,
        host: HostPort,
        devices: DevicePort,
        units: CopiedUnits,
        contents: Callable[[], bool],
        seek: Seek,
    ) -> None:
        self.model = model
        self._host = host
        self._devices = devices
        self._units = units
        self._contents = contents
        self._seek = seek

    def step(self, actual: CommitRecord, cycle: int) -> Step:
        """Let the model take the step that a record announces."""
        if actual.outcome in (ReadWriteOutcome.VOLUME_WRITTEN, ReadWriteOutcome.VOLUME_WRITE_FAILED):
            return self._volume_write(actual, cycle)
        if actual.outcome == ReadWriteOutcome.READ_FAILED:
            return self._read_failed(actual, cycle)
        return self._journal_write(actual, cycle)

    def _volume_write(self, actual: CommitRecord, cycle: int) -> Step:
        write = self._unfinished(actual)
        device, (address, _) = self.model.disk_adapter.volume_range(write.volume, write.position, write.size)
        failed = self._devices.claim((write.since, cycle), device, address, write.data, self._contents())
        step = self.model.volume_write_step(write, failed)
        if failed:
            content = self.model.disk_adapter.read(write.volume, write.position, write.size)
            self._units.write(write.volume, write.position, content)
        return step

    def _journal_write(self, actual: CommitRecord, cycle: int) -> Step:
        adapter = self.model.disk_adapter
        writes = adapter.journal_writes[actual.group] if actual.group < len(adapter.journal_writes) else ()
        journal = next((one for one in writes if one.update_number == actual.reference), None)
        if journal is None:
            raise Mismatch(
                "reference",
                "the update number of a journal that is not done",
                f"{actual.reference} of group {actual.group}",
            )
        return self.model.journal_write_step(journal, self._claim_journal(journal, cycle))

    def _claim_journal(self, journal: JournalWrite, cycle: int) -> list[Range]:
        """Take a journal's bursts: one for the update information, and those of each part of the write data."""
        adapter, devices = self.model.disk_adapter, self._devices
        cycles = journal.since, cycle
        device, (address, _) = adapter.volume_range(journal.journal_volume, journal.information_place, 0)
        failed = devices.claim(cycles, device, address, journal.information, self._contents(), whole=True)
        taken = 0
        for place, size in journal.parts:
            device, (address, _) = adapter.volume_range(journal.journal_volume, place, size)
            failed += devices.claim(cycles, device, address, journal.data[taken : taken + size], self._contents())
            taken += size
        return failed

    def _read_failed(self, actual: CommitRecord, cycle: int) -> Step:
        """A read's device has answered with an error."""
        failed = self._host.take_failed(actual.reference, self._seek)
        if failed is None:
            raise Mismatch("reference", "the order number of a read that its device failed", actual.reference)
        not_before(cycle, failed.device_read.cycle, "its device's answer")
        read = failed.read
        step = self.model.disk_adapter.read_failed(read.volume, read.position, read.size, read.number)
        del self.model.command_reception.reads[read.number]
        self._host.answer(failed.pending, Status.DEVICE_ERROR, cycle)
        return step

    def _unfinished(self, actual: CommitRecord) -> VolumeWrite:
        """Return the unfinished volume write that a record is about: a host's, by its order number, or a restored
        journal's, by its update number.
        """
        write = self.model.disk_adapter.volume_writes.get(actual.reference)
        if write is not None and write.volume == actual.volume:
            return write
        for (_, number), restored in self.model.disk_adapter.restore_writes.items():
            if number == actual.reference and restored.volume == actual.volume:
                return restored
        if write is None:
            raise Mismatch("reference", "the order number of a write that is not done", actual.reference)
        return write
