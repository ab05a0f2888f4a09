"""The variables of `make synth` and `make prove`, as NAME=VALUE arguments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.sources import ROOT, rtl_sources

SYSTEM = "storage_system"
OUT = ROOT / "build" / "synth"
# Devices by what nextpnr calls them: sites (LUT4), flip-flops, block RAMs of 18 kbit
DEVICES: Mapping[str, tuple[int, int, int]] = {
    "85k": (83_640, 83_640, 208),
    "45k": (43_848, 43_848, 108),
    "25k": (24_288, 24_288, 56),
}


class OptionError(Exception):
    """A variable that makes no sense; the text is one line."""


@dataclass(frozen=True, slots=True)
class Options:
    """What `make synth` was asked for. Parameters that are 0 are the budget's."""

    part: str = SYSTEM
    device: str = "85k"
    route: bool = False
    data_width: int = 0
    volumes: int = 0
    pairs: int = 0
    groups: int = 0
    cache_slots: int = 0

    def parameters(self, usual: Mapping[str, int]) -> dict[str, int]:
        """Return the parameters of the storage system."""
        given = {name: getattr(self, name) for name in ("data_width", "volumes", "pairs", "groups", "cache_slots")}
        return {**usual, **{name: value for name, value in given.items() if value}}


def one_of(allowed: Sequence[str]) -> Callable[[str], str]:
    """Return a reader of one of these words."""

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"is none of {', '.join(allowed)}")
        return text

    return read


def number(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of a number within limits."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit()):
            raise ValueError("is no number")
        if not least <= int(text) <= most:
            raise ValueError(f"must be {least} to {most}")
        return int(text)

    return read


def _part(text: str) -> str:
    if not text.isidentifier() or text not in {path.stem for path in rtl_sources()}:
        raise ValueError("is no module of rtl/")
    return text


READERS: Mapping[str, Callable[[str], Any]] = {
    "part": _part,
    "data_width": lambda text: int(one_of(("64", "128", "256", "512"))(text)),
    "device": one_of(tuple(DEVICES)),
    "route": lambda text: one_of(("0", "1"))(text) == "1",
    "volumes": number(1, 64),
    "pairs": number(1, 64),
    "groups": number(1, 8),
    "cache_slots": lambda text: int(one_of(("2", "4", "8", "16", "32"))(text)),
}


def read(arguments: Sequence[str], readers: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
    """Read NAME=VALUE arguments. Raises OptionError."""
    values: dict[str, Any] = {}
    for argument in arguments:
        name, separator, text = argument.partition("=")
        if not separator or name.lower() not in readers:
            raise OptionError(
                f"unknown option {argument!r}: options are {', '.join(map(str.upper, readers))}, as NAME=VALUE"
            )
        if name.lower() in values:
            raise OptionError(f"{name}={text}: {name.upper()} is given twice")
        try:
            values[name.lower()] = readers[name.lower()](text)
        except ValueError as error:
            raise OptionError(f"{name}={text}: {error}") from None
    return values


def parse(arguments: Sequence[str]) -> Options:
    """Read the options of `make synth`. Raises OptionError."""
    return Options(**read(arguments, READERS))
