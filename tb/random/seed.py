"""The random run of one seed, and what came of it."""

import hashlib
import json
import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from mirrorlog.command_line import option_name, write_whole
from tb.code_coverage.points import BITS, DAT, CodeCoverageError, keep
from tb.config.files import beside
from tb.config.settings import Settings
from tb.handles.board import FAILURE
from tb.handles.capabilities import LACKS, CannotError
from tb.random.draw import Drawn, Kind, combination_of, draw
from tb.random.signature import failure_of
from tb.random.target import Target
from tb.running import snapshots
from tb.running.processes import SimulationError
from tb.running.system_run import CAPTURE, Outcome, SystemRun, simulate
from tools.sources import ROOT, RTL

RESULT, COVERAGE = "result.json", "coverage.yaml"
FOLDER = ROOT / "build" / "random"
# Wall-clock seconds of a simulation; nearly all take less than a minute
LIMIT_SECONDS = 1800.0
PASSED, FAILED, STOPPED, SKIPPED = "passed", "failed", "stopped", "skipped"


@dataclass(frozen=True, slots=True)
class SeedRun:
    """A seed to be run. `folder`: for the capture and the result; `kind`: what is to happen, if not what it draws.

    `partner`: the model plays one of two systems. `target`: one is on a board, the model plays the other. `poll` is
    called while it runs. `change` makes other settings of those that are drawn. `coverage`: count what it meets (once
    in a process), in coverage.yaml. `code_coverage`: which is kept (tb/running/simulators.py, COVERAGE; "": none), in
    code.bits, its points in the folder `tables` (tb/code_coverage/points.py). `snapshot`: cycles between snapshots
    (tb/running/snapshots.py), 0: none. `plusargs` are handed to the simulation.
    """

    seed: int
    folder: Path
    simulator: str = "icarus"
    waves: bool = False
    kind: Kind | None = None
    partner: bool = False
    target: Target | None = None
    rtl: Path = RTL
    limit_seconds: float = LIMIT_SECONDS
    poll: Callable[[], None] | None = None
    change: Callable[[Settings], Settings] | None = None
    coverage: bool = False
    code_coverage: str = ""
    tables: Path | None = None
    snapshot: int = snapshots.CYCLES
    plusargs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeedResult:
    """What came of a seed. `outcome` is PASSED, FAILED (a difference, or what another checker found), STOPPED (the
    simulation did not come to its end) or SKIPPED (the target cannot do what it draws); `failure` is the report, "" of
    a seed that passed; `lacks`: which capability is missing.

    `trace`: SHA-256 of the capture with its commit records. `picture`: what the ports did before the difference, as SVG
    ("" without snapshots). Seconds: of processors, with all processes of the run; by the clock; from the beginning of
    the command until the first host command (0: there was none).
    """

    seed: int
    kind: str
    parameters: dict[str, int]
    simulator: str
    outcome: str
    cycles: int = 0
    records: int = 0
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    start_seconds: float = 0.0
    checker: str = ""
    signature: str = ""
    first: str = ""
    failure: str = ""
    repeat: str = ""
    trace: str = ""
    picture: str = ""
    lacks: str = ""

    def write(self, folder: Path) -> None:
        """Write result.json, whole or not at all."""
        text = json.dumps(asdict(self), indent=1) + "\n"
        write_whole(folder / RESULT, lambda part: part.write_text(text))


def repeat(
    seed: int, simulator: str, kind: Kind | None = None, partner: bool = False, target: Target | None = None
) -> str:
    """Return the command that runs a seed again, with waves where there are signals."""
    chosen = (f" KIND={option_name(kind)}" if kind else "") + (" PARTNER=model" if partner else "")
    if target is not None:
        return f"make replay SEED={seed}{chosen} TARGET={target.link}"
    return f"make replay SEED={seed} SIM={simulator}{chosen} WAVES=1"


def run_seed(todo: SeedRun, began: float | None = None) -> SeedResult:
    """Run a seed and write its result. `began`: when the command did, time.time()."""
    began = time.time() if began is None else began
    todo.folder.mkdir(parents=True, exist_ok=True)
    for left in (RESULT, COVERAGE, BITS, DAT):
        (todo.folder / left).unlink(missing_ok=True)
    before = _cpu_seconds()
    try:
        drawn = draw(todo.seed, todo.kind, todo.partner, todo.target)
    except CannotError as error:
        return _skipped(todo, str(error))
    again = repeat(todo.seed, todo.simulator, todo.kind, todo.partner, todo.target)
    settings = replace(drawn.settings, repeat=again)
    if todo.change is not None:
        settings = todo.change(settings)
    test, module = drawn.kind.value
    outcome: Outcome | None = None
    try:
        outcome = simulate(
            SystemRun(
                module,
                todo.folder,
                settings,
                todo.seed,
                (test,),
                todo.simulator,
                todo.waves,
                todo.rtl,
                limit_seconds=todo.limit_seconds,
                poll=todo.poll,
                snapshot=todo.snapshot,
                code_coverage=todo.code_coverage,
                plusargs=todo.plusargs,
                properties=todo.simulator == "verilator",
            )
        )
        failure, how = outcome.failure, FAILED if outcome.failure else PASSED
    except SimulationError as error:
        failure, how = str(error), STOPPED
    lacks = beside(todo.folder / CAPTURE, LACKS)
    if lacks.exists():
        return _skipped(todo, lacks.read_text())
    lost = beside(todo.folder / CAPTURE, FAILURE)
    if lost.exists():
        failure, how = f"the link to the board failed: {lost.read_text().strip()}", STOPPED
    if todo.coverage and not failure:
        failure = _count(todo.folder)
        how = FAILED if failure else how
    if todo.code_coverage and not failure:
        try:
            keep(todo.folder, todo.tables or todo.folder, todo.rtl)
        except CodeCoverageError as error:
            failure, how = f"code coverage is not counted: {error}", FAILED
    said = failure_of(failure) if failure else None
    result = SeedResult(
        todo.seed,
        option_name(drawn.kind),
        _parameters(todo, drawn),
        todo.simulator,
        how,
        outcome.cycles if outcome else 0,
        outcome.records if outcome else 0,
        round(_cpu_seconds() - before, 2),
        round(time.time() - began, 2),
        round(max(0.0, outcome.started - began), 2) if outcome and outcome.started else 0.0,
        said.checker if said else "",
        said.signature if said else "",
        said.first if said else "",
        failure,
        settings.repeat if failure else "",
        _trace(todo.folder),
        _picture(todo.folder),
    )
    result.write(todo.folder)
    return result


def _skipped(todo: SeedRun, lacks: str) -> SeedResult:
    """Write and return the result of a seed whose target cannot do what it draws."""
    kind = todo.kind or draw(todo.seed, todo.kind).kind
    result = SeedResult(todo.seed, option_name(kind), {"systems": kind.systems}, todo.simulator, SKIPPED, lacks=lacks)
    result.write(todo.folder)
    return result


def _parameters(todo: SeedRun, drawn: Drawn) -> dict[str, int]:
    """Return the parameters of a seed's systems, and how many there are."""
    found = combination_of(todo.seed) if todo.target is None else todo.target.parameters
    return found | {"systems": drawn.kind.systems}


def _trace(folder: Path) -> str:
    """Return the digest of the capture, "" if there is none."""
    file = beside(folder / CAPTURE, "jsonl")
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""


def _count(folder: Path) -> str:
    """Write what the capture has met of the coverage points; returns why that cannot be done, "" if it can."""
    from tb.coverage import merged, sampler  # takes a while, and is asked for now and then

    try:
        sampler.sample(beside(folder / CAPTURE, "jsonl"))
    except Exception as error:  # whatever it is, the run itself has its result
        return f"coverage is not counted: {type(error).__name__}: {error}"
    merged.export(folder / COVERAGE)
    return ""


def _picture(folder: Path) -> str:
    """Return the drawing that a snapshot left, "" if there is none."""
    file = folder / snapshots.PICTURE
    return file.read_text() if file.exists() else ""


def _cpu_seconds() -> float:
    """Return the processor time of this process and of the children that it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
