"""One proof by yosys, in a process of its own: temporal induction over all properties of a module.

    python -m synth.proving JOB.json

Needs no solver but that of yosys (MiniSat). The log goes to standard output.
"""

import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyosys import libyosys as ys

from synth import rtl


@dataclass
class Job:
    """A module with its parameters; how many steps an induction may look back, and how many the search for an example
    of a property that does not hold may take."""

    module: str
    parameters: dict[str, int]
    sources: list[str]
    folder: str
    steps: int = 3
    depth: int = 8
    # one after the other: properties that are proven together, those of the stages before taken for granted
    stages: list[list[str]] = field(default_factory=list)
    # instead of a proof: properties of which an example is looked for that they do not hold
    examples: list[str] = field(default_factory=list)


def _lift(design: ys.Design, module: str) -> tuple[list[str], list[str]]:
    """Make each property a signal of the module; return the names of its own properties, as they are in the text, and
    those of the modules in it: their properties, and what they assume of it.
    """
    top = design.module(ys.IdString(f"\\{module}"))
    own, inner = [], []
    for cell in list(top.cells_.values()):
        source = Path(cell.get_src_attribute().partition(":")[0]).stem
        is_own = source in (module, f"{module}_properties")
        if cell.type.str() != "$assert" and (is_own or cell.type.str() != "$assume"):
            continue
        name = cell.name.str().rpartition(".")[2].lstrip("\\") if is_own else f"inner_{len(inner)}"
        holds = top.addWire(ys.IdString(f"\\holds_{name}"))
        unused = top.Not(ys.IdString(f"\\unused_{name}"), cell.getPort(ys.IdString("\\EN")))
        top.addOr(ys.IdString(f"\\or_{name}"), unused, cell.getPort(ys.IdString("\\A")), ys.SigSpec(holds))
        holds.set_bool_attribute(ys.IdString("\\keep"))
        top.remove(cell)
        (own if is_own else inner).append(name)
    return sorted(own), inner


def _sat(design: ys.Design, folder: Path, names: list[str], granted: list[str], options: str) -> str:
    """Run the solver; return what it says."""
    log = folder / "sat.log"
    proved = " ".join([f"-set holds_{name} 1" for name in granted] + [f"-prove holds_{name} 1" for name in names])
    rtl.run(design, f"tee -q -o {log} sat -set-assumes {options} {proved}")
    return log.read_text()


def prove(job: Job) -> dict[str, Any]:
    """Return the properties, whether all are proven, by how many steps, and those that are found wrong."""
    design, folder = ys.Design(), Path(job.folder)
    rtl.elaborate(design, job.parameters, job.module, [Path(source) for source in job.sources], "-formal -D FORMAL")
    rtl.run(
        design, "proc", "flatten", "opt_expr", "opt_clean", "async2sync", "chformal -lower", "memory -nomap",
        "memory_map", "async2sync", "dffunmap", "opt -full",
    )  # fmt: skip
    names, inner = _lift(design, job.module)
    rtl.run(design, "opt_clean")
    stages = [list(stage) for stage in job.stages or [names]]
    if sorted(name for stage in stages for name in stage) != names:
        raise SystemExit(f"error: the stages are not of the properties {' '.join(names)}")
    stages[0] += inner
    proven, steps, granted = True, 0, list[str]()
    for stage in () if job.examples else stages:
        text = _sat(design, folder, stage, granted, f"-tempinduct -seq 1 -maxsteps {job.steps}")
        proven = proven and "Induction step proven: SUCCESS!" in text
        print(f"{time.process_time():.1f} s {stage} {proven}", file=sys.stderr, flush=True)
        steps = max(steps, text.count("Solving problem") // 2)
        granted += stage
        if not proven:
            break
    wrong = []
    for name in job.examples:
        text = _sat(design, folder, [name], [], f"-tempinduct-baseonly -tempinduct -seq 1 -maxsteps {job.depth}")
        if "FAIL" in text:
            wrong.append(name)
    return {"properties": names, "proven": proven and not job.examples, "steps": steps, "wrong": wrong}


def main() -> int:
    """Run one job."""
    job = Job(**json.loads(Path(sys.argv[1]).read_text()))
    Path(job.folder, "result.json").write_text(json.dumps(prove(job), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
