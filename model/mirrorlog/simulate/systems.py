"""Storage systems in time: how long their devices take, and when something changes in one. Times are ns."""

import simpy

from mirrorlog.simulate.journal_volumes import DEGRADED_FACTOR, Process, SimulatedVolumes
from mirrorlog.simulate.settings import SimulationSettings
from mirrorlog.storage.cache_memory import JournalWrite, VolumeWrite
from mirrorlog.storage_system import StorageSystem
from mirrorlog.systems.topology import Topology


class SimulatedSystems:
    """The systems of a topology with their storage devices (`devices`, by system and device). `changed` has each
    system's event of its next change; `failed` happens when a system is lost.
    """

    def __init__(self, settings: SimulationSettings, topology: Topology) -> None:
        self.settings = settings
        self.topology = topology
        self.env = simpy.Environment()
        self.failed = self.env.event()
        self.changed = {number: self.env.event() for number in topology.systems}
        self.volumes = SimulatedVolumes(self.env, topology)
        self.devices = {
            (number, device): simpy.Resource(self.env, settings.device_queue)
            for number, system in topology.systems.items()
            for device in range(system.parameters.devices)
        }

    @property
    def now(self) -> int:
        """The simulated time, ns."""
        return int(self.env.now)

    def change(self, number: int) -> simpy.Event:
        """Return the event of the next change in a system."""
        return self.changed[number]

    def _notify(self, system: StorageSystem) -> None:
        number = system.parameters.system
        event, self.changed[number] = self.changed[number], self.env.event()
        event.succeed()

    def _finish(self, system: StorageSystem) -> None:
        """The secondary's devices answer what they were given; cache and devices survive the disaster."""
        for journals in system.disk_adapter.journal_writes:
            while journals:
                system.journal_write_done(journals[0])
        for write in list(system.disk_adapter.restore_writes.values()):
            system.volume_write_done(write)

    def _start_writes(self, system: StorageSystem, write: VolumeWrite) -> None:
        self.env.process(self._volume_write(system, write))
        if write.journal is not None:
            self.env.process(self._journal_write(system, write.journal))

    def _volume_write(self, system: StorageSystem, write: VolumeWrite) -> Process:
        while system.cache.blocks_volume_write(write) is not None:
            yield self.change(system.parameters.system)
        yield from self._use_pieces(system, write.volume, write.position, write.size)
        system.volume_write_done(write)
        self._notify(system)

    def _journal_write(self, system: StorageSystem, journal: JournalWrite) -> Process:
        if not journal.cached:
            device = system.shared.volumes[journal.journal_volume].device
            yield from self._use(system, device, len(journal.data) + len(journal.information))
        writes = system.disk_adapter.journal_writes[journal.group]
        while writes[0] is not journal:
            yield self.change(system.parameters.system)
        system.journal_write_done(journal)
        self._notify(system)

    def _use(self, system: StorageSystem, device: int, size: int, slow: int = 0) -> Process:
        """Keep a device busy with `size` bytes."""
        with self.devices[system.parameters.system, device].request() as turn:
            yield turn
            factor = DEGRADED_FACTOR if (system.parameters.system, device) in self.volumes.degraded else 1
            yield self.env.timeout(self.settings.device_time(size) * factor + slow)

    def _use_pieces(self, system: StorageSystem, volume: int, position: int, size: int) -> Process:
        """Keep each device of a part of a volume busy, all at once."""
        pieces = system.disk_adapter.pieces(volume, position, size)
        if len(pieces) == 1:
            yield from self._use(system, pieces[0].device, size)
        else:
            uses = [self.env.process(self._use(system, piece.device, piece.size)) for piece in pieces]
            yield self.env.all_of(uses)

    def _start_journals(self, system: StorageSystem, group: int) -> None:
        """Begin the device writes of journals that were just stored."""
        for journal in system.disk_adapter.journal_writes[group]:
            if journal.received and not journal.started:
                journal.started = True
                self.env.process(self._journal_write(system, journal))
