"""The original system's side: journal_read_reception.v, journal_send.v and what belongs to them, initial_copy.v,
copy_requester.v, silence_watch.v.
"""

from pathlib import Path

import pytest

from tests.planted import tried
from tests.rtl.planted_bugs import Bug
from tests.rtl.sending_bugs import SENDING_BUGS
from tests.rtl.units import find_bug, run_unit


def test_journal_read_reception_decides_as_fig_15(folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_read_reception_unit."""
    run_unit("journal_read_reception", ["journal_read_reception"], folder, seed)


SEND_READ = ["send_read", "group_slots", "fifo"]


@pytest.mark.parametrize(("devices", "groups", "slots"), [(3, 3, 4), (2, 8, 16)])
def test_send_read_reads_what_is_on_the_devices(devices: int, groups: int, slots: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of send_read_unit."""
    run_unit("send_read", SEND_READ, folder, seed, DEVICES=devices, GROUPS=groups, BUFFERS=groups + 2, SEND_SLOTS=slots)


SENDING = [
    "journal_send",
    "journal_fetch",
    "journal_stream",
    "entry_batches",
    "send_packets",
    "packet_buffers",
    "piece_requester",
    "send_read",
    "send_beats",
    "group_slots",
    "command_queues",
    "device_turns",
    "journal_read_reception",
    "path_transmit",
    "journal_checksums",
    "crc32",
    "device_read",
    "burst_splitter",
    "commit_arbiter",
    "fifo",
    "cache_memory",
]


@pytest.mark.parametrize(("width", "most"), [(64, 1024), (512, 4096)])
def test_journal_send_answers_commands_and_keeps_the_path_busy(width: int, most: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_send_unit."""
    run_unit(
        "journal_send_unit", ["journal_send_unit", *SENDING], folder, seed, DATA_WIDTH=width, MAX_TRANSFER_BYTES=most
    )


def test_journal_send_keeps_groups_apart_and_packets_within_their_size(folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_send_commands_unit."""
    sources = ["journal_send_unit", *SENDING]
    run_unit("journal_send_unit", sources, folder, seed, module="journal_send_commands_unit", DATA_WIDTH=512)


def test_initial_copy_decides_as_fig_10(folder: Path, seed: int) -> None:
    """Run the cocotb tests of initial_copy_unit."""
    run_unit("initial_copy", ["initial_copy"], folder, seed, PAIRS=4)


def test_pair_scan_finds_what_initial_copy_and_operations_ask_for(folder: Path, seed: int) -> None:
    """Run the cocotb tests of pair_scan_unit."""
    run_unit("pair_scan", ["pair_scan"], folder, seed, SYSTEM_NUMBER=1, VOLUMES=5)


def test_copy_requester_asks_while_journals_are_created_and_when_woken(folder: Path, seed: int) -> None:
    """Run the cocotb tests of copy_requester_unit."""
    run_unit("copy_requester", ["copy_requester"], folder, seed, GROUPS=3, CACHE_SLOTS=4)


def test_silence_watch_gives_a_silent_group_up(folder: Path, seed: int) -> None:
    """Run the cocotb tests of silence_watch_unit."""
    run_unit("silence_watch", ["silence_watch"], folder, seed, GROUPS=3, LOOK_CYCLES=16)


# Sources and parameters of the modules in whose tests bugs are planted
UNITS: dict[str, tuple[tuple[str, ...], dict[str, int]]] = {
    "journal_read_reception": (("journal_read_reception",), {}),
    "journal_send_unit": (("journal_send_unit", *SENDING), {"DATA_WIDTH": 512}),
    "path_port": (
        ("path_port", "path_transmit", "command_queues", "journal_checksums", "crc32"),
        {"DATA_WIDTH": 512, "GROUPS": 3, "COMMANDS": 4},
    ),
    "send_read": (tuple(SEND_READ), {"GROUPS": 3, "SEND_SLOTS": 4}),
    "initial_copy": (("initial_copy",), {}),
    "pair_scan": (("pair_scan",), {"SYSTEM_NUMBER": 1, "VOLUMES": 5}),
    "journal_ring": (("journal_ring", "row_table"), {"GROUPS": 2, "ENTRY_BYTES": 100}),
    "copy_requester": (("copy_requester",), {"GROUPS": 3, "CACHE_SLOTS": 4}),
    "journal_creation": (("journal_creation", "crc32"), {}),
}


@pytest.mark.parametrize("bug", tried(SENDING_BUGS))
def test_planted_bug_turns_its_unit_test_red(bug: Bug, folder: Path, seed: int) -> None:
    """One substitution in one module."""
    find_bug(bug, UNITS[bug.unit], folder, seed)
