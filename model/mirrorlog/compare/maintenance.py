"""Follows records of register accesses (process 1)."""

from collections.abc import Callable

from mirrorlog.compare.difference import Mismatch
from mirrorlog.compare.host_port import HostPort
from mirrorlog.compare.path_port import PathPort
from mirrorlog.compare.record_text import describe
from mirrorlog.compare.register_port import RegisterPort
from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.formats.outcomes import RegisterOutcome
from mirrorlog.processes.step import Step
from mirrorlog.registers.register_map import PACKET_FAULTS, STRANGE_PACKETS
from mirrorlog.storage_system import StorageSystem

# A system is idle at most so many cycles after the step that ended the last thing in flight
_IDLE_CYCLES = 4
# What happens in so many cycles before the step may come too late for it to see
_UNSEEN_CYCLES = 1


class Maintenance:
    """The steps of register accesses. `is_running` says whether replication may keep the system busy in a cycle,
    `reset_in_flight` is called once registers of the tables were loaded, `path` counts packets. `busy_until` is the
    cycle of the last record of another process.
    """

    def __init__(
        self,
        model: StorageSystem,
        ports: RegisterPort,
        host: HostPort,
        path: PathPort,
        is_running: Callable[[int], bool],
        reset_in_flight: Callable[[], None],
    ) -> None:
        self.model = model
        self._ports = ports
        self._host = host
        self._path = path
        self._is_running = is_running
        self._reset_in_flight = reset_in_flight
        self.busy_until = 0

    def step(self, actual: CommitRecord, cycle: int) -> Step:
        """A register is read or written."""
        ports, model = self._ports, self.model.register_access
        if not ports.reads and not ports.writes:
            raise Mismatch("process", "no record: no register access is waiting", describe(actual))
        if _is_write(ports, actual):
            address, data, strobe = ports.writes[0]
            step = model.write(address, data, strobe, self._is_idle(actual, cycle), cycle)
            ports.answer_write(step.status, cycle)
            if step.outcome == RegisterOutcome.WRITTEN:
                self._reset_in_flight()
            return step
        address = ports.reads[0]
        step, compared = model.read(address)
        if address == PACKET_FAULTS:
            step.reference = _within(actual.reference, *self._path.faults(cycle))
        elif address == STRANGE_PACKETS:
            step.reference = _within(actual.reference, *self._path.strange_packets())
        else:
            step.reference |= actual.reference & ~compared
        ports.answer_read(step.reference, step.status, cycle)
        return step

    def _is_idle(self, actual: CommitRecord, cycle: int) -> bool:
        """Was the system idle when it decided about a register write?

        A command taken before that, or a device access, makes it busy. What was taken or answered in the cycle before
        the step or later may have made it busy, and it may take a few cycles to become idle after its last step: there
        the record shows.
        """
        host, seen = self._host, cycle - _UNSEEN_CYCLES
        if not self.model.is_idle() or any(pending.cycle < seen for pending in host.commands):
            return False
        may_be_busy = (
            bool(host.commands)
            or host.is_unanswered()
            or host.last_activity >= seen
            or cycle - self.busy_until <= _IDLE_CYCLES
            or self._is_running(cycle)
        )
        return not (may_be_busy and actual.outcome == RegisterOutcome.NOT_IDLE)


def _within(actual: int, least: int, most: int) -> int:
    """Return a count of 32 bits if it is one of these, else the nearest that is."""
    ahead = (actual - least + (1 << 31)) % (1 << 32) - (1 << 31)
    return (least + max(0, min(ahead, most - least))) % (1 << 32)


def _is_write(ports: RegisterPort, actual: CommitRecord) -> bool:
    """Does this record take the next write, or the next read? Its strobes and outcome decide, if both are waiting."""
    if not ports.reads or not ports.writes:
        return not ports.reads
    if actual.size or actual.outcome not in (RegisterOutcome.READ, RegisterOutcome.HOLE):
        return True
    address, _, strobe = ports.writes[0]
    return actual.outcome == RegisterOutcome.HOLE and strobe == 0 and address == actual.position != ports.reads[0]
