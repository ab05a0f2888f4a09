"""The system that random runs and most tests of one system run: small volumes in every state, small journals, short
transfers."""

from mirrorlog.tables.shared_memory import FullPolicy, GroupState, PairState, VolumeState
from tb.config.settings import Group, Layout, Pair, Parameters, Volume

KIBIBYTE = 1024
CAPACITY = 64 * KIBIBYTE
# Numbers of the volumes of LAYOUT
(
    NORMAL,
    ORIGINAL,
    COPYING,
    SECONDARY,
    JOURNAL,
    ABNORMAL,
    BLANK,
    NO_PAIR,
    NOT_COPYING,
    OTHER_GROUP,
    OTHER_JOURNAL,
    SUSPENDED,
) = range(12)
GROUP, SECOND_GROUP = 1, 2
COPIED = CAPACITY // 4 + 512
PARAMETERS = Parameters(
    data_width=256,
    volumes=12,
    pairs=8,
    groups=3,
    max_transfer_bytes=4096,
    cache_slots=8,
    read_slots=2,
    flushes=2,
    outstanding=4,
    system_number=7,
    device0_bytes=1024 * KIBIBYTE,
    device1_bytes=256 * KIBIBYTE,
)


def layout(
    entries: int = 512, data_bytes: int = 96 * KIBIBYTE, policy: FullPolicy = FullPolicy.STALL, watch_time: int = 200
) -> Layout:
    """Return tables in which every state occurs. `entries` (a multiple of 8) and `data_bytes` are group 1's areas."""
    information = entries * 64

    def volume(number: int, state: VolumeState, pair: int = 0xFFFF) -> Volume:
        return Volume(number, CAPACITY, 0, number * CAPACITY, state, pair)

    volumes = (
        volume(NORMAL, VolumeState.NORMAL),
        volume(ORIGINAL, VolumeState.ORIGINAL, 1),
        volume(COPYING, VolumeState.ORIGINAL, 2),
        volume(SECONDARY, VolumeState.SECONDARY, 6),
        Volume(JOURNAL, information + data_bytes, 1, 512),
        volume(ABNORMAL, VolumeState.ABNORMAL),
        volume(BLANK, VolumeState.BLANK),
        # on the device of the journals, likewise
        Volume(NO_PAIR, CAPACITY, 1, 3 * CAPACITY, VolumeState.ORIGINAL),
        volume(NOT_COPYING, VolumeState.ORIGINAL, 3),
        volume(OTHER_GROUP, VolumeState.ORIGINAL, 4),
        # on the device of the volumes, so that journals and volumes share a port, too
        Volume(OTHER_JOURNAL, 32 * KIBIBYTE, 0, 15 * CAPACITY),
        volume(SUSPENDED, VolumeState.ORIGINAL, 5),
    )
    pairs = (
        Pair(1, ORIGINAL, GROUP, PairState.NORMAL, CAPACITY),
        Pair(2, COPYING, GROUP, PairState.COPYING, COPIED),
        Pair(3, NOT_COPYING, SECOND_GROUP, PairState.NOT_COPYING),
        Pair(4, OTHER_GROUP, SECOND_GROUP, PairState.NORMAL, CAPACITY),
        Pair(5, SUSPENDED, SECOND_GROUP, PairState.ABNORMAL),
    )
    groups = (
        Group(GROUP, JOURNAL, (1, 2), information, data_bytes, policy, watch_time),
        Group(SECOND_GROUP, OTHER_JOURNAL, (3, 4, 5), 1024, 31 * KIBIBYTE, FullPolicy.ERROR, 0, GroupState.NORMAL),
    )
    return Layout(volumes, pairs, groups)
