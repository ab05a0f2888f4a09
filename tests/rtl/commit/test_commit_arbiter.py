"""commit_arbiter.v."""

import re
from pathlib import Path

import pytest

from tests.rtl.units import run_unit
from tools.sources import rtl_headers, rtl_source

# Where requesters make their requests, in the order of commit_request_fields.vh
REQUESTERS: dict[str, list[list[str]]] = {
    "OWN_FIELDS": [["group_announcement"], ["heartbeat_watch"], ["journal_read_command"], ["durable_journals"]],
    "REPLICATION_FIELDS": [
        ["operations"], ["restore_scan"], ["restore_slots:free_request"], ["restore_slots:write_request"],
        ["store_requester"], ["journal_stream", "send_packets:report_request"], ["piece_requester"], ["journal_fetch"],
        ["copy_requester"],
    ],
    "DEVICE_FIELDS": [["disk_adapter:write_request", "disk_adapter:read_request"]],
    "HOST_FIELDS": [["host_flush"], ["command_request"]],
    "REGISTER_FIELDS": [["registers"]],
}  # fmt: skip
NAMES = {"FAILED": "FAILURE", "DAMAGED": "FAILURE", "FIRST": "FAILURE"}


def test_requests_set_only_fields_that_the_arbiter_looks_at() -> None:
    """A field beyond those of commit_request_fields.vh would be lost; each of those there is set by its requester."""
    text = (rtl_headers() / "commit_request_fields.vh").read_text()
    for name, makers in REQUESTERS.items():
        given = re.search(rf"{name} = (?:\{{(.*?)\}};|(fields\(.*?\));)", text, re.DOTALL)
        assert given
        terms = re.findall(r"fields\(([^)]*)\)|(\{`CR_WIDTH)", given[1] or given[2])
        assert len(terms) == len(makers)
        for (fields, everything), modules in zip(terms, makers, strict=True):
            found = set()
            for place in modules:
                module, _, register = place.partition(":")
                lines = rtl_source(module).read_text()
                found |= set(re.findall(rf"\b(?:new_)?{register or 'request'}\[`CR_(\w+)\] *=", lines)) - {"KIND"}
            if not everything:
                assert {NAMES.get(field, field) for field in found} == set(re.findall(r"OF_(\w+)", fields)), modules


@pytest.mark.parametrize("requesters", [3, 7])
def test_commit_arbiter_serves_all_in_turn(requesters: int, folder: Path, seed: int) -> None:
    """Run the cocotb tests of commit_arbiter_unit."""
    run_unit("commit_arbiter", folder, seed, REQUESTERS=requesters, WIDTH=40)
