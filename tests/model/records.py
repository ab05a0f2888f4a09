"""Records of single steps, for tests."""

from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.formats.connection_path import Packet, PacketType, ReadCommand
from mirrorlog.processes.step import Step
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import GroupState

CYCLE = 1000


def record(system: StorageSystem, step: Step | None) -> CommitRecord:
    """Return the record of a step."""
    assert step is not None
    return system.record(step, CYCLE)


def is_of_group(made: CommitRecord, state: GroupState = GroupState.NORMAL) -> None:
    """Check what a group record tells."""
    assert (made.volume, made.pair, made.volume_state, made.pair_state) == (0xFFFF, 0xFFFF, 0xFF, 0xFF)
    assert (made.group, made.group_state, made.copy_complete_address) == (0, state, 0)


def command(first: int = 1, tag: int = 1, plain: bool = False, **values: int) -> Packet:
    """Return a journal read command of the only generation."""
    retry = bool(values.pop("retry", 0))
    wanted = ReadCommand(not plain, retry, 4, 1 << 16, 0 if plain else first, **values)
    return Packet(PacketType.JOURNAL_READ_COMMAND, 2, 1, 0, 0, 1, tag, command=wanted)
