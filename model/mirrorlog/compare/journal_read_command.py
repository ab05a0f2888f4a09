"""Follows the records of the journal read command process (process 6, FIG 16 and 17)."""

from mirrorlog.compare.difference import Mismatch, not_before
from mirrorlog.compare.path_port import TAG, PathPort, Received, choose
from mirrorlog.formats.commit_record import CommitRecord, Process
from mirrorlog.formats.outcomes import ReadCommandOutcome
from mirrorlog.processes.step import Step
from mirrorlog.storage_system import StorageSystem


class JournalReadCommand:
    """The journal read command process's steps."""

    def __init__(self, model: StorageSystem, path: PathPort) -> None:
        self.model = model
        self._path = path

    def step(self, actual: CommitRecord, cycle: int) -> Step:
        """Let the model take the step that a record announces."""
        process = self.model.journal_read_command
        if actual.outcome == ReadCommandOutcome.SENT:
            groups = self.model.shared.groups
            if actual.group >= len(groups) or not process.may_send(actual.group, actual.status, cycle):
                raise Mismatch("outcome", f"no record: slot {actual.status} must not send now", actual.outcome)
            return process.send(actual.group, actual.status, cycle)
        received = self._closed(actual)
        self._path.reach(received, self._refused(actual) if actual.outcome == ReadCommandOutcome.DROPPED else ())
        self._path.answers.remove(received)
        not_before(cycle, received.cycle, "its packet")
        return process.close(received.arrival, cycle)

    def _closed(self, actual: CommitRecord) -> Received:
        """Return the answer that a record closes. One that would be closed otherwise, or whose journals are yet to be
        stored, may be lost: then it is another one with its tag.
        """
        received = choose(self._path.answers, actual, "answer")
        if received.may_be_lost and not received.arrival.at:
            refused = self._refused(actual)
            fitting = [other for other in refused if self._refusal(other) == actual.outcome]
            others = fitting or refused
            if others and (self._stores(received) or (fitting and self._refusal(received) != actual.outcome)):
                return others[0]
        if not self._stores(received):
            return received
        number = received.packet.journals[received.arrival.at][0].update_number
        raise Mismatch("process", f"{int(Process.JOURNAL_STORE)}: journal {number} of its packet", actual.process)

    def _refusal(self, received: Received) -> int | None:
        return self.model.journal_read_command.refusal(received.packet)

    def _refused(self, actual: CommitRecord) -> list[Received]:
        """Return the answers that have the group and the tag of a record, and nothing to be stored."""
        return [
            other
            for other in self._path.answers
            if other.packet.tag & TAG == actual.tag and other.packet.group == actual.group and not self._stores(other)
        ]

    def _stores(self, received: Received) -> bool:
        """Are journals of an answer to be stored before it is closed?"""
        return self.model.journal_read_command.may_store(received.arrival) and not self._gives_up(received)

    def _gives_up(self, received: Received) -> bool:
        """Does a held answer give its buffer up to another group's journals that wait for one?"""
        group = received.packet.group
        waits = any(
            received.packet.journals and received.packet.group != group and not received.arrival.at
            for received in self._path.answers
        )
        return waits and self.model.journal_read_command.give_up(received.arrival)
