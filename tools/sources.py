"""Where the RTL's sources are: each module in a file of its name, in a folder that says what it belongs to."""

import re
import tomllib
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RTL = ROOT / "rtl"
# What of the bench is Verilog
HDL = ROOT / "tb" / "hdl"


def rtl_sources(rtl: Path = RTL) -> list[Path]:
    """Return the files of all modules."""
    return sorted(rtl.rglob("*.v"))


def rtl_source(module: str, rtl: Path = RTL) -> Path:
    """Return the file of a module. Raises FileNotFoundError if there is none."""
    for path in rtl.rglob(f"{module}.v"):
        return path
    raise FileNotFoundError(f"{module} is no module of {rtl.name}/")


def rtl_headers(rtl: Path = RTL) -> Path:
    """Return the folder of the headers."""
    return rtl / "include"


def rtl_identity(rtl: Path = RTL) -> int:
    """Return the CRC-32 of all of the Verilog, by which a board tells what it was made of."""
    crc = 0
    for path in sorted((*rtl.rglob("*.v"), *rtl.rglob("*.vh"))):
        crc = zlib.crc32(path.relative_to(rtl).as_posix().encode() + b"\0" + path.read_bytes(), crc)
    return crc


def board_parameters(given: Mapping[str, int] | None = None) -> dict[str, int]:
    """Return the parameters of a storage system on a board, of which these were given; the usual ones otherwise, with
    cache slots for its groups."""
    found: dict[str, int] = {**tomllib.loads((RTL / "board" / "parameters.toml").read_text()), **(given or {})}
    if "cache_slots" not in (given or {}):
        found["cache_slots"] = max(found["cache_slots"], 1 << found["groups"].bit_length())
    return found


def instance_tree(top: Path, among: Iterable[Path]) -> list[Path]:
    """Return the file of a module and, of those `among`, the files of all modules below it."""
    known = {path.stem: path for path in among}
    found, new = [top], [top]
    while new:
        words = re.findall(r"^ *(\w+) +(?:#\(|\w+ *\()", new.pop().read_text(), re.M)
        for path in dict.fromkeys(known[word] for word in words if word in known):
            if path not in found:
                found.append(path)
                new.append(path)
    return found
