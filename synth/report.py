"""What yosys and nextpnr found, by module, beside the budget."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from synth import harness
from synth.budget import Budget
from synth.options import DEVICES

# What a cell is counted as: (column, how many)
KINDS: Mapping[str, str] = {
    "LUT4": "lut4",
    "CCU2C": "carry",
    "TRELLIS_DPR16X4": "lut_ram",
    "TRELLIS_FF": "ff",
    "DP16KD": "ebr",
}
# Sites of a cell: TRELLIS_COMB as nextpnr packs it (beside a LUT RAM is its write port, whose two sites nothing else
# gets)
SITES: Mapping[str, int] = {"lut4": 1, "carry": 2, "lut_ram": 4}


@dataclass
class Part:
    """A module of the report, of one instance with everything in it; `own` is what is not in a module below it."""

    name: str
    instances: int
    own: dict[str, int]
    total: dict[str, int]
    children: list["Part"] = field(default_factory=list)

    @property
    def comb(self) -> int:
        """Sites."""
        return sites(self.total)


def sites(cells: Mapping[str, int]) -> int:
    """Return the sites that cells take, counted by column."""
    return sum(SITES[kind] * cells.get(kind, 0) for kind in SITES)


def tree(modules: Mapping[str, Mapping[str, Any]], name: str, instances: int = 1) -> Part:
    """Return a module of the mapped design, with those below it, the largest first."""
    module = modules[name]
    own = dict.fromkeys(KINDS.values(), 0)
    for cell, number in module["cells"].items():
        if cell in KINDS:
            own[KINDS[cell]] += number
    children = [tree(modules, kind, number) for kind, number in module["children"].items()]
    children.sort(key=lambda part: -part.comb * part.instances)
    total = {kind: number + sum(c.instances * c.total[kind] for c in children) for kind, number in own.items()}
    return Part(module["name"], instances, own, total, children)


def part_of(result: Mapping[str, Any]) -> Part:
    """Return the part that was asked for; a harness around it is left out."""
    top = tree(result["modules"], result["top"])
    return top.children[0] if top.name == harness.TOP else top


def largest(part: Part) -> dict[str, Part]:
    """Return the modules by name; of several that differ in parameters, the largest."""
    found = {part.name: part}
    for child in part.children:
        for name, other in largest(child).items():
            if name not in found or other.comb > found[name].comb:
                found[name] = other
    return found


def over_budget(part: Part, fmax: float | None, budget: Budget, device: str) -> list[str]:
    """Return a line for each limit that is passed."""
    lines = []
    for name, found in largest(part).items():
        values = {"comb": found.comb, **{key: found.total[key] for key in ("lut4", "ff", "ebr")}}
        limits = budget.modules.get(name, {})
        for key, value in values.items():
            if key in limits and value > limits[key]:
                lines.append(f"{name}: {key} {value:,} is over {limits[key]:,}")
    least = budget.modules.get(part.name, {}).get("fmax_mhz")
    if fmax is not None and least is not None and fmax < least:
        lines.append(f"{part.name}: fmax_mhz {fmax:.1f} is below {least}")
    for key, value, most in zip(
        ("comb", "ff", "ebr"), (part.comb, part.total["ff"], part.total["ebr"]), DEVICES[device], strict=True
    ):
        if value > most:
            lines.append(f"{part.name}: {key} {value:,} is more than an ECP5 {device} has, {most:,}")
    return lines


def table(part: Part, fmax: float | None, budget: Budget) -> list[str]:
    """Return the table, one line a module; sizes are of one instance with everything in it."""
    lines = [
        f"{'module':<34} {'':>3} {'sites':>8} {'budget':>8} {'LUT4':>8} {'carry':>7} {'LUT RAM':>7}"
        f" {'FF':>7} {'budget':>7} {'EBR':>4} {'budget':>6} {'MHz':>6} {'budget':>6}"
    ]
    _add(lines, part, budget, fmax, 0)
    return lines


def _add(lines: list[str], part: Part, budget: Budget, fmax: float | None, depth: int) -> None:
    limits = budget.modules.get(part.name, {})

    def limit(key: str) -> str:
        return f"{limits[key]:,}" if key in limits else ""

    times = f"x{part.instances}" if part.instances > 1 else ""
    total, speed = part.total, "" if fmax is None else f"{fmax:.1f}"
    lines.append(
        f"{'  ' * depth + part.name:<34} {times:>3} {part.comb:>8,} {limit('comb'):>8} {total['lut4']:>8,}"
        f" {total['carry']:>7,} {total['lut_ram']:>7,} {total['ff']:>7,} {limit('ff'):>7} {total['ebr']:>4,}"
        f" {limit('ebr'):>6} {speed:>6} {limit('fmax_mhz') if depth == 0 else '':>6}".rstrip()
    )
    for child in part.children:
        _add(lines, child, budget, None, depth + 1)


def as_json(part: Part, fmax: float | None) -> dict[str, dict[str, float | None]]:
    """Return the report's modules: comb, ff, ebr, fmax_mhz (of the part that was routed, else null), and what comb
    consists of."""
    return {
        name: {
            "comb": found.comb,
            "ff": found.total["ff"],
            "ebr": found.total["ebr"],
            "fmax_mhz": fmax if name == part.name else None,
            "lut4": found.total["lut4"],
            "carry": found.total["carry"],
            "lut_ram": found.total["lut_ram"],
        }
        for name, found in largest(part).items()
    }
