"""What all tests share: the seed, which of them are long, and the folder of a simulation's files."""

import fcntl
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.sources import ROOT

RUNS = 1


def pytest_addoption(parser: pytest.Parser) -> None:
    """Every random choice of a test run comes from one seed."""
    parser.addoption("--seed", type=int, default=None, help="seed of the whole test run (default: a new one, printed)")
    parser.addoption("--runs", type=int, default=RUNS, help=f"random runs of two systems (default: {RUNS})")
    parser.addoption("--long", action="store_true", help="also the tests marked long (one that is named runs anyway)")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the seed once; worker processes get the one of the main process. Refuse a Python that checks no assert."""
    if not __debug__:
        raise pytest.UsageError("error: Python leaves asserts out (PYTHONOPTIMIZE or -O): every test would pass")
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        config.stash[SEED] = worker["seed"]
    else:
        given = config.getoption("--seed")
        config.stash[SEED] = random.SystemRandom().getrandbits(31) if given is None else given
    os.environ["MIRRORLOG_TEST_SEED"] = str(config.stash[SEED])  # for the command that repeats a failed simulation


@pytest.hookimpl(optionalhook=True)  # there is no such hook without pytest-xdist
def pytest_configure_node(node: object) -> None:
    """Hand the seed to a worker process of pytest-xdist."""
    node.workerinput["seed"] = node.config.stash[SEED]  # type: ignore[attr-defined]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `run` makes as many random runs as are asked for."""
    if "run" in metafunc.fixturenames:
        metafunc.parametrize("run", range(metafunc.config.getoption("--runs")))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests marked long, which only go deeper into what others show, unless they are asked for."""
    if config.getoption("--long") or config.getoption("markexpr"):
        return
    named = tuple(word for word in config.args if "::" in word)
    left_out = {item for item in items if item.get_closest_marker("long") and not item.nodeid.startswith(named)}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def pytest_report_header(config: pytest.Config) -> str:
    """Say how to repeat the run."""
    return f"seed: {config.stash[SEED]} (repeat with --seed={config.stash[SEED]})"


SEED = pytest.StashKey[int]()


@pytest.fixture
def suite_seed(request: pytest.FixtureRequest) -> int:
    """The seed of the whole run, for what tests are to share."""
    return request.config.stash[SEED]


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The seed of this test: the run's, mixed with the test's name, so that tests do not share their choices."""
    return random.Random(f"{request.config.stash[SEED]} {request.node.nodeid}").getrandbits(31)


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """An empty folder for the files of this test, kept for a look. Another run of the same test waits for it."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", request.node.nodeid.removeprefix("tests/")).strip("-")
    path = ROOT / "build" / "tests" / name
    path.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for old in path.iterdir():
            if old.is_file():
                old.unlink()
        yield path
