"""An operator in a simulation: suspends replication after one host write, resynchronizes it after another, and asks for
its status.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from mirrorlog.processes.maintenance import Answer, MaintenanceError
from mirrorlog.simulate.journal_volumes import Process
from mirrorlog.simulate.systems import SimulatedSystems
from mirrorlog.systems.failback import request
from mirrorlog.systems.status import GroupStatus, group_status
from mirrorlog.tables.shared_memory import GroupState


@dataclass(slots=True)
class OperationMeasurements:
    """What an operator's acts came to, over all groups. Times ns, -1 for what did not happen; sizes bytes.

    `changed` is what the maps had marked when resynchronization was asked for; `consistent_at` is when the last group's
    copy was consistent again.
    """

    suspended_at: int = -1
    asked_at: int = -1
    consistent_at: int = -1
    changed: int = 0
    statuses: list[tuple[int, GroupStatus]] = field(default_factory=list)


class Operator:
    """Acts on every group of simulated systems. `send_all` puts their packets on the paths, `initial_copy` is the
    process that copies a group. `busy` counts the groups that are being resynchronized.
    """

    def __init__(
        self, systems: SimulatedSystems, send_all: Callable[[], None], initial_copy: Callable[[int], Process]
    ) -> None:
        self.systems = systems
        self.send_all = send_all
        self.initial_copy = initial_copy
        self.measured = OperationMeasurements()
        self.busy = 0

    def after_write(self, writes: int) -> None:
        """The hosts have issued this many writes: act if it is time to."""
        settings = self.systems.settings
        topology = self.systems.topology
        if writes == settings.suspend_at:
            self.measured.suspended_at = self.systems.now
            for group in topology.links:
                if topology.original(group).shared.groups[group].state is GroupState.NORMAL:
                    topology.original(group).maintenance.suspend(group)
        if writes == settings.resync_at:
            self.measured.asked_at = self.systems.now
            for group in topology.links:
                self.busy += 1
                self.systems.env.process(self._resynchronize(group))

    def watch(self, interval: int) -> Process:
        """Note every group's status, again and again."""
        while not self.systems.failed.triggered:
            for group in self.systems.topology.links:
                status = group_status(self.systems.topology, group, self.systems.now)
                self.measured.statuses.append((self.systems.now, status))
            yield self.systems.env.timeout(interval)

    def resynchronized_bytes(self) -> int:
        """Return the bytes that resynchronization put into journals."""
        if self.measured.asked_at < 0:
            return 0
        topology = self.systems.topology
        return sum(
            topology.original(group).shared.changed_blocks.volumes[volume].copied
            for group, link in topology.links.items()
            for volume in link.volumes
        )

    def _resynchronize(self, group: int) -> Process:
        """Ask until the secondary system has answered, copy the difference, and wait until the copy is consistent."""
        systems, topology = self.systems, self.systems.topology
        link = topology.links[group]
        original, secondary = topology.original(group), topology.secondary(group)
        operations = original.resynchronization
        maps = original.shared.changed_blocks.volumes
        self.measured.changed += sum(maps[volume].marked_bytes() for volume in link.volumes)
        while group not in operations.requests.values():
            try:
                request(topology, group, link.original)
            except MaintenanceError as error:
                if error.answer is not Answer.BUSY:
                    raise
                yield systems.change(link.original)
        while group in operations.requests.values():
            self.send_all()
            yield systems.change(link.original) | systems.env.timeout(link.settings.timeout)
            for packet in original.outbox.commands():
                if not topology.paths[packet.source, packet.destination]:
                    topology.send(packet)
        topology.paths[link.original, link.secondary].clear()
        outcome = operations.outcomes[group]
        if outcome is not Answer.OK:
            raise MaintenanceError(outcome, f"group {group} is not resynchronized: {outcome.name.lower()}")
        systems.env.process(self.initial_copy(group))
        while not secondary.restore.is_consistent(group):
            yield systems.change(link.secondary)
        self.measured.consistent_at = systems.now
        self.busy -= 1
