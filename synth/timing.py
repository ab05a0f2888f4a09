"""How long the paths of a mapped design are before it is placed: an estimate in seconds, where a route takes an hour.

Each cell has the delay that nextpnr gives it; a connection takes half a nanosecond, and more the more readers it has.
Of modules that were routed it is right within a tenth; of the whole system, whose connections are longer, a fifth
short.
"""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth import harness
from synth.route import source_name

# ns of ECP5, speed grade 8
TO_OUTPUT = 0.52
EBR_TO_OUTPUT = 4.2
LUT, LUT_RAM, CARRY_IN, CARRY_OUT = 0.24, 0.25, 0.07, 0.45
CONNECTION, DOUBLED_READERS = 0.5, 0.1
# Cells by the beginning of their name; yosys adds their parameters
_LUT, _CARRY, _RAM, _FF, _EBR = "LUT4", "CCU2C", "TRELLIS_DPR16X4", "TRELLIS_FF", "DP16KD"
KINDS = (_LUT, _CARRY, _RAM, _FF, _EBR)
_CARRIES: Mapping[str, tuple[str, ...]] = {
    **{f"{pin}0": ("S0", "S1", "COUT") for pin in "ABCD"},
    **{f"{pin}1": ("S1", "COUT") for pin in "ABCD"},
}


@dataclass(frozen=True)
class LongPath:
    """The longest path between two modules' registers and memories: ns, look-up tables and carry cells on it, where it
    begins and ends, and names of the source in between, each with the ns until it."""

    ns: float
    levels: int
    begins: str
    ends: str
    between: list[tuple[float, str]]


@dataclass(frozen=True)
class Timing:
    """The longest paths, one for each pair of modules in which one begins and ends, the longest first."""

    paths: list[LongPath]

    @property
    def mhz(self) -> float:
        """The clock that the longest path allows."""
        return 1000 / self.paths[0].ns if self.paths else math.inf


class _Graph:
    """Who drives what after how long; `ends` are inputs of registers and memories."""

    def __init__(self, module: Mapping[str, Any]) -> None:
        self.edges: defaultdict[int, list[tuple[int, float, bool]]] = defaultdict(list)
        self.begins: dict[int, float] = {}
        self.ends: list[tuple[int, str]] = []
        self.readers: Counter[int] = Counter()
        self.names = dict(_names(module))
        for name, cell in module["cells"].items():
            kind = next((kind for kind in KINDS if kind in cell["type"]), "")
            pins = {pin: [bit for bit in bits if isinstance(bit, int)] for pin, bits in cell["connections"].items()}
            self.readers.update(bit for bits in pins.values() for bit in bits)
            self._add(kind, name, pins)

    def _add(self, kind: str, name: str, pins: Mapping[str, list[int]]) -> None:
        def through(source: str, sinks: tuple[str, ...], ns: float, routed: bool = True) -> None:
            for bit in pins.get(source, ()):
                self.edges[bit] += [(sink, ns, routed) for out in sinks for sink in pins.get(out, ())]

        if kind == _LUT:
            for pin in "ABCD":
                through(pin, ("Z",), LUT)
        elif kind == _CARRY:
            for pin, sinks in _CARRIES.items():
                through(pin, sinks, CARRY_OUT)
            through("CIN", ("S0", "S1"), CARRY_OUT, routed=False)
            through("CIN", ("COUT",), CARRY_IN, routed=False)
        elif kind == _RAM:
            through("RAD", ("DO",), LUT_RAM)
            self._register(name, pins, "DO", 0.0, ("DI", "WAD", "WRE"))
        elif kind == _FF:
            self._register(name, pins, "Q", TO_OUTPUT, ("DI", "M", "CE", "LSR"))
        elif kind == _EBR:
            inputs = tuple(pin for pin in pins if not pin.startswith(("DO", "CLK")))
            for pin in pins:
                if pin.startswith("DO"):
                    self._register(name, pins, pin, EBR_TO_OUTPUT, ())
            self._register(name, pins, "", 0.0, inputs)

    def _register(self, name: str, pins: Mapping[str, list[int]], out: str, ns: float, inputs: tuple[str, ...]) -> None:
        self.begins.update(dict.fromkeys(pins.get(out, ()), ns))
        stored = pins.get("Q", ())
        end = self.names.get(stored[0], name) if stored else name
        self.ends += [(bit, end) for pin in inputs for bit in pins.get(pin, ())]

    def arrivals(self) -> tuple[dict[int, float], dict[int, int]]:
        """Return when each bit is there, in ns, and which bit it waited for."""
        waits = Counter(sink for edges in self.edges.values() for sink, _, _ in edges)
        there, before = dict(self.begins), dict[int, int]()
        ready = [bit for bit in self.edges if not waits[bit]]
        while ready:
            bit = ready.pop()
            connection = CONNECTION + DOUBLED_READERS * math.log2(max(1, self.readers[bit]))
            for sink, ns, routed in self.edges[bit]:
                when = there.get(bit, 0.0) + ns + connection * routed
                if when > there.get(sink, -1.0):
                    there[sink], before[sink] = when, bit
                waits[sink] -= 1
                if not waits[sink]:
                    ready.append(sink)
        return there, before


def _names(module: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Give bits that the source names, or yosys by what they belong to; those of the source come last."""
    for hidden in (1, 0):
        for name, net in module["netnames"].items():
            if net.get("hide_name", 0) == hidden:
                for bit in net["bits"]:
                    if isinstance(bit, int):
                        yield bit, name


def _module(name: str) -> str:
    return source_name(name).rpartition(".")[0].split("[")[0]


def timing(netlist: Path) -> Timing:
    """Estimate a netlist of yosys (write_json), of which all but a harness is one module."""
    modules = json.loads(netlist.read_text())["modules"]
    modules.pop(harness.TOP, None)
    graph = _Graph(max(modules.values(), key=lambda module: len(module["cells"])))
    there, before = graph.arrivals()
    longest: dict[tuple[str, str], tuple[float, list[int], str]] = {}
    for bit, end in graph.ends:
        ns = there.get(bit, 0.0) + CONNECTION
        path = [bit]
        while path[-1] in before:
            path.append(before[path[-1]])
        pair = (_module(graph.names.get(path[-1], "")), _module(end))
        if pair not in longest or ns > longest[pair][0]:
            longest[pair] = (ns, path[::-1], end)
    found = []
    for ns, path, end in sorted(longest.values(), key=lambda item: -item[0]):
        named = [(there.get(bit, 0.0), source_name(graph.names.get(bit, ""))) for bit in path]
        between = [step for step, previous in zip(named[1:], named, strict=False) if step[1] and step[1] != previous[1]]
        found.append(LongPath(ns, len(path) - 1, named[0][1], source_name(end), between))
    return Timing(found)
