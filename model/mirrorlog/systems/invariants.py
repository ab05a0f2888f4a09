"""What must hold at every moment of a replication, checked against a history that is kept outside the systems."""

from mirrorlog.formats.connection_path import Packet
from mirrorlog.formats.update_information import OF_HOSTS, JournalKind
from mirrorlog.systems.history import History
from mirrorlog.systems.topology import GroupLink, Topology, finish_device_writes
from mirrorlog.tables.journal_ring import JournalRing
from mirrorlog.tables.settings import GroupSettings
from mirrorlog.tables.shared_memory import GroupInformation, GroupState, PairState, SharedMemory, VolumeState


class Violation(Exception):
    """A promise of the protocol that was broken."""


def check_group(topology: Topology, link: GroupLink, history: History) -> None:
    """Check the rings of both sides, and that nothing was freed that the secondary system may still ask for."""
    original = topology.original(link.group).shared.groups[link.group]
    _check_ring(original.ring)
    for system in (topology.original(link.group), topology.secondary(link.group)):
        _check_states(system.shared, link.group)
        if system.disk_adapter.journal_cache.used(link.group) > link.settings.journal_cache:
            raise Violation("the journal cache holds more than its capacity")
    oldest = original.oldest_number()
    numbers = range(oldest, original.update_number)
    taken = sum(history.journals[number] for number in numbers)
    if original.ring.write_data_used != taken:
        raise Violation(
            f"the original's ring counts {original.ring.write_data_used} bytes of data, its journals have {taken}"
        )
    secondary_system = topology.secondary(link.group)
    secondary = secondary_system.shared.groups[link.group]
    stored = secondary_system.journal_store.groups[link.group]
    if not secondary.secondary.started:
        return
    _check_ring(secondary.ring)
    newest = max(stored.journals, default=stored.commit - 1)
    if secondary.ring.update_information_used != (newest + 1 - stored.oldest) * secondary.ring.entry:
        raise Violation("the secondary's ring does not hold what was stored")
    if stored.journals:
        last = stored.journals[newest]
        if secondary.ring.write_data_used != last.data_offset + last.data_bytes() - secondary.oldest_offset():
            raise Violation("the secondary's ring does not hold the data that was stored")
    if not stored.lost and original.state is GroupState.NORMAL:
        _check_freed(link.settings, original, secondary, oldest, stored.commit)


def check_restored(topology: Topology, link: GroupLink, history: History) -> None:
    """Check the journal whose restore began last: it is the original's write with that number."""
    system = topology.secondary(link.group)
    in_flight = system.restore.groups[link.group].in_flight
    if not in_flight:
        return
    entry = in_flight[-1]
    if entry.write is None or entry.kind not in OF_HOSTS or entry.number not in history.by_number:
        return
    write = history.by_number[entry.number]
    if (write.volume, write.position, write.data) != (entry.write.volume, entry.write.position, entry.write.data):
        raise Violation(f"journal {entry.number} is restored with other content than was written")


def check_sent(packet: Packet, history: History) -> None:
    """Check the journals of host writes and discards in a packet: they say what the original's hosts did."""
    for information, data in packet.journals:
        if information.kind not in OF_HOSTS:
            continue
        write = history.by_number[information.update_number]
        content = data if information.kind == JournalKind.HOST_WRITE else bytes(information.size)
        said = (information.volume, information.position, information.time, content)
        if said != (write.volume, write.position, write.time, write.data):
            raise Violation(f"journal {information.update_number} is sent with other content than was written")


def check_copy(topology: Topology, link: GroupLink, history: History) -> None:
    """Check that the secondary volumes are the original's history up to exactly the newest restored number.

    From the end of initial copy on; with restores in flight, as the cache shows them.
    """
    images = expected_copy(topology, link, history)
    system = topology.secondary(link.group)
    for volume, image in images.items():
        if system.disk_adapter.read(volume, 0, len(image)) != image:
            number = system.shared.groups[link.group].secondary.next_restore - 1
            raise Violation(f"volume {volume} is not the original's history up to number {number}")


def expected_copy(topology: Topology, link: GroupLink, history: History) -> dict[int, bytearray]:
    """Return what the secondary volumes must hold, as the cache shows them; only those of which it is known
    and which are not taken over."""
    system = topology.secondary(link.group)
    group = system.shared.groups[link.group]
    copied = group.secondary.end_markers_restored
    for entry in system.restore.groups[link.group].in_flight:
        if entry.kind is JournalKind.END_OF_INITIAL_COPY:
            copied |= 1 << entry.pair
    if not group.secondary.started or group.secondary.restore_stopped or group.pair_set & ~copied:
        return {}
    images = history.at(group.secondary.next_restore - 1)
    volumes = system.shared.volumes
    return {volume: images[volume] for volume in link.volumes if volumes[volume].state is VolumeState.SECONDARY}


def check_equal(topology: Topology, link: GroupLink) -> None:
    """Check that both sides of a drained group are equal, "abnormal" groups and volumes aside."""
    for system in topology.systems.values():
        finish_device_writes(system)
    original, secondary = topology.original(link.group).shared, topology.secondary(link.group).shared
    if any(shared.groups[link.group].state is not GroupState.NORMAL for shared in (original, secondary)):
        return
    for volume in link.volumes:
        taken_over = secondary.volumes[volume].state is not VolumeState.SECONDARY
        if taken_over or original.volumes[volume].state is VolumeState.ABNORMAL:
            continue
        if not original.volumes[volume].has_storage():
            continue
        if topology.image(link.original, volume) != topology.image(link.secondary, volume):
            raise Violation(f"after draining, volume {volume} differs between the two sides")


def lose_original(topology: Topology, link: GroupLink, history: History) -> str:
    """Take over at the secondary system, the original being lost, and check that it tells the truth about its copy.

    Returns a few words on how it went.
    """
    system = topology.secondary(link.group)
    group = system.shared.groups[link.group]
    if not group.secondary.started:
        return "not started"
    while finish_device_writes(system):
        pass
    system.maintenance.takeover(link.group, force=True)
    while not system.restore.is_drained(link.group):
        system.restore.step(link.group)
        finish_device_writes(system)
    consistent = system.maintenance.finish_takeover(link.group)
    number = system.restore.restored_number(link.group)
    if not group.secondary.restore_stopped and number != group.update_number - 1:
        raise Violation(f"takeover left journals {number + 1} to {group.update_number - 1} unrestored")
    images = history.at(number) if consistent else {}
    for volume, image in images.items():
        if topology.image(link.secondary, volume) != image:
            raise Violation(f"volume {volume} is not the original's history up to number {number}")
    return f"taken over, consistent {consistent}, restored {number}"


def knows_all(topology: Topology, packet: Packet) -> bool:
    """Are these journals that their destination has stored already?"""
    system = topology.systems[packet.destination]
    if not packet.journals:
        return False
    group = system.shared.groups[packet.group]
    numbers = [information.update_number for information, _ in packet.journals]
    known = system.journal_store.groups[packet.group].knows
    current = group.secondary.started and packet.generation == group.generation
    return current and all(known(number) for number in numbers)


def stored_state(topology: Topology, packet: Packet) -> tuple[object, ...]:
    """Return what a packet's destination has of its group: what journals that it knows must not change."""
    system = topology.systems[packet.destination]
    ring = system.shared.groups[packet.group].ring
    pointers = tuple(getattr(ring, name) for name in JournalRing.__slots__)
    return pointers, len(system.disk_adapter.journal_writes[packet.group])


def _check_states(shared: SharedMemory, number: int) -> None:
    """[0052]: in an "abnormal" group every pair is, and a group whose pairs all are is itself."""
    group = shared.groups[number]
    abnormal = [pair.state is PairState.ABNORMAL for pair in shared.pairs_of(group)]
    if (group.state is GroupState.ABNORMAL) != all(abnormal):
        raise Violation(f"group {number} is {group.state.name}, {sum(abnormal)} of its {len(abnormal)} pairs abnormal")


def _check_ring(ring: JournalRing) -> None:
    """Occupancies, areas and pointers agree."""
    if (found := ring.inconsistency()) is not None:
        raise Violation(found)


def _check_freed(
    settings: GroupSettings, original: GroupInformation, secondary: GroupInformation, oldest: int, commit: int
) -> None:
    if original.generation == secondary.generation and not settings.free_at_once and oldest > commit:
        raise Violation(f"journal {commit} was freed before the secondary system had it")
