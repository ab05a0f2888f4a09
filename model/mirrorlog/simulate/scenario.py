"""What a simulation is given: a recorded trace or a synthetic load, and the systems it runs on."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from mirrorlog.simulate.settings import SECOND, SimulationSettings, Site
from mirrorlog.simulate.simulation import Simulation
from mirrorlog.simulate.three_systems import FIRST, ThreeSystemSimulation
from mirrorlog.simulate.workload import BLOCK_BYTES, Request, RequestKind, Workload
from mirrorlog.systems.topology import GroupLink, Topology
from mirrorlog.tables.settings import GroupSettings, SettingsError
from mirrorlog.tables.shared_memory import FullPolicy

# What a simulation may be given: bytes of all volumes together (only what is written takes memory), blocks of all maps
# of changed blocks together (each takes a byte in each system that has the map), and seconds of simulated time
MOST_BYTES = 1 << 40
MOST_BLOCKS = 1 << 26
MOST_SECONDS = 600
# Of a striped volume: each is looked at to find a block
MOST_STRIPES = 512
STRIPE_BYTES = 65536


@dataclass(frozen=True, slots=True)
class SyntheticLoad:
    """Random writes: `writes` of `write_bytes`, `rate` a second at most, over `volumes` volumes of `volume_bytes`.

    They come in bursts of `burst` writes at once, at that rate on average.
    """

    writes: int = 1000
    write_bytes: int = 4096
    rate: float = 10_000.0
    volumes: int = 2
    volume_bytes: int = 1 << 20
    burst: int = 1

    def __post_init__(self) -> None:
        if self.writes < 1 or self.volumes < 1 or self.burst < 1:
            raise SettingsError("writes, volumes and burst must be at least 1")
        if not self.rate > 0:
            raise SettingsError(f"rate {self.rate} must be greater than 0")
        for name in ("write_bytes", "volume_bytes"):
            if getattr(self, name) < BLOCK_BYTES or getattr(self, name) % BLOCK_BYTES:
                raise SettingsError(f"{name} {getattr(self, name)} must be a multiple of {BLOCK_BYTES}")
        if self.write_bytes > self.volume_bytes:
            raise SettingsError(f"write_bytes {self.write_bytes} is more than volume_bytes {self.volume_bytes}")

        if self.volumes * self.volume_bytes > MOST_BYTES:
            raise SettingsError(
                f"volumes {self.volumes} of volume_bytes {self.volume_bytes} are more than {MOST_BYTES}"
            )

    @property
    def seconds(self) -> float:
        """Return when the last write comes."""
        return (self.writes - 1) / self.rate

    def requests(self, seed: int) -> Iterator[tuple[Request, bytes]]:
        """Return the requests with their data."""
        rng = random.Random(seed)
        for number in range(self.writes):
            volume = rng.randrange(self.volumes) + 1
            position = BLOCK_BYTES * rng.randrange((self.volume_bytes - self.write_bytes) // BLOCK_BYTES + 1)
            time = int((number - number % self.burst) * SECOND / self.rate)
            request = Request(0, volume, RequestKind.WRITE, position, self.write_bytes, 0, time)
            yield request, rng.randbytes(self.write_bytes)


class TopologyKind(Enum):
    """Which systems there are: FIG 1, FIG 23, FIG 24."""

    TWO = "two"
    THREE = "three"
    THREE_VIRTUAL = "three-virtual"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A simulation to be built. `ungrouped` gives each volume a group of its own; times ns, sizes bytes."""

    load: SyntheticLoad | Workload
    simulation: SimulationSettings = field(default_factory=SimulationSettings)
    group: GroupSettings = field(default_factory=lambda: GroupSettings(copy_unit=65536))
    journal_bytes: int = 4 << 20
    policy: FullPolicy = FullPolicy.STALL
    watch_time: int = 10 * SECOND
    ungrouped: bool = False
    seed: int = 1
    topology: TopologyKind = TopologyKind.TWO

    def __post_init__(self) -> None:
        if self.load.seconds > MOST_SECONDS:
            raise SettingsError(f"the load lasts {self.load.seconds:,.0f} seconds, more than {MOST_SECONDS}")
        for name in ("fail_after", "suspend_at", "resync_at"):
            after = getattr(self.simulation, name)
            if after is not None and after > self.load.writes:
                raise SettingsError(f"{name} {after} is beyond the load's {self.load.writes} writes")
        if self.topology is not TopologyKind.TWO:
            if self.simulation.synchronous:
                raise SettingsError(f"synchronous contradicts topology {self.topology.value}: it copies between two")
            if self.simulation.suspend_at is not None and self.topology is TopologyKind.THREE_VIRTUAL:
                raise SettingsError("suspend_at contradicts topology three-virtual: nothing there keeps a write unsent")
        elif Site.FIRST in self.simulation.fails:
            raise SettingsError("fail first contradicts topology two: it has no first system")
        elif self.simulation.first_cuts:
            raise SettingsError("cut_first contradicts topology two: it has no first system")
        if self.simulation.suspend_at is not None and not self.group.changed_block_bytes:
            raise SettingsError(
                f"suspend_at {self.simulation.suspend_at} needs a map: changed_block_bytes 0 keeps none"
            )

    def build(self) -> Simulation:
        """Return the simulation, not yet run."""
        capacities = self._capacities()
        volumes = tuple(sorted(capacities))
        groups = [(volume,) for volume in volumes] if self.ungrouped else [volumes]
        first, count = max(volumes) + 1, self.group.journal_volumes
        sizes = (self.journal_bytes, self.journal_bytes)
        links = tuple(
            GroupLink(
                number,
                1,
                2,
                members,
                first + number * count,
                sizes,
                self.group,
                self.policy,
                self.watch_time,
                None if self.topology is TopologyKind.TWO else FIRST,
                self.topology is not TopologyKind.THREE_VIRTUAL,
                journal_place=max((size for _, size in self.simulation.resizes), default=0),
                more_journal_volumes=tuple(range(first + number * count + 1, first + (number + 1) * count)),
            )
            for number, members in enumerate(groups)
        )
        for link in links:
            area = self.journal_bytes - link.information_bytes(0)
            largest = max(self.group.copy_unit, self.simulation.max_transfer_bytes)
            if area <= largest or self.journal_bytes % BLOCK_BYTES:
                raise SettingsError(
                    f"journal_bytes {self.journal_bytes} must be a multiple of {BLOCK_BYTES} with room for a journal of"
                    f" {largest} bytes (copy_unit, max_transfer_bytes)"
                )
        for volume in self.simulation.slow:
            if volume not in capacities:
                raise SettingsError(f"slow volume {volume} is unknown")
        block = self.group.changed_block_bytes
        if block and sum(-(-capacity // block) for capacity in capacities.values()) > MOST_BLOCKS:
            raise SettingsError(f"changed_block_bytes {block} makes maps of more than {MOST_BLOCKS} blocks")
        topology = Topology(
            capacities,
            links,
            max_transfer_bytes=self.simulation.max_transfer_bytes,
            paths=self.simulation.paths,
            volume_devices=self.simulation.volume_devices,
            stripe_bytes=stripe_bytes(max(capacities.values())),
        )
        for volume, image in self.load.volumes.items() if isinstance(self.load, Workload) else ():
            for at, piece in image.pieces:
                topology.load(links[0].host_system(), volume, piece, at)
        kind = Simulation if self.topology is TopologyKind.TWO else ThreeSystemSimulation
        return kind(self.simulation, topology, self.seed)

    def requests(self) -> Iterator[tuple[Request, bytes]]:
        """Return the hosts' requests, with the data of writes."""
        if isinstance(self.load, SyntheticLoad):
            yield from self.load.requests(self.seed)
            return
        for request in self.load.requests:
            yield request, self.load.data(request) if request.kind is RequestKind.WRITE else b""

    def volume_bytes(self) -> int:
        """Return the bytes of all volumes together."""
        return sum(self._capacities().values())

    def _capacities(self) -> dict[int, int]:
        if isinstance(self.load, Workload):
            return {volume: image.size for volume, image in self.load.volumes.items()}
        return {volume + 1: self.load.volume_bytes for volume in range(self.load.volumes)}


def stripe_bytes(capacity: int) -> int:
    """Return the stripe of volumes that are at most so large: as small as the number of stripes allows."""
    stripe = STRIPE_BYTES
    while stripe * MOST_STRIPES < capacity:
        stripe *= 2
    return stripe


def workload(prefix: str | Path | None, synthetic: SyntheticLoad) -> SyntheticLoad | Workload:
    """Return the trace with this prefix, or the synthetic load if there is none."""
    return synthetic if prefix is None else Workload.load(prefix)
