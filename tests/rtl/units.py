"""Runs cocotb tests on a single module of the RTL, and what those tests share."""

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge, with_timeout

from tb.running.runner import Result, Run, run
from tb.running.simulators import Build, build
from tests.planted.bug import Bug, Unit
from tests.planted.plant import planted_texts
from tools.sources import ROOT, instance_tree, rtl_headers, rtl_sources

TESTS = Path(__file__).parent
PERIOD_NS = 4
TIMEOUT_CYCLES = 20_000


def run_unit(
    top: str,
    folder: Path,
    seed: int,
    simulator: str = "icarus",
    module: str = "",
    tests: tuple[str, ...] = (),
    **parameters: int,
) -> None:
    """Build `top` (a module of rtl/, or of the Verilog beside its tests) with all that is below it, and run the cocotb
    tests of `module`, all or those named in `tests`.

    `module` is `<top>_unit` unless it is given (`top` itself if it ends so). Fails with what failed.
    """
    result = simulate_unit(top, folder, seed, simulator, module, tests, None, **parameters)
    assert not result.failures, f"seed {seed}, log {result.log}: {result.failures}"


def find_bug(bug: Bug, parameters: dict[str, int], folder: Path, seed: int) -> None:
    """Plant a bug in its unit, of which the parameters are given. Fails unless the unit's tests turn red."""
    unit = bug.found_by
    assert isinstance(unit, Unit)
    tests = (unit.test,) if unit.test else ()
    result = simulate_unit(unit.module, folder, seed, "icarus", unit.tests, tests, bug, **parameters)
    assert result.failures, f"{bug.id} was not found"


def simulate_unit(
    top: str,
    folder: Path,
    seed: int,
    simulator: str,
    module: str,
    tests: tuple[str, ...],
    bug: Bug | None,
    **parameters: int,
) -> Result:
    """Build `top` as run_unit says, with a bug if there is one, and run the cocotb tests."""
    among = {path.stem: path for path in (*rtl_sources(), *TESTS.rglob("*.v"))}
    paths = instance_tree(among[top], among.values())
    if bug is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in planted_texts(bug).items():
            assert ROOT / file in paths, f"{file} is not below {top}"
            wrong = folder / file.name
            wrong.write_text(text)
            paths[paths.index(ROOT / file)] = wrong
    simulation = build(Build(top, tuple(paths), simulator, parameters, includes=(rtl_headers(),)))
    (file,) = TESTS.rglob(f"{module or top.removesuffix('_unit') + '_unit'}.py")
    # one red test is enough to find a bug
    environment = {} if bug is None else {"COCOTB_MAX_FAILURES": "1"}
    tested = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    return run(simulation, Run(tested, folder, seed, tests, environment=environment))


class Turns:
    """Whose row of a table is looked up, who decides and who changes it, in a cycle: three steps of different groups,
    or nobody, as no step comes so close behind one of its group that changes what it decides on.
    """

    def __init__(self, dut: Any, groups: int, rng: random.Random) -> None:
        self.dut, self.groups, self.rng = dut, groups, rng
        self.looks, self.decides, self.changes = (None, None, None)  # type: tuple[int | None, int | None, int | None]

    def next(self) -> int | None:
        """The next cycle; the group that is changed in it."""
        group = self.rng.randrange(self.groups)
        self.pass_on(None if group in (self.looks, self.decides) else group)
        return self.changes

    def pass_on(self, group: int | None) -> None:
        """The next cycle, in which this group is looked up."""
        self.looks, self.decides, self.changes = group, self.looks, self.decides
        if group is not None:
            self.dut.next_group.value = group
        if self.decides is not None:
            self.dut.group.value = self.decides

    async def look_up(self, group: int) -> None:
        """Nobody changes anything; then the row of this group is there."""
        self.looks, self.decides, self.changes = None, None, None
        self.dut.next_group.value = self.dut.group.value = group
        for _ in range(3):
            await RisingEdge(self.dut.clk)


def request_field(name: str) -> tuple[int, int]:
    """Where a field of a request for a step lies (rtl/include/commit_request.vh): its lowest bit, and its bits."""
    found = re.search(
        rf"`define CR_{name.upper()}\s+(\d+)(?::(\d+))?$", (rtl_headers() / "commit_request.vh").read_text(), re.M
    )
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
    Clock(dut.clk, PERIOD_NS, unit="ns", impl="gpi").start(start_high=False)
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


async def until(dut: Any, condition: Any, cycles: int = TIMEOUT_CYCLES) -> int:
    """Wait for clock edges until `condition()`; return how many. Fails after `cycles`."""
    for waited in range(cycles):
        if condition():
            return waited
        await RisingEdge(dut.clk)
    raise AssertionError(f"not so within {cycles} cycles")


async def within(awaitable: Any, cycles: int = TIMEOUT_CYCLES) -> Any:
    """Await something, at most for so many cycles."""
    return await with_timeout(awaitable, cycles * PERIOD_NS, "ns")
