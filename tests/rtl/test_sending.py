"""The original system's side: journal_read_reception.v, journal_send.v and what belongs to them, initial_copy.v,
copy_requester.v, silence_watch.v.
"""

from pathlib import Path

import pytest

from tb.runner import RTL, Build, Run, build, run
from tests.rtl.sending_bugs import SENDING_BUGS, SendingBug
from tests.rtl.units import TEST_HDL, run_unit


def test_journal_read_reception_decides_as_fig_15(folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_read_reception_unit."""
    run_unit("journal_read_reception", ["journal_read_reception"], folder, seed)


@pytest.mark.parametrize(("width", "devices", "slots"), [(64, 3, 4), (512, 2, 16)])
def test_send_read_reads_what_is_on_the_devices(width: int, devices: int, slots: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of send_read_unit."""
    sources = ["send_read_unit", "send_read", "cache_memory"]
    run_unit("send_read_unit", sources, folder, seed, DATA_WIDTH=width, DEVICES=devices, SEND_SLOTS=slots)


SENDING = [
    "journal_send",
    "journal_fetch",
    "journal_stream",
    "entry_buffer",
    "journal_read_reception",
    "send_read",
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


def test_journal_send_keeps_to_the_group_of_a_command_and_the_size_of_a_packet(folder: Path, seed: int) -> None:
    """Run the cocotb tests of journal_send_commands_unit."""
    sources = ["journal_send_unit", *SENDING]
    run_unit("journal_send_unit", sources, folder, seed, module="journal_send_commands_unit", DATA_WIDTH=512)


def test_initial_copy_decides_as_fig_10(folder: Path, seed: int) -> None:
    """Run the cocotb tests of initial_copy_unit."""
    run_unit("initial_copy", ["initial_copy"], folder, seed, VOLUMES=5, PAIRS=4)


def test_copy_requester_asks_while_journals_are_created_and_when_woken(folder: Path, seed: int) -> None:
    """Run the cocotb tests of copy_requester_unit."""
    run_unit("copy_requester", ["copy_requester"], folder, seed, GROUPS=3, CACHE_SLOTS=4)


def test_silence_watch_gives_a_silent_group_up(folder: Path, seed: int) -> None:
    """Run the cocotb tests of silence_watch_unit."""
    run_unit("silence_watch", ["silence_watch"], folder, seed, GROUPS=3, LOOK_CYCLES=16)


UNIT_SOURCES = {
    "journal_read_reception": (),
    "journal_send_unit": SENDING,
    "send_read_unit": ("send_read", "cache_memory"),
    "initial_copy": (),
    "journal_creation": ("crc32",),
}


@pytest.mark.parametrize("bug", SENDING_BUGS, ids=lambda bug: bug.title)
def test_planted_bug_turns_its_unit_test_red(bug: SendingBug, folder: Path, seed: int) -> None:
    """One substitution in one module."""
    source = (RTL / bug.name).read_text()
    assert source.count(bug.text) == 1, f"{bug.name} has {bug.text!r} {source.count(bug.text)} times, expected once"
    wrong = folder / bug.name
    folder.mkdir(parents=True, exist_ok=True)
    wrong.write_text(source.replace(bug.text, bug.bug))
    names = dict.fromkeys([bug.unit, *UNIT_SOURCES[bug.unit]])
    found = [path for name in names for path in (RTL / f"{name}.v", TEST_HDL / f"{name}.v") if path.exists()]
    paths = tuple(wrong if path.name == bug.name else path for path in found)
    assert wrong in paths
    parameters = {"DATA_WIDTH": 512} if bug.unit == "journal_send_unit" else {}
    simulator = build(Build(bug.unit, paths, "icarus", parameters, includes=(RTL,)))
    module = bug.tests or f"{bug.unit.removesuffix('_unit')}_unit"
    result = run(simulator, Run(f"tests.rtl.{module}", folder, seed, (bug.test,) if bug.test else ()))
    assert result.failures
