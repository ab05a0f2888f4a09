"""What a comparison finds: the first difference, and its report for people."""

from collections.abc import Sequence
from dataclasses import dataclass

from mirrorlog.compare.record_text import describe, process_name
from mirrorlog.formats.commit_record import CommitRecord


@dataclass(frozen=True, slots=True)
class Field:
    """One value that differs: where it is (a field's name, with its event's in front unless it is the record's)."""

    name: str
    expected: str
    actual: str


class Mismatch(Exception):
    """A difference as the part of the comparison that found it sees it, without the context."""

    def __init__(self, name: str, expected: object, actual: object) -> None:
        super().__init__(f"{name}: expected {expected}, is {actual}")
        self.field = Field(name, str(expected), str(actual))


def not_before(cycle: int, cause: int, what: str) -> None:
    """A step's `cycle` cannot lie before the cycle of an event that led to it."""
    if cycle < cause:
        raise Mismatch("cycle", f"{cause}, the cycle of {what}, or later", cycle)


def first_bytes(expected: bytes, actual: bytes, where: str) -> tuple[str, str]:
    """Show the first bytes that differ."""
    at = next((place for place, (one, other) in enumerate(zip(expected, actual, strict=False)) if one != other), 0)
    return f"{expected[at : at + 8].hex(' ')} at byte {at} {where}", actual[at : at + 8].hex(" ")


@dataclass(eq=False)
class Difference(Exception):
    """The first difference between a capture and the model, with what is needed to understand it.

    `record` counts the records of all systems from 1 (0 before the first). `expected` is the record that the model
    retires at this place (None if it retires none), `actual` the one of the capture (None if the difference is not at
    a record).
    """

    line: int
    record: int
    system: int | None
    cycle: int | None
    fields: Sequence[Field]
    expected: CommitRecord | None = None
    actual: CommitRecord | None = None
    last: Sequence[CommitRecord] = ()
    pending: Sequence[str] = ()

    def __str__(self) -> str:
        what = "; ".join(f"{field.name}: expected {field.expected}, is {field.actual}" for field in self.fields)
        return f"{self.place()}: {what}"

    def place(self) -> str:
        """Say where in the capture this is."""
        parts = [f"line {self.line}", f"record {self.record}"]
        if self.system is not None:
            parts.append(f"system {self.system}")
        if self.cycle is not None:
            parts.append(f"cycle {self.cycle}")
        if self.actual is not None:
            parts.append(process_name(self.actual.process))
        return ", ".join(parts)

    def as_json(self) -> dict[str, object]:
        """Return it as `mirrorlog compare --json` prints it: what `report` says."""
        return {
            "line": self.line,
            "record": self.record,
            "system": self.system,
            "cycle": self.cycle,
            "process": None if self.actual is None else process_name(self.actual.process),
            "fields": [
                {"name": field.name, "expected": field.expected, "actual": field.actual} for field in self.fields
            ],
            "expected": None if self.expected is None else self.expected._asdict(),
            "actual": None if self.actual is None else self.actual._asdict(),
            "last": [record._asdict() for record in self.last],
            "pending": list(self.pending),
        }

    def report(self) -> str:
        """Return the whole report: the place, both sides' state, the records before it, and what is still pending."""
        lines = [f"difference at {self.place()}"]
        lines += [f"  {field.name}: expected {field.expected}, is {field.actual}" for field in self.fields]
        if self.actual is not None:
            lines += ["", *_side_by_side(self.expected, self.actual)]
        if self.last:
            lines += ["", "last records:", *(f"  {describe(record)}" for record in self.last)]
        if self.pending:
            lines += ["", "pending:", *(f"  {text}" for text in self.pending)]
        return "\n".join(lines)


def differing(expected: CommitRecord, actual: CommitRecord) -> list[Field]:
    """Return the fields of two records that are not equal."""
    return [
        Field(name, _show(name, left), _show(name, right))
        for name, left, right in zip(CommitRecord._fields, expected, actual, strict=True)
        if left != right
    ]


def _show(name: str, value: int) -> str:
    return f"{value:#010x}" if name == "info_crc" else str(int(value))


def _side_by_side(expected: CommitRecord | None, actual: CommitRecord) -> list[str]:
    lines = [f"  {'field':<26} {'model':>20} {'capture':>20}"]
    for name, value in zip(CommitRecord._fields, actual, strict=True):
        model = "-" if expected is None else _show(name, getattr(expected, name))
        mark = "  <--" if expected is not None and model != _show(name, value) else ""
        lines.append(f"  {name:<26} {model:>20} {_show(name, value):>20}{mark}")
    return lines
