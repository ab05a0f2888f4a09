"""Runs simulations through cocotb's runner, so that a run without tests and a hung run cannot pass: each has a folder
for its files, a wall-clock limit and a seed, and the tests that ran are compared with those there are."""

import ast
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tb.running.processes import SimulationError, clean_environment, last_words
from tb.running.quick_cast import quick_cast
from tb.running.simulators import BUILDS, Simulator, cocotb_runner, simulator_environment
from tools.sources import ROOT


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


def run(simulator: Simulator, run: Run) -> Result:
    """Run cocotb tests and return what they did. Raises SimulationError if they hung, did not all run, or ended at time
    0."""
    run.folder.mkdir(parents=True, exist_ok=True)
    results = run.folder / "results.xml"
    log = run.folder / "simulation.log"
    results.unlink(missing_ok=True)
    started = time.monotonic()
    with clean_environment(**simulator_environment(simulator.build.simulator)):
        runner = cocotb_runner(simulator.build.simulator)
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
            raise SimulationError(f"{error} (seed {run.seed})\n{last_words(log)}") from None
        except SystemExit:
            pass  # under pytest the runner leaves so when a test failed: the results say which
    return Result(read_results(results, log, run), log, time.monotonic() - started)


def read_results(results: Path, log: Path, run: Run) -> tuple[tuple[str, str, float], ...]:
    """Return each test's name, failure and time. Raises SimulationError if there are no results, or not of all
    tests."""
    if not results.exists():
        raise SimulationError(f"the simulation ended without results (seed {run.seed})\n{last_words(log)}")
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
        raise SimulationError(f"did not run: {', '.join(lacking) or 'any test'} of {run.module}\n{last_words(log)}")
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


def _preloaded(simulator: str) -> dict[str, str]:
    """Return the variables with which vvp gets quick_cast.cc, where there is a compiler."""
    library = quick_cast(BUILDS / "icarus") if simulator == "icarus" else None
    return {"LD_PRELOAD": str(library)} if library else {}
