"""The steps of one system's host port and registers in a comparison: which pending input a record takes."""

from mirrorlog.compare.device_reads import RangeRead
from mirrorlog.compare.difference import Mismatch, describe
from mirrorlog.compare.ports import PendingRead, not_before
from mirrorlog.compare.registers import RegisterPort
from mirrorlog.compare.system import Followed
from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.processes import command_reception
from mirrorlog.processes.step import Step
from mirrorlog.registers import register_access
from mirrorlog.storage.cache_memory import VolumeWrite
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.status import Status

# A system is idle at most so many cycles after the step that ended the last thing under way
_IDLE_CYCLES = 4


def command(followed: Followed, actual: CommitRecord, cycle: int) -> Step:
    """The next command of the host port retires."""
    host, reception = followed.host, followed.model.command_reception
    pending = host.next_command()
    not_before(cycle, pending.cycle, "its command")
    not_before(cycle, pending.data_cycle, "the end of its data")
    waited = None if pending.stalled_at is None else cycle - pending.stalled_at
    step = reception.receive(pending.command, pending.data, waited)
    if step is None:
        raise Mismatch("outcome", f"no record: the write waits for room, {waited} cycles so far", actual.outcome)
    stalled = step.outcome == command_reception.STALLED
    host.retire_command(stalled)
    if stalled:
        pending.stalled_at = cycle
    elif step.outcome == command_reception.READ_TAKEN:
        read = reception.reads[step.reference]
        device_read = RangeRead(f"read {read.number}", cycle, checked=False)
        if not read.in_cache:
            device, part = followed.model.disk_adapter.volume_range(read.volume, read.position, read.size)
            device_read.add(device, [part])
        host.reads.append(PendingRead(read, pending, device_read))
        followed.devices.give_reads(followed.reads)
    elif step.outcome == command_reception.FLUSH_TAKEN:
        host.by_number[step.reference] = pending
    else:
        if step.outcome == command_reception.WRITTEN:
            followed.replication.units.write(pending.command.volume, pending.command.position, pending.data)
        host.answer(pending, Status(step.status), cycle)
    return step


def unfinished(model: StorageSystem, actual: CommitRecord) -> VolumeWrite:
    """Return the unfinished volume write that a record is about: a host's, by its order number, or a restored
    journal's, by its update number.
    """
    write = model.disk_adapter.volume_writes.get(actual.reference)
    if write is not None and write.volume == actual.volume:
        return write
    for (_, number), restored in model.disk_adapter.restore_writes.items():
        if number == actual.reference and restored.volume == actual.volume:
            return restored
    if write is None:
        raise Mismatch("reference", "the order number of a write that is not done", actual.reference)
    return write


def flush_answered(followed: Followed, actual: CommitRecord, cycle: int) -> Step:
    """A flush is answered."""
    flush = followed.model.command_reception.flushes.get(actual.reference)
    if flush is None:
        raise Mismatch("reference", "the order number of a flush that is not answered", actual.reference)
    if flush.waiting:
        unfinished = ", ".join(map(str, sorted(flush.waiting)))
        raise Mismatch("outcome", f"no answer before write {unfinished} is done", actual.outcome)
    step = followed.model.command_reception.answer_flush(flush.number)
    followed.host.answer(followed.host.by_number.pop(flush.number), Status(step.status), cycle)
    return step


def read_failed(followed: Followed, actual: CommitRecord, cycle: int) -> Step:
    """A read's device has answered with an error."""
    failed = followed.host.failed_reads.pop(actual.reference, None)
    if failed is None:
        raise Mismatch("reference", "the order number of a read that its device failed", actual.reference)
    not_before(cycle, failed.device_read.cycle, "its device's answer")
    read = failed.read
    step = followed.model.disk_adapter.read_failed(read.volume, read.position, read.size, read.number)
    del followed.model.command_reception.reads[read.number]
    followed.host.answer(failed.pending, Status.DEVICE_ERROR, cycle)
    return step


def access_register(followed: Followed, actual: CommitRecord, cycle: int) -> Step:
    """A register is read or written."""
    ports, model = followed.registers, followed.model.register_access
    if not ports.reads and not ports.writes:
        raise Mismatch("process", "no record: no register access is waiting", describe(actual))
    if _is_write(ports, actual):
        address, data, strobe = ports.writes[0]
        step = model.write(address, data, strobe, _is_idle(followed, actual, cycle))
        ports.answer_write(step.status, cycle)
        if step.outcome == register_access.WRITTEN:
            followed.replication.forget()
        return step
    step, compared = model.read(ports.reads[0])
    step.reference |= actual.reference & ~compared
    ports.answer_read(step.reference, step.status, cycle)
    return step


def _is_write(ports: RegisterPort, actual: CommitRecord) -> bool:
    """Does this record take the next write, or the next read? Its strobes and outcome tell, if both are waiting."""
    if not ports.reads or not ports.writes:
        return not ports.reads
    if actual.size or actual.outcome not in (register_access.READ, register_access.HOLE):
        return True
    address, _, strobe = ports.writes[0]
    return actual.outcome == register_access.HOLE and strobe == 0 and address == actual.position != ports.reads[0]


def _is_idle(followed: Followed, actual: CommitRecord, cycle: int) -> bool:
    """Was the system idle when it granted a register write?

    A command taken before the grant, or a device access, makes it busy. What was taken or answered in the cycle of the
    grant or later may have made it busy, and it may take a few cycles to become idle after its last step: there the
    record tells.
    """
    host = followed.host
    if not followed.model.is_idle() or any(pending.cycle < cycle for pending in host.commands):
        return False
    may_be_busy = (
        bool(host.commands)
        or host.is_unanswered()
        or host.last_activity >= cycle
        or cycle - followed.busy_until <= _IDLE_CYCLES
        or followed.replication.is_running()
    )
    return not (may_be_busy and actual.outcome == register_access.NOT_IDLE)
