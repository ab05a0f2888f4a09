"""One copy of the RTL that holds many faults. Which one is alive is chosen when a simulation begins, by a number."""

import re
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from tests.hunt.choices import NoChoiceError, Place, places
from tests.planted.bug import Bug
from tests.planted.plant import planted_texts
from tools.sources import ROOT, RTL, instance_tree, rtl_sources

# The module within which all faults are, and what is put into it
TOP = ROOT / "rtl" / "storage_system.v"
PLUSARG = "fault"
_PORTS_END = "\n);\n"
# Of all faults none is alive, and the simulation's log says which would make a difference, once for each
RECORD = 65535
_DIFFERS = "fault differs: "


@dataclass(frozen=True, slots=True)
class Schemata:
    """The copy, the numbers of the faults that it holds (by their keys), and those that no choice can hold."""

    rtl: Path
    numbers: dict[str, int]
    left_out: tuple[Bug, ...]
    # Faults of which a run tells whether they differ, by their keys
    told: frozenset[str]

    def plusarg(self, name: str) -> str:
        """Return the argument of a simulation with which the fault of this key is alive."""
        return f"{PLUSARG}={self.numbers[name]}"

    def same(self, differing: Collection[int]) -> list[str]:
        """Return the keys of the faults that did nothing in a run in which these differed: with one of them alive, it
        would be the same run."""
        return sorted(name for name in self.told if self.numbers[name] not in differing)


def in_runs() -> list[Path]:
    """Return the sources of the RTL that random runs simulate."""
    return instance_tree(TOP, rtl_sources())


def key(bug: Bug) -> str:
    """Return what a fault is known by: another text, another fault."""
    return f"{crc32(repr((bug.id, bug.substitutions)).encode()):08x}"


def differing(log: Path) -> list[int]:
    """Return the numbers of the faults that differed in a run that recorded."""
    return sorted({int(found) for found in re.findall(rf"^{_DIFFERS}(\d+)", log.read_text(), re.M)})


def make(bugs: Sequence[Bug], folder: Path) -> Schemata:
    """Write the copy with as many of these as can be chosen from, in a folder."""
    copy = folder / "rtl"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(RTL, copy)
    numbers: dict[str, int] = {}
    told = set()
    found: dict[Path, list[tuple[int, Place]]] = {TOP: []}
    for bug in bugs:
        try:
            texts = planted_texts(bug)
            choices = {ROOT / file: places((ROOT / file).read_text(), text) for file, text in texts.items()}
        except NoChoiceError:
            continue
        numbers[key(bug)] = len(numbers) + 1
        if all(place.differs for chosen in choices.values() for place in chosen):
            told.add(key(bug))
        for file, chosen in choices.items():
            found.setdefault(file, []).extend((numbers[key(bug)], place) for place in chosen)
    for file, chosen in found.items():
        text = with_choices(file.read_text(), chosen)
        if file == TOP:
            before, end, after = text.partition(_PORTS_END)
            text = before + end + _number(len(numbers)) + after
        (copy / file.relative_to(RTL)).write_text(text)
    return Schemata(copy, numbers, tuple(bug for bug in bugs if key(bug) not in numbers), frozenset(told))


def _number(faults: int) -> str:
    """Return what stands in the module of all others."""
    return f"""
    // The fault that is alive, 0: none; those that differed
    reg [15:0] fault_alive;
    reg        fault_differed [0:{faults}];
    integer    fault;
    initial begin
        if (!$value$plusargs("{PLUSARG}=%d", fault_alive)) fault_alive = 16'd0;
        for (fault = 0; fault <= {faults}; fault = fault + 1) fault_differed[fault] = 1'b0;
    end
"""


def with_choices(text: str, chosen: Sequence[tuple[int, Place]]) -> str:
    """Return the text of a source with each of these places, of the faults of these numbers, as a choice, and what
    records whether it makes a difference."""
    recorded = [
        (number, Place(place.behind, place.behind, "", place.differs, place.behind))
        for number, place in chosen
        if place.differs and not place.is_statement
    ]
    return _part(text, 0, len(text), sorted((*chosen, *recorded), key=lambda one: (one[1].start, -one[1].end)))


def _part(text: str, start: int, end: int, chosen: Sequence[tuple[int, Place]]) -> str:
    """Return a part of the text with the choices within it, in the order of their places: outer ones first."""
    written = []
    while chosen:
        first = chosen[0][1]
        same = [one for one in chosen if (one[1].start, one[1].end) == (first.start, first.end)]
        inner = [one for one in chosen if one not in same and one[1].start < first.end]
        part = _part(text, first.start, first.end, inner)
        for number, place in same:
            part = _choice(number, place, part)
        written += [text[start : first.start], part]
        start, chosen = first.end, chosen[len(same) + len(inner) :]
    return "".join((*written, text[start:end]))


def _choice(number: int, place: Place, old: str) -> str:
    """Return the text with both."""
    alive = f"{TOP.stem}.fault_alive == 16'd{number}"
    if place.start == place.end:
        return f"{old}\nalways @(posedge clk) {_recorder(number, place)}"
    if place.is_statement:
        recorder = _recorder(number, place) if place.differs else ""
        return f"begin if ({alive}) begin {place.new}\nend else begin {recorder}{old}\nend end"
    return f"({alive} ? ({place.new}\n) : ({old}\n))"


def _recorder(number: int, place: Place) -> str:
    """Return the statement that says once that a fault differs. It leaves nothing in a buffer, which would be written
    in the middle of a line of the bench."""
    differed = f"{TOP.stem}.fault_differed[{number}]"
    return (
        f"if ({TOP.stem}.fault_alive == 16'd{RECORD} && !{differed} && ({place.differs}\n)) begin"
        f' {differed} = 1\'b1; $display("{_DIFFERS}{number}"); $fflush; end\n'
    )
