"""Operations of the maintenance terminal, and what belongs to groups and to the jobs of replication."""

from pathlib import Path

import pytest

from tests.planted import tried
from tests.rtl.planted_bugs import Bug
from tests.rtl.units import find_bug, run_unit

ANNOUNCEMENT = "group_announcement"
BUGS = (
    Bug(
        "announced-before-the-time-out",
        "group_announcement.v",
        "since >= {16'd0, timeout}",
        "since >= {17'd0, timeout[31:1]}",
        ANNOUNCEMENT,
    ),
    Bug(
        "told-by-a-generation-that-is-over",
        "group_announcement.v",
        "wire tells      = runs && of_partner && !older;",
        "wire tells      = runs && of_partner;",
        ANNOUNCEMENT,
    ),
    Bug(
        "told-by-a-system-that-is-no-partner",
        "group_announcement.v",
        "wire of_partner = partner_system == source_reg && partner_group == source_group_reg;",
        "wire of_partner = partner_group == source_group_reg;",
        ANNOUNCEMENT,
    ),
    Bug(
        "takeover-not-told",
        "group_announcement.v",
        "taken_over ? `ML_REASON_TAKEN_OVER : group_reason;",
        "group_reason;",
        ANNOUNCEMENT,
    ),
    Bug(
        "answered-in-another-generation",
        "group_announcement.v",
        "packet_generation_reg <= answer ? partner[63:32] : generation;",
        "packet_generation_reg <= generation;",
        ANNOUNCEMENT,
    ),
    Bug(
        "start-accepted-after-a-takeover",
        "maintenance.v",
        "else if (starts && activity[2])",
        "else if (starts && activity[2] && activity[3])",
        "maintenance",
    ),
    Bug(
        "smaller-secondary-volume-started",
        "maintenance.v",
        "(starts && pair_too_small)",
        "(starts && pair_too_small && writing)",
        "maintenance",
    ),
)
UNITS: dict[str, dict[str, int]] = {
    ANNOUNCEMENT: {"GROUPS": 3},
    "maintenance": {"SYSTEM_NUMBER": 1, "VOLUMES": 6, "PAIRS": 4, "GROUPS": 3},
}


def test_maintenance_answers_as_the_model(folder: Path, seed: int) -> None:
    """Run the cocotb tests of maintenance_unit."""
    run_unit("maintenance", ["maintenance"], folder, seed, SYSTEM_NUMBER=1, VOLUMES=6, PAIRS=4, GROUPS=3)


def test_group_settings_keeps_what_registers_and_initiation_say(folder: Path, seed: int) -> None:
    """Run the cocotb tests of group_settings_unit."""
    run_unit("group_settings", ["group_settings"], folder, seed, GROUPS=3)


def test_group_progress_keeps_what_the_processes_say(folder: Path, seed: int) -> None:
    """Run the cocotb tests of group_progress_unit."""
    run_unit("group_progress", ["group_progress", "row_table"], folder, seed, GROUPS=3, PAIRS=5)


def test_group_announcement_says_and_takes_what_the_model_does(folder: Path, seed: int) -> None:
    """Run the cocotb tests of group_announcement_unit."""
    run_unit("group_announcement", ["group_announcement"], folder, seed, GROUPS=3)


def test_job_table_tells_jobs_and_counts_writes(folder: Path, seed: int) -> None:
    """Run the cocotb tests of job_table_unit."""
    run_unit("job_table", ["job_table"], folder, seed, GROUPS=3, SLOT_WIDTH=4)


def test_restore_decides_as_fig_20(folder: Path, seed: int) -> None:
    """Run the cocotb tests of restore_unit."""
    run_unit("restore", ["restore"], folder, seed)


def test_operations_are_asked_for_sent_and_answered(folder: Path, seed: int) -> None:
    """Run the cocotb tests of operations_unit."""
    run_unit("operations", ["operations"], folder, seed, SYSTEM_NUMBER=1, RESEND_CYCLES=60)


@pytest.mark.parametrize("bug", tried(BUGS))
def test_planted_bug_turns_its_unit_test_red(bug: Bug, folder: Path, seed: int) -> None:
    """One substitution in one module."""
    find_bug(bug, ((bug.unit,), UNITS[bug.unit]), folder, seed)
