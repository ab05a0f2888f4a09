"""Bugs planted into single modules: each turns the module's own tests red."""

from pathlib import Path

import pytest

from tests.planted.bug import Bug, Unit, tried
from tests.planted.rtl_board import BOARD_BUGS
from tests.planted.rtl_commands import COMMAND_BUGS
from tests.planted.rtl_device import DEVICE_BUGS
from tests.planted.rtl_maintenance import MAINTENANCE_BUGS
from tests.planted.rtl_original import ORIGINAL_BUGS
from tests.planted.rtl_path import PATH_BUGS
from tests.planted.rtl_restore import RESTORE_BUGS
from tests.planted.rtl_sending import SENDING_BUGS
from tests.planted.rtl_store import STORE_BUGS
from tests.rtl.units import find_bug

LISTS = (
    PATH_BUGS,
    COMMAND_BUGS,
    STORE_BUGS,
    RESTORE_BUGS,
    ORIGINAL_BUGS,
    SENDING_BUGS,
    MAINTENANCE_BUGS,
    DEVICE_BUGS,
    BOARD_BUGS,
)
# Of each list those that a unit test finds
UNIT_BUGS = [[bug for bug in bugs if isinstance(bug.found_by, Unit)] for bugs in LISTS]
# Parameters of the modules in whose tests bugs are planted; of tests with others
UNITS: dict[str, dict[str, int]] = {
    "commit_arbiter": {},
    "commit_record": {"SYSTEM_NUMBER": 9},
    "commit_stage": {
        "DATA_WIDTH": 64, "VOLUMES": 3, "PAIRS": 2, "GROUPS": 2, "MAX_TRANSFER_BYTES": 4096, "WINDOW": 128,
    },
    "copy_requester": {"GROUPS": 3, "CACHE_SLOTS": 4},
    "device_write_unit": {"DATA_WIDTH": 64, "MAX_TRANSFER_BYTES": 4096},
    "group_announcement": {"GROUPS": 3},
    "heartbeat_watch": {"GROUPS": 3, "SCAN_CYCLES": 16},
    "host_answers": {},
    "host_read_unit": {"DATA_WIDTH": 64, "MAX_TRANSFER_BYTES": 4096, "DEVICES": 2},
    "information_cache": {"DATA_WIDTH": 64, "SLOT_WIDTH": 5},
    "initial_copy": {},
    "journal_creation": {},
    "journal_read_command": {"GROUPS": 3, "WINDOW": 64},
    "journal_read_reception": {},
    "journal_receive": {"GROUPS": 3, "TIMEOUT": 800, "MAX_JOURNALS": 16, "MAX_DATA_BYTES": 8192, "CACHE_SLOTS": 8},
    "journal_ring": {"GROUPS": 2, "ENTRY_BYTES": 100, "ZERO_BITS": 0},
    "journal_send_unit": {"DATA_WIDTH": 512},
    "journal_store": {"GROUPS": 3, "WINDOW": 16},
    "link": {},
    "link_memory": {"MEMORY_BYTES": 4096},
    "link_pair_unit": {"SYSTEMS": 2},
    "link_fifo": {"DEPTH": 16},
    "link_trace": {"DEVICES": 2},
    "maintenance": {"SYSTEM_NUMBER": 1, "VOLUMES": 6, "PAIRS": 4, "GROUPS": 3},
    "memory_device": {"MEMORY_BYTES": 4096},
    "operations": {"SYSTEM_NUMBER": 1, "RESEND_CYCLES": 60},
    "pair_scan": {"SYSTEM_NUMBER": 1, "VOLUMES": 5},
    "path_port": {"DATA_WIDTH": 512, "GROUPS": 3, "COMMANDS": 4},
    "path_receive": {},
    "path_sources": {},
    "piece_requester": {"DATA_WIDTH": 512, "GROUPS": 4},
    "record_delta": {},
    "restore": {},
    "restore_pipe": {"MAX_TRANSFER_BYTES": 2048, "GROUPS": 2},
    "send_read": {"GROUPS": 3, "SEND_SLOTS": 4},
    "shared_memory": {"VOLUMES": 5, "PAIRS": 3, "GROUPS": 3},
    "uart_unit": {"CLOCK": 25_000_000, "OTHER_CLOCK": 25_000_000, "BAUD": 3_000_000},
    "turn_memory": {"DATA_WIDTH": 64, "BEATS": 32, "READERS": 3, "BANKS": 4},
}  # fmt: skip


@pytest.mark.parametrize("bug", [parameter for bugs in UNIT_BUGS for parameter in tried(bugs)])
def test_planted_bug_turns_its_unit_test_red(bug: Bug, folder: Path, seed: int) -> None:
    """One substitution in one module."""
    assert isinstance(bug.found_by, Unit)
    found_by = bug.found_by
    find_bug(bug, UNITS.get(found_by.tests, UNITS[found_by.module]), folder, seed)
