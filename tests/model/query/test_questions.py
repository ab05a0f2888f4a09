"""What a question to a capture may do, and what of its answer cannot be printed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mirrorlog.__main__ import main
from tests.model.two_systems import TwoSystems


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A capture of one event, whose text has half of a surrogate pair."""
    start = json.loads(TwoSystems(1).capture.lines[0])
    start["systems"] = start["systems"][:1]
    rule = {"event": "protocol_error", "system": 1, "cycle": 5, "port": 1, "channel": "m_axi", "rule": "4 \ud800 KiB"}
    (tmp_path / "run.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in (start, rule)))
    return tmp_path / "run.jsonl"


def test_a_question_writes_no_file(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither the one that is asked nor another one."""
    made = tmp_path / "made.sqlite"
    assert main(["query", str(file), "--out", str(made)]) == 0
    whole, other = made.read_bytes(), tmp_path / "other"
    files = sorted(tmp_path.iterdir())
    capsys.readouterr()
    for sql in (
        f"ATTACH DATABASE '{other}' AS other",
        f"VACUUM INTO '{other}'",
        "VACUUM",
        "PRAGMA journal_mode = WAL",
        "PRAGMA query_only = OFF",
        "BEGIN IMMEDIATE",
        "CREATE TEMP TABLE mine (x)",
        "SELECT load_extension('moon')",
    ):
        for words in ([str(made)], [str(file), "--out", str(made)], [str(file)]):
            assert main(["query", *words, sql]) == 2, sql
            said = capsys.readouterr()
            assert said.out == "" and said.err.count("\n") == 1 and said.err.startswith("error: SQL: "), sql
    assert made.read_bytes() == whole and sorted(tmp_path.iterdir()) == files
    for sql in (
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT max(i) FROM n",
        "PRAGMA table_info(event)",
        "EXPLAIN QUERY PLAN SELECT * FROM life_of_a_journal",
    ):
        assert main(["query", str(made), sql]) == 0, sql


def test_text_that_cannot_be_printed_is_escaped(file: Path) -> None:
    """In the terminal's encoding; of a capture, too."""
    sql = "SELECT rule, char(8364) AS euro, CAST(x'ff' AS TEXT) AS damaged, char(55296) AS lone FROM protocol_error"
    for encoding, euro in (("ascii", "\\u20ac"), ("utf-8", "€")):
        done = subprocess.run(
            [sys.executable, "-m", "mirrorlog", "query", str(file), sql],
            env=os.environ | {"PYTHONIOENCODING": encoding},
            capture_output=True,
            encoding=encoding,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        row = done.stdout.splitlines()[2]
        assert row.startswith("4 \\ud800 KiB") and row.split()[3] == euro and row.split()[4] == "\\xff"
    question = [sys.executable, "-m", "mirrorlog", "query", str(file), b"SELECT '\xff'"]
    done = subprocess.run(question, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "error: SQL: is no text\n")
