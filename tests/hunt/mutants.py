"""Faults of one token in the RTL, drawn at random: an operator, a constant, the operands of a choice."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyslang.syntax import SyntaxTree

from tests.hunt.schemata import in_runs
from tests.planted.bug import Bug, RandomRuns
from tools.sources import ROOT

# What an operator becomes
OPERATORS = {
    "+": "-", "-": "+", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&",
    "&": "|", "|": "&", "^": "|", "<<": ">>", ">>": "<<",
}  # fmt: skip
# Of what is drawn nothing: what only sizes things, or runs in simulation alone
_NOT_HARDWARE = frozenset(
    {
        "ParameterDeclaration", "ParameterDeclarationStatement", "VariableDimension", "ImplicitType", "IfGenerate",
        "LoopGenerate", "ForLoopStatement", "InitialBlock", "ParameterValueAssignment", "SimpleRangeSelect",
        "FunctionPrototype", "MultipleConcatenationExpression", "GenvarDeclaration",
    }
)  # fmt: skip
_LITERALS = frozenset({"IntegerLiteralExpression", "IntegerVectorExpression"})
_CHOICE = "ConditionalExpression"


@dataclass(frozen=True, slots=True)
class Mutant:
    """The text `old` at `offset` of a source becomes `new`."""

    source: Path
    offset: int
    old: str
    new: str

    def line(self) -> int:
        """Return the number of its line."""
        return self.source.read_text().count("\n", 0, self.offset) + 1

    def column(self) -> int:
        """Return its place in its line, from 1."""
        return self.offset - self.source.read_text().rfind("\n", 0, self.offset)

    def line_text(self) -> str:
        """Return its line as it is."""
        text = self.source.read_text()
        return text[text.rfind("\n", 0, self.offset) + 1 : text.find("\n", self.offset)].strip()

    def explanation_key(self) -> str:
        """Return what tells it from all other mutants, wherever its line stands: of tokens that are alike in the line,
        which one it is, too."""
        text, line = self.source.read_text(), self.line_text()
        before = text[text.rfind("\n", 0, self.offset) + 1 : self.offset].count(self.old)
        which = f" (no. {before + 1})" if line.count(self.old) > 1 else ""
        return f"{self.source.relative_to(ROOT).as_posix()}: {line} => {self.old}{which} => {self.new}"

    def as_bug(self) -> Bug:
        """Return it as a bug to plant: with as much text around it as there is once."""
        text = self.source.read_text()
        first, last = self.offset, self.offset + len(self.old)
        while text.count(text[first:last]) > 1:
            first, last = text.rfind("\n", 0, first - 1) + 1, text.find("\n", last) + 1 or len(text)
        changed = text[first : self.offset] + self.new + text[self.offset + len(self.old) : last]
        file = self.source.relative_to(ROOT).as_posix()
        what = f"{file}:{self.line()}:{self.column()}: {self.old} -> {self.new}"
        return Bug(id=what, file=file, find=text[first:last], replace=changed, found_by=RandomRuns("mutant"))


def mutants(source: Path) -> list[Mutant]:
    """Return all mutants of a source, in the order of its text."""
    text = source.read_text()
    found: list[Mutant] = []

    def look(node: Any) -> None:
        kind = _kind(node)
        if kind == _CHOICE and not _sizes(node):
            found.extend(_swapped(source, text, node))
        elif kind in _LITERALS and not _sizes(node):
            found.extend(_counted(source, text, node))
        elif kind.endswith("Expression") and hasattr(node, "operatorToken") and not _sizes(node):
            operator = node.operatorToken
            if operator.rawText in OPERATORS and kind != "NonblockingAssignmentExpression":
                new = OPERATORS[operator.rawText]
                found.append(Mutant(source, operator.location.offset, operator.rawText, new))

    SyntaxTree.fromText(text).root.visit(look)
    return sorted(found, key=lambda mutant: (mutant.offset, mutant.new))


def draw(seed: int, count: int, sources: Iterable[Path] | None = None) -> list[Mutant]:
    """Draw so many mutants of sources (default: what random runs simulate), each of them as likely as any other. What
    is drawn depends on its line alone: when other lines change, nearly all are drawn again."""
    alike, places = Counter[str](), dict[Mutant, bytes]()
    for mutant in [mutant for source in sorted(sources or in_runs()) for mutant in mutants(source)]:
        key = mutant.explanation_key()
        alike[key] += 1
        places[mutant] = hashlib.sha256(f"{seed} {key} {alike[key]}".encode()).digest()
    return sorted(places, key=lambda mutant: places[mutant])[:count]


def _kind(node: Any) -> str:
    return str(getattr(node, "kind", "")).removeprefix("SyntaxKind.")


def _sizes(node: Any) -> bool:
    """Is this within what only sizes things?"""
    while node is not None:
        if _kind(node) in _NOT_HARDWARE:
            return True
        node = node.parent
    return False


def _span(node: Any) -> tuple[int, int]:
    return node.sourceRange.start.offset, node.sourceRange.end.offset


def _swapped(source: Path, text: str, node: Any) -> Iterator[Mutant]:
    """A choice whose operands change places."""
    (first, middle), (second, last) = _span(node.left), _span(node.right)
    yes, no = text[first:middle], text[second:last]
    if yes != no:
        yield Mutant(source, first, text[first:last], no + text[middle:second] + yes)


def _counted(source: Path, text: str, node: Any) -> Iterator[Mutant]:
    """A constant that is one more, or one less where that is not possible."""
    first, last = _span(node)
    literal = text[first:last]
    size, tick, rest = literal.partition("'")
    base, digits = (rest[:1].lower(), rest[1:]) if tick else ("d", literal)
    radix = {"d": 10, "h": 16, "b": 2, "o": 8}.get(base)
    try:
        value = int(digits.replace("_", ""), radix or 0)
    except ValueError:  # x or z
        return
    most = (1 << int(size)) - 1 if tick and size else None
    other = value + 1 if most is None or value < most else value - 1
    shown = {"d": f"{other}", "h": f"{other:x}", "b": f"{other:b}", "o": f"{other:o}"}[base]
    yield Mutant(source, first, literal, f"{size}'{base}{shown}" if tick else shown)
