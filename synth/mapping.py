"""One run of yosys, in a process of its own: from the RTL to cells of an ECP5.

    python -m synth.mapping JOB.json

The job names part, parameters, modules whose borders are kept, whether a harness for place and route is made, and the
files to write. The log of yosys goes to standard output; a line for each stage goes to standard error.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pyosys import libyosys as ys

from synth import harness, rtl

# As synth_lattice does it, but without `share` (resource sharing by SAT, which takes hours), and with what is constant
# or unused at one side of a border known at the other (-hier)
COARSE = (
    "flatten",
    "tribuf -logic",
    "deminout",
    "opt_expr",
    "check -assert",
    "opt_clean",
    "opt -nodffe -nosdff -hier",
    "fsm",
    "opt -hier",
    "wreduce",
    "peepopt",
    "opt_clean",
    "techmap -map +/cmp2lut.v -D LUT_WIDTH=4",
    "opt_expr",
    "opt_clean",
    "alumacc",
    "opt -hier",
)
# `memory -nomap` with what it does by SAT left out: for tables that a loop writes, for which that takes hours and is of
# no use, since they become flip-flops
WITHOUT_SAT = ("opt_mem", "memory_dff", "opt_clean", "memory_share -nosat", "opt_clean", "memory_collect")
MOST_PORTS = 8
# A path shorter than this, in the delays that yosys counts with (a third of those of a routed design), need not be made
# shorter with more look-up tables
DELAY_PS = 5000
# Of sums and compares of so many bits, look-up tables take less than carry cells, which are two sites each
NARROW = 9
# Look-up tables of more than four inputs take 2, 4 or 8 sites for a level less of logic
LATTICE = "synth_lattice -family ecp5 -noflatten -nodsp -nowidelut"


@dataclass
class Job:
    """What is to be mapped."""

    part: str
    parameters: dict[str, int]
    kept: list[str]
    netlist: str
    result: str
    # registers and a chain around the part, so that it has few pins
    scan: bool = False
    # the top of a board (synth/boards/), which is the part
    board: bool = False


@dataclass
class Table:
    """A memory that became flip-flops."""

    module: str
    name: str
    width: int
    rows: int


@dataclass
class Mapped:
    """A module as mapped: its own cells, and how many instances of which others it has."""

    name: str
    cells: dict[str, int] = field(default_factory=dict)
    children: dict[str, int] = field(default_factory=dict)


class Stages:
    """Tells each stage's name and time on standard error."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def __call__(self, text: str) -> None:
        """A stage begins."""
        print(f"{time.monotonic() - self._begun:6.0f} s  {text}", file=sys.stderr, flush=True)


def register_arrays(design: ys.Design) -> list[Table]:
    """Return the tables that yosys read as registers of their own (a block writes or reads them in ways that no memory
    can), of which rows are flip-flops."""
    found: Counter[tuple[str, str, int]] = Counter()
    for module in rtl.modules(design):
        registers = set()
        for cell in module.cells_.values():
            if cell.is_builtin_ff():
                output = cell.getPort(ys.IdString("\\Q"))
                if output.is_wire():
                    registers.add(output.as_wire().name.str())
        for name in registers:
            array, bracket, _ = name.partition("[")
            if bracket and name.endswith("]"):
                width = module.wire(ys.IdString(name)).width
                found[rtl.base_name(module), array.lstrip("\\"), width] += 1
    return [Table(module, name, width, rows) for (module, name, width), rows in found.items()]


def collect_memories(design: ys.Design) -> None:
    """Make one cell of each memory and its ports."""
    for module in rtl.modules(design):
        ports = Counter(
            cell.parameters[ys.IdString("\\MEMID")].decode_string()
            for cell in module.cells_.values()
            if cell.type.str().startswith("$memwr")
        )
        if max(ports.values(), default=0) > MOST_PORTS:
            module.set_bool_attribute(ys.IdString("\\many_ports"))
    rtl.run(design, "memory -nomap A:many_ports %n")
    rtl.run(design, *(f"{command} A:many_ports" for command in WITHOUT_SAT), "opt_clean")


def memories(design: ys.Design) -> list[Table]:
    """Return the memories that are there still; what is never written is a choice between constants, and none."""
    found = []
    for module in rtl.modules(design):
        for cell in module.cells_.values():
            values = {key.str(): value for key, value in cell.parameters.items()} if cell.is_mem_cell() else {}
            if values and values["\\WR_PORTS"].as_int():
                name = values["\\MEMID"].decode_string().lstrip("\\")
                width, rows = values["\\WIDTH"].as_int(), values["\\SIZE"].as_int()
                source = cell.get_src_attribute()
                found.append(
                    Table(Path(source.split(":")[0]).stem if source else rtl.base_name(module), name, width, rows)
                )
    return found


def count(design: ys.Design) -> dict[str, Mapped]:
    """Return the modules by the name that they have here."""
    own = {module.name.str(): module for module in rtl.modules(design)}
    found = {}
    for name, module in own.items():
        mapped = Mapped(rtl.base_name(module))
        for cell in module.cells_.values():
            kind = cell.type.str()
            counted = mapped.children if kind in own else mapped.cells
            kind = kind if kind in own else kind.lstrip("\\")
            counted[kind] = counted.get(kind, 0) + 1
        found[name] = mapped
    return found


def quiet(_: str) -> None:
    """Tell no stages."""


def mapped(design: ys.Design, top: str, part: str, kept: list[str], stage: Callable[[str], None]) -> dict[str, Any]:
    """Map an elaborated design; return its modules and its tables in flip-flops."""
    rtl.run(design, f"scratchpad -set abc9.D {DELAY_PS}", f"{LATTICE} -run begin:coarse -top {top}")
    rtl.keep(design, {*kept, part})
    stage("processes")
    rtl.run(design, "proc -latches error", "check -assert")
    tables = register_arrays(design)
    for command in COARSE:
        stage(command)
        rtl.run(design, command)
    stage("memories")
    collect_memories(design)
    rtl.run(design, f"{LATTICE} -run map_ram:map_ffram")
    tables += memories(design)
    for label, following, text in (
        ("map_ffram", "map_gates", "tables of flip-flops"),
        ("map_gates", "map_ffs", "gates"),
        ("map_ffs", "map_luts", "flip-flops"),
        ("map_luts", "map_cells", "look-up tables"),
        ("map_cells", "check", "cells"),
    ):
        stage(text)
        if label == "map_gates":
            rtl.run(design, f"techmap -map +/techmap.v t:$alu r:Y_WIDTH<={NARROW} %i")
        rtl.run(design, f"{LATTICE} -run {label}:{following}")
    return {
        "top": f"\\{top}",
        "modules": {name: asdict(counted) for name, counted in count(design).items()},
        "tables": [asdict(table) for table in tables],
    }


def map_design(job: Job) -> dict[str, Any]:
    """Read and map; return what is to be known about it; without borders of modules, write the netlist."""
    design, stage = ys.Design(), Stages()
    stage("reading")
    if job.board:
        rtl.elaborate_on(design, job.part, job.parameters)
    elif rtl.elaborate_for(design, job.part, job.parameters) != job.part:
        rtl.choose(design, job.part)
    top = harness.wrap(design, job.part, Path(job.netlist).with_name("harness.v")) if job.scan else job.part
    found = mapped(design, top, job.part, job.kept, stage)
    if not job.kept:
        stage("netlist")
        rtl.run(design, "autoname", "blackbox =A:whitebox", "flatten", "opt_clean", f"write_json {job.netlist}")
    stage("done")
    return found


def main() -> int:
    """Run one job."""
    job = Job(**json.loads(Path(sys.argv[1]).read_text()))
    Path(job.result).write_text(json.dumps(map_design(job), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
