"""Operations of the maintenance terminal, and what belongs to groups and to the jobs of replication."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_maintenance_answers_as_the_model(folder: Path, seed: int) -> None:
    """Run the cocotb tests of maintenance_unit."""
    run_unit("maintenance", ["maintenance"], folder, seed, SYSTEM_NUMBER=1, VOLUMES=6, PAIRS=4, GROUPS=3)


def test_group_settings_keeps_what_registers_and_initiation_say(folder: Path, seed: int) -> None:
    """Run the cocotb tests of group_settings_unit."""
    run_unit("group_settings", ["group_settings"], folder, seed, GROUPS=3)


def test_group_progress_keeps_what_the_processes_say(folder: Path, seed: int) -> None:
    """Run the cocotb tests of group_progress_unit."""
    run_unit("group_progress", ["group_progress"], folder, seed, GROUPS=3, PAIRS=5)


def test_job_table_tells_jobs_and_counts_writes(folder: Path, seed: int) -> None:
    """Run the cocotb tests of job_table_unit."""
    run_unit("job_table", ["job_table"], folder, seed, GROUPS=3, SLOT_WIDTH=4)


def test_restore_decides_as_fig_20(folder: Path, seed: int) -> None:
    """Run the cocotb tests of restore_unit."""
    run_unit("restore", ["restore"], folder, seed)


def test_operations_are_asked_for_sent_and_answered(folder: Path, seed: int) -> None:
    """Run the cocotb tests of operations_unit."""
    run_unit("operations", ["operations"], folder, seed, SYSTEM_NUMBER=1, RESEND_CYCLES=60)
