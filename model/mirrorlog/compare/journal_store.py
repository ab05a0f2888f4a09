"""Follows the records of journal store (process 7, FIG 18)."""

from mirrorlog.compare.difference import Mismatch, not_before
from mirrorlog.compare.path_port import TAG, PathPort, Received, choose
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
        another = None if following else self._another(actual)
        received = another or choose(following or ready, actual, "journal")
        not_before(cycle, received.cycle, "its packet")
        if received.may_be_lost:
            received.may_be_lost, received.may_have_been_lost = False, True
        self._path.reach(received)
        return process.store(received.arrival)

    def _another(self, actual: CommitRecord) -> Received | None:
        """Return the packet to which a journal belongs that stands in none but behind others that were stored already,
        as those of a packet before it with its tag: that one was lost, and they were this one's.
        """
        tagged = [
            received
            for received in self._path.answers
            if received.packet.group == actual.group and received.packet.tag & TAG == actual.tag
        ]
        for lost in tagged:
            stored = lost.packet.journals
            if not lost.may_have_been_lost or lost.arrival.at != len(stored):
                continue
            for other in tagged:
                left = other.packet.journals[len(stored) :]
                same = not other.arrival.at and other.packet.journals[: len(stored)] == stored
                if same and left and left[0][0].update_number == actual.reference:
                    self._path.answers.remove(lost)
                    self.model.shared.packet_faults += 1
                    other.arrival.at, other.arrival.stored = lost.arrival.at, lost.arrival.stored
                    return other
        return None
