"""Follows the records of group announcements (process 10)."""

from mirrorlog.compare.difference import Mismatch, not_before
from mirrorlog.compare.path_port import PathPort
from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.formats.outcomes import AnnouncementOutcome
from mirrorlog.processes.step import Step
from mirrorlog.storage_system import StorageSystem


class GroupAnnouncement:
    """The steps of group announcements."""

    def __init__(self, model: StorageSystem, path: PathPort) -> None:
        self.model = model
        self._path = path

    def step(self, actual: CommitRecord, cycle: int) -> Step:
        """Let the model take the step that a record announces."""
        process, number = self.model.announcement, actual.group
        if number not in process.groups:
            raise Mismatch("group", f"a number below {len(process.groups)}", number)
        if actual.outcome == AnnouncementOutcome.ANNOUNCED:
            if not process.may_announce(number, cycle):
                raise Mismatch("outcome", "no record: the group's state must not be announced now", actual.outcome)
            return process.announce(number, cycle)
        if actual.outcome == AnnouncementOutcome.ANSWERED:
            if process.groups[number].unanswered is None:
                raise Mismatch("outcome", "no record: the partner has announced nothing", actual.outcome)
            return process.answer(number)
        if not self._path.announcements:
            raise Mismatch("outcome", "no record: no group state is waiting", actual.outcome)
        received = self._path.announcements.popleft()
        not_before(cycle, received.cycle, "its packet")
        return process.receive(received.packet)
