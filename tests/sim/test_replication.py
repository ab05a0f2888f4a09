"""Replication between two systems in lock-step: initial copy, both directions, every path fault, takeover."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from mirrorlog.formats.commit_record import Process
from mirrorlog.formats.outcomes import ReadCommandOutcome, ReceptionOutcome
from tb.config.settings import Behaviour, NoRoom, PathBehaviour, ReadMode, Replication, Start, two_systems
from tb.scenarios.two_systems import KIBIBYTE, REPLICATION, layout
from tests.sim.replication_systems import apart, both_ways, run_replication
from tests.sim.systems import passes

PLAIN = replace(REPLICATION, read_mode=ReadMode.PLAIN, commands=1)


@pytest.mark.parametrize(
    ("simulator", "replication"),
    [pytest.param("icarus", REPLICATION, marks=pytest.mark.long), ("verilator", REPLICATION), ("verilator", PLAIN)],
    ids=["icarus-by-number", "verilator-by-number", "verilator-plain"],
)
def test_initial_copy_beside_writes_ends_with_both_sides_equal(
    simulator: str, replication: Replication, folder: Path, seed: int
) -> None:
    """And the secondary is consistent at every look."""
    layouts = two_systems(layout(), replication)
    passes(run_replication("Copied", folder, seed, layouts=layouts, simulator=simulator))


@pytest.mark.long
@pytest.mark.parametrize("width", [64, 512])
def test_initial_copy_beside_writes_works_at_every_data_width(width: int, folder: Path, seed: int) -> None:
    """256 is that of the other runs."""
    passes(run_replication("Copied", folder, seed, data_width=width))


def test_two_groups_in_opposite_directions_replicate_at_once(folder: Path, seed: int) -> None:
    """Each in order, also if the systems start late, their devices lie high and settings change."""
    rng = random.Random(seed)
    starts = [
        Start(rng.getrandbits(35) << 12, rng.getrandbits(48), rng.getrandbits(30) * 1_000_000_000) for _ in range(2)
    ]
    passes(run_replication("BothWays", folder, seed, layouts=both_ways(REPLICATION), starts=(starts[0], starts[1])))


def test_device_that_hangs_holds_up_only_the_groups_on_it(folder: Path, seed: int) -> None:
    """Of either system: journals are read, sent, written and freed whatever another group's device does; what is held
    for room gives its buffers up for them."""
    holding = replace(REPLICATION, no_room=NoRoom.HOLD)
    layouts = two_systems(apart(), holding)[0], two_systems(apart(8 * KIBIBYTE), holding)[1]
    outcome = passes(run_replication("DeviceHangs", folder, seed, layouts=layouts))
    assert outcome.count(Process.JOURNAL_READ_COMMAND, ReadCommandOutcome.NO_ROOM_FOR_JOURNAL), (
        "no held packet gives its buffer up"
    )


def test_a_time_out_below_the_round_trip_halves_the_throughput_at_most(folder: Path, seed: int) -> None:
    """It doubles until answers are in time."""
    cycles = {}
    for timeout in (64, 20_000):
        layouts = two_systems(layout(), replace(REPLICATION, timeout=timeout))
        path = PathBehaviour(delay=1000)
        outcome = passes(run_replication("Copied", folder / str(timeout), seed, layouts=layouts, path=path))
        cycles[timeout] = outcome.cycles
    assert cycles[64] <= 2 * cycles[20_000], cycles


def test_commands_of_a_system_that_is_no_partner_are_dropped_and_counted(folder: Path, seed: int) -> None:
    """The original system's group has another partner."""
    original, secondary = two_systems(layout(), REPLICATION)
    (group,) = original.groups
    assert group.replication is not None
    stranger = replace(group, replication=replace(group.replication, partner_system=9))
    passes(run_replication("Strangers", folder, seed, layouts=(replace(original, groups=(stranger,)), secondary)))


@pytest.mark.parametrize("fault", ["Lost", "Corrupted", "Duplicated", "Reordered"])
def test_packets_with_a_fault_end_with_both_sides_equal(fault: str, folder: Path, seed: int) -> None:
    """Commands and their answers. Time-outs double: several losses in a row are to be over before the watch time is."""
    passes(run_replication(fault, folder, seed, layouts=two_systems(layout(), replace(REPLICATION, timeout=1000))))


# Longer than commands are waited for, also when the time-out has doubled, so that packets of one command pass those of
# another
OVERTAKEN = replace(PLAIN, timeout=300, silence=2800), PathBehaviour(delay=400)
WITHOUT_RETRY = replace(PLAIN, activity=0)


@pytest.mark.parametrize(
    ("fault", "exits", "replication", "path"),
    [
        ("Lost", ((Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.RETRANSMITTED),), PLAIN, None),
        ("Lost", ((Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.RETRANSMITTED),), WITHOUT_RETRY, None),
        ("Corrupted", ((Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.RETRANSMITTED),), PLAIN, None),
        ("Duplicated", ((Process.JOURNAL_READ_COMMAND, ReadCommandOutcome.DROPPED),), PLAIN, None),
        (
            "Reordered",
            (
                (Process.JOURNAL_READ_RECEPTION, ReceptionOutcome.RETRANSMITTED),
                (Process.JOURNAL_READ_COMMAND, ReadCommandOutcome.DROPPED),
            ),
            *OVERTAKEN,
        ),
        ("CutAndHealed", ((Process.JOURNAL_READ_COMMAND, ReadCommandOutcome.STORED_ALL),), PLAIN, None),
    ],
    ids=["lost", "lost-without-retry", "corrupted", "duplicated", "reordered", "cut-and-healed"],
)
def test_each_fault_of_the_path_ends_with_both_sides_equal_in_plain_mode(
    fault: str,
    exits: tuple[tuple[int, int], ...],
    replication: Replication,
    path: PathBehaviour | None,
    folder: Path,
    seed: int,
) -> None:
    """A repeated command is answered the same again; answers to older commands are dropped."""
    outcome = passes(run_replication(fault, folder, seed, layouts=two_systems(layout(), replication), path=path))
    assert all(outcome.count(*exit_) for exit_ in exits)


def test_path_cut_during_writes_is_taken_over(folder: Path, seed: int) -> None:
    """Host writes at the original go on; hosts are let in at the secondary."""
    passes(run_replication("TakenOver", folder, seed))


def test_random_path_faults_end_with_both_sides_equal(folder: Path, seed: int) -> None:
    """All at once. A command whose answers are lost is repeated after twice the time; a write has time for it."""
    path = PathBehaviour(delay=200, beats=1, cycles=2, drop=3, corrupt=3, duplicate=5, reorder=5)
    tables = layout()
    patient = replace(tables, groups=tuple(replace(group, watch_time=1_000_000) for group in tables.groups))
    passes(run_replication("Copied", folder, seed, layouts=two_systems(patient, REPLICATION), path=path))


@pytest.mark.parametrize(
    ("scenario", "commit_pauses", "replication"),
    [("Copied", 60, PLAIN), ("Copied", 15, REPLICATION), ("TakenOver", 60, REPLICATION)],
)
def test_neighbours_that_pause_on_every_channel_lose_nothing(
    scenario: str, commit_pauses: int, replication: Replication, folder: Path, seed: int
) -> None:
    """Storage devices, hosts, both ends of the path, register port and commit trace."""
    rough = Behaviour(7, 30, 45, device_pauses=25, host_pauses=25, commit_pauses=commit_pauses, register_pauses=25)
    path = PathBehaviour(delay=50, pauses=25)
    patient = two_systems(layout(), replace(replication, timeout=20_000))
    passes(run_replication(scenario, folder, seed, layouts=patient, behaviour=rough, path=path))


@pytest.mark.long
def test_many_commands_in_flight_over_a_long_path_end_with_both_sides_equal(folder: Path, seed: int) -> None:
    """More than the smallest build has room for, and a window that they do not fill."""
    many = replace(REPLICATION, commands=32, batch_journals=4)
    path = PathBehaviour(delay=1000)
    outcome = run_replication(
        "Copied", folder, seed, layouts=two_systems(layout(), many), path=path, commands=32, window=128
    )
    passes(outcome)
