"""Bugs planted into single modules: each turns the module's own tests red."""

from pathlib import Path

import pytest

from tests.planted import tried
from tests.rtl.maintenance_bugs import MAINTENANCE_BUGS
from tests.rtl.planted_bugs import BUGS, Bug
from tests.rtl.sending_bugs import SENDING_BUGS
from tests.rtl.units import find_bug

# Parameters of the modules in whose tests bugs are planted
UNITS: dict[str, dict[str, int]] = {
    "copy_requester": {"GROUPS": 3, "CACHE_SLOTS": 4},
    "group_announcement": {"GROUPS": 3},
    "host_answers": {},
    "initial_copy": {},
    "journal_creation": {},
    "journal_read_command": {"GROUPS": 3, "WINDOW": 64},
    "journal_read_reception": {},
    "journal_receive": {"GROUPS": 3, "PATIENCE": 800, "MAX_JOURNALS": 16, "MAX_DATA_BYTES": 8192, "CACHE_SLOTS": 8},
    "journal_ring": {"GROUPS": 2, "ENTRY_BYTES": 100},
    "journal_send_unit": {"DATA_WIDTH": 512},
    "journal_store": {"GROUPS": 3, "WINDOW": 16},
    "maintenance": {"SYSTEM_NUMBER": 1, "VOLUMES": 6, "PAIRS": 4, "GROUPS": 3},
    "operations": {"SYSTEM_NUMBER": 1, "RESEND_CYCLES": 60},
    "pair_scan": {"SYSTEM_NUMBER": 1, "VOLUMES": 5},
    "path_port": {"DATA_WIDTH": 512, "GROUPS": 3, "COMMANDS": 4},
    "path_receive": {},
    "path_sources": {},
    "restore": {},
    "restore_pipe": {"MAX_TRANSFER_BYTES": 2048, "GROUPS": 2},
    "send_read": {"GROUPS": 3, "SEND_SLOTS": 4},
    "shared_memory": {"VOLUMES": 5, "PAIRS": 3, "GROUPS": 3},
}


def of_units(bugs: tuple[Bug, ...]) -> list[Bug]:
    """Those that a unit test finds."""
    return [bug for bug in bugs if bug.unit]


@pytest.mark.parametrize(
    "bug", [*tried(of_units(BUGS)), *tried(of_units(SENDING_BUGS)), *tried(of_units(MAINTENANCE_BUGS))]
)
def test_planted_bug_turns_its_unit_test_red(bug: Bug, folder: Path, seed: int) -> None:
    """One substitution in one module."""
    find_bug(bug, UNITS[bug.unit], folder, seed)
