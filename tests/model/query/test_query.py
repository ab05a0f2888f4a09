"""`mirrorlog query`: a capture as a database, the life of its journals, and the questions of docs/query.md."""

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest

from mirrorlog.__main__ import main
from mirrorlog.formats.commit_record import CommitRecord, Creation, Process
from mirrorlog.formats.outcomes import ReadWriteOutcome, RestoreOutcome, StoreOutcome
from mirrorlog.query.journals import STEPS
from mirrorlog.query.lines import Lines
from tests.model.captures import Capture
from tests.model.replication_driver import Faults
from tests.model.two_systems import TwoSystems
from tools.sources import ROOT

DOCUMENT = ROOT / "docs" / "query.md"

Ask = Callable[[str], list[tuple[object, ...]]]

OF_HOSTS = ("host write", "discard")


@cache
def lossy_capture() -> Capture:
    """Return a capture of two systems with small journal volumes, on a path that loses and doubles packets."""
    small = (32 * 64 + 8192, 32 * 64 + 8192)
    return TwoSystems(8, Faults(0.03, 0.05, 0.03, 0.1), small, watch_time=1 << 31, timeout=1000).run(20_000)


@pytest.fixture(scope="module")
def capture() -> Capture:
    """That capture."""
    return lossy_capture()


@pytest.fixture(scope="module")
def file(capture: Capture, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It, as a file with its data files."""
    path = tmp_path_factory.mktemp("query") / "run.jsonl"
    write(capture, path)
    return path


@pytest.fixture(scope="module")
def ask(file: Path) -> Ask:
    """Asks the database made of it."""
    assert main(["query", str(file)]) == 0
    connection = sqlite3.connect(file.with_suffix(".sqlite"))
    return lambda sql: connection.execute(sql).fetchall()


def write(capture: Capture, path: Path) -> None:
    """Write a capture."""
    path.write_text("".join(f"{line}\n" for line in capture.lines), encoding="ascii")
    for name, data in capture.data.items():
        path.with_suffix(f".{name}").write_bytes(data)


def records(capture: Capture) -> list[CommitRecord]:
    """Return its records."""
    events = map(json.loads, capture.lines)
    return [CommitRecord.from_hex(event["record"]) for event in events if event["event"] == "record"]


def test_every_line_of_a_capture_is_a_row(capture: Capture, ask: Ask) -> None:
    """All but start and end, in a table of its kind as well as in the table of all."""
    lines = range(2, len(capture.lines))
    assert [line for (line,) in ask("SELECT line FROM event ORDER BY line")] == list(lines)
    tables = [name for (name,) in ask("SELECT name FROM sqlite_master WHERE type = 'table'")]
    kinds = set(tables) - {"system", "event", "journal"}
    assert {process.name.lower() for process in Process} <= kinds
    found = sorted(line for table in kinds for (line,) in ask(f"SELECT line FROM {table}"))
    assert found == list(lines)


def test_rows_of_a_process_have_the_fields_of_its_records(capture: Capture, ask: Ask) -> None:
    """By cycle and by update number."""
    wanted = [record for record in records(capture) if record.process == Process.JOURNAL_STORE]
    assert len(wanted) > 50
    for record in wanted:
        rows = ask(
            "SELECT outcome, volume, position, size, reference, update_information_newest, meaning FROM journal_store"
            f" WHERE system = {record.system} AND cycle = {record.cycle} AND journal = {record.reference}"
        )
        assert len(rows) == 1 and rows[0][:4] == (record.outcome, record.volume, record.position, record.size)
        assert rows[0][4:6] == (record.reference, record.update_information_newest) and rows[0][6]


def test_life_of_a_journal_goes_from_the_hosts_write_to_its_restore_over_both_systems(
    capture: Capture, ask: Ask
) -> None:
    """Every journal created, with every step in its order; cycles are counted from each system's start."""
    created = [r.update_number - 1 for r in records(capture) if r.creation == Creation.HOST_WRITE_CREATED]
    restored = [r.reference for r in records(capture) if (r.process, r.outcome) == (8, RestoreOutcome.FREED)]
    stored = {r.reference: r for r in records(capture) if (r.process, r.outcome) == (7, StoreOutcome.STORED)}
    columns = [
        "number",
        "kind",
        "original",
        "secondary",
        "volume",
        "secondary_volume",
        "size",
        "sends",
        *STEPS,
        "cycles",
    ]
    lives = [
        dict(zip(columns, row, strict=True))
        for row in ask(f"SELECT {', '.join(columns)} FROM life_of_a_journal ORDER BY number")
    ]
    assert len(created) > 50
    assert [life["number"] for life in lives if life["kind"] in OF_HOSTS] == created
    assert [life["number"] for life in lives if life["restored"] is not None] == sorted(restored)
    for life in lives:
        if life["restored"] is None:
            continue
        record = stored[life["number"]]
        assert (life["original"], life["secondary"]) == (1, 2) and life["sends"] >= 1
        assert (life["secondary_volume"], life["size"]) == (record.volume, record.size)
        of_host = life["kind"] in OF_HOSTS
        begin = ["received", "created"] if of_host else ["created"]
        orders = (
            [*begin, "durable", "sent"],
            ["stored", "written_at_secondary", "committed", "restoring", "restored"],
            [*begin, "answered"] if of_host else [],
            ["restoring", "volume_written", "restored"] if life["size"] else [],
        )
        for order in orders:
            times = [life[step] for step in order]
            assert None not in times and times == sorted(times), life
        assert life["cycles"] == life["restored"] - life[begin[0]]
    assert ask("SELECT max(at) FROM event")[0][0] < 1 << 20  # although a counter wraps
    assert ask("SELECT count(*) FROM life_of_a_journal WHERE sends > 1")[0][0] > 0


def test_each_question_of_the_document_has_an_answer(file: Path, ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    """Five of them, on this capture as they stand there."""
    questions = re.findall(r"^```sql\n(.*?)^```", DOCUMENT.read_text(), re.M | re.S)
    assert len(questions) == 5
    for question in questions:
        assert ask(question), question
        assert main(["query", str(file.with_suffix(".sqlite")), question]) == 0
        assert len(capsys.readouterr().out.splitlines()) == 2 + len(ask(question))
    (means,) = ask(questions[0])
    count, *parts, whole = means
    lives = ask("SELECT restored - received FROM life_of_a_journal WHERE kind = 'host write' AND restored IS NOT NULL")
    assert count == len(lives) and abs(whole - sum(cycles for (cycles,) in lives) / count) < 1
    assert abs(sum(parts) - whole) < 3


def test_journals_that_were_not_restored_are_found_in_a_capture_that_ends_early(
    capture: Capture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file that a failed run leaves: without its end, cut within a line, with a rule broken. What is missing is
    said."""
    rule = {"event": "protocol_error", "system": 2, "cycle": 5, "port": 1, "channel": "m_axi", "rule": "4 KiB"}
    cut = Capture(capture.lines[: len(capture.lines) // 2], capture.data)
    cut.lines.append(json.dumps(rule))
    write(cut, tmp_path / "run.jsonl")
    with (tmp_path / "run.jsonl").open("a") as file:
        file.write(capture.lines[-2][:20])
    assert main(["query", str(tmp_path / "run.jsonl"), "SELECT count(*), max(rule) FROM event, protocol_error"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[-1].split() == [str(len(cut.lines) - 1), "4", "KiB"]
    assert said.err.count("\n") == 1 and f"run.jsonl: has no end (of a run that failed?): {len(cut.lines)} " in said.err
    assert not (tmp_path / "run.sqlite").exists()
    waiting = "SELECT count(*) FROM life_of_a_journal WHERE restored IS NULL"
    assert main(["query", str(tmp_path / "run.jsonl"), waiting, "--out", str(tmp_path / "x.sqlite")]) == 0
    assert int(capsys.readouterr().out.split()[-1]) > 0 and (tmp_path / "x.sqlite").exists()


def test_without_its_packets_each_side_of_a_capture_stands_alone(
    capture: Capture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And that is said."""
    data = {name: bytes_ for name, bytes_ in capture.data.items() if "path" not in name}
    write(Capture(capture.lines, data), tmp_path / "run.jsonl")
    sides = "SELECT original, secondary, count(*) > 50 FROM life_of_a_journal GROUP BY 1, 2"
    assert main(["query", str(tmp_path / "run.jsonl"), sides]) == 0
    said = capsys.readouterr()
    assert [row.split() for row in said.out.splitlines()[2:]] == [["-", "2", "1"], ["1", "-", "1"]]
    assert said.err.count("its packets are not known") == 4


def test_a_file_is_replaced_only_if_it_is_of_this_command_and_a_question_changes_nothing(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another database stays."""
    foreign = tmp_path / "foreign.sqlite"
    with closing(sqlite3.connect(foreign)) as connection:
        connection.execute("CREATE TABLE mine (x)")
        connection.commit()
    before = foreign.read_bytes()
    assert main(["query", str(file), "--out", str(foreign)]) == 2
    assert foreign.read_bytes() == before and "is no file that this command has written" in capsys.readouterr().err
    made = tmp_path / "made.sqlite"
    assert main(["query", str(file), "--out", str(made)]) == 0
    assert main(["query", str(file), "--out", str(made)]) == 0
    whole = made.read_bytes()
    for sql in ("DROP TABLE event", "DELETE FROM journal"):
        assert main(["query", str(made), sql]) == 2
        assert main(["query", str(file), "--out", str(made), sql]) == 2
    assert made.read_bytes() == whole


def test_numbers_that_sqlite_has_not_are_text_and_a_reset_goes_on_counting_cycles(tmp_path: Path) -> None:
    """Of 64 bits without a sign; the cycle counter begins anew."""
    capture = TwoSystems(1).capture
    start = json.loads(capture.lines[0])
    start["systems"] = [start["systems"][0] | {"first_cycle": 100, "path": False}]
    reset = {"event": "reset", "system": 1, "cycle": 110, "incarnation": 1, "first_cycle": 7, "devices": [0, 0]}
    reset |= dict.fromkeys(("write_data", "read_data", "path_in", "path_out"), 0)
    access = {"event": "register_write", "system": 1, "cycle": 9, "address": 8, "data": (1 << 64) - 1, "strobe": 255}
    path = tmp_path / "run.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in (start, reset, access)))
    assert [(line.event, line.at) for line in Lines(path)] == [("reset", 10), ("register_write", 13)]
    assert main(["query", str(path)]) == 0
    with closing(sqlite3.connect(path.with_suffix(".sqlite"))) as connection:
        assert connection.execute("SELECT data FROM register_write").fetchall() == [(str((1 << 64) - 1),)]


def test_a_journal_that_is_durable_before_its_turn_is_not_committed(capture: Capture, tmp_path: Path) -> None:
    """In a capture that ends right behind that."""
    events = [json.loads(line) for line in capture.lines]
    places = [index for index, event in enumerate(events) if event["event"] == "record" and event["system"] == 2]
    durable = (Process.READ_WRITE, ReadWriteOutcome.JOURNAL_DURABLE)
    index, record = next(
        (place, record)
        for place, record in ((place, CommitRecord.from_hex(events[place]["record"])) for place in places)
        if (record.process, record.outcome) == durable and record.update_number <= record.reference
    )
    write(Capture(capture.lines[: index + 1], capture.data), tmp_path / "run.jsonl")
    assert main(["query", str(tmp_path / "run.jsonl")]) == 0
    life = "SELECT written_at_secondary IS NULL, committed IS NULL FROM life_of_a_journal WHERE number = "
    with closing(sqlite3.connect(tmp_path / "run.sqlite")) as connection:
        assert connection.execute(f"{life}{record.reference}").fetchall() == [(0, 1)]
