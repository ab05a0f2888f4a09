"""What a run of the bench is to be: parameters of the system, behaviour of devices and host, layout of volumes and
journals.

The process that starts a simulation writes the settings into the run's folder; the simulation reads them there.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from enum import IntEnum, IntFlag
from pathlib import Path
from typing import Any

from mirrorlog.tables.shared_memory import FullPolicy, GroupState, PairState, VolumeState
from mirrorlog.tables.units import NONE
from tb.config.files import beside
from tb.config.parameter_table import refusal

BLOCK_BYTES = 512
ENTRY_BYTES = 64
# The update information area's share of a journal volume
INFORMATION_SHARE = 64
MEBIBYTE = 1 << 20


# Both of two systems, on a board
BOTH = 3


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameters of bench.v, by their lower-case names; sizes in bytes.

    `systems` 2: with a connection path; `system_number` is that of the first, the second has the next; `model`: the one
    of two that the model plays, 1 the first, 2 the second, 0 none; `board` likewise, the one on a board, 3: both.
    `device1_bytes` is the size of every device but the first. Raises ValueError, with one line, for what is not legal.
    """

    systems: int = 1
    model: int = 0
    board: int = 0
    data_width: int = 512
    volumes: int = 8
    pairs: int = 8
    groups: int = 4
    max_transfer_bytes: int = 16384
    max_data_bytes: int = 65536
    cache_slots: int = 16
    read_slots: int = 4
    flushes: int = 4
    outstanding: int = 16
    commands: int = 4
    window: int = 256
    devices: int = 2
    axi_addr_width: int = 48
    axi_id_width: int = 4
    system_number: int = 1
    device0_bytes: int = 4 * MEBIBYTE
    device1_bytes: int = 4 * MEBIBYTE

    def __post_init__(self) -> None:
        refused = refusal(asdict(self))
        if refused:
            raise ValueError(refused)

    @property
    def batch_journals(self) -> int:
        """Journals of a packet at most: as many as its write data has blocks, 16 to 64."""
        return sorted((16, self.max_data_bytes // 512, 64))[1]

    def verilog(self) -> dict[str, int]:
        """Return the parameters by their Verilog names."""
        return {name.upper(): value for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Devices and host. Latencies in cycles, pauses in percent of the cycles of every channel."""

    queue_depth: int = 16
    write_latency: int = 20
    read_latency: int = 20
    device_pauses: float = 0.0
    host_pauses: float = 0.0
    commit_pauses: float = 0.0
    register_pauses: float = 0.0


@dataclass(frozen=True, slots=True)
class Start:
    """What a system starts from: the address of its devices' first bytes (a multiple of 4 KiB), its clock cycle (48
    bits) and its time of day (ns) at reset, of which its incarnation
    comes: 2^30 ns are 1."""

    device_base: int = 0
    first_cycle: int = 0
    time_ns: int = 0


@dataclass(frozen=True, slots=True)
class PathBehaviour:
    """The connection path, the same in both directions: `beats` in `cycles`, each `delay` cycles on its way.

    Faults and pauses in percent: of the packets, of the cycles.
    """

    delay: int = 0
    beats: int = 1
    cycles: int = 1
    drop: float = 0.0
    corrupt: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    pauses: float = 0.0


@dataclass(frozen=True, slots=True)
class Volume:
    """A logical volume (FIG 4). Its `capacity` bytes from position `first` on lie at `offset` from its device's first
    byte; nobody must touch those before, which a large `first` needs no device for.
    """

    number: int
    capacity: int
    device: int
    offset: int
    state: VolumeState = VolumeState.NORMAL
    pair: int = NONE
    first: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair (FIG 5): `original_volume` is copied to `secondary_volume` (NONE: it has the same number) in another
    system.

    `partner` is that other system, 0 for the next one. `secondary`: the secondary volume is here, the original there.
    """

    number: int
    original_volume: int
    group: int
    state: PairState = PairState.NORMAL
    copy_complete_address: int = 0
    partner: int = 0
    secondary: bool = False
    secondary_volume: int = NONE

    @property
    def volumes(self) -> tuple[int, int]:
        """The numbers of both volumes, the original one's first."""
        return self.original_volume, self.original_volume if self.secondary_volume == NONE else self.secondary_volume

    @property
    def here(self) -> int:
        """The number of the volume that is in this system."""
        return self.volumes[self.secondary]


class Activity(IntFlag):
    """What runs for a group: bits of its register `activity`."""

    ORIGINAL = 1
    SECONDARY = 2
    TAKEOVER = 4
    STOPPED = 8
    RESTORE_STOPPED = 16
    RETRY = 64


class ReadMode(IntEnum):
    """How the journal read command says what it wants."""

    BY_NUMBER = 0
    PLAIN = 1


class NoRoom(IntEnum):
    """What becomes of a received journal that has no room."""

    DROP = 0
    HOLD = 1


@dataclass(frozen=True, slots=True)
class Replication:
    """What a group's registers say about replication; named as these. Sizes in bytes, times in cycles."""

    partner_system: int
    partner_group: int
    activity: int
    generation: int = 1
    partner_area: int = 0
    read_mode: int = ReadMode.BY_NUMBER
    batch_journals: int = 64
    batch_bytes: int = 65536
    commands: int = 4
    no_room: int = NoRoom.DROP
    interval: int = 500
    timeout: int = 100_000
    next_command: int = 0
    backlog: int = 64
    copy_unit: int = 16384
    silence: int = 0
    tag: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """What a group has counted when a run begins: its next update number, its data offset, the bytes of host writes
    freed or committed; and where in its areas the next journal goes, in bytes."""

    update_number: int = 1
    data_offset: int = 0
    host_bytes: int = 0
    information_place: int = 0
    data_place: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """A group (FIG 6) with its journal volume's areas (FIG 7), which begin with the journal volume and are empty at the
    start. `watch_time` in cycles."""

    number: int
    journal_volume: int
    pairs: tuple[int, ...]
    information_bytes: int
    data_bytes: int
    policy: FullPolicy = FullPolicy.STALL
    watch_time: int = 1_000_000
    state: GroupState = GroupState.NORMAL
    replication: Replication | None = None
    counted: Counted = field(default_factory=Counted)


@dataclass(frozen=True, slots=True)
class Layout:
    """The tables that are set up before a run."""

    volumes: tuple[Volume, ...] = ()
    pairs: tuple[Pair, ...] = ()
    groups: tuple[Group, ...] = ()

    def running(self, activity: Activity) -> list[tuple[Group, Replication]]:
        """Return the groups that run so once replication is started, with their settings of it."""
        return [
            (g, g.replication) for g in self.groups if g.replication is not None and g.replication.activity & activity
        ]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a simulation needs to know. `trace`: prefix of a workload's files, or "". `drain_lines` 0:
    Python sleeps. `layout` is that of the first system, `second` that of the second; `images`: systems and devices that
    have one. `crash_at`: the path is cut after so many host writes, 0 never; `copy_before`: hosts wait for the end of
    initial copy. `start` and `second_start`: what the systems start from. `target`: the link to the board, or "";
    `patience`: how many times as long as otherwise everything may take."""

    parameters: Parameters = field(default_factory=Parameters)
    behaviour: Behaviour = field(default_factory=Behaviour)
    layout: Layout = field(default_factory=Layout)
    trace: str = ""
    repeat: str = ""
    drain_lines: int = 64
    images: tuple[tuple[int, int], ...] = ()
    second: Layout = field(default_factory=Layout)
    path: PathBehaviour = field(default_factory=PathBehaviour)
    crash_at: int = 0
    copy_before: bool = False
    start: Start = field(default_factory=Start)
    second_start: Start = field(default_factory=Start)
    target: str = ""
    patience: int = 1

    @property
    def layouts(self) -> dict[int, Layout]:
        """The layout of each system, by its number."""
        first = self.parameters.system_number
        return {first: self.layout} | ({first + 1: self.second} if self.parameters.systems > 1 else {})

    @property
    def starts(self) -> dict[int, Start]:
        """What each system starts from, by its number."""
        first = self.parameters.system_number
        return {first: self.start} | ({first + 1: self.second_start} if self.parameters.systems > 1 else {})

    def write(self, prefix: Path) -> None:
        """Write PREFIX.settings."""
        beside(prefix, "settings").write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def read(cls, prefix: Path) -> "Settings":
        """Read PREFIX.settings."""
        raw = json.loads(beside(prefix, "settings").read_text())
        return cls(
            Parameters(**raw["parameters"]),
            Behaviour(**raw["behaviour"]),
            _layout(raw["layout"]),
            raw["trace"],
            raw["repeat"],
            raw["drain_lines"],
            tuple((system, device) for system, device in raw["images"]),
            _layout(raw["second"]),
            PathBehaviour(**raw["path"]),
            raw["crash_at"],
            raw["copy_before"],
            Start(**raw["start"]),
            Start(**raw["second_start"]),
            raw["target"],
            raw["patience"],
        )


def _layout(raw: dict[str, Any]) -> Layout:
    """Return the layout that was written."""
    enums = {"policy": FullPolicy, "state": GroupState}
    replications = [g["replication"] and Replication(**g["replication"]) for g in raw["groups"]]
    return Layout(
        tuple(Volume(**{**v, "state": VolumeState(v["state"])}) for v in raw["volumes"]),
        tuple(Pair(**{**p, "state": PairState(p["state"])}) for p in raw["pairs"]),
        tuple(
            Group(
                **g
                | {"pairs": tuple(g["pairs"]), "replication": replication, "counted": Counted(**g["counted"])}
                | {name: kind(g[name]) for name, kind in enums.items()}
            )
            for g, replication in zip(raw["groups"], replications, strict=True)
        ),
    )


def journal_areas(journal_bytes: int) -> tuple[int, int]:
    """Divide a journal volume: bytes of its update information area (1/64 of it) and of its write data area."""
    information = journal_bytes // INFORMATION_SHARE // BLOCK_BYTES * BLOCK_BYTES
    return information, (journal_bytes - information) // BLOCK_BYTES * BLOCK_BYTES


def replication_layout(
    capacities: dict[int, int],
    journal_bytes: int,
    policy: FullPolicy = FullPolicy.STALL,
    watch_time: int = 1_000_000,
    journal_volume: int = 4,
    group: int = 1,
) -> Layout:
    """The specification's example: each volume an original of group 1, one after the other on device 0; journal
    volume 4 on device 1.

    Volume n is of pair n; initial copy is done (pair state "normal", everything copied).
    """
    volumes, pairs, offset = [], [], 0
    for number, capacity in sorted(capacities.items()):
        volumes.append(Volume(number, capacity, 0, offset, VolumeState.ORIGINAL, number))
        pairs.append(Pair(number, number, group, PairState.NORMAL, capacity))
        offset += capacity
    information, data = journal_areas(journal_bytes)
    volumes.append(Volume(journal_volume, journal_bytes, 1, 0))
    groups = (
        Group(group, journal_volume, tuple(pair.number for pair in pairs), information, data, policy, watch_time),
    )
    return Layout(tuple(volumes), tuple(pairs), groups)


def two_systems(
    layout: Layout, replication: Replication, original: int = 1, secondary: int = 2
) -> tuple[Layout, Layout]:
    """Divide a replication layout between an original system and a secondary system, where initial copy is yet to be
    done. `replication` has the settings of all groups; partners and activity are filled in."""
    pairs = [replace(pair, state=PairState.NOT_COPYING, copy_complete_address=0) for pair in layout.pairs]
    retry = replication.activity & ~(Activity.ORIGINAL | Activity.SECONDARY)

    def groups(partner: int, activity: Activity) -> tuple[Group, ...]:
        return tuple(
            replace(
                group,
                replication=replace(
                    replication,
                    partner_system=partner,
                    partner_group=group.number,
                    partner_area=group.data_bytes,
                    activity=retry | activity,
                ),
            )
            for group in layout.groups
        )

    originals = tuple(replace(pair, partner=secondary) for pair in pairs)
    secondaries = tuple(replace(pair, partner=original, secondary=True) for pair in pairs)
    volumes = tuple(
        replace(volume, state=VolumeState.SECONDARY) if volume.state is VolumeState.ORIGINAL else volume
        for volume in layout.volumes
    )
    return (
        Layout(layout.volumes, originals, groups(secondary, Activity.ORIGINAL)),
        Layout(volumes, secondaries, groups(original, Activity.SECONDARY)),
    )


def without_replication(layout: Layout) -> Layout:
    """The same volumes in state "normal", without pairs and groups."""
    return Layout(tuple(replace(volume, state=VolumeState.NORMAL, pair=NONE) for volume in layout.volumes))
