"""Stands in for a seed's command: stand_in_seed.py SEED TASKS FOLDER SIMULATOR; see stand_in.py."""

import json
import os
import signal
import sys
from pathlib import Path


def attempt(seed: int, tasks: Path, folder: Path, simulator: str) -> None:
    """Do what is to be done for the seed, and leave its result."""
    with (tasks / "attempts").open("a") as lines:
        lines.write(f"{seed} {os.getpid()} {os.getppid()}\n")
    task = (tasks / str(seed)).read_text() if (tasks / str(seed)).exists() else ""
    if task == "wait":
        signal.pause()
    if task == "kill":
        os.kill(os.getppid(), signal.SIGKILL)
        signal.pause()
    if task == "silent":
        print("it has no words")
        sys.exit(3)
    failure = f"difference at line {seed}\n  restored: expected {seed}, is 0" if task == "fail" else ""
    result = {
        "seed": seed,
        "kind": "traffic",
        "parameters": {"data_width": 64},
        "simulator": simulator,
        "outcome": "failed" if failure else "passed",
        "cycles": 100 * seed,
        "records": 1,
        "cpu_seconds": 0.1,
        "wall_seconds": 0.1,
        "start_seconds": 0.1,
        "checker": "comparison" if failure else "",
        "signature": "comparison: restored" if failure else "",
        "first": failure[:20],
        "failure": failure,
        "repeat": f"make replay SEED={seed}",
        "trace": "",
        "picture": "<?xml version='1.0'?><svg><g id='ports'/></svg>",
    }
    (folder / "capture.jsonl").touch()
    (folder / "result.json").write_text(json.dumps(result))


if __name__ == "__main__":
    attempt(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
