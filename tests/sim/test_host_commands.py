"""Host commands in lock-step: refusals, volumes in every state, overlaps, full journals."""

from pathlib import Path

import pytest

from mirrorlog.formats.commit_record import Creation, Process
from mirrorlog.formats.outcomes import CommandOutcome, RegisterOutcome
from mirrorlog.tables.shared_memory import FullPolicy
from tb.config.settings import Behaviour
from tb.scenarios.one_system import KIBIBYTE, layout
from tests.sim.systems import passes, run_scenario

COMMAND_RECEPTION = Process.COMMAND_RECEPTION

ROUGH = Behaviour(7, 30, 45, device_pauses=25, host_pauses=25, commit_pauses=15, register_pauses=25)


@pytest.mark.parametrize("behaviour", [Behaviour(), ROUGH], ids=["smooth", "rough"])
def test_each_wrong_host_command_is_refused_with_its_own_status_and_changes_nothing(
    behaviour: Behaviour, folder: Path, seed: int
) -> None:
    """Unknown opcodes and volumes, volume states, sizes, positions, data that ends early or late."""
    outcome = passes(run_scenario("RefusedCommands", folder, seed, behaviour=behaviour))
    seen = {exit_.status for exit_ in outcome.exits if exit_.process == COMMAND_RECEPTION}
    assert seen >= {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14, 15}


def test_writes_are_journaled_only_before_the_copy_complete_address_and_in_replicated_volumes(
    folder: Path, seed: int
) -> None:
    """Pair states and C; a write that begins before C is journaled whole."""
    outcome = passes(run_scenario("WorkingStates", folder, seed))
    # four of six around C begin before it; one to the original volume
    assert outcome.count(COMMAND_RECEPTION, CommandOutcome.WRITTEN, Creation.HOST_WRITE_CREATED) == 4 + 1
    assert outcome.count(COMMAND_RECEPTION, CommandOutcome.WRITTEN, Creation.NOT_YET_COPIED) == 2 + 1
    assert outcome.count(COMMAND_RECEPTION, CommandOutcome.WRITTEN, Creation.NOT_REPLICATED) == 1 + 1


def test_stalled_write_waits_for_the_watch_time_then_suspends_and_goes_on(folder: Path, seed: int) -> None:
    """Policy stall: outcome 3, then 1390 with 1280; later writes are not journaled."""
    tables = layout(16, 24 * KIBIBYTE, FullPolicy.STALL, watch_time=500)
    outcome = passes(run_scenario("FullJournal", folder, seed, tables=tables))
    assert outcome.count(COMMAND_RECEPTION, CommandOutcome.STALLED, Creation.NO_ROOM) == 1
    assert outcome.count(COMMAND_RECEPTION, CommandOutcome.WRITTEN, Creation.NO_ROOM) == 1
    assert outcome.count(COMMAND_RECEPTION, CommandOutcome.WRITTEN, Creation.NOT_REPLICATED) > 0


def test_stalled_write_follows_the_policy_that_is_written_while_it_waits(folder: Path, seed: int) -> None:
    """An operator need not wait for what the old policy waits for: first it ends with an error, then it goes on."""
    tables = layout(8, 96 * KIBIBYTE, FullPolicy.STALL, watch_time=1 << 31)
    outcome = passes(run_scenario("PolicyChanged", folder, seed, tables=tables))
    assert outcome.count(COMMAND_RECEPTION, CommandOutcome.STALLED, Creation.NO_ROOM) == 2
    assert outcome.count(COMMAND_RECEPTION, CommandOutcome.REFUSED, Creation.NO_ROOM) == 1
    assert outcome.count(COMMAND_RECEPTION, CommandOutcome.WRITTEN, Creation.NO_ROOM) == 1


def test_stalled_write_is_refused_when_its_volume_fails(folder: Path, seed: int) -> None:
    """However long it would wait for room."""
    tables = layout(8, 96 * KIBIBYTE, FullPolicy.STALL, watch_time=1 << 31)
    outcome = passes(run_scenario("VolumeFailsBeforeAStalledWrite", folder, seed, tables=tables))
    assert outcome.count(COMMAND_RECEPTION, CommandOutcome.STALLED, Creation.NO_ROOM) == 1


def test_policy_suspend_makes_group_and_pairs_abnormal_at_once(folder: Path, seed: int) -> None:
    """Policy suspend: 1390 with 1280 at the first write without room."""
    outcome = passes(run_scenario("FullJournal", folder, seed, tables=layout(8, 96 * KIBIBYTE, FullPolicy.SUSPEND)))
    assert outcome.count(COMMAND_RECEPTION, CommandOutcome.STALLED) == 0
    assert outcome.count(COMMAND_RECEPTION, CommandOutcome.WRITTEN, Creation.NO_ROOM) == 1
    assert outcome.count(COMMAND_RECEPTION, CommandOutcome.WRITTEN, Creation.HOST_WRITE_CREATED) == 8


def test_policy_error_refuses_writes_while_the_journal_is_full(folder: Path, seed: int) -> None:
    """Policy error: 1245 with status 12; nothing becomes abnormal."""
    outcome = passes(run_scenario("FullJournal", folder, seed, tables=layout(8, 96 * KIBIBYTE, FullPolicy.ERROR)))
    assert outcome.count(COMMAND_RECEPTION, CommandOutcome.REFUSED, Creation.NO_ROOM) == 52
    assert outcome.count(COMMAND_RECEPTION, CommandOutcome.WRITTEN, Creation.HOST_WRITE_CREATED) == 8


def test_last_byte_of_the_write_data_area_is_never_used(folder: Path, seed: int) -> None:
    """In the write data area newest = oldest always means empty."""
    passes(run_scenario("FillExactly", folder, seed, tables=layout(64, 8 * KIBIBYTE, FullPolicy.ERROR)))


def test_write_as_large_as_the_write_data_area_never_fits(folder: Path, seed: int) -> None:
    """Status 11 at exactly the area's size."""
    passes(run_scenario("NeverFits", folder, seed, tables=layout(8, 4 * KIBIBYTE)))


def test_reads_and_flushes_see_writes_whose_device_response_is_still_held(folder: Path, seed: int) -> None:
    """Semantics of overlap: order, and cache below device."""
    passes(run_scenario("Overlaps", folder, seed))


def test_reads_of_blocks_whose_journal_or_volume_write_is_still_held(folder: Path, seed: int) -> None:
    """One of a write's two device writes is done, the other is not."""
    passes(run_scenario("ReadsBesideJournals", folder, seed))


def test_registers_refuse_holes_and_bad_values_and_tables_need_an_idle_system(folder: Path, seed: int) -> None:
    """Every outcome of maintenance."""
    outcome = passes(run_scenario("Registers", folder, seed, behaviour=ROUGH))
    assert {exit_.outcome for exit_ in outcome.exits if exit_.process == 1} == {1, 2, 3, 4, 5, 6}


def test_nothing_is_lost_while_a_neighbour_takes_nothing(folder: Path, seed: int) -> None:
    """Host responses, read data, commit trace, device: every queue gets full and holds back what fills it."""
    passes(run_scenario("StoppedNeighbours", folder, seed, behaviour=Behaviour(queue_depth=64)))


def test_register_writes_are_refused_from_a_commands_arrival_to_its_answer(folder: Path, seed: int) -> None:
    """Whenever a register write comes, it is refused or done as the model says."""
    behaviour = Behaviour(host_pauses=30, device_pauses=10)
    outcome = passes(run_scenario("RegistersBesideCommands", folder, seed, behaviour=behaviour))
    assert {
        outcome.count(Process.MAINTENANCE, RegisterOutcome.WRITTEN) > 0,
        outcome.count(Process.MAINTENANCE, RegisterOutcome.NOT_IDLE) > 0,
    } == {True}


def test_overlapping_accesses_keep_their_order_whatever_is_held_up(folder: Path, seed: int) -> None:
    """Write behind read, write behind write, journal behind its volume write."""
    passes(run_scenario("Hazards", folder, seed))
