"""cocotb tests of initial_copy.v: every exit of FIG 10, on random tables, against a reference on whole numbers."""

import random
from collections import Counter
from dataclasses import dataclass
from typing import Any

import cocotb
from cocotb.triggers import Timer

from mirrorlog.formats.commit_record import Creation
from mirrorlog.formats.outcomes import InitialCopyOutcome
from tests.rtl.units import chance, generator

BLOCK, ENTRY = 512, 64
GROUP_NORMAL, VOLUME_NORMAL, VOLUME_ABNORMAL = 1, 1, 4
BLANK, NOT_COPYING, COPYING, NORMAL, ABNORMAL = range(5)
VOLUME_FAILED, END_MARKED, NO_VOLUME, UNIT_CREATED, VOLUME_COPIED, STOPPED, WAITING = InitialCopyOutcome
INITIAL_COPY, END_OF_INITIAL_COPY = 1, 2
CREATED = Creation.INITIAL_COPY_CREATED
ROUNDS = 4000


@dataclass(slots=True)
class Pair:
    """A pair, and its original volume."""

    state: int
    in_group: bool
    marked: bool
    volume: int
    last_number: int
    copied: int


@dataclass(slots=True)
class Tables:
    """A group, its pairs, the capacity of each volume and which are abnormal."""

    started: bool
    group_state: int
    journal_volume_valid: bool
    journal_volume_state: int
    oldest_number: int
    copy_unit: int
    area: int
    used: int
    pairs: list[Pair]
    capacities: list[int]
    abnormal: list[bool]


@dataclass(slots=True)
class Step:
    """What a step does: the pair that it names, and the journal that it creates."""

    outcome: int
    creation: int = 0
    pair: int | None = None
    kind: int | None = None
    position: int = 0
    size: int = 0
    state: int | None = None
    copied: int | None = None


def reference(tables: Tables) -> Step:
    """The exit of FIG 10."""
    if not tables.started or tables.group_state != GROUP_NORMAL:
        return Step(NO_VOLUME)
    pairs = [(number, pair) for number, pair in enumerate(tables.pairs) if pair.in_group]
    finished = [
        number
        for number, pair in pairs
        if pair.state == NORMAL and not pair.marked and pair.last_number < tables.oldest_number
    ]
    unfinished = [number for number, pair in pairs if pair.state in (NOT_COPYING, COPYING)]
    broken = [number for number in unfinished if tables.abnormal[tables.pairs[number].volume]]
    if broken and not finished:
        return Step(VOLUME_FAILED, pair=broken[0])
    chosen = (finished or unfinished or [None])[0]
    if chosen is None:
        return Step(NO_VOLUME)
    works = tables.journal_volume_valid and tables.journal_volume_state == VOLUME_NORMAL
    if works and not finished and tables.used * 2 >= tables.area:
        return Step(WAITING, WAITING, chosen)
    pair = tables.pairs[chosen]
    capacity = tables.capacities[pair.volume]
    if not finished and pair.copied >= capacity:
        return Step(VOLUME_COPIED, 0, chosen, state=NORMAL, copied=capacity)
    if not works:  # 1310
        return Step(STOPPED, STOPPED, chosen)
    if tables.area - tables.used < ENTRY:  # 1370
        return Step(WAITING, WAITING, chosen)
    if finished:
        return Step(END_MARKED, CREATED, chosen, END_OF_INITIAL_COPY)
    size = min(tables.copy_unit, capacity - pair.copied)
    whole = pair.copied + size == capacity  # 1060
    step = Step(VOLUME_COPIED if whole else UNIT_CREATED, CREATED, chosen, INITIAL_COPY, pair.copied, size)
    step.state, step.copied = NORMAL if whole else COPYING, pair.copied + size
    return step


def random_tables(rng: random.Random, pairs: int, volumes: int) -> Tables:
    """Tables that lead to every exit."""
    capacities = [BLOCK * rng.randrange(1, 200) for _ in range(volumes)]
    oldest, area = rng.randrange(1, 1 << 50), ENTRY * rng.choice([1, 2, 16, 1000])
    states = rng.choice([(NORMAL,), (NOT_COPYING, COPYING), range(5)])
    rows = []
    for _ in range(pairs):
        volume = rng.randrange(volumes)
        copied = rng.choice([capacities[volume], BLOCK * rng.randrange(capacities[volume] // BLOCK + 2)])
        last = oldest + rng.choice([-1, 0, 1, -oldest])
        rows.append(Pair(rng.choice(states), chance(rng, 60), chance(rng, 50), volume, last, copied))
    used = min(area, ENTRY * rng.choice([0, area // ENTRY // 2, area // ENTRY // 2 + 1, area // ENTRY]))
    return Tables(
        chance(rng, 90), rng.choice([1] * 9 + [0, 2]), chance(rng, 95), rng.choice([1] * 9 + [0, 4]), oldest,
        BLOCK * rng.choice([1, 8, 32]), area, used, rows, capacities, [chance(rng, 15) for _ in range(volumes)],
    )  # fmt: skip


def scan(tables: Tables) -> tuple[list[int], list[int], list[int], bool]:
    """What pair_scan finds: pairs to be marked, that cannot be copied, to be copied; one waits for its marker."""
    pairs = [(number, pair) for number, pair in enumerate(tables.pairs) if pair.in_group]
    unmarked = [(number, pair) for number, pair in pairs if pair.state == NORMAL and not pair.marked]
    unfinished = [number for number, pair in pairs if pair.state in (NOT_COPYING, COPYING)]
    return (
        [number for number, pair in unmarked if pair.last_number < tables.oldest_number],
        [number for number in unfinished if tables.abnormal[tables.pairs[number].volume]],
        unfinished,
        bool(unmarked),
    )


def found(dut: Any) -> Step:
    """What the module says."""

    def value(name: str) -> int:
        return int(getattr(dut, name).value)

    creates, copies = value("creates"), value("copies")
    return Step(
        value("outcome"),
        value("creation"),
        value("pair") if value("names") else None,  # which it is given
        value("kind") if creates else None,
        value("position"),
        value("size"),
        value("new_pair_state") if copies else None,
        value("new_copy_complete") if copies else None,
    )


async def settle(dut: Any) -> None:
    """What it decides on holds for two cycles."""
    for level in (0, 1, 0, 1):
        dut.clk.value = level
        await Timer(1, "ns")


@cocotb.test
async def test_each_step_ends_as_fig_10(dut: Any) -> None:
    """Random tables; the rows of the pair that the module names are given back to it."""
    rng = generator()
    pairs, volumes = int(dut.PAIRS.value), 4
    exits: Counter[tuple[int, int]] = Counter()
    for _ in range(ROUNDS):
        tables = random_tables(rng, pairs, volumes)
        dut.asked.value, dut.run.value = 1, 1
        dut.started.value, dut.group_state.value = tables.started, tables.group_state
        dut.journal_volume_valid.value = tables.journal_volume_valid
        dut.journal_volume_state.value = tables.journal_volume_state
        dut.copy_unit.value = tables.copy_unit
        dut.information_area.value, dut.information_used.value = tables.area, tables.used
        dut.information_room.value = tables.area - tables.used >= ENTRY
        due, broken, unfinished, unmarked = scan(tables)
        chosen = (due or broken or unfinished or [0])[0]
        dut.found.value = bool(due or unfinished)
        dut.marks.value, dut.fails.value = bool(due), bool(broken and not due)
        dut.unmarked.value, dut.pair.value = unmarked, chosen
        dut.copy_complete_address.value = tables.pairs[chosen].copied
        dut.volume_capacity.value = tables.capacities[tables.pairs[chosen].volume]
        await settle(dut)
        step = reference(tables)
        assert found(dut) == step, tables
        marks = 1 << step.pair if step.outcome == END_MARKED and step.pair is not None else 0
        assert int(dut.set_end_markers.value) == marks
        assert bool(dut.over.value) == (step.outcome == NO_VOLUME and not unmarked), tables
        assert bool(dut.pair_fails.value) == (step.outcome == VOLUME_FAILED)
        assert bool(dut.group_fails.value) == (step.outcome == STOPPED)
        exits[step.outcome, step.creation] += 1
        dut.asked.value = dut.run.value = 0
        await settle(dut)
        effects = ("names", "creates", "copies", "pair_fails", "group_fails", "set_end_markers")
        assert not any(int(getattr(dut, name).value) for name in effects), "an effect of another kind of step"
    created = {(outcome, CREATED) for outcome in (END_MARKED, UNIT_CREATED, VOLUME_COPIED)}
    others = {(VOLUME_FAILED, 0), (NO_VOLUME, 0), (VOLUME_COPIED, 0), (STOPPED, STOPPED), (WAITING, WAITING)}
    assert set(exits) == created | others
