"""Follows the records of initial copy (process 4, FIG 10)."""

from mirrorlog.compare.copied_units import CopiedUnits
from mirrorlog.compare.difference import Mismatch
from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.formats.outcomes import InitialCopyOutcome
from mirrorlog.processes.step import Step
from mirrorlog.storage_system import StorageSystem


class InitialCopy:
    """Initial copy's steps."""

    def __init__(self, model: StorageSystem, units: CopiedUnits) -> None:
        self.model = model
        self._units = units

    def step(self, actual: CommitRecord, cycle: int) -> Step:
        """Let the model take the step that a record announces."""
        number = actual.group
        if number >= len(self.model.shared.groups):
            raise Mismatch("group", f"a number below {len(self.model.shared.groups)}", number)
        step = self.model.initial_copy.step(number)
        if step.outcome in (InitialCopyOutcome.UNIT_CREATED, InitialCopyOutcome.VOLUME_COPIED):
            self._units.create(step.volume, step.position, step.size, step.reference)
        return step
