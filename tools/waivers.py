"""Waivers of lint warnings (rtl/lint.vlt), and which of them hide something."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

LINE = re.compile(r'^lint_off -rule (?P<rule>\w+)(?: -file "(?P<file>[^"]+)")?(?: -match "(?P<message>[^"]+)")?$', re.M)
WARNING = re.compile(r"^%Warning-(\w+): (\S+?):\d+:\d+: (.*)$", re.M)


@dataclass(frozen=True)
class Waiver:
    """One line: the rule, and what file and message must look like (`*` and `?` stand for anything)."""

    rule: str
    file: str
    message: str

    def hides(self, rule: str, file: str, message: str) -> bool:
        """Return whether it hides a warning."""
        return rule == self.rule and fnmatchcase(file, self.file) and fnmatchcase(message, self.message)


@dataclass
class Waivers:
    """All of a file, and those that have hidden something."""

    listed: tuple[Waiver, ...]
    used: set[Waiver] = field(default_factory=set)

    @classmethod
    def read(cls, path: Path) -> "Waivers":
        """Read a file as Verilator does."""
        found = LINE.finditer(path.read_text())
        return cls(tuple(Waiver(one["rule"], one["file"] or "*", one["message"] or "*") for one in found))

    def left(self, said: str) -> list[str]:
        """Return the warnings in what Verilator said that no waiver hides."""
        return [
            f"{rule}: {file}: {message}"
            for rule, file, message in WARNING.findall(said)
            if not self._hide(rule, file, message)
        ]

    def unused(self) -> Iterable[Waiver]:
        """Return the waivers that have hidden nothing."""
        return (waiver for waiver in self.listed if waiver not in self.used)

    def _hide(self, rule: str, file: str, message: str) -> bool:
        hiding = {waiver for waiver in self.listed if waiver.hides(rule, file, message)}
        self.used |= hiding
        return bool(hiding)
