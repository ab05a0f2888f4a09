"""The pairs of systems that random runs and most tests of replication run: small volumes, small journals, short
transfers."""

from mirrorlog.tables.shared_memory import FullPolicy, VolumeState
from tb.config.settings import Activity, Group, Layout, Pair, Parameters, Replication, Volume

KIBIBYTE = 1024
CAPACITY = 32 * KIBIBYTE
DEVICE_BYTES = 128 * KIBIBYTE
ENTRIES = 64
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
