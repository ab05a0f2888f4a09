"""Runs a test of the environment on bench.v: prepares its files, builds, simulates, and reads what it left."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tb.config.files import beside
from tb.config.settings import Settings
from tb.handles.storage_device import StorageDevice
from tb.handles.testbench import PREFIX_VARIABLE, REGISTERS
from tb.report.channels import Taken, last_columns, svg
from tb.running import snapshots
from tb.running.register_model import register_model
from tb.running.runner import Run, run
from tb.running.simulators import Build, Simulator, build
from tools.sources import HDL, RTL, rtl_headers, rtl_sources

# Of each system
_INPUTS = ("host_commands", "host_payload", "register_commands")
_INPUTS += ("partner_out", "partner_out_sizes", "partner_lines")
CAPTURE = "capture"
# Defined: the properties that stand beside the RTL are looked at in each cycle (rtl/include/properties.vh)
PROPERTIES = "ML_PROPERTIES"
# Cycles, less those in which nothing happens, that are drawn of what came before a difference
COLUMNS = 80
# ... and behind it, where it is known: a record leaves the system some cycles after its step
BEHIND = 24


@dataclass(frozen=True, slots=True)
class SystemRun:
    """One simulation to be: a cocotb test module, the folder for its files, its settings and devices' contents.

    `rtl` is the folder of the RTL's sources; `snapshot` is how many cycles lie between snapshots
    (tb/running/snapshots.py; 0, or with `waves`: there are none); `images` are the contents of devices, by system and
    device, zeros behind them and where none is given; `code_coverage`: it leaves that in coverage.dat of its folder
    (tb/running/simulators.py, COVERAGE). `plusargs` are handed to the simulation. `properties`: look at those beside
    the RTL; on Icarus that takes longer than all else.
    """

    module: str
    folder: Path
    settings: Settings
    seed: int
    tests: tuple[str, ...] = ()
    simulator: str = "icarus"
    waves: bool = False
    rtl: Path = RTL
    images: Mapping[tuple[int, int], bytes] | None = None
    limit_seconds: float = 900.0
    poll: Callable[[], None] | None = None
    snapshot: int = 0
    code_coverage: str = ""
    plusargs: tuple[str, ...] = ()
    properties: bool = False

    @property
    def prefix(self) -> Path:
        """The files of the run begin with this."""
        return self.folder / CAPTURE


@dataclass(frozen=True, slots=True)
class Exit:
    """An exit of a flow chart, and how often records had it."""

    process: int
    outcome: int
    creation: int
    status: int
    count: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a simulation did. `failure` is "" if it passed, else what differs or went wrong, for people. `started`: when
    its tables were set up, and hosts began (time.time(); 0: they did not)."""

    failure: str
    cycles: int
    records: int
    exits: tuple[Exit, ...]
    wall_seconds: float
    started: float = 0.0

    def count(self, process: int, outcome: int, creation: int | None = None) -> int:
        """Return how many records had this exit."""
        return sum(
            e.count
            for e in self.exits
            if (e.process, e.outcome) == (process, outcome) and creation in (None, e.creation)
        )


def build_system(todo: SystemRun) -> Simulator:
    """Return the simulator of bench.v with the run's parameters."""
    files = (*sorted(HDL.glob("*.v")), *rtl_sources(todo.rtl))
    if todo.simulator == "verilator":
        files = (*files, HDL / "bench.vlt", *((HDL / "coverage.vlt",) if todo.code_coverage else ()))
    parameters = todo.settings.parameters.verilog()
    headers = (rtl_headers(todo.rtl),)
    defines = (PROPERTIES,) if todo.properties else ()
    made = Build("bench", files, todo.simulator, parameters, headers, todo.waves, todo.code_coverage, defines)
    return build(made, poll=todo.poll)


def prepare(todo: SystemRun) -> None:
    """Write the files that the simulation reads, and remove those of an earlier run."""
    todo.folder.mkdir(parents=True, exist_ok=True)
    for old in todo.folder.glob(f"{CAPTURE}.*"):
        old.unlink()
    for system in todo.settings.layouts:
        for suffix in _INPUTS:
            beside(todo.prefix, f"{suffix}{system}").touch()
    images = todo.images or {}
    for (system, device), image in images.items():
        beside(todo.prefix, f"image{system}_{device}").write_bytes(image)
        StorageDevice.write_image(todo.prefix, system, device, image, todo.settings.parameters.data_width // 8)
    replace(todo.settings, images=tuple(images)).write(todo.prefix)
    parameters = todo.settings.parameters
    model = register_model(parameters.volumes, parameters.pairs, parameters.groups)
    beside(todo.prefix, REGISTERS).write_text(str(model))


def draw(folder: Path) -> None:
    """Draw what the channels did before the difference, as the snapshot left it."""
    told = json.loads((folder / snapshots.CHANNELS).read_text())
    taken: Taken = told["taken"]
    if not any(row for channels in taken.values() for row in channels.values()):
        return
    mark = None if told["differs"] is None else told["differs"] - told["first"]
    shown, channels = last_columns(taken, COLUMNS, None if mark is None else max(0, mark) + BEHIND)
    where = "" if mark is None else f" in cycle {told['differs']}"
    title = f"What the ports did before the difference{where}, seen in cycle {told['seen']} since reset"
    picture = svg(taken, title, channels, shown, {}, told["first"] + shown.start, mark)
    (folder / snapshots.PICTURE).write_text(picture)


def simulate(todo: SystemRun) -> Outcome:
    """Build and run. A test that fails is an outcome; SimulationError is raised for a run that did not come to an
    end."""
    simulator = build_system(todo)
    prepare(todo)
    waves = todo.folder / snapshots.WAVES
    for name in (snapshots.WAVES, snapshots.CHANNELS, snapshots.PICTURE):
        (todo.folder / name).unlink(missing_ok=True)
    interval = 0 if todo.waves else todo.snapshot
    # whatever the seeds of runs have in common
    watched = random.Random(f"watched {todo.seed}").getrandbits(31)
    result = run(
        simulator,
        Run(
            todo.module,
            todo.folder,
            todo.seed,
            todo.tests,
            todo.limit_seconds,
            {PREFIX_VARIABLE: str(todo.prefix), snapshots.VARIABLE: str(interval)},
            (f"files={todo.prefix}", f"snapshot={waves}", f"watched={watched}", *todo.plusargs),
            todo.poll,
        ),
    )
    statistics = {"cycles": 0, "records": 0, "exits": [], "started": 0.0}
    if beside(todo.prefix, "statistics").exists():
        statistics = json.loads(beside(todo.prefix, "statistics").read_text())
    failure = "\n".join(f"{name}: {text}" for name, text in result.failures)
    if failure and beside(todo.prefix, "failure").exists():
        failure = beside(todo.prefix, "failure").read_text().rstrip()
    if (todo.folder / snapshots.CHANNELS).exists():
        draw(todo.folder)
    exits = tuple(Exit(*values) for values in statistics["exits"])
    return Outcome(
        failure, statistics["cycles"], statistics["records"], exits, result.wall_seconds, statistics["started"]
    )
