"""What operators do with two systems of a topology: suspend, take over, resynchronize, and so fail back.

Each is made of the operations of `maintenance` and `resynchronization`, in the order in which they must come.
"""

from collections import deque
from dataclasses import replace

from mirrorlog.processes.maintenance import Answer, MaintenanceError
from mirrorlog.systems.topology import Topology, finish_device_writes
from mirrorlog.tables.shared_memory import GroupState
from mirrorlog.three_systems.third_site import change_partner


def take_over(topology: Topology, group: int) -> bool:
    """Take over at the secondary system, whatever state the original is in; returns whether the copy is consistent.

    Raises MaintenanceError if the group was never started there.
    """
    system = topology.secondary(group)
    system.maintenance.takeover(group, force=True)
    finish_device_writes(system)
    while not system.restore.is_drained(group):
        system.restore.step(group)
        finish_device_writes(system)
    return system.maintenance.finish_takeover(group)


def request(topology: Topology, group: int, original: int, wins: bool = False) -> None:
    """Ask, at the system that will be the group's original, for resynchronization by difference."""
    link = topology.links[group]
    partner = link.secondary if original == link.original else link.original
    topology.send(topology.systems[original].resynchronization.request(group, partner, group, wins))


def follow_roles(topology: Topology, group: int) -> bool:
    """Let a group's link follow the roles in its systems' tables; returns whether they were swapped."""
    link = topology.links[group]
    if not topology.systems[link.secondary].shared.groups[group].original.started:
        return False
    topology.links[group] = replace(
        link, original=link.secondary, secondary=link.original, journal_bytes=link.journal_bytes[::-1]
    )
    return True


def resynchronize(topology: Topology, group: int, original: int, wins: bool = False, now: int = 0) -> None:
    """Resynchronize a group with `original` as its original system, and begin to copy; `now` is ns.

    Raises MaintenanceError, nothing changed, if either side refuses.
    """
    finish_device_writes(topology.systems[original])
    request(topology, group, original, wins)
    outcomes = topology.systems[original].resynchronization.outcomes
    while group not in outcomes:
        if not any(topology.paths.values()):
            for packet in topology.systems[original].outbox.commands():
                topology.send(packet)
        for system in topology.systems.values():
            finish_device_writes(system)
        for path in topology.paths.values():
            while path:
                topology.deliver(path.popleft(), now)
    if outcomes[group] is not Answer.OK:
        raise MaintenanceError(outcomes[group], f"group {group}: {_REASONS.get(outcomes[group], outcomes[group].name)}")
    follow_roles(topology, group)


def join(topology: Topology, group: int, original: int, journal_bytes: int, now: int = 0) -> None:
    """Make the first and the secondary system of three a pair by difference, the original system being lost; `original`
    of the two serves hosts from now on. The first one gets a journal volume of `journal_bytes`.

    Raises MaintenanceError if either side refuses.
    """
    link = topology.links[group]
    assert link.first is not None
    first, secondary = topology.first(group), topology.secondary(group)
    if first.shared.groups[group].state is GroupState.NORMAL:
        first.remote_write.suspend(group)
    while first.command_reception.answer_forwarded() is not None:
        pass
    finish_device_writes(first)
    finish_device_writes(secondary)
    joined = replace(
        link, original=link.first, first=None, has_storage=True, journal_bytes=(journal_bytes, link.journal_bytes[1])
    )
    volume = first.shared.volumes[link.journal_volume]
    volume.capacity, volume.device = journal_bytes, first.parameters.devices - 1
    first.maintenance.record_journal_volume(group, link.journal_volume, joined.information_bytes(0))
    change_partner(first.maintenance, group, link.secondary, link.volumes)
    change_partner(secondary.maintenance, group, link.first, link.volumes)
    topology.links[group] = joined
    for path in ((link.first, link.secondary), (link.secondary, link.first)):
        topology.paths.setdefault(path, deque())
    resynchronize(topology, group, original, now=now)


_REASONS = {
    Answer.BOTH_WRITTEN: "hosts wrote to both sides since they were one; say which side wins",
    Answer.OTHER_WRITTEN: "only the partner was written since they were one; resynchronize from there, or say that this"
    " side wins",
    Answer.NO_MAP: "the partner has no map of changed blocks; start a full copy",
}
