"""Fault exploration: bits of journals change on their journal volume's device, which answers without an error."""

import random

from mirrorlog.formats.update_information import JournalKind
from mirrorlog.systems.invariants import Violation
from mirrorlog.systems.topology import GroupLink, Topology
from mirrorlog.tables.shared_memory import Reason

Damaged = set[tuple[int, int, int]]
"""(group, generation, number) of the journals that are damaged at the secondary system."""


def change_a_bit(topology: Topology, link: GroupLink, rng: random.Random, damaged: Damaged) -> str:
    """Change a bit of a committed journal that is still to be sent or restored; says what happened, "" if nothing.

    Those at the secondary system are added to `damaged`.
    """
    sides = rng.sample((link.original, link.secondary), 2)
    return _change_at(topology, link, sides[0], rng, damaged) or _change_at(topology, link, sides[1], rng, damaged)


def _change_at(topology: Topology, link: GroupLink, number: int, rng: random.Random, damaged: Damaged) -> str:
    system = topology.systems[number]
    group = system.shared.groups[link.group]
    at_secondary = number == link.secondary
    if at_secondary and not group.secondary.started:
        return ""
    oldest = group.oldest_stored() if at_secondary else group.oldest_number()
    first = group.secondary.next_restore if at_secondary else oldest
    end = oldest + group.ring.update_information_committed // group.ring.entry
    if first >= end:
        return ""
    journal = rng.randrange(first, end)
    index = journal - oldest
    adapter = system.disk_adapter
    information = (system.restore.entry if at_secondary else system.journal_read_reception.entry)(link.group, journal)
    key = link.group, group.generation, journal
    if information is None or adapter.journal_cache.get(link.group, journal) is not None or key in damaged:
        return ""
    parts = [(group.ring.entry_place(index), group.ring.entry)]
    if information.data_bytes() and (at_secondary or information.kind == JournalKind.HOST_WRITE):
        parts += group.ring.at(index).parts(information.journal_position, information.size)
    place, size = rng.choices(parts, [size for _, size in parts])[0]
    piece = adapter.pieces(group.ring.journal_volume_at(index), place + rng.randrange(size), 1)[0]
    device = adapter.devices[piece.device]
    device.write(piece.offset, bytes([device.read(piece.offset, 1)[0] ^ 1 << rng.randrange(8)]))
    if at_secondary:
        damaged.add(key)
    return f"a bit of journal {journal} changes at {number}"


def check_sound(topology: Topology) -> None:
    """Check that no group has a damaged journal, since none has changed."""
    for system in topology.systems.values():
        for number, group in enumerate(system.shared.groups):
            if group.reason is Reason.JOURNAL_DAMAGED:
                where = f"group {number} of system {system.parameters.system}"
                raise Violation(f"{where} has a damaged journal, but none was changed")


def check_damaged(topology: Topology, link: GroupLink, damaged: Damaged) -> None:
    """Check that no damaged journal was restored."""
    group = topology.secondary(link.group).shared.groups[link.group]
    for number, generation, journal in damaged:
        if number == link.group and generation == group.generation and journal < group.secondary.next_restore:
            raise Violation(f"journal {journal} was restored though it was damaged")
