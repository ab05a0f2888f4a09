"""The examples: what they write is equal to the model, and what is wrong in them on purpose is found."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mirrorlog.__main__ import main
from tb.running.runner import ROOT

FIRST = ROOT / "examples" / "first_capture" / "first_capture.py"


# commit passes the journal when the host is answered
EARLY = '*group, 0, 4608, 4096, {}, 0, 0)\nadd("host_response"'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", "equal, 17 records"),
        (EARLY.format(4096), EARLY.format(4608), "write_data_commit: expected 4096, is 4608"),
        ("bytes=64, resp=0", "bytes=64, resp=2", "status: expected 13, is 0"),
    ],
    ids=["as it is", "commit moves too early", "device fails"],
)
def test_first_capture_is_equal_and_a_wrong_one_is_not(
    old: str, new: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In forty lines that need the standard library alone."""
    text = FIRST.read_text()
    code = [line for line in text.splitlines() if line.strip() and not line.strip().startswith(("#", '"""'))]
    assert len(code) <= 40 and not re.search("mirrorlog[. ]import|import mirrorlog", text)
    assert old in text
    script = tmp_path / "first_capture.py"
    script.write_text(text.replace(old, new, 1) if old else text)
    subprocess.run([sys.executable, "-I", script, tmp_path / "first.jsonl"], check=True)
    assert main(["compare", str(tmp_path / "first.jsonl")]) == int(bool(old))
    assert said in capsys.readouterr().out
