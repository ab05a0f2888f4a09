"""Hunts: every bug meets the same runs until one fails, a run that fails by itself tells nothing, and what is known is
not done again. No simulator is run."""

import json
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from tb.config.files import locked
from tests.hunt import bite, mutate
from tests.hunt.bite import beyond_runs, simulated
from tests.hunt.hunting import RESULTS, Attempt, Found, Hunt, HuntError, Todo
from tests.hunt.schemata import PLUSARG, RECORD, key

BUGS = simulated()[:3]
MADE = "made"


def attempt(todo: Todo) -> Attempt:
    """The first bug fails in run 1, the second one in run 3; run 2 fails whatever is planted, in run 4 nothing
    differs."""
    (plusarg,) = todo.plusargs
    number = int(plusarg.removeprefix(f"{PLUSARG}="))
    with (todo.folder / MADE).open("a") as made:
        print(todo.run, number, file=made)
    failed = (number, todo.run) in ((1, 1), (2, 3)) or todo.run == 2
    differing = [] if todo.bug or todo.run == 4 else [1, 2, 3]
    return Attempt(todo.bug, todo.run, failed, 100 * todo.run, "comparison" if failed else "", "", differing)


def refused(todo: Todo) -> Attempt:
    """The simulator cannot be built."""
    return Attempt(todo.bug, todo.run, True, 0, "build", "cannot build bench")


def useless(todo: Todo) -> Attempt:
    """Every run fails, whatever is planted."""
    return Attempt(todo.bug, todo.run, True, 100, "comparison")


def _hunt(folder: Path, runs: int, resume: bool = False) -> tuple[Hunt, list[Found]]:
    hunt = Hunt(BUGS, folder, 5, runs, 1, resume, attempt)
    return hunt, list(hunt.find())


def test_bugs_meet_the_same_runs_until_one_fails(folder: Path) -> None:
    """A run that fails by itself tells nothing, and one in which a bug does not differ would be the same again."""
    hunt, found = _hunt(folder, 5)
    assert [(one.bug.id, one.attempt and one.attempt.run, one.runs) for one in found] == [
        (BUGS[0].id, 1, 0), (BUGS[1].id, 3, 0), (BUGS[2].id, None, 3)
    ]  # fmt: skip
    assert hunt.useless == [2]
    made = [tuple(map(int, line.split())) for line in (folder / MADE).read_text().splitlines()]
    assert made == [
        (1, RECORD), (1, 1), (1, 2), (1, 3), (2, RECORD), (3, RECORD), (3, 2), (3, 3), (4, RECORD), (5, RECORD), (5, 3)
    ]  # fmt: skip


def test_hunt_goes_on_where_it_was_ended(folder: Path) -> None:
    before = [one.attempt for one in _hunt(folder, 1)[1]]
    (folder / MADE).unlink()
    after = [one.attempt for one in _hunt(folder, 4, resume=True)[1]]
    assert before[0] == after[0] and after[1] is not None and after[2] is None
    assert (folder / MADE).read_text().splitlines()[0] == f"2 {RECORD}"


@pytest.mark.parametrize("lines", ['{"rtl": "00000000", "seed": 5}\n', "as it was\n{}\n"])
def test_results_of_another_hunt_are_not_gone_on_from(folder: Path, lines: str) -> None:
    hunt, _ = _hunt(folder, 1)
    results = folder / RESULTS
    results.write_text(lines.replace("as it was", results.read_text().split("\n")[0]))
    with pytest.raises(HuntError, match="RESUME=1 cannot go on from it"):
        Hunt(hunt.bugs, folder, 5, 1, 1, True, attempt)


def test_a_line_that_was_not_written_whole_is_none(folder: Path) -> None:
    """That run is made again, and the file is whole then."""
    _hunt(folder, 1)
    results = folder / RESULTS
    whole = results.read_bytes()
    results.write_bytes(whole[:-20])
    _hunt(folder, 1, resume=True)
    assert sorted(results.read_bytes().splitlines()) == sorted(whole.splitlines())
    assert results.read_bytes().endswith(b"\n")


def test_results_that_are_no_text_are_refused(folder: Path) -> None:
    """They stay."""
    damaged = b"\xff\xfe\n{\xff}\n"
    (folder / RESULTS).write_bytes(damaged)
    with pytest.raises(HuntError, match="RESUME=1 cannot go on from it"):
        Hunt(BUGS, folder, 5, 1, 1, True, attempt)
    assert (folder / RESULTS).read_bytes() == damaged


@pytest.mark.parametrize(("of", "words"), [(bite, ["--only", BUGS[0].id]), (mutate, ["--count", "1"])])
def test_a_second_hunt_in_a_folder_is_refused_and_runs_that_tell_nothing_are_named(
    of: ModuleType, words: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its results stay as they are. Each run fails by itself here."""
    monkeypatch.setattr(of, "FOLDER", folder)
    monkeypatch.setattr(of, "Hunt", partial(Hunt, attempt=useless))
    with locked(folder, ""):
        (folder / RESULTS).write_text("of the first one")
        assert of.main([*words, "--seed", "5", "--runs", "2"]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ") and "is in use by process" in captured.err and captured.out == ""
    assert (folder / RESULTS).read_text() == "of the first one"
    of.main([*words, "--seed", "5", "--runs", "2", "--jobs", "1"])
    assert "runs that fail without any bug, and tell nothing: 1, 2\n" in capsys.readouterr().out


def test_rtl_that_cannot_be_built_ends_the_hunt(folder: Path) -> None:
    with pytest.raises(HuntError, match="cannot build bench"):
        list(Hunt(BUGS, folder, 5, 1, 1, False, refused).find())


def test_each_attempt_is_kept_with_the_bug_it_is_of(folder: Path) -> None:
    _hunt(folder, 1)
    lines = [json.loads(line) for line in (folder / RESULTS).read_text().splitlines()]
    assert [line["bug"] for line in lines[1:]] == ["", *map(key, BUGS)]
    assert [line["failed"] for line in lines[1:]] == [False, True, False, False]


def test_what_no_run_can_show_is_a_planted_bug_with_a_reason() -> None:
    ids = {bug.id for bug in simulated()}
    for name, reason in beyond_runs().items():
        assert name in ids, name
        assert len(reason.split()) > 10, name
