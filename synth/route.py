"""Place and route of a part, and the longest path in it."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synth import nextpnr

SPEED_GRADE = 8
TARGET_MHZ = 100
# From so many on a design fills its FPGA
FULL_SITES = 20_000
_FMAX = re.compile(r"Max frequency for clock\s+'[^']*': ([0-9.]+) MHz")
# What yosys appends to the name of what a cell belongs to, and all behind it
_APPENDED = re.compile(r"_(?:LUT4|PFUMX|L6MUX21|CCU2C|TRELLIS_FF|DP16KD|TRELLIS_DPR16X4)(?=_|$)")


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


def route(netlist: Path, device: str, mapped_sites: int, progress: Callable[[str], None]) -> Routed:
    """Place and route a netlist of so many sites. Raises nextpnr.RouteError."""
    flow = nextpnr.fill if mapped_sites >= FULL_SITES else nextpnr.place_and_route
    said = flow(netlist, nextpnr.Chip(device, SPEED_GRADE, "CABGA381"), TARGET_MHZ, progress)
    sites, estimates = nextpnr.used_sites(said), _FMAX.findall(said)
    if not estimates:
        raise nextpnr.RouteError(f"nextpnr: {nextpnr.error_in(said)}")
    report = netlist.with_name(nextpnr.REPORT)
    if not report.exists():
        return Routed(float(estimates[-1]), False, sites)
    found = json.loads(report.read_text())
    fmax = min(clock["achieved"] for clock in found["fmax"].values())
    return Routed(fmax, True, sites, _critical(found))


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
