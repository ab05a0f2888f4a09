"""job_table.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_job_table_tells_jobs_and_counts_writes(folder: Path, seed: int) -> None:
    """Run the cocotb tests of job_table_unit."""
    run_unit("job_table", folder, seed, GROUPS=3, SLOT_WIDTH=4)
