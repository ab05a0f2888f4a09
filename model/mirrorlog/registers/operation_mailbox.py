"""The operation mailbox of the maintenance terminal: operations of FIG 9 given through registers, one at a time."""

from dataclasses import dataclass, field

from mirrorlog.formats.outcomes import OperationOutcome
from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.processes.operations import Operations
from mirrorlog.processes.step import Step

ARGUMENTS = 7
GIVE_UP_CYCLES = 131_072
"""Cycles after which an operation for another system ends without its answer."""

_COUNTS: dict[int, int] = {
    Operation.CREATE_GROUP: 1,
    Operation.RECORD_PAIR: 6,
    Operation.RECORD_JOURNAL_VOLUME: 3,
    Operation.START: 7,
    Operation.INITIATE: 3,
    Operation.SUSPEND: 1,
    Operation.TAKEOVER: 2,
    Operation.FINISH_TAKEOVER: 1,
    Operation.GIVE_UP: 1,
}
_SPECIFIABLE = frozenset(
    {Operation.CREATE_GROUP, Operation.RECORD_PAIR, Operation.RECORD_JOURNAL_VOLUME, Operation.START}
)


@dataclass(slots=True)
class OperationMailbox:
    """What the registers of the mailbox hold, and the outstanding operation.

    An operation is given by writing `operation`; it is carried out here in a step of its own, or sent to the system it
    is specified for until that answers (`tag` is its packet's), or for GIVE_UP_CYCLES `since` it was sent first or the
    answer was BUSY. Initiation (930) is both.
    """

    operations: Operations
    arguments: list[int] = field(default_factory=lambda: [0] * ARGUMENTS)
    operation: int = 0
    outstanding: bool = False
    tag: int | None = None
    since: int | None = None
    answer: int = Answer.OK
    returned: int = 0

    def answer_value(self) -> int:
        """Return what the register `operation_answer` reads."""
        return self.answer & 0xFF | self.outstanding << 8 | (self.returned & 0xFFFF_FFFF) << 32

    def give(self, operation: int) -> None:
        """The register `operation` is written: it begins."""
        self.operation = operation
        self.outstanding = True

    def is_sent(self) -> bool:
        """Is the outstanding operation specified for another system?"""
        return self.tag is not None

    def may_send(self) -> bool:
        """Is the outstanding operation specified for another system, or about to be?"""
        return self.is_sent() or (not self._is_here() and self.operation & 0xFF in _SPECIFIABLE)

    def _is_here(self) -> bool:
        return self.operation >> 16 in (0, self.operations.shared.parameters.system)

    def step(self, now: int = 0) -> Step:
        """Take the next step of the outstanding operation: carry it out here, or send it (again)."""
        code, destination = self.operation & 0xFF, self.operation >> 16
        arguments = tuple(self.arguments[: _COUNTS.get(code, 0)])
        if self.tag is None and self.may_send():
            self.tag = self.operations.specify(Operation(code), destination, arguments).tag
        if self.tag is not None:
            self.since = now if self.since is None else self.since
            return self.operations.send(self.tag)
        if not self._is_here():  # nobody else may be asked for it
            arguments = ()
        step = self.operations.operate(code, arguments, now)
        self._end(step)
        if step.outcome == Operation.INITIATE and step.status == Answer.OK:
            self.outstanding = True
            self.tag = self.operations.specify_start(arguments[0]).tag
        return step

    def answered(self, tag: int, step: Step, now: int = 0) -> None:
        """A packet with the `tag` of an operation that was specified has taken `step`. BUSY is no end, nor is an answer
        that does not come from the system it was specified for, or is to another incarnation.
        """
        if step.outcome == OperationOutcome.NOT_ASKED:
            return
        if tag == self.tag and step.status == Answer.BUSY:
            self.since = now
        elif tag == self.tag:
            self._end(step)

    def may_give_up(self, now: int) -> bool:
        """Was the outstanding operation not answered for too long?"""
        return self.since is not None and now - self.since >= GIVE_UP_CYCLES

    def give_up(self) -> Step:
        """End the outstanding operation without an answer."""
        assert self.tag is not None
        step = self.operations.give_up(self.tag)
        self._end(step)
        return step

    def _end(self, step: Step) -> None:
        self.outstanding, self.tag, self.since = False, None, None
        self.answer, self.returned = step.status, step.reference
