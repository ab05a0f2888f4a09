"""Follows the records of operations (process 9, FIG 9)."""

from mirrorlog.compare.difference import Mismatch, not_before
from mirrorlog.compare.path_port import PathPort
from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.formats.connection_path import PacketType
from mirrorlog.formats.outcomes import OperationOutcome
from mirrorlog.processes.maintenance import Answer
from mirrorlog.processes.step import Step
from mirrorlog.storage_system import StorageSystem


class Operations:
    """The steps of operations."""

    def __init__(self, model: StorageSystem, path: PathPort) -> None:
        self.model = model
        self._path = path

    def step(self, actual: CommitRecord, cycle: int) -> Step:
        """Let the model take the step that a record announces."""
        mailbox, operations = self.model.mailbox, self.model.operations
        sends = OperationOutcome.SENT <= actual.outcome < OperationOutcome.ANSWERED
        # an answer to nothing has no status, operation 0 has: it is unknown
        if sends or (not actual.tag and (actual.outcome != OperationOutcome.NOT_ASKED or actual.status)):
            if not mailbox.outstanding or (sends and not mailbox.may_send()) or (not sends and mailbox.is_sent()):
                raise Mismatch("outcome", "no record: no such operation is outstanding", actual.outcome)
            return mailbox.step(cycle)
        if (
            actual.outcome >= OperationOutcome.ANSWERED
            and actual.status == Answer.NO_ANSWER
            and mailbox.may_give_up(cycle)
        ):
            return mailbox.give_up()
        received = self._path.take_operation(actual)
        not_before(cycle, received.cycle, "its packet")
        if received.packet.type is PacketType.MAINTENANCE_COMMAND:
            return operations.receive(received.packet)
        step = operations.take_answer(received.packet)
        mailbox.answered(received.packet.tag, step, cycle)
        return step
