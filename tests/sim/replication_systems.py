"""The pairs of systems that the replication tests run: small volumes, small journals, short transfers."""

import random
from dataclasses import replace
from pathlib import Path

from mirrorlog.tables.shared_memory import FullPolicy, VolumeState
from tb.config.settings import (
    Activity,
    Behaviour,
    Group,
    Layout,
    Pair,
    Parameters,
    PathBehaviour,
    Replication,
    Settings,
    Start,
    Volume,
    two_systems,
)
from tb.running.system_run import Outcome
from tests.sim.systems import run
from tools.sources import RTL

KIBIBYTE = 1024
CAPACITY = 32 * KIBIBYTE
DEVICE_BYTES = 128 * KIBIBYTE
ENTRIES = 64
MODULE = ",".join(
    f"tests.sim.{name}scenarios" for name in ("replication_", "replication_state_", "replication_error_", "damage_")
)
# Volumes of the group that is copied from system 1 to 2, and of the one that is copied the other way
FIRST, SECOND, OTHER = 1, 2, 3
JOURNAL, OTHER_JOURNAL = 4, 5
GROUP, OTHER_GROUP = 1, 2
# Of tags and generations, before they wrap
LAST = 0xFFFF_FFFF
# Longer than anything stalls while the path works
WATCH_TIME = 20_000
PARAMETERS = Parameters(
    systems=2,
    data_width=256,
    volumes=8,
    pairs=4,
    groups=3,
    max_transfer_bytes=4096,
    cache_slots=8,
    read_slots=2,
    flushes=2,
    outstanding=4,
    device0_bytes=DEVICE_BYTES,
    device1_bytes=DEVICE_BYTES,
)
REPLICATION = Replication(
    0,
    0,
    Activity.RETRY,
    batch_journals=8,
    batch_bytes=8192,
    interval=100,
    timeout=4000,
    copy_unit=4096,
    generation=LAST,
    tag=LAST - 8,
)


def layout(
    group: int = GROUP,
    volumes: tuple[int, ...] = (FIRST, SECOND),
    journal: int = JOURNAL,
    entries: int = ENTRIES,
    data_bytes: int = 32 * KIBIBYTE,
    policy: FullPolicy = FullPolicy.STALL,
    devices: tuple[int, int] = (0, 1),
) -> Layout:
    """Return the tables of one group, as two_systems takes them; volume and pair numbers are the same. `devices` are
    that of the volumes and that of the journal volume."""
    information = 64 * entries
    device, journal_device = devices
    rows = tuple(
        Volume(number, CAPACITY, device, (number - 1) * CAPACITY, VolumeState.ORIGINAL, number) for number in volumes
    )
    place = 64 * KIBIBYTE if journal != JOURNAL or device == journal_device else 0
    return Layout(
        (*rows, Volume(journal, information + data_bytes, journal_device, place)),
        tuple(Pair(number, number, group) for number in volumes),
        (Group(group, journal, volumes, information, data_bytes, policy, WATCH_TIME),),
    )


def both_ways(replication: Replication) -> tuple[Layout, Layout]:
    """Return the layouts of two groups in opposite directions."""
    there = two_systems(layout(), replication)
    back = two_systems(layout(OTHER_GROUP, (OTHER,), OTHER_JOURNAL), replication, original=2, secondary=1)

    def joined(one: Layout, other: Layout) -> Layout:
        return Layout(one.volumes + other.volumes, one.pairs + other.pairs, one.groups + other.groups)

    return joined(there[0], back[1]), joined(there[1], back[0])


def apart(data_bytes: int = 24 * KIBIBYTE) -> Layout:
    """Return the tables of two groups in the same direction that share no device; `data_bytes` of the second one's
    journals."""
    one = layout(devices=(0, 0))
    other = layout(OTHER_GROUP, (OTHER,), OTHER_JOURNAL, devices=(1, 1), data_bytes=data_bytes)
    # the volume of the second group begins its device
    rows = tuple(replace(row, offset=0) if row.number == OTHER else row for row in other.volumes)
    return Layout(one.volumes + rows, one.pairs + other.pairs, one.groups + other.groups)


def counters_near_their_end(seed: int) -> tuple[Start, Start]:
    """Return starts whose cycle counters wrap early in the run, each in its own moment."""
    rng = random.Random(seed)
    first, second = (Start(first_cycle=(1 << 48) - rng.randrange(1000, 15_000)) for _ in range(2))
    return first, second


def run_replication(
    scenario: str,
    folder: Path,
    seed: int,
    *,
    module: str = MODULE,
    layouts: tuple[Layout, Layout] | None = None,
    path: PathBehaviour | None = None,
    behaviour: Behaviour | None = None,
    starts: tuple[Start, Start] | None = None,
    simulator: str = "",
    rtl: Path = RTL,
    **parameters: int,
) -> Outcome:
    """Run one scenario of `module` in lock-step; the outcome says whether it passed.

    Unless a simulator is given, it is Verilator for the systems that most tests share, whose build is worth its time,
    and Icarus for all others.
    """
    if not simulator:
        simulator = "icarus" if parameters or rtl != RTL else "verilator"
    original, secondary = layouts or two_systems(layout(), REPLICATION)
    first, second = starts or counters_near_their_end(seed)
    settings = Settings(
        replace(PARAMETERS, **parameters),  # type: ignore[arg-type]
        behaviour or Behaviour(),
        original,
        second=secondary,
        path=path or PathBehaviour(delay=50),
        start=first,
        second_start=second,
    )
    return run(module, scenario, folder, seed, settings, simulator, rtl)
