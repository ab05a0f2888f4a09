"""Where two texts of a module differ, as places at which one or the other can be chosen while the simulation runs: a
statement, what is assigned to a net, or what goes into a port of an instance."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyslang.syntax import SyntaxTree

from tools.sources import rtl_source

# Directives that say nothing of what a module does
_DIRECTIVES = re.compile(r"^[ \t]*`(?:include|resetall|timescale|default_nettype)\b[^\n]*", re.M)
_REQUIREMENT = re.compile(r"`ML_REQUIRE\w*\b\(?")
_MACRO = re.compile(r"`(?=[A-Z])")
_MEMBERS = frozenset({"ContinuousAssign", "NetDeclaration", "HierarchyInstantiation"})
_NO_CHOICE = frozenset({"TimingControlStatement", "ForLoopStatement"})


@dataclass(frozen=True, slots=True)
class Place:
    """From `start` to before `end` of the old text is a statement, or an expression, that becomes `new`.

    `differs` is true when both do something else, "" where a simulation cannot tell. It may be looked at, at a clock's
    edge, within the statement, or behind the member of the module that the expression is in, which ends before
    `behind`.
    """

    start: int
    end: int
    new: str
    differs: str = ""
    behind: int = 0

    @property
    def is_statement(self) -> bool:
        """Is it one, or an expression?"""
        return self.behind == 0


class NoChoiceError(Exception):
    """The texts differ in what cannot be chosen while a simulation runs."""


def places(old: str, new: str) -> list[Place]:
    """Return where the old text of a source and its new one differ. Raises NoChoiceError."""
    return _Comparison(old, new).places(_tree(old), _tree(new))


def _tree(text: str) -> Any:
    """Parse a source. What its headers define is a name each, checks of parameters are left out. Raises NoChoiceError
    if it is no Verilog."""
    plain = _DIRECTIVES.sub(_blank, text)
    while found := _REQUIREMENT.search(plain):
        end = _closing(plain, found.end()) if found[0].endswith("(") else found.end()
        plain = plain[: found.start()] + _blank(plain[found.start() : end]) + plain[end:]
    tree = SyntaxTree.fromText(_MACRO.sub("_", plain))
    if any(found.isError() for found in tree.diagnostics):
        raise NoChoiceError
    return tree.root


def _blank(found: re.Match[str] | str) -> str:
    return re.sub(r"[^\n]", " ", found if isinstance(found, str) else found[0])


def _closing(text: str, start: int) -> int:
    """Return where the parentheses end that are open once at `start`."""
    depth = 1
    while depth:
        depth += {"(": 1, ")": -1}.get(text[start], 0)
        start += 1
    return start


class _Comparison:
    """Of two texts."""

    def __init__(self, old: str, new: str) -> None:
        self.old = old
        self.new = new

    def places(self, old: Any, new: Any) -> list[Place]:
        """Return the least places that make the one node of the other."""
        if _tokens(old) == _tokens(new):
            return []
        kind = _kind(old)
        if kind == _kind(new) and hasattr(old, "__iter__"):
            try:
                return self._of_parts(old, new)
            except NoChoiceError:
                pass
        if _is_statement(old) and _is_statement(new):
            return [Place(*_span(old), self._new(new), self._statements_differ(old, new) if _is_clocked(old) else "")]
        if kind == _kind(new):
            if kind == "AssignmentExpression" and _kind(_above(old)) == "ContinuousAssign":
                if _tokens(old.left) == _tokens(new.left):
                    return [self._expression(old.right, new.right, self._old(old.left))]
            elif kind == "EqualsValueClause" and _kind(_above(old, 1)) == "NetDeclaration":
                return [self._expression(old.expr, new.expr, _above(old).name.valueText)]
            elif kind == "NamedPortConnection" and _is_input(old):
                return [self._expression(old.expr, new.expr)]
        raise NoChoiceError

    def _of_parts(self, old: Any, new: Any) -> list[Place]:
        before, after = list(old), list(new)
        if len(before) != len(after):
            raise NoChoiceError
        return [place for pair in zip(before, after, strict=True) for place in self.places(*pair)]

    def _expression(self, old: Any, new: Any, target: str = "") -> Place:
        """Return the place of an expression that is assigned to a target."""
        member = old
        while _kind(member) not in _MEMBERS:
            member = member.parent
        clocked = re.search(r"\bclk\b", self.old[: self.old.index(");")])
        differs = self._values_differ(old, new, target) if clocked else ""
        return Place(*_span(old), self._new(new), differs, _span(member)[1])

    def _statements_differ(self, old: Any, new: Any) -> str:
        """Return when statements differ: of assignments to the same, their values; of two `if` that have the rest in
        common, their conditions; else always, when they are reached."""
        if _kind(old) == _kind(new) == "ConditionalStatement":
            rest = [[_tokens(node.statement), _tokens(node.elseClause)] for node in (old, new)]
            if rest[0] == rest[1]:
                return f"!({self._old(old.predicate)}) !== !({self._new(new.predicate)})"
        elif _kind(old) == _kind(new) == "ExpressionStatement":
            old, new = old.expr, new.expr
            assigned = _kind(old) == _kind(new) and _kind(old).endswith("AssignmentExpression")
            if assigned and _tokens(old.left) == _tokens(new.left):
                return self._values_differ(old.right, new.right, self._old(old.left))
        return "1'b1"

    def _values_differ(self, old: Any, new: Any, target: str) -> str:
        """Return when expressions differ that are assigned to a target, with its width."""
        width = f"({target} ^ {target})" if target else "64'd0"
        return f"({width} | ({self._old(old)})) !== ({width} | ({self._new(new)}))"

    def _old(self, node: Any) -> str:
        start, end = _span(node)
        return self.old[start:end]

    def _new(self, node: Any) -> str:
        start, end = _span(node)
        return self.new[start:end]


def _is_clocked(node: Any) -> bool:
    """Is a statement one of a block that runs at a clock's edge?"""
    while node is not None and _kind(node) != "TimingControlStatement":
        node = node.parent
    return node is not None and _kind(node.timingControl) == "EventControlWithExpression"


def _is_statement(node: Any) -> bool:
    kind = _kind(node)
    if not kind.endswith("Statement") or kind in _NO_CHOICE or "Declaration" in kind:
        return False
    return getattr(node, "blockName", None) is None


def _is_input(connection: Any) -> bool:
    """Does a connection lead into its instance?"""
    module = _above(connection, 1).type.valueText
    text = rtl_source(module).read_text()
    return re.search(rf"\binput\s[^;,()]*\b{connection.name.valueText}\s*(?:,|\n)", text) is not None


def _above(node: Any, more: int = 0) -> Any:
    """Return the node above a node, lists left out."""
    node = node.parent
    while "List" in _kind(node):
        node = node.parent
    return node if more == 0 else _above(node, more - 1)


def _kind(node: Any) -> str:
    return str(getattr(node, "kind", "")).rpartition(".")[2]


def _span(node: Any) -> tuple[int, int]:
    return node.sourceRange.start.offset, node.sourceRange.end.offset


def _tokens(node: Any) -> tuple[str, ...]:
    return tuple(_each_token(node))


def _each_token(node: Any) -> Iterator[str]:
    if hasattr(node, "rawText"):
        yield node.rawText
    elif node is not None:
        for part in node:
            yield from _each_token(part)
