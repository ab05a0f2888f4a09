"""tb/running/: what looks like a pass and is none does not pass."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mirrorlog.command_line import TERMINATED
from tb.running import processes, simulators
from tb.running.processes import SimulationError, clean_environment
from tb.running.runner import Run, cocotb_tests, read_results, run
from tb.running.simulators import Build, build
from tools.sources import HDL, ROOT

MODULE = "tests.tb.running.runner_unit"
CALLER = {
    "COCOTB_TEST_FILTER": "nothing", "COCOTB_RESULTS_FILE": "elsewhere.xml", "COCOTB_TEST_MODULES": "none",
    "WAVES": "1", "GUI": "1", "SIM_CMD_PREFIX": "false", "PYTHONOPTIMIZE": "1", "PYTHONHASHSEED": "7",
    "VERILATOR_ROOT": "/nowhere", "MAKEFLAGS": "-n", "MAKEFILES": "none", "CXXFLAGS": "-DX",
    "MIRRORLOG_FILES": "/nowhere", "MIRRORLOG_SNAPSHOT": "many", "MIRRORLOG_BOARD": "/nowhere",
}  # fmt: skip


def simulate(folder: Path, *tests: str, limit_seconds: float = 60.0) -> tuple[tuple[str, str], ...]:
    """Run tests of runner_unit on a module of the bench; return the failures."""
    simulator = build(Build("pauses", (HDL / "pauses.v",)))
    return run(simulator, Run(MODULE, folder, 1, tests, limit_seconds)).failures


def test_passing_and_failing_tests_are_told_apart(folder: Path) -> None:
    """The failure's text is kept."""
    assert simulate(folder, "passing") == ()
    ((name, text),) = simulate(folder, "passing", "failing")
    assert name == "failing" and "on purpose" in text


def test_environment_of_the_caller_does_not_reach_a_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing filters its tests, or leaves asserts out."""
    for name, value in CALLER.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    ((name, text),) = simulate(folder, "passing", "asserting")
    assert name == "asserting" and "asserts are checked" in text
    assert dict(os.environ) == before
    assert not (folder / "waves.fst").exists() and not (folder / "elsewhere.xml").exists()


def test_environment_of_a_run_keeps_where_programs_and_files_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what was asked for with it."""
    kept = {"LC_ALL": "C", "TMPDIR": "/somewhere", "MIRRORLOG_BUILD_SECONDS": "3000"}
    for name, value in (CALLER | kept).items():
        monkeypatch.setenv(name, value)
    with clean_environment(MORE="1"):
        assert not CALLER.keys() & os.environ.keys()
        assert {"PATH", "MORE", *kept} <= os.environ.keys()


@pytest.mark.parametrize("tests", [("no_such_test",), ("passing", "no_such_test")])
def test_run_that_lacks_a_test_is_an_error(tests: tuple[str, ...], folder: Path) -> None:
    """A filter that matches nothing, or not all that was asked for."""
    with pytest.raises(SimulationError, match="did not run: no_such_test"):
        simulate(folder, *tests)


def test_results_that_lack_a_test_of_the_module_are_an_error(tmp_path: Path) -> None:
    """What ran is compared with what there is in the module's source."""
    assert cocotb_tests(MODULE) == ["passing", "failing", "asserting", "timeless", "endless"]
    results = tmp_path / "results.xml"
    case = '<testcase name="{}"><properties><property name="sim_time_duration" value="10"/></properties></testcase>'
    results.write_text(f"<testsuites>{case.format('passing')}</testsuites>")
    with pytest.raises(SimulationError, match="did not run: failing, asserting, timeless, endless of tests"):
        read_results(results, tmp_path / "log", Run(MODULE, tmp_path, 1))


@pytest.mark.parametrize(("number", "status"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, TERMINATED)])
def test_what_a_run_started_ends_with_it(number: signal.Signals, status: int, tmp_path: Path) -> None:
    """However that ends: a simulator that goes on would write into the files of the next run."""
    started = tmp_path / "pid"
    script = (
        "import sys; from pathlib import Path; from tb.running import simulators;"
        "from mirrorlog.command_line import guarded;"
        "i = simulators._Icarus(); i.env = {'PATH': '/usr/bin:/bin'};"
        "command = ['sh', '-c', 'echo $$ > pid.new; mv pid.new pid; exec sleep 1000'];"
        "sys.exit(guarded(lambda: i._execute_cmds([command], sys.argv[1]) or 0))"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, stderr=subprocess.DEVNULL) as parent:
        while not started.exists():
            assert parent.poll() is None
            time.sleep(0.01)
        parent.send_signal(number)
        assert parent.wait() == status
    child = Path("/proc", started.read_text().strip(), "stat")
    with contextlib.suppress(OSError):
        while child.read_text().rpartition(")")[2].split()[0] != "Z":
            time.sleep(0.01)


def test_build_that_computes_for_too_long_is_stopped_and_says_how_to_allow_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processor time counts, of all that it starts."""
    source = tmp_path / "pauses.v"
    source.write_text((HDL / "pauses.v").read_text() + "// never built\n")
    monkeypatch.setattr(processes, "cpu_seconds_of", lambda _: 1e9)
    monkeypatch.setattr(simulators._Icarus, "_build_command", lambda _: [["sleep", "1000"]])
    with pytest.raises(SimulationError, match=r"900 seconds of processor time.*set MIRRORLOG_BUILD_SECONDS"):
        build(Build("pauses", (source,)))
    monkeypatch.setenv("MIRRORLOG_BUILD_SECONDS", "much")
    with pytest.raises(SimulationError, match="MIRRORLOG_BUILD_SECONDS=much: is no number"):
        build(Build("pauses", (source,)))


def test_processor_time_is_that_of_a_session(tmp_path: Path) -> None:
    """With children that have ended."""
    shell = "sh -c 'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done'; echo done; read wait"
    with subprocess.Popen(
        ["sh", "-c", shell], start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        process.stdout.readline()
        assert processes.cpu_seconds_of(process.pid) > 0
        process.stdin.close()


def test_test_that_ends_at_time_zero_has_failed(folder: Path) -> None:
    """It did nothing."""
    ((_, text),) = simulate(folder, "timeless")
    assert "time 0" in text


def test_hung_run_is_stopped_at_its_wall_clock_limit(folder: Path) -> None:
    """With everything that it started."""
    with pytest.raises(SimulationError, match="not done within 2 seconds"):
        simulate(folder, "endless", limit_seconds=2.0)


def test_changed_parameter_or_source_gets_another_build(tmp_path: Path) -> None:
    """A stale binary is never run; the same build is made once."""
    source = tmp_path / "pauses.v"
    source.write_text((HDL / "pauses.v").read_text())
    first = build(Build("pauses", (source,), parameters={"CHANNELS": 1}))
    assert build(Build("pauses", (source,), parameters={"CHANNELS": 1})) == first
    assert build(Build("pauses", (source,), parameters={"CHANNELS": 2})).folder != first.folder
    source.write_text(source.read_text() + "\n")
    assert build(Build("pauses", (source,), parameters={"CHANNELS": 1})).folder != first.folder


def test_builds_of_other_tools_or_with_waves_are_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever went into a build is in its name."""
    kept = simulators._digest(Build("pauses", (HDL / "pauses.v",)))
    assert simulators._digest(Build("pauses", (HDL / "pauses.v",), waves=True)) != kept
    monkeypatch.setattr(simulators, "_tools", lambda *_: "another version")
    assert simulators._digest(Build("pauses", (HDL / "pauses.v",))) != kept


def test_compiler_error_is_shown(tmp_path: Path) -> None:
    """With the compiler's words."""
    source = tmp_path / "broken.v"
    source.write_text("module broken; wire w = nothing; endmodule\n")
    with pytest.raises(SimulationError, match="nothing"):
        build(Build("broken", (source,)))


def test_what_verilator_needs_in_every_design_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And brought into the next build."""
    made = tmp_path / "bin" / "make"
    made.parent.mkdir()
    compiles = "[ -e $file ] || echo $file >>../made; touch $file"
    made.write_text(f"#!/bin/sh\nfor file in verilated.o Vtop.o; do {compiles}; done\n")
    made.chmod(0o755)
    monkeypatch.setattr(simulators, "_tools", lambda *_: "a version")
    monkeypatch.setattr(simulators, "BUILDS", tmp_path)
    (tmp_path / "verilator").mkdir()
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        simulator = simulators._Verilator()
        simulator.env, simulator.waves = {"PATH": f"{made.parent}:/usr/bin:/bin"}, False
        simulator._execute_cmds([["true"], ["make"]], tmp_path / name)
    assert (tmp_path / "made").read_text().split() == ["verilated.o", "Vtop.o", "Vtop.o"]


def test_verilators_makefiles_find_a_python_where_the_machine_has_python3_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The one of the virtual environment."""
    monkeypatch.setenv("PATH", str(tmp_path))
    found = shutil.which("python", path=simulators.verilator_environment()["PATH"])
    assert found is not None
    assert Path(found).parent == Path(sys.executable).parent
