"""What random runs draw of a group: settings of its replication, where everything is, what has been counted before."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mirrorlog.tables.shared_memory import FullPolicy, PairState
from tb.config.settings import (
    BLOCK_BYTES,
    Activity,
    Counted,
    Group,
    Layout,
    NoRoom,
    Pair,
    ReadMode,
    Replication,
    Volume,
    two_systems,
)
from tb.scenarios.two_systems import CAPACITY, JOURNAL, OTHER_JOURNAL

PAGE, TAG_BITS, WORD_BITS, HALF_WORD_BITS = 4096, 32, 32, 16
# Update numbers and counts of bytes are taken as endless
COUNT_BITS = 62
# Of write data that a batch brings at once, so that journals come well within what anything waits for
BATCH_BEATS = 1024
# States of an original system's pair of which nothing is left to be copied
NOTHING_LEFT = (PairState.COPYING, PairState.NOT_COPYING, PairState.NORMAL, PairState.NORMAL)
# Chance that a plain group asks for nothing again that had no room
NO_RETRY = 0.4


def draw_group(
    rng: random.Random,
    tables: Layout,
    parameters: Mapping[str, int],
    left: Sequence[int],
    original: int,
    secondary: int,
    once: bool = False,
) -> tuple[Layout, Layout]:
    """Draw one group from what its layout says; `left` as _placed takes it. `once`: it may be one that asks for nothing
    again that had no room.
    """
    replication = draw_replication(rng, parameters, once)
    policy = rng.choice([FullPolicy.STALL, FullPolicy.STALL, FullPolicy.ERROR])
    tables = replace(tables, groups=tuple(replace(group, policy=policy) for group in tables.groups))
    firsts = {
        volume.number: _large_place(rng, parameters["axi_addr_width"])
        for volume in tables.volumes
        if volume.number not in (JOURNAL, OTHER_JOURNAL)
    }
    numbers = Counted(
        update_number=1 + large(rng, COUNT_BITS),
        data_offset=large(rng, COUNT_BITS) // BLOCK_BYTES * BLOCK_BYTES,
        host_bytes=large(rng, COUNT_BITS) // BLOCK_BYTES * BLOCK_BYTES,
    )
    sides = two_systems(tables, replication, original, secondary)
    bits = parameters["axi_addr_width"]
    return _placed(rng, sides[0], firsts, numbers, bits, left), _placed(rng, sides[1], firsts, numbers, bits, left)


def draw_replication(rng: random.Random, parameters: Mapping[str, int], once: bool) -> Replication:
    """Draw the settings of a group's replication. `once`: it may ask for nothing again that had no room."""
    commands = parameters["commands"]
    replication = Replication(
        0,
        0,
        Activity.RETRY,
        # 0 is no group's that has begun
        generation=max(1, large(rng, TAG_BITS)),
        tag=large(rng, TAG_BITS),
        read_mode=rng.choice(list(ReadMode)),
        batch_journals=min(rng.choice([1, 3, 8, 64]), max(16, parameters["max_data_bytes"] // BLOCK_BYTES)),
        batch_bytes=min(
            rng.choice([4096, 8192, 65536]), parameters["max_data_bytes"], BATCH_BEATS * parameters["data_width"] // 8
        ),
        commands=rng.choice([1, 2, commands, commands]),
        no_room=rng.choice(list(NoRoom)),
        interval=rng.choice([50, 300]),
        timeout=rng.choice([1500, 3000]),
        next_command=rng.randrange(3),
        backlog=rng.choice([1, 8, 64]),
        copy_unit=min(rng.choice([512, 1536, 2048, 3584, 4096]), parameters["max_transfer_bytes"]),
    )
    if replication.read_mode == ReadMode.PLAIN:
        # one journal after the other takes as many round trips as there are journals
        replication = replace(replication, commands=1, batch_journals=max(3, replication.batch_journals))
        if once and rng.random() < NO_RETRY:
            # what has no room is held
            replication = replace(replication, activity=0, no_room=NoRoom.HOLD)
    return replication


def _placed(
    rng: random.Random, side: Layout, firsts: dict[int, int], numbers: Counted, bits: int, left: Sequence[int]
) -> Layout:
    """Draw where one side's journals lie; of each volume, `firsts` says where its part that is used begins, of which
    all is copied already but so many blocks, one of `left`.
    """

    def pair(row: Pair) -> Pair:
        copied = CAPACITY - BLOCK_BYTES * rng.choice(left)
        state = PairState.COPYING
        if copied == CAPACITY:
            # its copying may not even have begun; at the original system, it may have ended, with its marker to come
            state = rng.choice([state, PairState.NOT_COPYING] if row.secondary else NOTHING_LEFT)
        return replace(row, state=state, copy_complete_address=firsts[row.original_volume] + copied)

    def volume(row: Volume) -> Volume:
        return replace(row, first=firsts.get(row.number) if row.number in firsts else _large_place(rng, bits))

    def counted(group: Group) -> Counted:
        return replace(
            numbers,
            information_place=64 * rng.randrange(group.information_bytes // 64),
            data_place=BLOCK_BYTES * rng.randrange(group.data_bytes // BLOCK_BYTES),
        )

    return Layout(
        tuple(volume(row) for row in side.volumes),
        tuple(pair(row) for row in side.pairs),
        tuple(replace(group, counted=counted(group)) for group in side.groups),
    )


def large(rng: random.Random, bits: int) -> int:
    """Draw a value of up to so many bits: 0, any, or a little below where a carry goes up, to the upper half of a word
    of 32 bits, to the upper of two words, or out."""
    carry = 1 << rng.choice([bits, min(bits, WORD_BITS), HALF_WORD_BITS, rng.randrange(8, bits + 1)])
    return rng.choice([0, rng.getrandbits(bits), carry - rng.randrange(1, 16)])


def _large_place(rng: random.Random, bits: int) -> int:
    """Draw a place in a volume, whose device's addresses have so many bits: 0, any, or a little below a place at which
    a carry goes up."""
    carry = (1 << rng.randrange(20, bits - 2)) - PAGE * rng.randrange(1, 8)
    return rng.choice([0, rng.getrandbits(bits - 2) // BLOCK_BYTES * BLOCK_BYTES, carry])
