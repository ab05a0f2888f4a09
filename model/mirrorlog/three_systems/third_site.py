"""What the first system of three knows of the secondary one, so that both can become a pair by difference when the
original system is lost.

The original system says with each answer to a forwarded write up to which journal the secondary system must be restored
to hold all that the original one holds (`covering`), and up to which it has reported to be. So the first system's map
of changed blocks has what the secondary may lack: writes without an answer, and those whose journals are not restored.
"""

from collections.abc import Callable

from mirrorlog.processes.maintenance import Answer, Maintenance, MaintenanceError
from mirrorlog.tables.changed_blocks import CopyHistory, VolumeMap
from mirrorlog.tables.shared_memory import GroupState, SharedMemory
from mirrorlog.tables.units import BLOCK_BYTES

NEVER = (1 << 64) - 1
"""No journal covers what the original system holds: its own copy to the secondary is suspended, or not over."""

Progress = tuple[int, ...]
"""(covering, reported, epoch, generation), or nothing without a map of changed blocks."""


def progress(shared: SharedMemory, number: int) -> Progress:
    """Return what the original system says of a group's secondary with an answer to the first system."""
    group = shared.groups[number]
    history = shared.changed_blocks.groups.get(number)
    if history is None:
        return ()
    maps = [shared.changed_blocks.volumes[volume] for volume in shared.volumes_of(group)]
    running = group.state is GroupState.NORMAL and not any(changed.bytes_to_copy() for changed in maps)
    return group.update_number - 1 if running else NEVER, history.reported, history.epoch, group.generation


def open_maps(shared: SharedMemory, number: int) -> None:
    """The first system begins to forward: nothing is known of the secondary system yet."""
    group = shared.groups[number]
    if not group.settings.changed_block_bytes:
        return
    shared.changed_blocks.groups[number] = CopyHistory()
    for volume in shared.volumes_of(group):
        changed = VolumeMap(shared.volumes[volume].capacity, BLOCK_BYTES)
        changed.copy_everything()
        shared.changed_blocks.volumes[volume] = changed


def take_progress(shared: SharedMemory, number: int, said: Progress, is_uncertain: Callable[[int, int], bool]) -> None:
    """Take what the original system said of the secondary. `is_uncertain`: may the original system lack, or hold more
    than, this volume's block at this position?
    """
    history = shared.changed_blocks.groups.get(number)
    if history is None or not said:
        return
    covering, reported, history.epoch, generation = said
    group = shared.groups[number]
    group.generation = max(group.generation, generation)  # numbers and generations go on from here
    volumes = shared.volumes_of(group)
    if covering != NEVER:
        group.update_number = max(group.update_number, covering + 1)
        for volume in volumes:
            shared.changed_blocks.volumes[volume].covered(covering, volume, is_uncertain)
    shared.changed_blocks.restored(number, volumes, reported)


def change_partner(maintenance: Maintenance, number: int, partner: int, volumes: tuple[int, ...]) -> None:
    """Make a group's copies be with another system, whose volumes are given in the order of the pairs; then one of both
    sides is resynchronized. Raises MaintenanceError, nothing changed, while the group runs here as original or first.
    """
    shared = maintenance.shared
    group = maintenance.startable(number)
    history = shared.changed_blocks.groups.get(number)
    if history is None:
        raise MaintenanceError(Answer.NO_MAP, f"group {number} has no map of changed blocks")
    serves = group.original.started or group.synchronous
    if serves and group.state is not GroupState.ABNORMAL:
        raise MaintenanceError(Answer.RUNNING, f"group {number} is running: suspend it first")
    pairs = shared.pairs_of(group)
    if len(volumes) != len(pairs):
        raise MaintenanceError(Answer.UNKNOWN_NUMBER, f"group {number} has {len(pairs)} pairs, not {len(volumes)}")
    own = shared.parameters.system
    group.synchronous = False
    for pair, volume in zip(pairs, volumes, strict=True):
        if pair.original_system == own:
            pair.secondary_system, pair.secondary_volume = partner, volume
        else:
            pair.original_system, pair.original_volume = partner, volume
