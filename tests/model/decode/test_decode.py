"""`mirrorlog decode`: a commit record in words."""

import pytest

from mirrorlog.__main__ import main
from mirrorlog.compare.record_text import fields, outcome_name
from mirrorlog.formats.commit_record import CommitRecord, Process
from tests.test_testplan import documented_exits

# cycle 17 of system 1: a host's write of 512 bytes to volume 1, journaled in group 0, number 4
WRITE = CommitRecord(
    2, 2, 1280, 1360, 0, 1, 17, 5, 1, 0, 0, 2, 3, 1, 1, 0, 0, 512, 1024, 512, 0xABC, 3, 5, 4096, 2048, *range(64, 72)
)  # fmt: skip


def decoded(record: CommitRecord, capsys: pytest.CaptureFixture[str]) -> dict[str, list[str]]:
    """Return what the command prints: value and meaning of each field."""
    assert main(["decode", record.to_hex()]) == 0
    lines = [line.split(maxsplit=2) for line in capsys.readouterr().out.splitlines()]
    assert [line[0] for line in lines] == list(CommitRecord._fields)
    return {name: rest for name, *rest in lines}


def test_a_record_is_printed_field_by_field(capsys: pytest.CaptureFixture[str]) -> None:
    """Codes with their names, in the order of the bytes."""
    said = decoded(WRITE, capsys)
    assert said["process"] == ["2", "command reception (FIG 12)"]
    assert said["outcome"] == ["1280", "write in cache"]
    assert said["creation"] == ["1360", "journal created for a host write"]
    assert said["status"] == ["0", "ok"]
    assert said["pair_state"] == ["3", "normal"]
    assert said["position"] == ["1024"] and said["info_crc"] == ["0x00000abc"]


@pytest.mark.parametrize(
    ("changes", "name", "meaning"),
    [
        ({"version": 3}, "version", "not 2: the fields may mean something else"),
        ({"process": 77}, "process", "no such process"),
        ({"outcome": 5}, "outcome", "no such outcome"),
        ({"creation": 9}, "creation", "no such exit"),
        ({"volume": 0xFFFF}, "volume", "none"),
        ({"reason": 0xFF}, "reason", "none"),
        ({"reason": 9}, "reason", "gone"),
        ({"group_state": 7}, "group_state", "no such code"),
        ({"status": 13}, "status", "device error"),
        ({"process": 1, "outcome": 5, "status": 2}, "status", "slverr"),
        ({"process": 1, "outcome": 3}, "outcome", "refused, not idle"),
        ({"process": 6, "outcome": 1700, "status": 3}, "status", "command slot"),
        ({"process": 9, "outcome": 256 + 4}, "outcome", "start sent"),
        ({"process": 9, "outcome": 512 + 4, "status": 11}, "status", "taken over"),
        ({"process": 9, "outcome": 1024}, "outcome", "no such outcome"),
        ({"process": 9, "outcome": 0}, "outcome", "answer to no operation in flight"),
        ({"process": 10, "outcome": 1, "status": 8}, "status", "taken over"),
    ],
)
def test_what_is_no_code_is_said_and_codes_are_those_of_the_process(
    changes: dict[str, int], name: str, meaning: str
) -> None:
    """Each process has outcomes and answers of its own."""
    assert {field: said for field, _, said in fields(WRITE._replace(**changes))}[name] == meaning


def test_every_documented_outcome_has_a_name() -> None:
    """Those of docs/commit_trace.md."""
    exits = [tuple(map(int, exit_.split("/"))) for exit_ in documented_exits()]
    assert {process for process, _ in exits} == set(Process) - {Process.OPERATION}
    assert [exit_ for exit_ in exits if not outcome_name(*exit_)] == []
