"""What operators do after a disaster: hosts move to the secondary system ([0170])."""

from mirrorlog.systems.topology import GroupLink, Topology, finish_device_writes
from mirrorlog.tables.shared_memory import GroupState

QUIET = 200
"""Times in a row that nothing came to the secondary system, after which nothing more will: settings may make it ask
seldom.
"""


def take_over(topology: Topology, number: int, now: int = 0) -> bool:
    """Let hosts in at a group's secondary system, the first system, the original system or both being lost; returns
    whether its copy is consistent.

    If the original system is left, it stops taking writes from the first one, and its journals are drained before.
    """
    link = topology.links[number]
    system = topology.secondary(number)
    if link.original not in topology.lost:
        if link.first is not None:
            topology.original(number).remote_write_reception.close(number)
        _drain(topology, link, now)
    while finish_device_writes(system):
        pass
    if not system.shared.groups[number].secondary.started:
        return False
    system.maintenance.takeover(number, force=True)
    while not system.restore.is_drained(number):
        system.restore.step(number)
        finish_device_writes(system)
    return system.maintenance.finish_takeover(number)


def _drain(topology: Topology, link: GroupLink, now: int) -> None:
    """Go on until the secondary system has every journal, or nothing more comes (the copy was not over, or the group
    is "abnormal").
    """
    secondary = topology.secondary(link.group).shared.groups[link.group]
    original = topology.original(link.group).shared.groups[link.group]
    quiet = 0
    while quiet < QUIET and original.state is GroupState.NORMAL and not topology.is_drained(link.group):
        before = secondary.update_number
        topology.settle(now)
        now += topology.secondary(link.group).journal_read_command.resend_timeout(link.group)
        after = secondary.update_number
        quiet = 0 if after > before else quiet + 1
