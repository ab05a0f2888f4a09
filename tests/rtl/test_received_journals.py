"""The secondary system's processes: journal store, journal read command, restore."""

from pathlib import Path

import pytest

from tests.planted import tried
from tests.rtl.planted_bugs import BUGS, Bug
from tests.rtl.units import find_bug, run_unit

RESTORE_PIPE = [
    "restore_pipe",
    "restore_entries",
    "restore_look",
    "restore_slots",
    "restore_overlaps",
    "group_slots",
    "next_group",
    "data_check",
    "crc32",
]

JOURNAL_STORE = ["journal_store", "stored_numbers", "number_states", "next_group"]
READ_COMMAND = ["journal_read_command", "command_slots", "command_survey", "command_shares", "command_times"]
JOURNAL_RECEIVE = [
    "journal_receive",
    "received_buffers",
    "received_packets",
    "received_jobs",
    "group_slots",
    "next_group",
]

# Sources and parameters of the modules in whose tests bugs are planted
UNITS: dict[str, tuple[tuple[str, ...], dict[str, int]]] = {
    "journal_store": (tuple(JOURNAL_STORE), {"GROUPS": 3, "WINDOW": 16}),
    "journal_read_command": (tuple(READ_COMMAND), {"GROUPS": 3, "WINDOW": 64}),
    "journal_receive": (
        tuple(JOURNAL_RECEIVE),
        {"GROUPS": 3, "PATIENCE": 800, "MAX_JOURNALS": 16, "MAX_DATA_BYTES": 8192, "CACHE_SLOTS": 8},
    ),
    "host_answers": (("host_answers", "fifo"), {}),
    "maintenance": (("maintenance",), {"SYSTEM_NUMBER": 1, "VOLUMES": 6, "PAIRS": 4, "GROUPS": 3}),
    "operations": (("operations",), {"SYSTEM_NUMBER": 1, "RESEND_CYCLES": 60}),
    "path_sources": (("path_sources",), {}),
    "path_receive": (("path_receive", "journal_checksums", "crc32"), {}),
    "restore": (("restore",), {}),
    "shared_memory": (
        ("shared_memory", "volume_information", "pair_information", "group_information", "row_table", "pair_scan"),
        {"VOLUMES": 5, "PAIRS": 3, "GROUPS": 3},
    ),
    "restore_pipe": (
        tuple(RESTORE_PIPE),
        {"MAX_TRANSFER_BYTES": 2048, "GROUPS": 2},
    ),
}


@pytest.mark.parametrize(("groups", "window"), [(1, 256), (3, 16)])
def test_journal_store_places_and_commits(groups: int, window: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_store_unit."""
    run_unit("journal_store", JOURNAL_STORE, folder, seed, GROUPS=groups, WINDOW=window)


@pytest.mark.parametrize("width", [64, 512])
def test_journal_receive_takes_packets_in(width: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_receive_unit."""
    run_unit(
        "journal_receive",
        JOURNAL_RECEIVE,
        folder,
        seed,
        DATA_WIDTH=width,
        GROUPS=3,
        PATIENCE=800,
        MAX_JOURNALS=16,
        MAX_DATA_BYTES=8192,
        CACHE_SLOTS=8,
    )


def test_journal_read_command_sends_and_closes_as_the_model(folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_read_command_unit."""
    run_unit("journal_read_command", READ_COMMAND, folder, seed, GROUPS=3, WINDOW=64)


def test_commands_of_one_group_alone_are_sent_in_their_time(folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_read_command_alone_unit."""
    run_unit(
        "journal_read_command",
        READ_COMMAND,
        folder,
        seed,
        module="journal_read_command_alone_unit",
        GROUPS=3,
        WINDOW=64,
    )


@pytest.mark.parametrize(("width", "most", "groups"), [(256, 1024, 2), (512, 512, 3), (512, 2048, 1)])
def test_restore_pipe_writes_and_frees_in_order(width: int, most: int, groups: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of restore_pipe_unit."""
    run_unit("restore_pipe", RESTORE_PIPE, folder, seed, DATA_WIDTH=width, MAX_TRANSFER_BYTES=most, GROUPS=groups)


@pytest.mark.parametrize("groups", [1, 3])
def test_restore_goes_on_behind_what_was_dropped_or_void(groups: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of restore_pipe_resumed_unit."""
    module = "restore_pipe_resumed_unit"
    run_unit("restore_pipe", RESTORE_PIPE, folder, seed, module=module, MAX_TRANSFER_BYTES=2048, GROUPS=groups)


@pytest.mark.parametrize("bug", tried(bug for bug in BUGS if bug.unit))
def test_planted_bug_turns_the_unit_test_red(bug: Bug, folder: Path, seed: int) -> None:
    """The module's own tests find it."""
    find_bug(bug, UNITS[bug.unit], folder, seed)
