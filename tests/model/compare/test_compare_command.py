"""`mirrorlog compare`: what it prints for people and for programs, what it covered, and from which cycle on."""

import json
from pathlib import Path
from typing import Any

import pytest

from mirrorlog.__main__ import main
from mirrorlog.formats.commit_record import CommitRecord, Creation, Process
from mirrorlog.formats.outcomes import CommandOutcome, StoreOutcome
from tests.model.captures import Capture
from tests.model.reference_driver import busy_capture


@pytest.fixture
def capture() -> Capture:
    """A capture of one system that host and terminal keep busy."""
    return busy_capture(8)[0]


def run(capture: Capture, folder: Path, *options: str) -> int:
    """Compare a capture with the command; returns its status."""
    path = folder / "run.jsonl"
    path.write_text("".join(f"{line}\n" for line in capture.lines), encoding="ascii")
    for name, data in capture.data.items():
        path.with_suffix(f".{name}").write_bytes(data)
    return main(["compare", str(path), *options])


def records(capture: Capture) -> list[tuple[int, CommitRecord]]:
    """Return the records with the places of their lines."""
    events = ((index, json.loads(line)) for index, line in enumerate(capture.lines))
    return [(index, CommitRecord.from_hex(event["record"])) for index, event in events if event["event"] == "record"]


def change(capture: Capture, index: int, record: CommitRecord) -> None:
    """Put another record into a line."""
    capture.lines[index] = json.dumps(json.loads(capture.lines[index]) | {"record": record.to_hex()})


def created(capture: Capture) -> tuple[int, CommitRecord]:
    """Return the first record of a journal's creation."""
    return next((index, record) for index, record in records(capture) if record.creation == Creation.HOST_WRITE_CREATED)


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return the object that was printed, and nothing else was."""
    said = capsys.readouterr()
    assert said.err == ""
    return json.loads(said.out)


def test_an_equal_capture_is_one_json_object(
    capture: Capture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a summary unless it is asked for."""
    assert run(capture, tmp_path, "--json") == 0
    assert printed(capsys) == {
        "capture": str(tmp_path / "run.jsonl"),
        "equal": True,
        "records": len(records(capture)),
        "uncompared_records": 0,
        "missing_data": [],
        "difference": None,
    }


def test_a_difference_in_json_has_all_that_the_report_has(
    capture: Capture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 1 as well."""
    index, record = created(capture)
    change(capture, index, record._replace(write_data_newest=record.write_data_newest + 64))
    assert run(capture, tmp_path, "--json", "--last", "2") == 1
    shown = printed(capsys)
    found = shown["difference"]
    assert not shown["equal"] and (found["line"], found["cycle"]) == (index + 1, record.cycle)
    place = str(record.write_data_newest)
    assert found["fields"] == [
        {"name": "write_data_newest", "expected": place, "actual": str(record.write_data_newest + 64)}
    ]
    assert found["process"] == "command reception" and found["expected"] == record._asdict()
    assert found["actual"]["write_data_newest"] == record.write_data_newest + 64 and len(found["last"]) == 2


def test_summary_says_what_was_covered_and_which_checks_had_no_data(
    capture: Capture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In both forms; files that are not there are checks without data."""
    assert run(capture, tmp_path, "--summary") == 0
    text = capsys.readouterr().out
    taken = sum(
        record.process == Process.COMMAND_RECEPTION and record.outcome == CommandOutcome.WRITTEN
        for _, record in records(capture)
    )
    assert f"  {taken:>9,}  1280 write in cache\n" in text
    assert "restore (FIG 20): 0 records\n      never  2015 group not normal, " in text
    without = [line.removeprefix("no data: ") for line in text.splitlines() if line.startswith("no data")]
    assert without == ["packets taken", "packets sent", "the state after a reset"]
    del capture.data["write_data1"]
    (tmp_path / "run.write_data1").unlink()
    assert run(capture, tmp_path, "--summary", "--json", "--state-only") == 0
    shown = printed(capsys)
    summary = shown["summary"]
    assert shown["missing_data"] == ["write_data1"]
    assert summary["without_data"] == ["data that the host wrote", *without]
    assert summary["processes"]["command_reception"]["taken"]["1280"] == taken
    assert 2060 in summary["processes"]["restore"]["not_taken"]


def test_from_a_cycle_on_records_are_compared_and_before_it_they_only_lead_the_model(
    capture: Capture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The fields of a record before it may be wrong, those of one at it may not."""
    index, record = created(capture)
    change(capture, index, record._replace(info_crc=record.info_crc ^ 1))
    assert run(capture, tmp_path, "--from", str(record.cycle)) == 1
    assert "info_crc: expected" in capsys.readouterr().out
    assert run(capture, tmp_path, "--from", str(record.cycle + 1)) == 0
    earlier = sum(before.cycle <= record.cycle for _, before in records(capture))
    said = f"equal, {len(records(capture))} records, {earlier} of them before cycle {record.cycle + 1}\n"
    assert capsys.readouterr().out.endswith(said)


def test_what_no_model_can_follow_is_a_difference_before_that_cycle_too(
    capture: Capture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An event at a port, and a record of a step that is not there to be taken."""
    last = records(capture)[-1][1].cycle
    response = next(index for index, line in enumerate(capture.lines) if '"host_response"' in line)
    changed = json.loads(capture.lines[response])
    line = capture.lines[response]
    capture.lines[response] = json.dumps(changed | {"status": changed["status"] ^ 1})
    assert run(capture, tmp_path, "--from", str(last)) == 1
    assert "host_response.status: expected" in capsys.readouterr().out
    capture.lines[response] = line
    index, record = created(capture)
    change(capture, index, record._replace(process=Process.JOURNAL_STORE, outcome=StoreOutcome.STORED))
    assert run(capture, tmp_path, "--from", str(last)) == 1
    assert f"line {index + 1}" in capsys.readouterr().out


def test_nothing_compared_is_no_success(capture: Capture, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A cycle behind the last record."""
    last = records(capture)[-1][1].cycle
    assert run(capture, tmp_path, "--from", str(last + 1), "--json") == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1
    assert f"--from {last + 1}: " in said.err and "no record of that cycle or later" in said.err
