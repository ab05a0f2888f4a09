"""`make regress RESUME=1`, and what is there of earlier regressions."""

import json
import shutil
from pathlib import Path

import pytest

from tb.regress import regression
from tb.regress.results import REPORT, RESULTS
from tests.tb.regress.stand_in import attempts, run_stand_in


def test_what_another_regression_left_meanwhile_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the same folder, while this one waited for its workers: its report is in the trend, its results are kept."""
    first, out = tmp_path / "first", tmp_path / "out"
    assert run_stand_in(tmp_path, "SEEDS=2", "JOBS=1", f"OUT={first}") == 0

    def meanwhile(*_: object) -> None:
        out.mkdir()
        for name in (REPORT, RESULTS):
            shutil.copy(first / name, out)

    monkeypatch.setattr(regression, "check_workers", meanwhile)
    (tmp_path / "attempts").unlink()
    assert run_stand_in(tmp_path, "SEEDS=3", "JOBS=1", "RESUME=1", f"OUT={out}") == 0
    assert [seed for seed, _, _ in attempts(tmp_path)] == [3]
    assert [one["seeds"] for one in json.loads((out / REPORT).read_text())["history"]] == [2, 3]
