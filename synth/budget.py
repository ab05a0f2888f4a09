"""rtl/budget.toml: what each module may cost, and which tables may stay in flip-flops."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.sources import ROOT

FILE = ROOT / "rtl" / "budget.toml"
# A table of wider rows is a memory
WIDEST_ROW = 32
LIMITS = ("comb", "lut4", "ff", "ebr", "fmax_mhz")


class BudgetError(Exception):
    """A budget that makes no sense; the text is one line."""


@dataclass(frozen=True)
class Budget:
    """Limits by module, by key; tables by (module, name)."""

    parameters: Mapping[str, int]
    modules: Mapping[str, Mapping[str, float]]
    flip_flops: Mapping[tuple[str, str], str]
    owed: frozenset[tuple[str, str]]

    def unnamed(self, tables: Iterable[tuple[str, str, int]]) -> list[str]:
        """Return what is wrong with tables in flip-flops, given as module, name and bits of a row: those not named, and
        those named whose rows are too wide."""
        wrong = []
        for module, name, width in sorted(set(tables)):
            if self.names(self.flip_flops, module, name):
                if width > WIDEST_ROW:
                    wrong.append(f"{module}.{name}: rows of {width} bits in flip-flops, more than {WIDEST_ROW}")
            elif not self.names(self.owed, module, name):
                wrong.append(f"{module}.{name}: a table in flip-flops that rtl/budget.toml does not name")
        return wrong

    @staticmethod
    def names(known: Iterable[tuple[str, str]], module: str, name: str) -> bool:
        """Is a table among those known? One of a module that was dissolved in another has its instance before it."""
        return any(module == known_module and f".{name}".endswith(f".{table}") for known_module, table in known)


def load(file: Path = FILE) -> Budget:
    """Read the budget. Raises BudgetError."""
    try:
        read = tomllib.loads(file.read_text())
        modules = read["module"]
        for name, limits in modules.items():
            if set(limits) - set(LIMITS):
                raise BudgetError(
                    f"{file}: module.{name}: {min(set(limits) - set(LIMITS))} is none of {', '.join(LIMITS)}"
                )
        flip_flops = {}
        for table in read.get("flip_flops", []):
            if not table["reason"].strip():
                raise BudgetError(f"{file}: {table['module']}.{table['table']} has no reason")
            flip_flops[table["module"], table["table"]] = table["reason"]
        owed = frozenset((module, name) for module, names in read.get("owed", {}).items() for name in names)
        return Budget(read["parameters"], modules, flip_flops, owed)
    except (OSError, tomllib.TOMLDecodeError, KeyError, AttributeError, TypeError) as error:
        raise BudgetError(f"{file}: {type(error).__name__}: {error}") from None
