"""AXI errors from storage devices, in lock-step."""

from pathlib import Path

import pytest

from mirrorlog.formats.commit_record import Creation, Process
from mirrorlog.formats.outcomes import CommandOutcome, ReadWriteOutcome
from tests.sim.systems import passes, run_scenario

COMMAND_RECEPTION, READ_WRITE = Process.COMMAND_RECEPTION, Process.READ_WRITE


def test_failed_volume_write_makes_the_volume_abnormal_and_fails_the_flush(folder: Path, seed: int) -> None:
    """Journaled or not; an unjournaled one takes its pair along."""
    outcome = passes(run_scenario("VolumeWriteError", folder, seed))
    assert outcome.count(READ_WRITE, ReadWriteOutcome.VOLUME_WRITE_FAILED) == 4


def test_failed_read_is_answered_with_a_status_and_makes_the_volume_abnormal(folder: Path, seed: int) -> None:
    """Later commands are refused with the volume's state."""
    outcome = passes(run_scenario("VolumeReadError", folder, seed))
    assert outcome.count(READ_WRITE, ReadWriteOutcome.READ_FAILED) == 4


def test_failed_journal_write_ends_the_group_even_if_the_journal_volume_failed_before(folder: Path, seed: int) -> None:
    """First a read of the journal volume fails, then the journal's write."""
    outcome = passes(run_scenario("JournalFailsBehindItsVolume", folder, seed))
    assert (
        outcome.count(READ_WRITE, ReadWriteOutcome.READ_FAILED)
        == outcome.count(READ_WRITE, ReadWriteOutcome.JOURNAL_WRITE_FAILED)
        == 1
    )


def test_device_that_returns_something_else_is_reported_as_that(folder: Path, seed: int) -> None:
    """It is not the system that is wrong."""
    outcome = run_scenario("DeviceLies", folder, seed)
    assert "device_read.crc" in outcome.failure and "the device returned something else" in outcome.failure


@pytest.mark.parametrize("scenario", ["JournalWriteError", "JournalDataWriteError"])
def test_failed_journal_write_stops_the_commit_pointers_and_host_writes_go_on(
    scenario: str, folder: Path, seed: int
) -> None:
    """Journal volume, group and pairs abnormal; the journals behind the failed one are not committed."""
    outcome = passes(run_scenario(scenario, folder, seed))
    assert outcome.count(READ_WRITE, ReadWriteOutcome.JOURNAL_WRITE_FAILED) == 1
    assert outcome.count(READ_WRITE, ReadWriteOutcome.JOURNAL_WRITTEN_NOT_COMMITTED) > 0
    assert (
        outcome.count(COMMAND_RECEPTION, CommandOutcome.WRITTEN, Creation.JOURNAL_VOLUME_ABNORMAL) > 0
        or outcome.count(COMMAND_RECEPTION, CommandOutcome.WRITTEN, Creation.NOT_REPLICATED) > 0
    )


def test_journal_volume_that_is_not_normal_ends_journaling_at_step_1315(folder: Path, seed: int) -> None:
    """Group and pairs abnormal; the host's writes go on."""
    outcome = passes(run_scenario("JournalVolumeNotNormal", folder, seed))
    assert outcome.count(COMMAND_RECEPTION, CommandOutcome.WRITTEN, Creation.JOURNAL_VOLUME_ABNORMAL) >= 1
    assert outcome.count(COMMAND_RECEPTION, CommandOutcome.WRITTEN, Creation.HOST_WRITE_CREATED) == 2
