"""`mirrorlog trace`: a timeline in the format of trace events, with every journal of the capture."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from mirrorlog.__main__ import main
from mirrorlog.formats.commit_record import Process
from mirrorlog.formats.outcomes import RestoreOutcome
from tests.model.captures import Capture
from tests.model.query.test_query import lossy_capture, records, write

Events = list[dict[str, Any]]


@pytest.fixture(scope="module")
def capture() -> Capture:
    """A capture of two systems on a bad path."""
    return lossy_capture()


@pytest.fixture(scope="module")
def events(capture: Capture, tmp_path_factory: pytest.TempPathFactory) -> Events:
    """The events of its timeline."""
    path = tmp_path_factory.mktemp("trace") / "run.jsonl"
    write(capture, path)
    assert main(["trace", str(path)]) == 0
    shown = json.loads(path.with_suffix(".trace.json").read_text())
    assert shown["otherData"] == {"format": "mirrorlog trace", "one microsecond is": "one cycle"}
    return shown["traceEvents"]


def threads(events: Events) -> dict[tuple[int, int], str]:
    """Return the name of each track."""
    return {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e["name"] == "thread_name"}


def test_every_event_has_its_place_and_slices_of_a_track_do_not_overlap(events: Events) -> None:
    """A slice ends after it begins."""
    names = threads(events)
    slices = defaultdict(list)
    for event in events:
        assert all(type(event[key]) is int for key in ("ts", "pid", "tid")) and event["ts"] >= 0
        assert event["ph"] in ("M", "X", "s", "f") and event["name"]
        if event["ph"] == "X":
            assert event["dur"] > 0
            slices[event["pid"], event["tid"]].append((event["ts"], event["ts"] + event["dur"]))
    assert slices.keys() == names.keys()
    for track in slices.values():
        assert all(end <= begin for (_, end), (begin, _) in zip(sorted(track), sorted(track)[1:], strict=False))


def test_a_process_is_a_system_and_a_track_a_process_of_the_protocol(capture: Capture, events: Events) -> None:
    """Each that retired records has a track; the first of each has its plain name."""
    assert {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"} == {
        1: "system 1",
        2: "system 2",
    }
    retired = {(record.system, Process(record.process)) for record in records(capture)}
    names = threads(events)
    for system, process in retired - {(1, Process.JOURNAL_STORE)}:
        word = process.name.lower().replace("_", " ")
        assert any(pid == system and name.startswith(word) for (pid, _), name in names.items()), (system, process)


def test_every_restored_journal_is_a_slice_from_commit_to_restore(capture: Capture, events: Events) -> None:
    """At its original system, with its steps."""
    restored = [r.reference for r in records(capture) if (r.process, r.outcome) == (8, RestoreOutcome.FREED)]
    journals = [e for e in events if e["ph"] == "X" and e["cat"] == "journal"]
    shown = {e["name"]: e for e in journals if e["args"]["restored"] is not None}
    assert len(restored) > 50 and sorted(shown) == sorted(f"journal {number}" for number in restored)
    for event in shown.values():
        assert event["pid"] == 1 and event["ts"] == event["args"]["durable"]
        assert event["ts"] + event["dur"] == max(event["args"]["restored"], event["ts"] + 1)


def test_an_arrow_leads_from_each_sending_to_its_storing(events: Events) -> None:
    """Each end lies in a slice of its track; what is stored was sent before."""
    slices = [e for e in events if e["ph"] == "X"]
    begins, ends = ({e["id"]: e for e in events if e["ph"] == end} for end in "sf")
    assert len(begins) > 50 and begins.keys() == ends.keys()
    names = threads(events)
    for number, begin in begins.items():
        end = ends[number]
        assert (begin["pid"], end["pid"], end["bp"]) == (1, 2, "e")
        assert names[1, begin["tid"]].startswith("journal read reception")
        assert names[2, end["tid"]].startswith("journal store")
        for event in (begin, end):
            assert any(
                (e["pid"], e["tid"]) == (event["pid"], event["tid"]) and e["ts"] <= event["ts"] < e["ts"] + e["dur"]
                for e in slices
            )


def test_a_file_that_is_no_timeline_stays(capture: Capture, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One that this command has written is replaced."""
    write(capture, tmp_path / "run.jsonl")
    (tmp_path / "mine.json").write_text("{}")
    assert main(["trace", str(tmp_path / "run.jsonl"), "--out", str(tmp_path / "mine.json")]) == 2
    assert (tmp_path / "mine.json").read_text() == "{}" and "it stays" in capsys.readouterr().err
    assert main(["trace", str(tmp_path / "run.jsonl")]) == 0 == main(["trace", str(tmp_path / "run.jsonl")])
