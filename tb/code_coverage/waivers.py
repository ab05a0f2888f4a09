"""What of code coverage is waived: points that no run can meet, or need not, each with its reason (waivers.yaml).

An entry says of which `modules` (names, * for any text), which `kinds` of points, and which of them: of toggles the
`signals` (names as `modules`) and perhaps their `bits` ("33-47"), of lines and branches a `text` that the source's line
has, and perhaps the `branches` as Verilator names them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from tb.code_coverage.points import CodeCoverageError, Kind, Point

WAIVERS = Path(__file__).with_name("waivers.yaml")
_WHICH = {Kind.TOGGLE: {"signals", "bits"}, Kind.LINE: {"text"}, Kind.BRANCH: {"text", "branches"}}


@dataclass(frozen=True, slots=True)
class Waiver:
    """An entry. `bits`: the first and the last, None: all of them."""

    modules: tuple[str, ...]
    kinds: tuple[Kind, ...]
    reason: str
    signals: tuple[str, ...] = ()
    bits: tuple[int, int] | None = None
    text: str = ""
    branches: tuple[str, ...] = ()

    def is_of(self, module: str) -> bool:
        """Is it about this module?"""
        return any(fnmatchcase(module, pattern) for pattern in self.modules)

    def waives(self, kind: Kind, module: str, point: Point, line: str) -> bool:
        """Does it waive a point, of a line of its module's source?"""
        if kind not in self.kinds or not self.is_of(module):
            return False
        if kind is not Kind.TOGGLE:
            return self.text in line and (not self.branches or kind is Kind.LINE or point.name in self.branches)
        signal, bit = point.bit
        # neither its word nor the block that it is in
        name = signal.rpartition(".")[2].partition("[")[0]
        if not any(fnmatchcase(name, pattern) for pattern in self.signals):
            return False
        return self.bits is None or self.bits[0] <= bit <= self.bits[1]


def read_waivers(file: Path = WAIVERS) -> list[Waiver]:
    """Return the entries of a file. Raises CodeCoverageError for one that is no entry."""
    try:
        return [_waiver(entry) for entry in yaml.safe_load(file.read_text()) or []]
    except (yaml.YAMLError, TypeError, ValueError, KeyError, AttributeError) as error:
        raise CodeCoverageError(f"{file}: {' '.join(str(error).split())}") from None


def _waiver(entry: Mapping[str, Any]) -> Waiver:
    kinds = tuple(Kind(kind) for kind in _words(entry["kinds"]))
    allowed = {"modules", "kinds", "reason"}.union(*(_WHICH[kind] for kind in kinds))
    if entry.keys() - allowed:
        raise ValueError(f"{dict(entry)}: has no place for {sorted(entry.keys() - allowed)}")
    first, _, last = str(entry.get("bits", "")).partition("-")
    found = Waiver(
        _words(entry["modules"]),
        kinds,
        " ".join(entry["reason"].split()),
        _words(entry.get("signals", "")),
        (int(first), int(last or first)) if first else None,
        entry.get("text", ""),
        _words(entry.get("branches", "")),
    )
    if (Kind.TOGGLE in kinds and not found.signals) or (set(kinds) != {Kind.TOGGLE} and not found.text):
        raise ValueError(f"{dict(entry)}: says nothing of what it waives")
    return found


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())
