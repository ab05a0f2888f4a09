"""`make synth`: the storage system, or one part of it, through yosys and nextpnr for an ECP5, beside its budget.

    python -m synth [NAME=VALUE]...

The names are those of synth/options.py. Exit status: 0 within budget, 1 over budget or not synthesizable, 2 it
could not be tried.
"""

import json
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mirrorlog.command_line import fail, guarded
from synth import report
from synth.budget import Budget, BudgetError, load
from synth.nextpnr import RouteError
from synth.options import OUT, OptionError, Options, parse
from synth.page import page
from synth.route import Routed, route, signals
from synth.timing import Timing, timing

# Paths that are printed
LONGEST = 8


class MappingError(Exception):
    """yosys refuses the design; the text is one line."""


def mapped(options: Options, budget: Budget, out: Path, kept: Collection[str]) -> dict[str, Any]:
    """Run yosys with the borders of the modules `kept`; a design without any is made ready for its route. Raises
    MappingError."""
    name = "modules" if kept else "whole"
    job = {
        "part": options.part,
        "parameters": options.parameters(budget.parameters),
        "kept": sorted(kept),
        "netlist": str(out / "netlist.json"),
        "result": str(out / f"{name}.json"),
        "scan": options.route and not kept,
    }
    given = out / f"{name}_job.json"
    given.write_text(json.dumps(job, indent=1))
    log = out / f"yosys_{name}.log"
    with log.open("w") as file:
        command = [sys.executable, "-m", "synth.mapping", str(given)]
        with subprocess.Popen(command, stdout=file, stderr=subprocess.PIPE, text=True) as running:
            assert running.stderr is not None
            said = []
            for line in running.stderr:
                said.append(line.strip())
                if " s  " in line:
                    print(f"yosys, {name:<7} {line.rstrip()}", file=sys.stderr, flush=True)
    if running.returncode:
        errors = [
            line
            for line in (*log.read_text(errors="replace").splitlines(), *said)
            if "rror:" in line or "ERROR" in line
        ]
        text = errors[-1] if errors else (said or ["yosys ended without a word"])[-1]
        raise MappingError(f"{text.removeprefix('error: ')} (see {log})")
    result: dict[str, Any] = json.loads((out / f"{name}.json").read_text())
    return result


def _estimated(found: Timing) -> list[str]:
    """Return the lines about the paths before they are placed."""
    lines = [f"{found.mhz:.1f} MHz estimated before placing; longest paths:"]
    return lines + [f"  {path.ns:6.2f} ns  {path.begins} -> {path.ends}" for path in found.paths[:LONGEST]]


def _printed(routed: Routed) -> list[str]:
    """Return the lines about the route."""
    if not routed.converged:
        return [f"routing did not converge; the placer's estimate is {routed.fmax:.1f} MHz"]
    lines = [f"{routed.fmax:.1f} MHz routed, {routed.comb:,} TRELLIS_COMB with the harness; critical path:"]
    lines += [f"  {delay:6.2f} ns  {name}" for name, delay in signals(routed.path)]
    return lines


def main() -> int:
    """Synthesize and compare with the budget."""
    try:
        options, budget = parse(sys.argv[1:]), load()
    except (OptionError, BudgetError) as error:
        return fail(error)
    out = OUT / options.part
    out.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    try:
        # the part as it is used, and once more with the borders of its modules, for their lines
        with ThreadPoolExecutor() as runs:
            found = [runs.submit(mapped, options, budget, out, kept) for kept in ((), budget.modules)]
            whole, modules = (run.result() for run in found)
        routed = None
        if options.route:
            print("nextpnr: WebAssembly, compiled at its first run; slow", file=sys.stderr, flush=True)
            routed = route(
                out / "netlist.json",
                options.device,
                report.part_of(whole).comb,
                lambda stage: print(f"nextpnr {time.monotonic() - begun:6.0f} s  {stage}", file=sys.stderr, flush=True),
            )
    except (MappingError, RouteError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    part = report.part_of(modules)
    part.total = report.part_of(whole).total
    tables = [*whole["tables"], *modules["tables"]]
    return _tell(options, budget, part, tables, timing(out / "netlist.json"), routed, out)


def _tell(
    options: Options,
    budget: Budget,
    part: report.Part,
    in_flip_flops: Sequence[Mapping[str, Any]],
    estimated: Timing,
    routed: Routed | None,
    out: Path,
) -> int:
    """Print the table, write the reports; return 1 if over budget."""
    fmax = None if routed is None else routed.fmax
    over = report.over_budget(part, fmax, budget, options.device)
    tables = {(table["module"], table["name"], table["width"]) for table in in_flip_flops}
    over += budget.unnamed(tables)
    owed = sorted({f"{module}.{name}" for module, name, _ in tables if budget.names(budget.owed, module, name)})
    if owed:
        over.append(f"{len(owed)} tables in flip-flops that are to become memories: {' '.join(owed)}")
    lines = report.table(part, fmax, budget)
    print("\n".join(lines + _estimated(estimated)))
    if routed is not None:
        print("\n".join(_printed(routed)))
    for line in over:
        print(f"OVER BUDGET  {line}")
    parameters = options.parameters(budget.parameters)
    written = {
        "part": part.name,
        "device": options.device,
        "parameters": parameters,
        "modules": report.as_json(part, fmax),
        "tables_in_flip_flops": sorted(f"{module}.{name}" for module, name, _ in tables),
        "over_budget": over,
        "estimated_mhz": round(estimated.mhz, 1),
        "longest_paths": [asdict(path) for path in estimated.paths[:LONGEST]],
        "route": None if routed is None else asdict(routed),
    }
    for folder in (out, OUT):
        (folder / "report.json").write_text(json.dumps(written, indent=1) + "\n")
        (folder / "report.html").write_text(page(part, lines, over, routed, parameters))
    print(f"{OUT / 'report.json'} and report.html; {'over budget' if over else 'within budget'}")
    return int(bool(over))


if __name__ == "__main__":
    sys.exit(guarded(main))
