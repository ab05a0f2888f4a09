"""The registers of the maintenance terminal ([0048], [0035]): one access a step."""

from mirrorlog.formats.commit_record import Process
from mirrorlog.formats.outcomes import RegisterOutcome
from mirrorlog.processes.step import Step
from mirrorlog.registers import register_map
from mirrorlog.registers.operation_mailbox import OperationMailbox
from mirrorlog.tables.addresses import WORD
from mirrorlog.tables.shared_memory import SharedMemory

OKAY = 0
SLVERR = 2


class RegisterAccess:
    """Carries out register accesses, one a step. `loaded` is called with the group whose register was written, and
    when.
    """

    __slots__ = ("loaded", "mailbox", "shared")

    def __init__(self, shared: SharedMemory, mailbox: OperationMailbox, loaded: register_map.Loaded) -> None:
        self.shared = shared
        self.mailbox = mailbox
        self.loaded = loaded

    def read(self, address: int) -> tuple[Step, int]:
        """Read a register. Returns the step and the bits of its data that are compared (the others inform)."""
        found = self._find(address)
        if found is not None:
            return _step(RegisterOutcome.READ, address, 0, found.value()), WORD
        if not register_map.is_read_only(self.shared, address):
            return _step(RegisterOutcome.HOLE, address, 0, 0), WORD
        value, compared = register_map.read_only_value(address, self.shared, self.mailbox)
        return _step(RegisterOutcome.READ, address, 0, value), compared

    def write(self, address: int, data: int, strobe: int, idle: bool, now: int = 0) -> Step:
        """Write the bytes of `data` that `strobe` names to a register; `idle` says that nothing is in flight in the
        system. Settings need no idle system; nor does the operation mailbox, but no operation outstanding.
        """
        found = self._find(address)
        if found is None:
            if register_map.is_read_only(self.shared, address):
                return _step(RegisterOutcome.READ_ONLY, address, strobe, data)
            return _step(RegisterOutcome.HOLE, address, strobe, 0)
        in_mailbox = found.row is self.mailbox
        if self.mailbox.outstanding if in_mailbox else not (idle or found.is_setting()):
            return _step(RegisterOutcome.NOT_IDLE, address, strobe, 0)
        value = _merged(found.value(), data, strobe)
        register = found.register
        parameters = self.shared.parameters
        if not register.accepts(value, parameters) or not register.fits_row(found.row, value, parameters):
            return _step(RegisterOutcome.DOES_NOT_FIT, address, strobe, 0)
        found.register.load(found.row, value)
        if found.group is not None and not found.is_setting():
            self.loaded(found.group, now)
        self.shared.set_journal_areas()
        return _step(RegisterOutcome.WRITTEN, address, strobe, data)

    def _find(self, address: int) -> register_map.Found | None:
        return None if address % register_map.REGISTER_BYTES else register_map.find(self.shared, self.mailbox, address)


def _step(outcome: int, address: int, strobe: int, data: int) -> Step:
    status = (
        SLVERR if outcome in (RegisterOutcome.NOT_IDLE, RegisterOutcome.HOLE, RegisterOutcome.DOES_NOT_FIT) else OKAY
    )
    return Step(Process.MAINTENANCE, outcome, status, size=strobe, position=address, reference=data)


def _merged(old: int, data: int, strobe: int) -> int:
    mask = 0
    for byte in range(register_map.REGISTER_BYTES):
        if strobe >> byte & 1:
            mask |= 0xFF << 8 * byte
    return old & ~mask | data & mask
