"""cocotb tests of pair_scan.v: what is found among all pairs, on random tables, against lists."""

import random
from dataclasses import dataclass
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from tests.rtl.units import chance, start

BLANK, NOT_COPYING, COPYING, NORMAL, ABNORMAL = range(5)
PAIRS, ROUNDS = 6, 400
FLAGS = (
    "copy_found", "copy_marks", "copy_fails", "copy_unmarked", "blank_found", "other_secondary", "not_secondary",
    "other_original", "other_partner", "pair_too_small",
)  # fmt: skip


@dataclass(slots=True)
class Pair:
    """A pair's row, and the capacity of its secondary volume here."""

    state: int
    in_set: bool
    marked: bool
    original_system: int
    original_volume: int
    secondary_system: int
    secondary_volume: int
    last_copy_number: int
    original_capacity: int
    capacity: int


def random_pair(rng: random.Random, own: int, volumes: int, oldest: int) -> Pair:
    """A pair of a group that mostly fits."""
    systems = rng.choice([(own, 2)] * 8 + [(2, own)] * 8 + [(rng.randrange(4), rng.randrange(4))])
    capacity = 512 * rng.randrange(1, 9)
    return Pair(
        rng.choice([BLANK, NOT_COPYING, COPYING, NORMAL, NORMAL, ABNORMAL]), chance(rng, 60), chance(rng, 50),
        systems[0], rng.randrange(volumes), systems[1], rng.randrange(volumes + 2), oldest + rng.choice([-1, 0, 1]),
        capacity + rng.choice([0, 0, 0, -512, 512]), capacity,
    )  # fmt: skip


def expected(pairs: list[Pair], own: int, volumes: int, oldest: int, abnormal: int, partner: int, source: int) -> Any:
    """Flags, the pair that is copied or marked, the blank one, the secondary volumes."""
    numbered = list(enumerate(pairs))
    members = [(number, pair) for number, pair in numbered if pair.in_set]
    copied = [(number, pair) for number, pair in members if pair.state == NORMAL and not pair.marked]
    due = [number for number, pair in copied if pair.last_copy_number < oldest]
    unfinished = [number for number, pair in members if pair.state in (NOT_COPYING, COPYING)]
    broken = [number for number in unfinished if abnormal >> pairs[number].original_volume & 1]
    chosen = (due or broken or unfinished or [None])[0]
    blank = [number for number, pair in numbered if pair.state == BLANK]
    others = [p.secondary_system if p.original_system == own else p.original_system for _, p in members]
    here = [pair for _, pair in members if pair.secondary_volume < volumes]
    flags = (
        chosen is not None, bool(due), bool(broken and not due), bool(copied), bool(blank),
        any(pair.secondary_system != partner for _, pair in members),
        any(pair.secondary_system != own for _, pair in members),
        any(pair.original_system != own for _, pair in members), any(other != source for other in others),
        any(pair.capacity < pair.original_capacity for pair in here),
    )  # fmt: skip
    mask = 0
    for pair in here:
        mask |= 1 << pair.secondary_volume
    return dict(zip(FLAGS, flags, strict=True)), chosen, (blank or [None])[0], mask


@cocotb.test
async def test_all_pairs_are_scanned_one_a_cycle(dut: Any) -> None:
    """The capacity of a pair's secondary volume comes a cycle after the pair."""
    rng = await start(dut, begins=0, valid=0)
    own, volumes = int(dut.SYSTEM_NUMBER.value), int(dut.VOLUMES.value)
    seen = dict.fromkeys(FLAGS, 0)
    for _ in range(ROUNDS):
        oldest, abnormal = rng.randrange(1, 1 << 60), rng.getrandbits(volumes) & rng.getrandbits(volumes)
        partner, source = rng.choice([2, own, 1 << 32 | 2]), rng.choice([2, 3])
        pairs = [random_pair(rng, own, volumes, oldest) for _ in range(PAIRS)]
        dut.oldest_number.value, dut.volumes_abnormal.value = oldest, abnormal
        dut.partner.value, dut.source.value = partner, source
        dut.begins.value = 1
        await RisingEdge(dut.clk)
        dut.begins.value, dut.valid.value = 0, 1
        for number, pair in enumerate(pairs):
            dut.pair.value = number
            for name in Pair.__slots__[:-1]:
                getattr(dut, name).value = int(getattr(pair, name))
            await RisingEdge(dut.clk)
            dut.volume_capacity.value = pair.capacity
        dut.valid.value = 0
        await RisingEdge(dut.clk)
        await RisingEdge(dut.clk)
        flags, chosen, blank, mask = expected(pairs, own, volumes, oldest, abnormal, partner, source)
        assert {name: bool(getattr(dut, name).value) for name in FLAGS} == flags, pairs
        if chosen is not None:
            found = int(dut.copy_pair.value), int(dut.copy_volume.value)
            assert found == (chosen, pairs[chosen].original_volume)
        if blank is not None:
            assert int(dut.blank_pair.value) == blank
        assert int(dut.secondaries.value) == mask
        for name, value in flags.items():
            seen[name] += value
    assert all(0 < count < ROUNDS for count in seen.values()), seen
