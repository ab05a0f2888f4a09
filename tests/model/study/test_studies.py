"""Studies of journal size and of several paths: what they print, write and plot."""

import json
from pathlib import Path

import pytest

from mirrorlog.__main__ import main
from mirrorlog.simulate import summary
from mirrorlog.simulate.scenario import SyntheticLoad
from mirrorlog.study import command as study_command
from mirrorlog.study import journal_size as study_journal_size
from mirrorlog.study import paths as study_paths
from mirrorlog.study import sites as study_sites


def test_bursts_come_at_once_and_at_the_given_rate_on_average() -> None:
    load = SyntheticLoad(writes=6, rate=1000.0, burst=3)
    assert [request.time for request, _ in load.requests(1)] == [0, 0, 0, 3_000_000, 3_000_000, 3_000_000]


def test_the_study_of_journal_size_shows_where_stalls_begin(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_journal_size, "SIZES", (131_072, 1_048_576))
    monkeypatch.setattr(study_journal_size, "BURSTS", (10, 150))
    table, picture = tmp_path / "table.json", tmp_path / "picture.png"
    options = ["--writes", "150", "--out", str(table), "--plot", str(picture)]
    assert main(["study", "journal-size", *options]) == 0
    rows = {(row["journal_bytes"], row["burst"]): row for row in json.loads(table.read_text())}
    assert rows[131_072, 150]["stalls"] > 0
    assert rows[131_072, 150]["host_latency_p99_us"] > rows[1_048_576, 150]["host_latency_p99_us"]
    assert rows[1_048_576, 150]["stalls"] == rows[131_072, 10]["stalls"] == 0
    assert 0 < rows[1_048_576, 10]["occupancy"] < rows[1_048_576, 150]["occupancy"] <= 1
    assert picture.stat().st_size > 1000
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said[2:]] == ["128", "1024"]


def test_the_study_of_paths_shows_that_more_of_them_transfer_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_paths, "PATHS", (1, 4))
    table, picture = tmp_path / "table.json", tmp_path / "picture.png"
    assert main(["study", "paths", "--writes", "200", "--out", str(table), "--plot", str(picture)]) == 0
    one, four = json.loads(table.read_text())
    assert four["seconds"] < one["seconds"] / 2
    assert four["rpo_max_ms"] <= one["rpo_max_ms"]
    assert 0 < four["path_utilization"] <= 1.01
    assert picture.stat().st_size > 1000
    assert len(capsys.readouterr().out.splitlines()) == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["journal-size", "--trace", "tests/data/bank"], ["journal-size", "trace"]),
        (["paths", "--mode", "plain"], ["paths 8", "mode plain"]),
        (["paths", "--burst", "0"], ["burst"]),
    ],
)
def test_what_a_study_cannot_use_is_refused_in_one_line(
    arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["study", *arguments]) == 2
    said = capsys.readouterr().err
    assert all(word in said for word in words)
    assert said.count("\n") == 1


@pytest.mark.parametrize("what", ["distance", "paths", "journal-size", "sites"])
def test_an_interrupted_study_keeps_the_rows_that_are_whole(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two runs of simulations are whole: one row of the distances, two of each other study."""
    runs = iter(range(3))
    simulate = summary.run

    def interrupted(*words: object) -> object:
        if next(runs) == 2:
            raise KeyboardInterrupt
        return simulate(*words)  # type: ignore[arg-type]

    for module in (study_command, study_paths, study_journal_size, study_sites):
        monkeypatch.setattr(module, "run", interrupted)
    out, picture = tmp_path / "rows.json", tmp_path / "rows.png"
    assert main(["study", what, "--writes", "20", "--out", str(out), "--plot", str(picture)]) == 130
    assert len(json.loads(out.read_text())) == (1 if what == "distance" else 2) and not picture.exists()
    printed = capsys.readouterr()
    assert printed.err == "\nstopped by Ctrl-C\n" and len(printed.out.splitlines()) >= 3
