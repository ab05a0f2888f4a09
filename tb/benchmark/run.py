"""One run of the bench for its figures: a load with Python asleep, its capture compared offline."""

import subprocess
import sys
from pathlib import Path

from tb.config.settings import Behaviour, Settings
from tb.report.figures import Capture
from tb.running.processes import SimulationError
from tb.running.system_run import SystemRun, simulate
from tools.sources import ROOT

FOLDER = ROOT / "build" / "benchmark"
MODULE = "tb.benchmark.load"
BEHAVIOUR = Behaviour(queue_depth=64)


def run_load(name: str, settings: Settings, seed: int, simulator: str) -> Capture:
    """Run the settings' load, check its capture offline, return it. Raises SimulationError."""
    folder = FOLDER / name
    outcome = simulate(SystemRun(MODULE, folder, settings, seed, ("asleep",), simulator))
    if outcome.failure:
        raise SimulationError(f"{name}: {outcome.failure}")
    check(folder)
    return Capture.read(folder / "capture.jsonl")


def check(folder: Path) -> None:
    """Compare a capture with the model. Raises SimulationError with the difference."""
    command = [sys.executable, "-m", "mirrorlog", "compare", str(folder / "capture.jsonl")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SimulationError(done.stdout + done.stderr)
