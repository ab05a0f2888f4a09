"""Every exit of the flow charts of replication is reached in lock-step: each run names those it is there for, and a
missing one fails."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from mirrorlog.tables.shared_memory import VolumeState
from tb.config.settings import Layout, NoRoom, ReadMode, Replication, two_systems
from tb.regress.testplan import EXITS, read_plan
from tb.scenarios.two_systems import JOURNAL, KIBIBYTE, REPLICATION, SECOND, layout
from tests.sim.replication_systems import run_replication
from tests.sim.systems import passes
from tests.test_testplan import documented_exits

INITIAL_COPY, RESTORE, ANNOUNCEMENT = 4, 8, 10
# Exits that hardware cannot reach in a run, and why
UNREACHABLE = {"10/0": "an answer comes twice only from a path that doubles it; the unit's test has it"}


def with_state(tables: Layout, volume: int, state: VolumeState) -> Layout:
    """Return tables in which a volume has another state."""
    return replace(tables, volumes=tuple(replace(v, state=state) if v.number == volume else v for v in tables.volumes))


def without_pair(tables: Layout, pair: int) -> Layout:
    """Return tables in which a pair is in no group's pair set."""
    return replace(
        tables, groups=tuple(replace(g, pairs=tuple(p for p in g.pairs if p != pair)) for g in tables.groups)
    )


def with_capacity(tables: Layout, volume: int, capacity: int) -> Layout:
    """Return tables in which a volume has another size."""
    return replace(
        tables, volumes=tuple(replace(v, capacity=capacity) if v.number == volume else v for v in tables.volumes)
    )


def with_secondary_volume(tables: Layout, volume: int, number: int) -> Layout:
    """Return tables in which a pair names another secondary volume."""
    pairs = (replace(p, secondary_volume=number) if p.original_volume == volume else p for p in tables.pairs)
    return replace(tables, pairs=tuple(pairs))


def systems(replication: Replication = REPLICATION, **changes: Any) -> tuple[Layout, Layout]:
    """Return the tables of both systems; `changes` are layout's."""
    return two_systems(layout(**changes), replication)


USUAL = systems()
SMALL_BATCHES = replace(REPLICATION, batch_journals=2, batch_bytes=4096)
PLAIN = replace(REPLICATION, read_mode=ReadMode.PLAIN, commands=1)
HOLDING = replace(REPLICATION, no_room=NoRoom.HOLD)
# Exits of what is not held: the rest of a packet is dropped, journals are sent again
RESENT = ("6/1755", "5/1545")


def little_room(replication: Replication) -> tuple[Layout, Layout]:
    """Return tables in which the secondary's journal volume holds less than the original's. The path loses nothing, so
    that nothing has to be asked for again before a long time."""
    patient = replace(replication, timeout=50_000)
    return systems(patient)[0], systems(patient, data_bytes=8 * KIBIBYTE)[1]


@dataclass(frozen=True)
class Case:
    """A run of `scenario` that reaches `exits`, each "process/outcome", and none of `never`."""

    scenario: str
    exits: tuple[str, ...]
    layouts: tuple[Layout, Layout] = field(default=USUAL)
    title: str = ""
    never: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Of the test."""
        return self.title or self.scenario


CASES = (
    Case("Copied", ("4/1390", "4/1050", "4/1070", "4/940", "4/1030"), systems(entries=16), "SmallRing"),
    Case("Copied", ("5/1570", "5/1580", "6/1700", "6/1760"), systems(SMALL_BATCHES), "SmallBatches"),
    Case("Ahead", ("5/1540", "5/1545", "7/1850", "7/1860"), systems(SMALL_BATCHES)),
    Case("OtherGenerations", ("5/0", "5/1560", "6/1725")),
    Case("OldGenerations", ("5/0", "6/0")),
    Case("Duplicated", ("6/0",), systems(PLAIN), "DuplicatedPlain"),
    Case("Duplicated", ("7/1",)),
    Case("PostedStates", ("5/1515", "6/1735", "8/2015")),
    Case("Gone", ("5/1", "6/1735")),
    Case("HeartbeatTimeout", ("5/2",), systems(replace(REPLICATION, silence=3000))),
    Case("CutAndHealed", ("6/1760", "8/2050", "8/2060")),
    Case("OriginalJournalVolumeAbnormal", ("5/1525",)),
    Case("SecondaryJournalVolumeAbnormal", ("6/1745",)),
    Case("RestoreFindsJournalVolumeAbnormal", ("8/2025",)),
    Case("CopyWithoutJournalVolume", ("4/1315",), (with_state(USUAL[0], JOURNAL, VolumeState.ABNORMAL), USUAL[1])),
    Case("CopyOfAbnormalVolume", ("4/1",), (with_state(USUAL[0], SECOND, VolumeState.ABNORMAL), USUAL[1])),
    Case("UnknownPair", ("7/2", "6/0", "10/1", "10/2", "10/3", "10/4"), (USUAL[0], without_pair(USUAL[1], SECOND))),
    Case("UnknownPair", ("7/2", "6/0"), (USUAL[0], with_capacity(USUAL[1], SECOND, KIBIBYTE)), "VolumeTooSmall"),
    Case("UnknownPair", ("7/2", "6/0"), (USUAL[0], with_secondary_volume(USUAL[1], SECOND, 8)), "VolumeUnknown"),
    Case("NeverFits", ("7/3", "6/0"), (USUAL[0], systems(data_bytes=4 * KIBIBYTE)[1])),
    Case("FullSecondary", ("7/1820", "6/1755", "5/1545"), little_room(REPLICATION), "FullSecondaryDrops"),
    Case("FullSecondary", ("7/1820",), little_room(HOLDING), "FullSecondaryHolds"),
    Case("FullSecondary", ("7/1820",), little_room(replace(HOLDING, commands=1)), "HeldIsStored", RESENT),
    Case("FullSecondary", ("7/1820", "6/1755", "5/1545"), little_room(PLAIN), "FullSecondaryDropsPlain"),
    Case("FullSecondary", ("7/1820",), little_room(replace(PLAIN, no_room=NoRoom.HOLD)), "HeldIsStoredPlain", RESENT),
    Case("FullSecondaryLoses", ("7/1820", "6/1755", "6/1735"), little_room(replace(PLAIN, activity=0))),
    Case("SendingEntriesNotRead", ("5/1525",)),
    Case("SentDataNotRead", ("5/3", "5/1525")),
    Case("SentDataNotReadDuringWrites", ("5/3",)),
    Case("SentDataNotReadDuringWrites", ("5/3",), systems(PLAIN), "SentDataNotReadPlain"),
    Case("CopiedDataNotRead", ("5/3",)),
    Case("ReceivedNotWritten", ("3/4",)),
    Case("RestoredEntriesNotRead", ("8/2030", "8/2040", "8/2041", "8/2025")),
    Case("RestoredDataNotRead", ("8/2040", "8/2041", "8/2025")),
    Case("RestoredNotWritten", ("8/2050", "3/2")),
    Case("SentEntryDamaged", ("5/1525",)),
    Case("SentDataDamaged", ("5/3",)),
    Case("SentDataDamaged", ("5/3",), systems(PLAIN), "SentDataDamagedPlain"),
    Case("SentEntryDamagedAgain", ("5/1540", "5/1525")),
    Case("SentDataDamagedAgain", ("5/1545", "5/3"), systems(PLAIN)),
    Case("Overtaken", ("5/4",), systems(replace(PLAIN, timeout=20_000), data_bytes=8 * KIBIBYTE)),
    Case("RestoredEntryDamaged", ("8/2041",)),
    Case("RestoredDataDamaged", ("8/2041",)),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_lock_step_run_reaches_the_exits_it_is_there_for(case: Case, folder: Path, seed: int) -> None:
    """And model and RTL agree on them."""
    outcome = passes(run_replication(case.scenario, folder, seed, layouts=case.layouts))
    missing = [name for name in case.exits if not outcome.count(*map(int, name.split("/")))]
    assert not missing, f"exits not reached: {', '.join(missing)}"
    wrong = [name for name in case.never if outcome.count(*map(int, name.split("/")))]
    assert not wrong, f"exits reached: {', '.join(wrong)}"


def test_every_exit_of_replication_is_reached_by_some_run_or_has_a_reason_not_to_be() -> None:
    """The outcome tables of docs/commit_trace.md, FIG 10, 15, 17, 18 and 20."""
    reached = {name for case in CASES for name in case.exits}
    processes = (*range(INITIAL_COPY, RESTORE + 1), ANNOUNCEMENT)
    documented = {e for e in documented_exits() if int(e.split("/")[0]) in processes}
    missing = sorted(documented - reached - UNREACHABLE.keys())
    assert not missing, f"exits that no run reaches: {', '.join(missing)}"
    assert not reached & UNREACHABLE.keys()


def test_cases_that_the_testplan_names_are_there_for_the_exit() -> None:
    """Each by its name, as a parameter of the test of lock-step runs."""
    exits = {case.name: case.exits for case in CASES}
    named = [
        (item.name, test.partition("[")[2].rstrip("]"))
        for item in read_plan()
        if item.part == EXITS
        for test in item.tests
        if test.startswith(f"tests/sim/{Path(__file__).name}::")
    ]
    assert {name.split("/")[0] for name, _ in named} >= set(map(str, range(INITIAL_COPY, RESTORE + 1)))
    wrong = [(name, case) for name, case in named if "/".join(name.split("/")[:2]) not in exits[case]]
    assert not wrong, f"cases that are not there for it: {wrong}"
