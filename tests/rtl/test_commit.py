"""commit_record.v, host_answers.v, and the commit stage within a storage system."""

import re
from pathlib import Path

import pytest

from tb.running.runner import RTL
from tests.rtl.units import run_unit

SYSTEM = [*sorted(path.stem for path in RTL.glob("*.v")), "system_unit"]


# Where requesters make their requests, in the order of commit_request_fields.vh
REQUESTERS: dict[str, list[list[str]]] = {
    "OWN_FIELDS": [["group_announcement"], ["silence_watch"], ["journal_read_command"], ["journal_store"]],
    "REPLICATION_FIELDS": [
        ["operations"], ["restore_look"], ["restore_slots:free_request"], ["restore_slots:write_request"],
        ["journal_receive"], ["journal_stream", "send_packets:tells_request"], ["piece_requester"], ["journal_fetch"],
        ["copy_requester"],
    ],
    "DEVICE_FIELDS": [["disk_adapter:write_request", "disk_adapter:read_request"]],
    "HOST_FIELDS": [["host_flush"], ["command_request"]],
    "REGISTER_FIELDS": [["registers"]],
}  # fmt: skip
NAMES = {"FAILED": "FAILURE", "DAMAGED": "FAILURE"}


def test_requests_set_only_fields_that_the_arbiter_looks_at() -> None:
    """A field beyond those of commit_request_fields.vh would be lost; each of those there is set by its requester."""
    text = (RTL / "commit_request_fields.vh").read_text()
    for name, makers in REQUESTERS.items():
        given = re.search(rf"{name} = (?:\{{(.*?)\}};|(fields\(.*?\));)", text, re.DOTALL)
        assert given
        terms = re.findall(r"fields\(([^)]*)\)|(\{`CR_WIDTH)", given[1] or given[2])
        assert len(terms) == len(makers)
        for (fields, everything), sources in zip(terms, makers, strict=True):
            found = set()
            for source in sources:
                module, _, register = source.partition(":")
                lines = (RTL / f"{module}.v").read_text()
                found |= set(re.findall(rf"\b{register or 'request'}\[`CR_(\w+)\] *=", lines)) - {"KIND"}
            if not everything:
                assert {NAMES.get(field, field) for field in found} == set(re.findall(r"OF_(\w+)", fields)), sources


def test_commit_record_has_the_documented_layout_and_loses_nothing(folder: Path, seed: int) -> None:
    """Run the cocotb tests of commit_record_unit."""
    run_unit("commit_record", ["commit_record", "fifo"], folder, seed, SYSTEM_NUMBER=9)


def test_steps_of_one_group_see_what_the_one_before_changed(folder: Path, seed: int) -> None:
    """Run the cocotb tests of commit_stage_unit."""
    parameters = {"DATA_WIDTH": 64, "VOLUMES": 3, "PAIRS": 2, "GROUPS": 2, "MAX_TRANSFER_BYTES": 4096, "WINDOW": 128}
    run_unit("commit_stage", SYSTEM[:-1], folder, seed, **parameters)


def test_host_answers_give_each_answer_once(folder: Path, seed: int) -> None:
    """Run the cocotb tests of host_answers_unit."""
    run_unit("host_answers", ["host_answers", "fifo"], folder, seed)


@pytest.mark.parametrize("width", [64, 512])
def test_a_step_sends_out_what_it_decided(width: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of system_unit."""
    run_unit("system_unit", SYSTEM, folder, seed, DATA_WIDTH=width)


def test_the_commit_trace_can_be_left_out(folder: Path, seed: int) -> None:
    """Run the cocotb test of system_untraced_unit."""
    run_unit("system_unit", SYSTEM, folder, seed, module="system_untraced_unit", COMMIT_TRACE=0)
