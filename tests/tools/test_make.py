"""The Makefile: which variables count, and how they come to the programs. Nothing is run: `make -n` prints."""

import re
import shlex
import subprocess
import sys

import pytest

from tb.regress import options as regress_options
from tb.running.options import READERS
from tb.running.processes import clean_environment
from tools.sources import ROOT


def make(*arguments: str, **environment: str) -> list[str]:
    """Return the lines that make would run."""
    with clean_environment(**environment):
        done = subprocess.run(["make", "-n", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_variables_of_make_are_the_options_of_the_program() -> None:
    """Neither knows one that the other does not."""
    (line,) = re.findall(r"^SETTINGS := ((?:.*\\\n)*.*)$", (ROOT / "Makefile").read_text(), re.M)
    assert sorted(line.replace("\\", "").split()) == sorted(name.upper() for name in READERS)


def test_variables_of_a_regression_are_its_options() -> None:
    """Neither knows one that the other does not."""
    (line,) = re.findall(r"^REGRESS_SETTINGS := (.*)$", (ROOT / "Makefile").read_text(), re.M)
    assert sorted(line.split()) == sorted(name.upper() for name in regress_options.READERS)


def test_variables_of_the_environment_do_not_count() -> None:
    """Only what stands on make's command line."""
    others = ("JOBS", "SEEDS", "PYTEST", "STEPS", "DEPTH", "LONG", "CHECKS", "MOMENTS", "TARGET")
    caller = dict.fromkeys([*(name.upper() for name in READERS), *others], "7")
    for target in ("sim", "regress", "check", "test", "nightly", "benchmark", "bench", "explore", "hosts", "serve"):
        assert make(target, **caller) == make(target)


def test_values_come_to_the_program_as_they_were_given() -> None:
    """With spaces, quotes, and nothing at all."""
    given = ["TRACE=my tr'ace/$$x", "SEED="]
    line = make("sim", *given)[-1]
    assert sorted(shlex.split(line)[-2:]) == ["SEED=", "TRACE=my tr'ace/$x"]


@pytest.mark.parametrize(
    ("target", "variable", "known"),
    [
        ("sim", "DELYA", "TRACE OUT SIM"),
        ("sim", "seed", "TRACE OUT SIM"),
        ("sim", "JOBS", "TRACE OUT SIM"),
        ("benchmark", "DATA_WIDTH", "SIM SEED"),
        ("test", "SEED", "JOBS PYTEST LONG"),
        ("check", "PYTEST", "JOBS"),
        ("regress", "SEED", "SEEDS FIRST JOBS SCHEDULER"),
        ("replay", "SEEDS", "SEED SIM WAVES SNAPSHOT KIND PARTNER TARGET OUT"),
        ("shrink", "SEEDS", "SEED SIM KIND BUG ATTEMPTS OUT"),
        ("nightly", "SEEDS", "JOBS"),
        ("explore", "SEED", "SEEDS STEPS DEPTH"),
        ("lint", "SIM", "none"),
        ("clean", "OUT", "none"),
        ("serve", "SIZE", "TARGET SIM DATA_WIDTH SEED PARTNER SIDE SECONDARY_READS SYSTEMS OUT"),
        ("hosts", "SEEDS", "MOMENTS"),
        ("synth", "MODULE", "PART DATA_WIDTH DEVICE ROUTE"),
        ("prove", "ROUTE", "PART"),
    ],
)
def test_unknown_variable_is_noticed_before_anything_is_set_up(target: str, variable: str, known: str) -> None:
    """One line that says what there is."""
    first = make(target, f"{variable}=1")[0]
    assert f'"error: unknown variable {variable}: make {target} takes {known}' in first and "exit 2" in first


def test_long_tests_are_run_when_they_are_asked_for() -> None:
    """And only then; another word than 0 and 1 is a mistake."""
    assert "--long" in make("test", "LONG=1")[-1] and "--long" in "".join(make("nightly"))
    assert "--long" not in make("test")[-1] + make("test", "LONG=0")[-1] + "".join(make("check"))
    assert '"error: LONG=yes: must be 0 or 1"' in make("test", "LONG=yes")[0]


def test_a_regression_sets_up_the_simulator_that_it_needs() -> None:
    """Another word is left to the program, which says what there is."""
    for words, simulator in (([], ["verilator"]), (["SIM=icarus"], ["icarus"]), (["SIM=foo"], [])):
        setup, program = make("regress", *words)
        assert setup.split() == ["tools/setup.sh", "python", "regress", *simulator]
        assert program.endswith(" ".join(f"'{word}'" for word in words))


def test_check_needs_no_verilator() -> None:
    """Neither to be there nor to build anything."""
    assert make("check")[0].split() == ["tools/setup.sh", "python", "icarus"]
    assert not [line for line in make("check") if "verilator" in line]


def test_environment_of_the_caller_does_not_reach_what_make_runs() -> None:
    """Nothing of Python's, cocotb's, pytest's or Verilator's; nor its variables, which would be WAVES of some runs."""
    caller = {
        "PYTHONOPTIMIZE": "1",
        "COCOTB_TEST_FILTER": "x",
        "PYTEST_ADDOPTS": "-k x",
        "VERILATOR_ROOT": "/",
        "WAVES": "1",
    }
    with clean_environment(**caller, KEPT="1"):
        command = ["make", "-s", "--eval=environment: ; @env", "environment", "SEED=1"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    names = {line.partition("=")[0] for line in done.stdout.splitlines()}
    assert "KEPT" in names and not {*caller, "SEED"} & names


@pytest.mark.parametrize(
    ("options", "environment", "status", "said"),
    [
        (["-p", "no:xdist"], {}, 0, "seed: "),
        ([], {"PYTHONOPTIMIZE": "1"}, 4, "error: Python leaves asserts out"),
    ],
)
def test_pytest_runs_without_xdist_and_not_without_asserts(
    options: list[str], environment: dict[str, str], status: int, said: str
) -> None:
    """Tests are collected only."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", *options]
    with clean_environment(**environment):
        done = subprocess.run(
            [*command, "tests/test_testplan.py"], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert done.returncode == status and said in done.stdout + done.stderr
    assert "INTERNALERROR" not in done.stdout + done.stderr
