"""The quick check of `make test`: the design through yosys up to its memories, and the size of a few parts.

    python -m synth.check JOB.json

Finds latches, second drivers, wires that nothing drives, combinational loops through the whole design, and tables in
flip-flops that the budget does not name. Runs in a process of its own; its log goes to standard output.
"""

import json
import re
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pyosys import libyosys as ys

from synth import mapping, report, rtl

# As synth_lattice chooses them
MAP_MEMORIES = "memory_libmap -lib +/lattice/lutrams_trellis.txt -lib +/lattice/brams_16kd.txt"
_WARNING = re.compile(r"^Warning: (.*)$|^Checking module (.*)\.\.\.$")


@dataclass
class Job:
    """What is checked: a top with its parameters, by default of all RTL; the parts whose size is wanted."""

    folder: str
    result: str
    top: str = rtl.SYSTEM
    parameters: dict[str, int] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)


def _latches(design: ys.Design) -> list[str]:
    """Return a line for each latch."""
    return [
        f"{rtl.base_name(module)}: latch for {_target(cell)}"
        for module in rtl.modules(design)
        for cell in module.cells_.values()
        if "latch" in cell.type.str()
    ]


def _target(cell: ys.Cell) -> str:
    """Return the signal that a cell drives, and the line."""
    output = cell.getPort(ys.IdString("\\Q"))
    name = output.as_wire().name.str().lstrip("\\") if output.is_wire() else "a signal"
    return f"{name} ({cell.get_src_attribute()})"


def _checked(design: ys.Design, folder: Path) -> list[str]:
    """Run yosys's check; return its complaints with the module's name."""
    file = folder / "check.txt"
    rtl.run(design, f"tee -q -o {file} check")
    lines, module = [], ""
    for line in file.read_text().splitlines():
        found = _WARNING.match(line)
        if found and found[2]:
            module = found[2].rpartition("\\")[2]
        elif found:
            lines.append(f"{module}: {found[1].rstrip(':')}")
    return lines


def check(job: Job) -> dict[str, Any]:
    """Return the problems, the tables in flip-flops, and the parts' sites and flip-flops."""
    design, stage = ys.Design(), mapping.Stages()
    stage("reading")
    rtl.elaborate(design, job.parameters, job.top, [Path(source) for source in job.sources])
    rtl.run(design, "design -save elaborated")
    folder = Path(job.folder)
    stage("processes")
    rtl.run(design, "proc")
    tables = mapping.register_arrays(design)
    problems = _latches(design) + _checked(design, folder)
    rtl.run(design, "opt_expr", "opt_clean", "design -save processes")
    stage("loops")
    rtl.run(design, "flatten -noscopeinfo", "opt_clean")
    problems += [line for line in _checked(design, folder) if line not in problems]
    stage("memories")
    # a register behind a memory that holds when nothing is read is part of a block RAM once it has an enable
    rtl.run(design, "design -load processes", "opt")
    rtl.run(design, *mapping.WITHOUT_SAT)
    rtl.run(design, MAP_MEMORIES)
    tables += mapping.memories(design)
    sizes = {}
    for part in job.parts:
        stage(part)
        rtl.run(design, "design -load elaborated")
        rtl.choose(design, part)
        found = report.part_of(mapping.mapped(design, part, part, [], mapping.quiet))
        sizes[part] = {"comb": found.comb, "ff": found.total["ff"], "ebr": found.total["ebr"]}
    stage("done")
    return {"problems": sorted(problems), "tables": [asdict(table) for table in tables], "sizes": sizes}


def main() -> int:
    """Run one job."""
    job = Job(**json.loads(Path(sys.argv[1]).read_text()))
    Path(job.result).write_text(json.dumps(check(job), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
