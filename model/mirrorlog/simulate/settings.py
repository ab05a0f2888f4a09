"""Settings of a simulation: the path, the devices, the host, and what goes wrong. Times ns, sizes bytes."""

from dataclasses import dataclass, field
from enum import Enum

from mirrorlog.tables.settings import SettingsError

MICROSECOND = 1_000
SECOND = 1_000_000_000
NANOSECONDS_PER_KM = 5 * MICROSECOND


class Site(Enum):
    """A site that a disaster can take, by the role of its storage system."""

    FIRST = "first"
    ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class SimulationSettings:
    """What surrounds the two systems. `slow` is the time that each reading of the journals of a volume's group takes
    longer; `cuts` are times without a path. There are `paths` connection paths of this bandwidth; each data volume is
    striped over `volume_devices` storage devices. `degraded` are times (from, to) in which the device of the first
    journal volume is slow; `resizes` are times with the capacity that every journal volume gets then.

    `suspend_at` and `resync_at` are the host writes after which replication is suspended, and resynchronized by
    difference; `status_every` is how often the status of every group is noted.

    After the hosts' write number `fail_after` a disaster takes the sites `fails`. With three systems, the first one is
    `first_km` away from the original one, and `first_cuts` are times without a path between these two.

    `synchronous` answers the host only after the secondary system has the data (for comparison with synchronous copy).
    """

    distance_km: float = 100.0
    gbps: float = 10.0
    loss: float = 0.0
    corruption: float = 0.0
    duplication: float = 0.0
    reordering: float = 0.0
    cuts: tuple[tuple[int, int], ...] = ()
    fail_after: int | None = None
    fails: frozenset[Site] = frozenset({Site.ORIGINAL})
    first_km: float = 10.0
    first_cuts: tuple[tuple[int, int], ...] = ()
    suspend_at: int | None = None
    resync_at: int | None = None
    status_every: int | None = None
    copy_before: bool = True
    synchronous: bool = False
    device_latency: int = 80 * MICROSECOND
    device_gbps: float = 16.0
    device_queue: int = 32
    host_latency: int = 10 * MICROSECOND
    host_gbps: float = 32.0
    max_transfer_bytes: int = 16384
    slow: dict[int, int] = field(default_factory=dict)
    sample: int = 200 * MICROSECOND
    paths: int = 1
    volume_devices: int = 1
    degraded: tuple[tuple[int, int], ...] = ()
    resizes: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        for name in ("loss", "corruption", "duplication", "reordering"):
            if not 0 <= getattr(self, name) < 1:
                raise SettingsError(f"{name} {getattr(self, name)} must be at least 0 and below 1")
        for name in ("gbps", "device_gbps", "host_gbps"):
            if not getattr(self, name) > 0:
                raise SettingsError(f"{name} {getattr(self, name)} must be greater than 0")
        if any(begin >= end for begin, end in self.degraded):
            raise SettingsError("degraded: the end must be behind the begin")
        for name in ("paths", "volume_devices"):
            if getattr(self, name) < 1:
                raise SettingsError(f"{name} {getattr(self, name)} must be at least 1")
        if not 0 <= self.distance_km <= 40_000:
            raise SettingsError(f"distance_km {self.distance_km} must be from 0 to 40000")
        if not 0 <= self.first_km <= 1_000:
            raise SettingsError(f"first_km {self.first_km} must be from 0 to 1000: each write waits for its round trip")
        if self.fail_after is not None and self.fail_after < 0:
            raise SettingsError(f"fail: the number of writes {self.fail_after} must not be negative")
        if not self.fails:
            raise SettingsError("fail: no site is named")

        for name in ("suspend_at", "resync_at", "status_every"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise SettingsError(f"{name} {value} must be at least 1")
        if self.resync_at is not None and (self.suspend_at is None or self.suspend_at > self.resync_at):
            raise SettingsError(f"resync_at {self.resync_at} needs a suspend_at before it, not {self.suspend_at}")

    def all_gbps(self) -> float:
        """Return the bandwidth of all paths together."""
        return self.gbps * self.paths

    def delay(self) -> int:
        """Return the time from one end of the path to the other."""
        return int(self.distance_km * NANOSECONDS_PER_KM)

    def path_time(self, size: int) -> int:
        """Return how long `size` bytes keep the path busy."""
        return int(size * 8 / self.gbps)

    def device_time(self, size: int) -> int:
        """Return how long a device takes for `size` bytes."""
        return self.device_latency + int(size * 8 / self.device_gbps)

    def host_time(self, size: int) -> int:
        """Return how long the host needs to bring `size` bytes into the cache."""
        return self.host_latency + int(size * 8 / self.host_gbps)

    def is_cut(self, time: int) -> bool:
        """Is the path cut at this time?"""
        return any(begin <= time < end for begin, end in self.cuts)
