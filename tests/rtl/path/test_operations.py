"""operations.v."""

from pathlib import Path

from tests.rtl.units import run_unit


def test_operations_are_asked_for_sent_and_answered(folder: Path, seed: int) -> None:
    """Run the cocotb tests of operations_unit."""
    run_unit("operations", folder, seed, SYSTEM_NUMBER=1, RESEND_CYCLES=60)
