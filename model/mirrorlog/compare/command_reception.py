"""Follows the records of command reception (process 2, FIG 11 and 12)."""

from collections.abc import Callable

from mirrorlog.compare.copied_units import CopiedUnits
from mirrorlog.compare.device_reads import RangeRead
from mirrorlog.compare.difference import Mismatch, not_before
from mirrorlog.compare.host_port import HostPort, PendingRead
from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.processes.step import Step
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.status import Status


class CommandReception:
    """Command reception's steps. `give_reads` gives a read that was just taken the bursts that were seen before."""

    def __init__(
        self, model: StorageSystem, host: HostPort, units: CopiedUnits, give_reads: Callable[[], None]
    ) -> None:
        self.model = model
        self._host = host
        self._units = units
        self._give_reads = give_reads

    def step(self, actual: CommitRecord, cycle: int) -> Step:
        """Let the model take the step that a record announces."""
        if actual.outcome == CommandOutcome.FLUSH_ANSWERED:
            return self._flush_answered(actual, cycle)
        return self._command(actual, cycle)

    def _command(self, actual: CommitRecord, cycle: int) -> Step:
        """The next command of the host port retires."""
        host, reception = self._host, self.model.command_reception
        pending = host.next_command()
        not_before(cycle, pending.cycle, "its command")
        not_before(cycle, pending.data_cycle, "the end of its data")
        waited = None if pending.stalled_at is None else cycle - pending.stalled_at
        step = reception.receive(pending.command, pending.data, waited)
        if step is None:
            raise Mismatch("outcome", f"no record: the write waits for room, {waited} cycles so far", actual.outcome)
        stalled = step.outcome == CommandOutcome.STALLED
        host.retire_command(stalled)
        if stalled:
            pending.stalled_at = cycle
        elif step.outcome == CommandOutcome.READ_TAKEN:
            read = reception.reads[step.reference]
            device_read = RangeRead(f"read {read.number}", cycle, checked=False)
            if not read.in_cache:
                device, part = self.model.disk_adapter.volume_range(read.volume, read.position, read.size)
                device_read.add(device, [part])
            host.reads.append(PendingRead(read, pending, device_read))
            self._give_reads()
        elif step.outcome == CommandOutcome.FLUSH_TAKEN:
            host.by_number[step.reference] = pending
        else:
            if step.outcome == CommandOutcome.WRITTEN:
                command = pending.command
                self._units.write(command.volume, command.position, command.content(pending.data))
            if step.reference in reception.flushes:
                host.by_number[step.reference] = pending
            else:
                host.answer(pending, Status(step.status), cycle)
        return step

    def _flush_answered(self, actual: CommitRecord, cycle: int) -> Step:
        """A flush, or a write that waits for its device, is answered."""
        flush = self.model.command_reception.flushes.get(actual.reference)
        if flush is None:
            expected = "the order number of a flush, or FUA write, that is not answered"
            raise Mismatch("reference", expected, actual.reference)
        if flush.waiting:
            unfinished = ", ".join(map(str, sorted(flush.waiting)))
            raise Mismatch("outcome", f"no answer before write {unfinished} is done", actual.outcome)
        step = self.model.command_reception.answer_flush(flush.number)
        self._host.answer(self._host.by_number.pop(flush.number), Status(step.status), cycle)
        return step
