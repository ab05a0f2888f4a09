"""Follows the records of journal store (process 7, FIG 18)."""

from mirrorlog.compare.difference import Mismatch, not_before
from mirrorlog.compare.path_port import PathPort, choose
from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.formats.outcomes import StoreOutcome
from mirrorlog.processes.step import Step
from mirrorlog.storage_system import StorageSystem


class JournalStore:
    """Journal store's steps."""

    def __init__(self, model: StorageSystem, path: PathPort) -> None:
        self.model = model
        self._path = path

    def step(self, actual: CommitRecord, cycle: int) -> Step:
        """Let the model take the step that a record announces."""
        if actual.outcome == StoreOutcome.COMMITTED:
            known = actual.group < len(self.model.shared.groups)
            step = self.model.journal_store.commit_next(actual.group) if known else None
            if step is None:
                raise Mismatch("outcome", "no record: the next journal is not durable", actual.outcome)
            return step
        process = self.model.journal_read_command
        ready = [received for received in self._path.answers if process.may_store(received.arrival)]
        following = [
            received
            for received in ready
            if received.packet.journals[received.arrival.at][0].update_number == actual.reference
        ]
        received = choose(following or ready, actual, "journal")
        not_before(cycle, received.cycle, "its packet")
        received.may_be_lost = False
        self._path.reach(received)
        return process.store(received.arrival)
