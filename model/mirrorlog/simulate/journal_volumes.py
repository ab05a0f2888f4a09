"""What happens to journal volumes while a simulation runs: their devices degrade ([0054]), their capacity changes
([0134]).
"""

from collections.abc import Generator
from typing import Any

import simpy

from mirrorlog.processes.maintenance import Answer, MaintenanceError
from mirrorlog.simulate.settings import MICROSECOND
from mirrorlog.systems.topology import Topology
from mirrorlog.tables.settings import SettingsError

DEGRADED_FACTOR = 20
"""How much longer a degraded device takes."""

Process = Generator[simpy.Event, Any, None]


class SimulatedVolumes:
    """Runs what the settings say about journal volumes. `degraded` are the (system, device) that are slow now."""

    def __init__(self, env: simpy.Environment, topology: Topology) -> None:
        self.env = env
        self.topology = topology
        self.degraded: set[tuple[int, int]] = set()

    def degrade(self, begin: int, end: int) -> Process:
        """The device of each group's first journal volume is slow from `begin` to `end`, on both sides."""
        for time, degraded in ((begin, True), (end, False)):
            yield self.env.timeout(max(0, time - int(self.env.now)))
            for group, link in self.topology.links.items():
                for system in (self.topology.original(group), self.topology.secondary(group)):
                    volume = system.shared.volumes[link.journal_volume]
                    system.journal_volumes.set_degraded(link.journal_volume, degraded)
                    change = self.degraded.add if degraded else self.degraded.discard
                    change((system.parameters.system, volume.device))

    def resize(self, time: int, capacity: int) -> Process:
        """Every journal volume gets another capacity at `time`, or as soon as no journal lies across its end."""
        yield self.env.timeout(time)
        for group in self.topology.links:
            for system in (self.topology.original(group), self.topology.secondary(group)):
                for number in system.shared.groups[group].ring.journal_volumes():
                    while True:
                        try:
                            system.journal_volumes.resize(group, number, capacity)
                            break
                        except MaintenanceError as error:
                            if error.answer is not Answer.BUSY:
                                raise SettingsError(f"resize to {capacity}: {error}") from error
                            yield self.env.timeout(100 * MICROSECOND)
