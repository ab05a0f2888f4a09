"""Storage systems in known states, for tests."""

from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.step import Step
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import FullPolicy, GroupState, PairState, Parameters, VolumeState

CAPACITY = 65536
JOURNAL = 4
ENTRIES = 8
DATA_AREA = 8192


def original_system(
    policy: FullPolicy = FullPolicy.STALL, pair: PairState = PairState.NORMAL, copied: int = CAPACITY
) -> StorageSystem:
    """Return a system with volume 1 "original" (pair 0, group 0, journal volume 4) and volume 2 "normal"."""
    system = StorageSystem(Parameters(max_transfer_bytes=16384))
    shared = system.shared
    for number, state, device in (
        (1, VolumeState.ORIGINAL, 0),
        (2, VolumeState.NORMAL, 0),
        (JOURNAL, VolumeState.NORMAL, 1),
    ):
        volume = shared.volumes[number]
        volume.state, volume.capacity, volume.device, volume.offset = state, CAPACITY, device, number * CAPACITY
    shared.volumes[1].pair = 0
    shared.volumes[JOURNAL].capacity = ENTRIES * 64 + DATA_AREA
    shared.pairs[0].state = pair
    shared.pairs[0].copy_complete_address = copied
    group = shared.groups[0]
    group.state = GroupState.NORMAL
    group.pair_set = 1
    group.journal_volume = JOURNAL
    group.full_policy = policy
    group.watch_time = 100
    group.ring.load(0, ENTRIES * 64, ENTRIES * 64 + DATA_AREA)
    return system


def write(
    system: StorageSystem,
    data: bytes,
    position: int = 0,
    volume: int = 1,
    waited: int | None = None,
    size: int | None = None,
) -> Step | None:
    """Give a system one host write."""
    command = HostCommand(Opcode.WRITE, 7, volume, position, len(data) if size is None else size, 1234)
    return system.command_reception.receive(command, data, waited)


def written(system: StorageSystem, data: bytes, position: int = 0, volume: int = 1) -> Step:
    """Give a system one host write that does not stall."""
    step = write(system, data, position, volume)
    assert step is not None
    return step
