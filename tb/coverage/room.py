"""Writes and discards that find no room for their journal: how each of them ended."""

from mirrorlog.formats.commit_record import CommitRecord, Creation
from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import FullPolicy

# What a policy does with a write that has no room, or has none any more
_ENDS = {FullPolicy.STALL: "time out", FullPolicy.SUSPEND: "suspended", FullPolicy.ERROR: "error"}


class Room:
    """Follows the steps of command reception of a model that has taken each of them before. One write waits at a time:
    until it has ended no other command is taken."""

    def __init__(self, model: StorageSystem) -> None:
        self._model = model
        # Does a write wait for room?
        self.waits = False

    def ended(self, record: CommitRecord) -> str:
        """Return the bin of how a write without room ended with this step; "" if none did. The policy counts as it is
        then: it may have been written while the write waited."""
        if record.outcome == CommandOutcome.FLUSH_ANSWERED:
            return ""
        waited, self.waits = self.waits, record.outcome == CommandOutcome.STALLED
        if self.waits:
            return ""
        if record.creation == Creation.NO_ROOM:
            return _ENDS[self._model.shared.groups[record.group].full_policy]
        if not waited:
            return ""
        # else the group, the journal volume or its volume has stopped meanwhile
        return "created" if record.creation == Creation.HOST_WRITE_CREATED else "no journal due"
