"""The RTL as yosys reads it: the whole design elaborated, or one part with the parameters that it has there.

Needs pyosys; everything else of this package runs without.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pyosys import libyosys as ys

from tools.sources import rtl_headers, rtl_source, rtl_sources

SYSTEM = "storage_system"
# What has the parts of rtl/board/ below it, and its parameters there: those of the system, and a UART
BOARD = "board"
BOARDS = Path(__file__).with_name("boards")
OF_BOARD = {"baud": 3_000_000}
# What there is with a storage device in block RAM alone
OF_MEMORY = {"memory_device": {"memory_bytes": 65536}, "link_memory": {"memory_bytes": 65536}}
NOT_OF_BOARD = ("commit_trace",)


def run(design: ys.Design, *commands: str) -> None:
    """Run commands of yosys, which ends this process with a line "ERROR: ..." if one fails."""
    for command in commands:
        ys.run_pass(command, design)


def base_name(module: ys.Module) -> str:
    """Return a module's name in the source, without the parameters that yosys puts into it."""
    name: str = module.get_string_attribute(ys.IdString("\\hdlname")) or module.name.str()
    return name.rpartition("\\")[2]


def modules(design: ys.Design) -> list[ys.Module]:
    """Return the design's own modules, without those of the cell library."""
    found = list(design.modules_.values())
    return [module for module in found if not module.get_blackbox_attribute()]


def elaborate(
    design: ys.Design, parameters: Mapping[str, int], top: str = SYSTEM, sources: Sequence[Path] = (), defines: str = ""
) -> None:
    """Read the sources (by default all RTL) and resolve parameters of `top` and everything below it."""
    files = " ".join(str(path) for path in sources or rtl_sources())
    given = " ".join(f"-chparam {name.upper()} {value}" for name, value in parameters.items())
    run(design, f"read_verilog -defer {defines} -I{rtl_headers()} {files}", f"hierarchy -check -top {top} {given}")
    # a port that an instance leaves open is not mentioned at all: opt_hier does not take an empty connection
    own = {module.name.str() for module in modules(design)}
    for module in modules(design):
        for cell in list(module.cells_.values()):
            if cell.type.str() in own:
                for port, signal in list(cell.connections_.items()):
                    if signal.size() == 0:
                        cell.unsetPort(port)


def elaborate_for(design: ys.Design, part: str, parameters: Mapping[str, int]) -> str:
    """Elaborate what a part is in, a storage system or a board, whose name is returned."""
    if rtl_source(part).parent.name != BOARD:
        elaborate(design, parameters)
        return SYSTEM
    given = {name: value for name, value in parameters.items() if name not in NOT_OF_BOARD}
    elaborate(design, {**given, **OF_BOARD, **OF_MEMORY.get(part, {})}, BOARD)
    return BOARD


def elaborate_on(design: ys.Design, board: str, parameters: Mapping[str, int]) -> None:
    """Elaborate the top of a board (synth/boards/), with the cells of an ECP5 that it names."""
    run(design, "read_verilog -lib +/lattice/cells_bb_ecp5.v")
    elaborate(design, parameters, board, (*rtl_sources(), *sorted(BOARDS.glob("*.v"))))


def choose(design: ys.Design, part: str) -> None:
    """Make the part the top, named as in the source: of several sets of parameters that it has in the system, the one
    with the widest ports and memories."""
    sizes = {}
    for module in modules(design):
        if base_name(module) == part:
            ports = sum(wire.width for wire in module.wires_.values() if wire.port_id)
            sizes[module.name.str()] = ports + sum(m.width * m.size for m in module.memories.values())
    if not sizes:
        raise SystemExit(f"error: PART={part}: neither a storage system nor a board has such a module")
    name = max(sizes, key=lambda key: sizes[key])
    run(design, f"hierarchy -top {name}")
    if name != f"\\{part}":
        run(design, f"rename {name} {part}")


def keep(design: ys.Design, names: set[str]) -> None:
    """Keep these modules' borders; the others are dissolved in those that use them."""
    for module in modules(design):
        if base_name(module) in names:
            module.set_bool_attribute(ys.IdString("\\keep_hierarchy"))
