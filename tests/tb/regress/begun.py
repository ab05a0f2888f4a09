"""A regression as a process of its own, and what it left."""

import json
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

from tb.regress.results import RESULTS
from tools.sources import ROOT

MODULE = "tests.tb.regress.stand_in"
# Within which a regression that is stopped ends
END_SECONDS = 120


def tasks_of(folder: Path, **tasks: str) -> Path:
    """Return a folder that says what seeds do, by their numbers behind `s`."""
    folder.mkdir()
    for name, task in tasks.items():
        (folder / name.removeprefix("s")).write_text(task)
    return folder


def begin(tasks: Path, *words: str) -> subprocess.Popen[str]:
    """Begin a regression as a process with a group of its own that takes Ctrl-C, as a shell does, whoever has begun
    the tests."""
    return subprocess.Popen(
        [sys.executable, "-m", MODULE, str(tasks), *words],
        cwd=ROOT,
        text=True,
        start_new_session=True,
        stdout=subprocess.PIPE,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


def said_until_its_end(process: subprocess.Popen[str]) -> str:
    """Return what a process says until it ends, which it must do soon."""
    try:
        return process.communicate(timeout=END_SECONDS)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def results(out: Path) -> dict[int, dict[str, object]]:
    """Return what is kept of each seed."""
    lines = (out / RESULTS).read_text().splitlines()[1:] if (out / RESULTS).exists() else []
    return {result["seed"]: result for result in map(json.loads, lines)}


def is_running(process: int) -> bool:
    """Is there such a process, and has it not ended?"""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
