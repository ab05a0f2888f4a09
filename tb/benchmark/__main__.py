"""`make benchmark`: the hardware's speed in cycles beside its limits, and the simulation's speed.

    python -m tb.benchmark [SIM=icarus|verilator] [SEED=N]

Writes figures.json and figures.png into build/benchmark; prints both beside the baseline, tb/benchmark/baseline.json.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mirrorlog.command_line import fail, guarded
from mirrorlog.simulate.workload import RequestKind, Workload
from mirrorlog.tables.shared_memory import VolumeState
from tb.benchmark.model_speed import model_writes_per_second
from tb.benchmark.replication import measurements
from tb.benchmark.report import plot, show
from tb.benchmark.run import BEHAVIOUR, FOLDER, MODULE, run_load
from tb.config.files import FolderInUse, beside, locked
from tb.config.settings import (
    MEBIBYTE,
    Group,
    Layout,
    Pair,
    Parameters,
    Settings,
    Volume,
    without_replication,
)
from tb.report.figures import Capture
from tb.running.options import OptionError, Options, parse
from tb.running.processes import SimulationError
from tb.running.system_run import SystemRun, simulate
from tb.sim import settings_for
from tools.sources import ROOT

BASELINE = Path(__file__).parent / "baseline.json"
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
PYTHON_TARGET = 50.0
MODEL_TARGET = 100.0


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
    """Run a load on one system, return its capture. Raises SimulationError."""
    settings = Settings(
        Parameters(data_width=width),
        BEHAVIOUR,
        layout() if journaled else without_replication(layout()),
        trace=load,
        drain_lines=0,
    )
    return run_load(name, settings, options.seed, options.sim)


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
    """The recorded workload until its last answer, on one system and copied to a second one: with the lock-step live
    and with Python asleep; and in the model alone. CPU seconds, one process."""
    workload = Workload.load(options.trace)
    images = {(1, 0): b"".join(image.whole() for _, image in sorted(workload.volumes.items()))}
    found: dict[str, Any] = {"simulator": options.sim}
    for systems, live in ((1, "LockStep"), (2, "LockStepCopy")):
        prefix = "" if systems == 1 else "two_systems_"
        settings = replace(settings_for(replace(options, systems=systems), workload), behaviour=BEHAVIOUR)
        for test, drain in (("asleep", 0), (live, 64)):
            folder = FOLDER / f"{prefix}{test}"
            run = replace(settings, drain_lines=drain)
            todo = SystemRun(MODULE, folder, run, options.seed, (test,), options.sim, images=images)
            outcome = simulate(todo)
            if outcome.failure:
                raise SimulationError(outcome.failure)
            timing = json.loads(beside(todo.prefix, "timing").read_text())
            name = prefix + ("asleep" if test == "asleep" else "lock_step")
            found[f"{name}_cycles"] = timing["cycles"]
            found[f"{name}_cpu_seconds"] = round(timing["cpu_seconds"], 1)
            found[f"{name}_cycles_per_second"] = round(timing["cycles"] / timing["cpu_seconds"])
            print(f"measured the recorded workload on {systems}, {test}", flush=True)
        ratio = found[f"{prefix}asleep_cycles_per_second"] / found[f"{prefix}lock_step_cycles_per_second"]
        found[f"{prefix}python_percent"] = round(100 * (1 - 1 / ratio), 1)
    found["python_target_percent"] = PYTHON_TARGET
    writes = sum(r.kind is RequestKind.WRITE for r in workload.requests)
    rtl = writes / found["asleep_cpu_seconds"]
    model = model_writes_per_second(workload, settings_for(replace(options, systems=1), workload).layout)
    return found | {
        "rtl_writes_per_second": round(rtl, 1),
        "model_writes_per_second": round(model),
        "model_times_rtl": round(model / rtl, 1),
        "model_target_times": MODEL_TARGET,
    }


def replication(options: Options, found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Measure two systems, beside one without replication that was measured before."""
    (alone,) = (t["data_port"] for t in found["throughput"] if _is_alone(t))
    for measurement in measurements(options.seed, alone):
        yield asdict(measurement) | {"met": measurement.met}
        print(f"measured {measurement.name.strip()}", flush=True)


def _is_alone(row: dict[str, Any]) -> bool:
    return (row["data_width"], row["load"], row["journaled"]) == (512, "4096", False)


def main(arguments: list[str]) -> int:
    """Measure, print, write; return the exit status."""
    try:
        options = parse(arguments, ("sim", "seed"))
        if not any(argument.lower().startswith("seed=") for argument in arguments):
            options = replace(options, seed=1)
        with locked(FOLDER, "wait for it"):
            return _run(options)
    except (OptionError, FolderInUse) as error:
        return fail(error)
    except SimulationError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _run(options: Options) -> int:
    found: dict[str, Any] = {"seed": options.seed, "simulator": options.sim, "throughput": []}
    for row in throughput(options):
        found["throughput"].append(asdict(row))
        print(f"measured {row.data_width} bit, {row.load}, {'journaled' if row.journaled else 'plain'}", flush=True)
    found["latency"] = latency(options)
    found["replication"] = list(replication(options, found))
    found["simulation"] = simulation(options)
    (FOLDER / "figures.json").write_text(json.dumps(found, indent=2) + "\n")
    plot(found, FOLDER / "figures.png")
    show(found, json.loads(BASELINE.read_text()) if BASELINE.exists() else {})
    print(f"\n{FOLDER.relative_to(ROOT)}/figures.json, figures.png")
    return 0


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
