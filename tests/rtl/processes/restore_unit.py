"""cocotb tests of restore.v: scanning against the model's restore process (FIG 20) on the same tables, and what the
other three steps change.
"""

import random
from collections import Counter
from typing import Any

import cocotb
from cocotb.triggers import Timer

from mirrorlog.formats.outcomes import RestoreOutcome
from mirrorlog.formats.update_information import JournalKind
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import GroupState, PairState, Parameters, Reason, VolumeState
from tests.rtl.units import chance, generator

ENTRY, ENTRIES, AREA_BYTES = 64, 24, 8192
GROUP, JOURNAL_VOLUME = 1, 2
NOT_NORMAL, JOURNAL_ABNORMAL, NO_JOURNAL, READING, READ_FAILED, WRITING, FREED = RestoreOutcome
DEVICE_ERROR = 13
RUNS = ("scan", "write", "written", "free")
EFFECTS = (
    "writes", "restores_next", "set_pair_state", "marks", "group_fails", "journal_volume_fails", "stops", "frees",
)  # fmt: skip
ROUNDS = 4000


def random_system(rng: random.Random) -> StorageSystem:
    """A secondary system with committed journals anywhere in its ring, some of them restored."""
    made = StorageSystem(Parameters())
    group, volume = made.shared.groups[GROUP], made.shared.volumes[JOURNAL_VOLUME]
    group.secondary.started, group.journal_volume = True, JOURNAL_VOLUME
    group.state = rng.choice([GroupState.NORMAL] * 4 + [GroupState.ABNORMAL])
    group.secondary.takeover, group.secondary.restore_stopped = chance(rng, 30), chance(rng, 5)
    volume.capacity = ENTRY * ENTRIES + AREA_BYTES
    volume.state = rng.choice([VolumeState.NORMAL] * 9 + [VolumeState.ABNORMAL])
    group.ring.load(0, ENTRY * ENTRIES, volume.capacity)
    group.ring.update_information_oldest = ENTRY * rng.randrange(ENTRIES)
    stored = rng.randrange(ENTRIES + 1)
    group.ring.update_information_used = group.ring.update_information_committed = ENTRY * stored
    group.update_number = rng.randrange(ENTRIES, 1 << 60)
    group.secondary.next_restore = group.update_number - rng.randrange(stored + 1)
    return made


def present(dut: Any, made: StorageSystem, run: str) -> None:
    """Drive the tables of the group, for one kind of step."""
    group, volume = made.shared.groups[GROUP], made.shared.volumes[JOURNAL_VOLUME]
    for name in RUNS:
        getattr(dut, name).value = name == run
    dut.group_state.value, dut.takeover.value = group.state, group.secondary.takeover
    dut.stopped.value = group.secondary.restore_stopped
    dut.journal_volume_valid.value, dut.journal_volume_state.value = 1, volume.state
    dut.update_number.value, dut.oldest_number.value = group.update_number, group.oldest_stored()
    dut.information_area.value, dut.data_head.value = ENTRY * ENTRIES, ENTRY * ENTRIES
    dut.information_oldest.value = group.ring.update_information_oldest
    dut.number.value = group.secondary.next_restore


async def settle(dut: Any) -> None:
    """Two cycles: what a scan decides on holds from then on."""
    for level in (0, 1, 0, 1):
        dut.clk.value = level
        await Timer(1, "ns")


def effects(dut: Any) -> set[str]:
    """What the module wants changed."""
    return {name for name in EFFECTS if int(getattr(dut, name).value)}


@cocotb.test
async def test_scanning_ends_as_in_fig_20(dut: Any) -> None:
    """2010 to 2040: outcome, first journal's place, and how many, across the end of the area too."""
    rng = generator()
    dut.kind.value = dut.size.value = dut.pair_state.value = dut.failed.value = dut.damaged.value = 0
    exits: Counter[int] = Counter()
    for _ in range(ROUNDS):
        made = random_system(rng)
        group = made.shared.groups[GROUP]
        present(dut, made, "scan")
        await settle(dut)
        step = made.restore.scan(GROUP)
        assert int(dut.outcome.value) == step.outcome and dut.of_group.value and not dut.status.value
        assert effects(dut) == ({"group_fails", "stops"} if step.outcome == JOURNAL_ABNORMAL else set())
        if step.outcome == READING:
            assert int(dut.count.value) == step.size
            place = group.ring.entry_place(step.reference - group.oldest_stored())
            assert int(dut.entry_place.value) == place
        exits[step.outcome] += 1
    assert set(exits) == {NOT_NORMAL, JOURNAL_ABNORMAL, NO_JOURNAL, READING}, exits


@cocotb.test
async def test_writing_freeing_and_failures(dut: Any) -> None:
    """2041, 2050, 2060: each kind of journal in each state of its pair."""
    rng = generator()
    exits: Counter[int] = Counter()
    for _ in range(ROUNDS):
        made = random_system(rng)
        group, volume = made.shared.groups[GROUP], made.shared.volumes[JOURNAL_VOLUME]
        run, failed = rng.choice(RUNS[1:]), chance(rng, 20)
        kind, state = rng.choice(list(JournalKind)), rng.choice(list(PairState)[1:])
        marker = kind is JournalKind.END_OF_INITIAL_COPY
        present(dut, made, run)
        dut.kind.value, dut.size.value = kind, 0 if marker else 512
        damaged = run == "write" and failed and chance(rng, 50)
        dut.pair_state.value, dut.failed.value, dut.damaged.value = state, failed, damaged
        await Timer(1, "ns")
        runs = (group.state is GroupState.NORMAL or group.secondary.takeover) and not group.secondary.restore_stopped
        expected: set[str] = set()
        new_state = None
        if run == "written":  # its record is the read-write process's
            expected = {"group_fails", "stops"} if failed else set()
        elif run == "free":
            outcome = FREED
            expected = {"frees"}
            if marker:
                expected.add("marks")
                new_state = None if state is PairState.ABNORMAL else PairState.NORMAL
        elif not runs:
            outcome = NOT_NORMAL
        elif volume.state is not VolumeState.NORMAL:
            outcome, expected = JOURNAL_ABNORMAL, {"group_fails", "stops"}
        elif failed:
            outcome, expected = READ_FAILED, {"journal_volume_fails"}
            expected |= {"group_fails", "stops"} if damaged else set()
        else:
            outcome = WRITING
            expected = {"restores_next"} if marker else {"restores_next", "writes"}
            if kind is JournalKind.INITIAL_COPY and state is PairState.NOT_COPYING:
                new_state = PairState.COPYING
        if new_state is not None:
            expected.add("set_pair_state")
            assert int(dut.new_pair_state.value) == new_state
        assert effects(dut) == expected, (run, kind.name, state.name, failed)
        if "group_fails" in expected:
            failing = (
                Reason.JOURNAL_DAMAGED if damaged and "journal_volume_fails" in expected else Reason.JOURNAL_DEVICE
            )
            assert int(dut.group_reason.value) == (Reason.VOLUME_DEVICE if run == "written" else failing)
        if run != "written":
            assert int(dut.outcome.value) == outcome
            assert bool(dut.of_group.value) == (outcome not in (WRITING, FREED))
            assert int(dut.status.value) == (DEVICE_ERROR if outcome == READ_FAILED else 0)
            exits[outcome] += 1
    assert set(exits) == {NOT_NORMAL, JOURNAL_ABNORMAL, READ_FAILED, WRITING, FREED}, exits
