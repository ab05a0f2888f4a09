"""What an operator sees of replication: each group's and pair's state, how far it is, and how full its journals are.

Everything is read from the systems' tables at the moment of the question; nothing is counted on the side. Numbers are
update numbers, sizes bytes, times ns; nothing is ever negative.
"""

from dataclasses import dataclass

from mirrorlog.formats.update_information import UpdateInformation
from mirrorlog.storage_system import StorageSystem
from mirrorlog.systems.topology import Topology
from mirrorlog.tables.journal_ring import JournalRing
from mirrorlog.tables.shared_memory import GroupState, PairState


@dataclass(frozen=True, slots=True)
class Occupancy:
    """How much of one area of a journal volume is in use, and how large it is; bytes."""

    used: int
    area: int

    def share(self) -> float:
        """Return how full the area is, 0 to 1."""
        return self.used / self.area


@dataclass(frozen=True, slots=True)
class PairStatus:
    """One pair. `to_copy` is the bytes that its copy still has to put into journals; `changed` the bytes of the blocks
    that are not known to be equal, None without a map of changed blocks.
    """

    original_volume: int
    secondary_volume: int
    original_state: PairState
    secondary_state: PairState
    to_copy: int
    changed: int | None


@dataclass(frozen=True, slots=True)
class GroupStatus:
    """One group, seen at both of its systems.

    The newest journal that was `created`, `sent`, `stored` durably at the secondary, and `restored` with all before
    it. `journals_behind` and `bytes_behind` (of write data; a discard has none) are what was created and is not
    restored; `time_behind` is the age of the oldest write that the secondary volumes do not hold, in a journal or
    not. `consistent`: a takeover now would say so.
    """

    group: int
    original: int
    secondary: int
    original_state: GroupState
    secondary_state: GroupState
    created: int
    sent: int
    stored: int
    restored: int
    journals_behind: int
    bytes_behind: int
    time_behind: int
    consistent: bool
    original_occupancy: tuple[Occupancy, ...]
    secondary_occupancy: tuple[Occupancy, ...]
    pairs: tuple[PairStatus, ...]


def group_status(topology: Topology, number: int, now: int) -> GroupStatus:
    """Return the status of a group at time `now`."""
    link = topology.links[number]
    original, secondary = topology.original(number), topology.secondary(number)
    one, other = original.shared.groups[number], secondary.shared.groups[number]
    together = one.generation == other.generation and one.original.started and other.secondary.started
    created, freed = one.update_number - 1, one.oldest_number() - 1
    if together:
        stored, restored = other.update_number - 1, other.oldest_stored() - 1
        begins = other.oldest_offset()
    else:  # the secondary system has dropped its journals, or not begun with the original's
        stored = restored = min(freed, _reported(original, number, freed))
        oldest = _information(original, number, freed + 1)
        begins = one.data_offset - one.ring.write_data_used if oldest is None else oldest.data_offset
    consistent = (
        other.secondary.started
        and not other.secondary.restore_stopped
        and not other.pair_set & ~other.secondary.end_markers_restored
    )
    return GroupStatus(
        number,
        link.original,
        link.secondary,
        one.state,
        other.state,
        created,
        freed + one.ring.sent // one.ring.entry,
        stored,
        restored,
        created - restored,
        one.data_offset - begins,
        _time_behind(original, secondary, number, restored, together, consistent, now),
        consistent,
        _occupancy(one.ring),
        _occupancy(other.ring),
        _pairs(original, secondary, number),
    )


def describe(status: GroupStatus) -> str:
    """Return a group's status as one line."""
    numbers = f"created {status.created} sent {status.sent} stored {status.stored} restored {status.restored}"
    behind = f"{status.journals_behind} journals, {status.bytes_behind} bytes, {status.time_behind / 1e6:.3f} ms"
    full = f"{_fullest(status.original_occupancy):.1%} and {_fullest(status.secondary_occupancy):.1%}"
    states = f"{status.original_state.name.lower()}, {status.secondary_state.name.lower()}"
    pairs = ", ".join(_describe_pair(pair) for pair in status.pairs)
    consistent = "consistent" if status.consistent else "not consistent"
    return (
        f"group {status.group}, system {status.original} to {status.secondary}: {states}; {numbers}; behind {behind};"
        f" {consistent}; journals {full} full; {pairs}"
    )


def _describe_pair(pair: PairStatus) -> str:
    changed = "" if pair.changed is None else f", {pair.changed} bytes changed"
    return f"volume {pair.original_volume} {pair.original_state.name.lower()}, {pair.to_copy} bytes to copy{changed}"


def _reported(original: StorageSystem, number: int, freed: int) -> int:
    history = original.shared.changed_blocks.groups.get(number)
    return freed if history is None else history.reported


def _occupancy(ring: JournalRing) -> tuple[Occupancy, ...]:
    """Return how full each area of a group's journal volumes is."""
    return tuple(Occupancy(area.used, area.size) for area in ring.areas())


def _fullest(areas: tuple[Occupancy, ...]) -> float:
    return max(area.share() for area in areas)


def _pairs(original: StorageSystem, secondary: StorageSystem, number: int) -> tuple[PairStatus, ...]:
    pairs = original.shared.pairs_of(original.shared.groups[number])
    others = secondary.shared.pairs_of(secondary.shared.groups[number])
    found = []
    for pair, other in zip(pairs, others, strict=True):
        volume = pair.original_volume
        changed = original.shared.changed_blocks.volumes.get(volume)
        left = original.shared.volumes[volume].capacity - pair.copy_complete_address
        if changed is not None:
            left = changed.bytes_to_copy()
        marked = None if changed is None else changed.marked_bytes()
        found.append(PairStatus(volume, pair.secondary_volume, pair.state, other.state, left, marked))
    return tuple(found)


def _time_behind(
    original: StorageSystem,
    secondary: StorageSystem,
    number: int,
    restored: int,
    together: bool,
    consistent: bool,
    now: int,
) -> int:
    """Return the age of the oldest write that the secondary volumes do not hold.

    Only a map of changed blocks knows the age of journals that are on the path and freed already (`free_at_once`).
    """
    one, other = original.shared.groups[number], secondary.shared.groups[number]
    known = original.shared.changed_blocks.volumes
    maps = [known[volume] for volume in original.shared.volumes_of(one) if volume in known]
    times = []
    following = restored + 1
    oldest = _information(original, number, max(following, one.oldest_number()))
    if oldest is not None:
        times.append(oldest.time)
    if together and following < other.update_number:
        entry = secondary.restore.entry(number, following)
        times += [] if entry is None else [entry.time]
    on_the_path = following < one.update_number and not times
    if on_the_path or not (together and consistent) or any(changed.bytes_to_copy() for changed in maps):
        times += [time for changed in maps if (time := changed.oldest_change(restored)) is not None]
    return max(0, now - min(times)) if times else 0


def _information(system: StorageSystem, number: int, journal: int) -> UpdateInformation | None:
    """Return the update information of a journal in an original system's ring, on its device or on its way there; None
    if it is not there, its device refused it, or it is damaged.
    """
    for write in system.disk_adapter.journal_writes[number]:
        if write.update_number == journal:
            return UpdateInformation.unpack(write.information)
    group = system.shared.groups[number]
    index = journal - group.oldest_number()
    if index * group.ring.entry >= group.ring.update_information_committed:
        return None
    return system.journal_read_reception.entry(number, journal)
