"""What fault exploration does with partners that do not match, strangers, and the original system that comes back after
a takeover.
"""

import random
from dataclasses import replace
from enum import Enum

from mirrorlog.explore.settings import BLOCK
from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.maintenance import Answer, MaintenanceError
from mirrorlog.systems.invariants import Violation, check_equal
from mirrorlog.systems.topology import GroupLink, Topology, finish_device_writes
from mirrorlog.tables.shared_memory import GroupState, Reason, VolumeState
from mirrorlog.tables.status import Status

_STRANGER = 9
_ROUNDS = 3000


class Match(Enum):
    """How the secondary system of a group matches its original one."""

    FITS = "fits"
    SMALL_AREA = "a write data area that not every host write fits"
    SMALL_VOLUME = "a volume that is smaller than the original one"
    SMALL_UNKNOWN = "a volume that is smaller, the original capacity being unknown"


def draw_match(rng: random.Random) -> Match:
    """Draw how a secondary system matches; most do."""
    return rng.choice(list(Match)[1:]) if rng.random() < 0.12 else Match.FITS


def make_small(topology: Topology, link: GroupLink, match: Match) -> None:
    """Give a secondary volume another capacity after it was recorded, as a terminal of the secondary system may."""
    if match not in (Match.SMALL_VOLUME, Match.SMALL_UNKNOWN):
        return
    shared = topology.secondary(link.group).shared
    shared.volumes[link.volumes[0]].capacity -= BLOCK
    if match is Match.SMALL_UNKNOWN:
        for pair in shared.pairs_of(shared.groups[link.group]):
            pair.original_capacity = 0


def check_fits(topology: Topology, link: GroupLink, match: Match) -> None:
    """Check that nothing that can never have a place is journaled, unless nobody could know."""
    group = topology.secondary(link.group).shared.groups[link.group]
    if group.reason is Reason.NEVER_FITS and match is not Match.SMALL_UNKNOWN:
        raise Violation(f"a journal that can never fit was created: {match.value}")


def both_know(topology: Topology, link: GroupLink) -> bool:
    """Do both sides of a group in the same generation say the same of its state, and is no announcement outstanding?"""
    one = topology.original(link.group).shared.groups[link.group]
    other = topology.secondary(link.group).shared.groups[link.group]
    if one.state_unanswered or (other.state_unanswered and other.secondary.started):
        return False
    return one.generation != other.generation or one.state is other.state


def visit_stranger(topology: Topology, link: GroupLink, rng: random.Random) -> None:
    """A system that is no partner says that a group is "abnormal": nothing changes."""
    system = rng.choice((topology.original(link.group), topology.secondary(link.group)))
    group = system.shared.groups[link.group]
    before = group.state, group.reason, group.state_unanswered
    packet = Packet(PacketType.GROUP_STATE, _STRANGER, system.parameters.system, link.group, link.group)
    packet.generation, packet.status, packet.wants_answer = group.generation, GroupState.ABNORMAL, rng.random() < 0.5
    system.receive(packet)
    if (group.state, group.reason, group.state_unanswered) != before:
        raise Violation("a system that is no partner changed a group")


def deliver_late(topology: Topology, link: GroupLink, rng: random.Random, now: int) -> str:
    """What was still on its way to a side that was taken over arrives, in any order: it changes nothing there. Returns
    a few words on what came.
    """
    system = topology.secondary(link.group)
    group = system.shared.groups[link.group]
    if not group.secondary.takeover:
        return "not taken over"
    images = {volume: topology.image(link.secondary, volume) for volume in link.volumes}
    number, restored = group.update_number, system.restore.restored_number(link.group)
    paths = topology.paths_between(link.original, link.secondary)
    late = [packet for key in paths for packet in topology.paths[key]]
    for packet in rng.sample(late, len(late)):
        system.receive(packet, now)
        system.restore.step(link.group)
        finish_device_writes(system)
    if (number, restored) != (group.update_number, system.restore.restored_number(link.group)):
        raise Violation("a journal that came after the takeover was taken")
    if any(topology.image(link.secondary, volume) != image for volume, image in images.items()):
        raise Violation("a packet that came after the takeover changed a volume")
    return f"late: {', '.join(packet.type.name for packet in late) or 'nothing'}"


def deliver_as_a_strangers(topology: Topology, packet: Packet, now: int) -> None:
    """A packet comes from a system that is no partner, too: nothing may come of it but a refused write."""
    answer = topology.systems[packet.destination].receive(replace(packet, source=_STRANGER), now)
    if answer is not None and (answer.type is not PacketType.WRITE_ANSWER or answer.status == Status.OK):
        raise Violation(f"{packet.type.name} of a system that is no partner is answered: {answer.type.name}")


def come_back(topology: Topology, link: GroupLink, now: int) -> str:
    """Hosts write where a group was taken over, and the old original system begins again, before and after the takeover
    is given up. Returns a few words on how it went.
    """
    group, secondary, original = link.group, topology.secondary(link.group), topology.original(link.group)
    if not secondary.shared.groups[group].secondary.takeover:
        return "not taken over"
    systems = (original, secondary)
    if any(
        system.shared.volumes[volume].state is VolumeState.ABNORMAL for system in systems for volume in link.volumes
    ):
        return "a volume is abnormal"
    for path in topology.paths.values():
        path.clear()
    for volume in link.volumes:
        if _write(topology, link, volume) != CommandOutcome.WRITTEN:
            raise Violation(f"hosts cannot write to volume {volume} after a takeover")
    images = {volume: topology.image(link.secondary, volume) for volume in link.volumes}
    if not _begin(topology, link, now):
        return "the original cannot begin"
    if {volume: topology.image(link.secondary, volume) for volume in link.volumes} != images:
        raise Violation("a side that was taken over was overwritten")
    if original.shared.groups[group].state is GroupState.NORMAL:
        raise Violation("the original system runs though the secondary one was taken over")
    secondary.maintenance.give_up(group)
    if any(_write(topology, link, volume) == CommandOutcome.WRITTEN for volume in link.volumes):
        raise Violation("hosts write to volumes that were given up")
    if secondary.restore.is_consistent(group):
        raise Violation("a copy is called consistent before it has begun")
    if not _begin(topology, link, now + _ROUNDS):
        return "the original cannot begin again"
    check_equal(topology, link)
    return f"given up and begun again, {secondary.shared.groups[group].state.name.lower()}"


def _write(topology: Topology, link: GroupLink, volume: int) -> int:
    """A host writes one block at the secondary system; returns the outcome."""
    system = topology.secondary(link.group)
    step = system.command_reception.receive(HostCommand(Opcode.WRITE, 0, volume, 0, BLOCK), b"\xb0" * BLOCK)
    assert step is not None
    while finish_device_writes(system):
        pass
    return step.outcome


def _begin(topology: Topology, link: GroupLink, now: int) -> bool:
    """The original system begins again, and all goes on until nothing is left to do; returns whether it could."""
    original, secondary = topology.original(link.group), topology.secondary(link.group)
    for system in (original, secondary):
        while finish_device_writes(system):
            pass
    try:
        topology.initiate(link.group, now)
    except MaintenanceError as error:
        if error.answer not in (Answer.BUSY, Answer.NO_JOURNAL_VOLUME):
            raise
        return False
    for _ in range(_ROUNDS):
        now += 10
        topology.settle(now)
        for packet in original.outbox.commands():
            topology.send(packet)
        groups = original.shared.groups[link.group], secondary.shared.groups[link.group]
        starts = groups[0].original.start_unanswered and groups[0].state is GroupState.NORMAL
        if not starts and topology.is_drained(link.group) and both_know(topology, link):
            return True
    raise Violation("a group that begins again does not come to an end")
