"""Coverage of all seeds together: files that are damaged."""

import hashlib
import json
from pathlib import Path

import pytest

from tb.coverage import merged
from tb.regress.coverage import CODE_JSON, JSON, code_of, groups_of, merge, merge_code_of
from tests.tb.regress.stand_in import run_stand_in

TABLE, CUT_SHORT = "line\tstorage_system.v\t1\t1\tblock\t1\n", "line\n"


def exported(folder: Path) -> Path:
    """Return a file of coverage as seeds leave it."""
    folder.mkdir(parents=True)
    merged.export(folder / "coverage.yaml")
    return folder / "coverage.yaml"


def damaged(text: str, how: str) -> str:
    """Return the text of a file of coverage with a damage."""
    if how == "short":
        return text[: len(text) // 2]
    if how == "no number":
        return text.replace(": 0\n", ": many\n")
    return {"no text": "\udcff", "empty": "", "no points": "[1, 2]\n"}[how]


@pytest.mark.parametrize("how", ["short", "no number", "no text", "empty", "no points"])
def test_coverage_of_a_seed_that_is_damaged_is_left_out_and_named(how: str, tmp_path: Path) -> None:
    """That of the others is there."""
    files = [exported(tmp_path / str(seed)) for seed in (1, 2, 3)]
    assert merge([files[0], files[2]], tmp_path) == []
    others = (tmp_path / JSON).read_text()
    assert merge(files, tmp_path) == []
    files[1].write_text(damaged(files[1].read_text(), how), errors="surrogateescape")
    (line,) = merge(files, tmp_path)
    assert line.startswith(f"coverage of {files[1]} is left out: ") and "\n" not in line
    assert groups_of(tmp_path / JSON) and (tmp_path / JSON).read_text() == others
    assert len(merge(files[1:2], tmp_path)) == 1 and not (tmp_path / JSON).exists()


def test_code_coverage_of_a_seed_that_is_damaged_is_left_out_and_named(tmp_path: Path) -> None:
    """Also if it is its table that is damaged or lacking."""
    folders = [tmp_path / str(seed) for seed in range(5)]
    whole, cut_short = (hashlib.sha256(table.encode()).hexdigest()[:16] for table in (TABLE, CUT_SHORT))
    texts = (f"{whole}\n\1", "what is this", f"{whole[::-1]}\n\1", f"{cut_short}\n\1", f"{whole}\n")
    for folder, text in zip(folders, texts, strict=True):
        folder.mkdir()
        (folder / "code.bits").write_text(text)
    (tmp_path / f"{whole}.points").write_text(TABLE)
    (tmp_path / f"{cut_short}.points").write_text(CUT_SHORT)
    lines = merge_code_of(folders, tmp_path, tmp_path)
    assert [line.split(" is left out: ")[0] for line in lines] == [
        f"code coverage of {folder / 'code.bits'}" for folder in folders[1:]
    ]
    assert code_of(tmp_path / CODE_JSON)["total"]["line"]["met"] == 1
    assert len(merge_code_of(folders[1:], tmp_path, tmp_path)) == 4 and not (tmp_path / CODE_JSON).exists()


def test_the_report_is_written_whatever_became_of_the_coverage_of_seeds_that_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says which seed's is lacking."""
    out = tmp_path / "out"
    assert run_stand_in(tmp_path, "SEEDS=1", "JOBS=1", f"OUT={out}") == 0
    (out / "seeds" / "1" / "coverage.yaml").write_text("{")
    assert run_stand_in(tmp_path, "SEEDS=2", "JOBS=1", "RESUME=1", f"OUT={out}") == 0
    assert f"coverage of {out}/seeds/1/coverage.yaml is left out: " in capsys.readouterr().out
    assert "seeds/1/coverage.yaml is left out: " in (out / "index.html").read_text()
    assert [one["seeds"] for one in json.loads((out / "report.json").read_text())["history"]] == [1, 2]
