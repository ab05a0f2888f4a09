"""A part with thousands of port bits between registers, for place and route: four pins.

Every input comes from a register of a shift chain, every output goes into a register; what comes out of those is folded
by trees of exclusive-or with a register a level, so that nothing is left out and no path of the harness is long. The
harness's own cells are counted apart.
"""

from pathlib import Path

from pyosys import libyosys as ys

TOP = "scan_harness"
FOLD = 4


def wrap(design: ys.Design, part: str, file: Path) -> str:
    """Write a harness for a module of the design into the file and read it; return its name, now the top's."""
    module = design.module(ys.IdString(f"\\{part}"))
    ports = [module.wire(name) for name in module.ports]
    inputs = [(wire.name.str().lstrip("\\"), wire.width) for wire in ports if wire.port_input]
    outputs = [(wire.name.str().lstrip("\\"), wire.width) for wire in ports if wire.port_output]
    file.write_text(_text(part, inputs, outputs))
    ys.run_pass(f"read_verilog {file}", design)
    ys.run_pass(f"hierarchy -top {TOP}", design)
    return TOP


def _text(part: str, inputs: list[tuple[str, int]], outputs: list[tuple[str, int]]) -> str:
    connections, used = [], 0
    for name, width in inputs:
        if name == "clk":
            connections.append(".clk(clk)")
        else:
            connections.append(f".{name}(chain[{used} +: {width}])")
            used += width
    given = 0
    for name, width in outputs:
        connections.append(f".{name}(out[{given} +: {width}])")
        given += width
    lines = [
        f"module {TOP} (input wire clk, input wire scan_in, output wire scan_out);",
        f"reg [{max(used, 1) - 1}:0] chain;",
        f"wire [{given - 1}:0] out;",
        f"{part} part ({', '.join(connections)});",
        f"reg [{given - 1}:0] level0;",
        "always @(posedge clk) begin chain <= {chain, scan_in}; level0 <= out; end",
    ]
    level, width = 0, given
    while width > 1:
        folded = -(-width // FOLD)
        lines.append(f"reg [{folded - 1}:0] level{level + 1};")
        lines.append("always @(posedge clk) begin")
        for bit in range(folded):
            bits = min(FOLD, width - bit * FOLD)
            lines.append(f"level{level + 1}[{bit}] <= ^level{level}[{bit * FOLD} +: {bits}];")
        lines.append("end")
        level, width = level + 1, folded
    lines += [f"assign scan_out = level{level}[0];", "endmodule", ""]
    return "\n".join(lines)
