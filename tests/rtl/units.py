"""Runs cocotb tests on a single module of the RTL, and what those tests share."""

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge, with_timeout

from tb.running.runner import RTL, Build, Result, Run, build, run
from tests.rtl.planted_bugs import Bug

TEST_HDL = Path(__file__).parent / "hdl"
PERIOD_NS = 4
PATIENCE_CYCLES = 20_000


def run_unit(
    top: str,
    sources: list[str],
    folder: Path,
    seed: int,
    simulator: str = "icarus",
    module: str = "",
    tests: tuple[str, ...] = (),
    **parameters: int,
) -> None:
    """Build `top` from `sources` (names without suffix, of rtl/ or tests/rtl/hdl/) and run the cocotb tests of
    `module`, all or those named in `tests`.

    `module` is `<top>_unit` beside this file unless it is given (`top` itself if it ends so). Fails with what failed.
    """
    result = simulate_unit(top, sources, folder, seed, simulator, module, tests, None, **parameters)
    assert not result.failures, f"seed {seed}, log {result.log}: {result.failures}"


def find_bug(bug: Bug, unit: tuple[Sequence[str], dict[str, int]], folder: Path, seed: int) -> None:
    """Plant a bug in its unit, of which sources and parameters are given. Fails unless the unit's tests turn red."""
    sources, parameters = unit
    tests = (bug.test,) if bug.test else ()
    result = simulate_unit(bug.unit, sources, folder, seed, "icarus", bug.tests, tests, bug, **parameters)
    assert result.failures, f"{bug.title} was not found"


def simulate_unit(
    top: str,
    sources: Sequence[str],
    folder: Path,
    seed: int,
    simulator: str,
    module: str,
    tests: tuple[str, ...],
    bug: Bug | None,
    **parameters: int,
) -> Result:
    """Build `top` as run_unit says, with a bug if there is one, and run the cocotb tests."""
    paths = [path for name in sources for path in (RTL / f"{name}.v", TEST_HDL / f"{name}.v") if path.exists()]
    assert len(paths) == len(sources), f"missing sources among {sources}"
    if bug is not None:
        right = RTL / bug.name
        text = right.read_text()
        assert text.count(bug.text) == 1, f"{bug.name} has {bug.text!r} {text.count(bug.text)} times, expected once"
        folder.mkdir(parents=True, exist_ok=True)
        wrong = folder / bug.name
        wrong.write_text(text.replace(bug.text, bug.bug))
        paths[paths.index(right)] = wrong
    simulation = build(Build(top, tuple(paths), simulator, parameters, includes=(RTL,)))
    module = module or (top if top.endswith("_unit") else f"{top}_unit")
    return run(simulation, Run(f"tests.rtl.{module}", folder, seed, tests))


def request_field(name: str) -> tuple[int, int]:
    """Where a field of a request for a step lies (rtl/commit_request.vh): its lowest bit, and its bits."""
    found = re.search(rf"`define CR_{name.upper()}\s+(\d+)(?::(\d+))?$", (RTL / "commit_request.vh").read_text(), re.M)
    assert found, f"a request has no field {name}"
    high, low = int(found[1]), int(found[2] or found[1])
    return low, high - low + 1


def generator() -> random.Random:
    """The random choices of a test, from the run's seed."""
    return random.Random(cocotb.RANDOM_SEED)


async def start(dut: Any, **inputs: int) -> random.Random:
    """Start the clock, set `inputs` (by name), reset for four cycles if there is a reset;
    return the test's random choices.
    """
    for name, value in inputs.items():
        getattr(dut, name).value = value
    resets = hasattr(dut, "rst")
    if resets:
        dut.rst.value = 1
    cocotb.start_soon(Clock(dut.clk, PERIOD_NS, unit="ns").start())
    await ClockCycles(dut.clk, 4)
    if resets:
        dut.rst.value = 0
    await RisingEdge(dut.clk)
    return generator()


def chance(rng: random.Random, percent: int) -> bool:
    """True in `percent` of the calls."""
    return rng.randrange(100) < percent


def pauses(rng: random.Random, percent: int) -> Iterator[bool]:
    """Endless pauses for cocotbext-axi, each cycle one in `percent` of the cycles."""
    while True:
        yield chance(rng, percent)


async def until(dut: Any, condition: Any, cycles: int = PATIENCE_CYCLES) -> int:
    """Wait for clock edges until `condition()`; return how many. Fails after `cycles`."""
    for waited in range(cycles):
        if condition():
            return waited
        await RisingEdge(dut.clk)
    raise AssertionError(f"not so within {cycles} cycles")


async def within(awaitable: Any, cycles: int = PATIENCE_CYCLES) -> Any:
    """Await something, at most for so many cycles."""
    return await with_timeout(awaitable, cycles * PERIOD_NS, "ns")
