"""tb/runner.py: what looks like a pass and is none does not pass."""

from pathlib import Path

import pytest

from tb.runner import HDL, Build, Run, SimulationError, build, run

MODULE = "tests.sim.runner_unit"


def simulate(folder: Path, *tests: str, limit_seconds: float = 60.0) -> tuple[tuple[str, str], ...]:
    """Run tests of runner_unit on a module of the bench; return the failures."""
    simulator = build(Build("pauses", (HDL / "pauses.v",)))
    return run(simulator, Run(MODULE, folder, 1, tests, limit_seconds)).failures


def test_passing_and_failing_tests_are_told_apart(folder: Path) -> None:
    """The failure's text is kept."""
    assert simulate(folder, "passing") == ()
    ((name, text),) = simulate(folder, "passing", "failing")
    assert name == "failing" and "on purpose" in text


def test_run_without_tests_is_an_error(folder: Path) -> None:
    """A filter that matches nothing."""
    with pytest.raises(SimulationError, match="no tests ran"):
        simulate(folder, "no_such_test")


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


def test_compiler_error_is_shown(tmp_path: Path) -> None:
    """With the compiler's words."""
    source = tmp_path / "broken.v"
    source.write_text("module broken; wire w = nothing; endmodule\n")
    with pytest.raises(SimulationError, match="nothing"):
        build(Build("broken", (source,)))
