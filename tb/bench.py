"""`make bench`: the hardware's speed in cycles beside its limits, and the simulation's speed.

    python -m tb.bench [SIM=icarus|verilator] [SEED=N]

Writes build/bench/bench.json and bench.png; prints both beside the baseline that is kept in tb/bench_baseline.json.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model.shared_memory import VolumeState
from model.workload import RequestKind, Workload
from tb.bench_report import plot, show
from tb.figures import Capture
from tb.files import beside
from tb.model_speed import model_writes_per_second
from tb.options import OptionError, Options, parse
from tb.runner import ROOT, SimulationError
from tb.settings import (
    MEBIBYTE,
    Behaviour,
    Group,
    Layout,
    Pair,
    Parameters,
    Settings,
    Volume,
    without_replication,
)
from tb.sim import settings_for
from tb.system_run import SystemRun, simulate

FOLDER = ROOT / "build" / "bench"
BASELINE = ROOT / "tb" / "bench_baseline.json"
MODULE = "tb.load"
DATA_DEVICE, JOURNAL_DEVICE = 0, 1
LOADS = {
    "512": "writes:{count}:512",
    "4096": "writes:{count}:4096",
    "mix": "writes:{count}:512,1024,2048,4096,8192,16384",
}
# More commands where they are short, fewer where the bus is narrow
COUNTS = {("512", 512): 800, ("4096", 512): 200, ("mix", 512): 160, ("512", 64): 300, ("4096", 64): 80, ("mix", 64): 60}
TARGET = {"512": 95.0, "4096": 97.0, "mix": 0.0}
NOT_JOURNALED_TARGET = 97.0
LATENCY_TARGET = 8
LOCK_STEP_TARGET = 50.0
MODEL_TARGET = 100.0
BEHAVIOUR = Behaviour(queue_depth=64)


@dataclass(frozen=True, slots=True)
class Throughput:
    """Back-to-back writes: beats a cycle on both write ports, write data alone, beside the limit of the port that
    limits."""

    data_width: int
    load: str
    journaled: bool
    data_port: float
    journal_port: float
    journal_port_data: float
    limit: float
    percent_of_limit: float
    target_percent: float


def layout() -> Layout:
    """One volume of 1 MiB with a journal that all loads fit into."""
    information, data = 64 * 1024, 3 * MEBIBYTE
    volumes = (
        Volume(1, MEBIBYTE, DATA_DEVICE, 0, VolumeState.ORIGINAL, 1),
        Volume(4, information + data, JOURNAL_DEVICE, 0),
    )
    return Layout(volumes, (Pair(1, 1, 1, copy_complete_address=MEBIBYTE),), (Group(1, 4, (1,), information, data),))


def measure(options: Options, name: str, width: int, load: str, journaled: bool) -> Capture:
    """Run a load with Python asleep, check its capture offline, return it. Raises SimulationError."""
    folder = FOLDER / name
    settings = Settings(
        Parameters(data_width=width),
        BEHAVIOUR,
        layout() if journaled else without_replication(layout()),
        trace=load,
        drain_lines=0,
    )
    outcome = simulate(SystemRun(MODULE, folder, settings, options.seed, ("asleep",), options.sim))
    if outcome.failure:
        raise SimulationError(f"{name}: {outcome.failure}")
    check(folder)
    return Capture.read(folder / "capture.jsonl")


def check(folder: Path) -> None:
    """Compare a capture with the model. Raises SimulationError with the difference."""
    command = [sys.executable, "-m", "model", "compare", str(folder / "capture.jsonl")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SimulationError(done.stdout + done.stderr)


def throughput(options: Options) -> Iterator[Throughput]:
    """Measure every load at both widths, journaled and not."""
    for width in (512, 64):
        for load, form in LOADS.items():
            for journaled in (True, False):
                name = f"{width}-{load}-{'journaled' if journaled else 'plain'}"
                capture = measure(options, name, width, form.format(count=COUNTS[load, width]), journaled)
                data_port, _ = capture.write_beats_per_cycle(DATA_DEVICE, width // 8)
                journal_port, journal_data = capture.write_beats_per_cycle(JOURNAL_DEVICE, width // 8)
                # the share of write data on the journal port, in the measured part: size / (size + 64)
                limit = journal_data / journal_port if journaled else 1.0
                reached = journal_data if journaled else data_port
                target = TARGET[load] if journaled else NOT_JOURNALED_TARGET
                yield Throughput(
                    width,
                    load,
                    journaled,
                    round(data_port, 4),
                    round(journal_port, 4),
                    round(journal_data, 4),
                    round(limit, 4),
                    round(100 * reached / limit, 2),
                    target,
                )


def latency(options: Options) -> dict[str, Any]:
    """Median cycles from last data beat to response of single 4 KiB writes on an idle system."""
    found: dict[str, Any] = {}
    for width in (512, 64):
        both = [
            measure(
                options, f"{width}-latency-{journaled}", width, "writes:20:4096:alone", journaled
            ).median_write_latency()
            for journaled in (True, False)
        ]
        found[str(width)] = {
            "journaled": both[0],
            "plain": both[1],
            "added": both[0] - both[1],
            "target": LATENCY_TARGET,
        }
    return found


def simulation(options: Options) -> dict[str, Any]:
    """The recorded workload with the lock-step live, with Python asleep, and in the model alone; CPU seconds, one
    process."""
    workload = Workload.load(options.trace)
    timings = {}
    for test, drain in (("asleep", 0), ("LockStep", 64)):
        settings = settings_for(options, workload)
        settings = Settings(settings.parameters, BEHAVIOUR, settings.layout, settings.trace, settings.repeat, drain)
        folder = FOLDER / test
        images = {(1, 0): b"".join(image for _, image in sorted(workload.volumes.items()))}
        todo = SystemRun(MODULE, folder, settings, options.seed, (test,), options.sim, images=images)
        outcome = simulate(todo)
        if outcome.failure:
            raise SimulationError(outcome.failure)
        timings[test] = json.loads(beside(todo.prefix, "timing").read_text())
    rates = {test: t["cycles"] / t["cpu_seconds"] for test, t in timings.items()}
    writes = sum(r.kind is RequestKind.WRITE for r in workload.requests)
    rtl = writes / timings["asleep"]["cpu_seconds"]
    model = model_writes_per_second(workload, settings.layout)
    return {
        "simulator": options.sim,
        "asleep_cycles_per_second": round(rates["asleep"]),
        "lock_step_cycles_per_second": round(rates["LockStep"]),
        "lock_step_percent": round(100 * rates["LockStep"] / rates["asleep"], 1),
        "lock_step_target_percent": LOCK_STEP_TARGET,
        "rtl_writes_per_second": round(rtl, 1),
        "model_writes_per_second": round(model),
        "model_times_rtl": round(model / rtl, 1),
        "model_target_times": MODEL_TARGET,
    }


def main(arguments: list[str]) -> int:
    """Measure, print, write; return the exit status."""
    try:
        options = parse(["SEED=1", "SYSTEMS=1", *arguments])
        found: dict[str, Any] = {"seed": options.seed, "simulator": options.sim, "throughput": []}
        for row in throughput(options):
            found["throughput"].append(asdict(row))
            print(f"measured {row.data_width} bit, {row.load}, {'journaled' if row.journaled else 'plain'}", flush=True)
        found["latency"] = latency(options)
        found["simulation"] = simulation(options)
    except OptionError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except SimulationError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    (FOLDER / "bench.json").write_text(json.dumps(found, indent=2) + "\n")
    plot(found, FOLDER / "bench.png")
    show(found, json.loads(BASELINE.read_text()) if BASELINE.exists() else {})
    print(f"\n{FOLDER.relative_to(ROOT)}/bench.json, bench.png")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
