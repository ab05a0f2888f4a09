"""cocotb tests of restore_pipe.v: groups that go on after they were refused."""

from typing import Any

import cocotb

from tests.rtl.secondary.restore_pipe_unit import FREE, INPUTS, LONGEST, SCAN, WRITE, Bench, Group, settle
from tests.rtl.units import chance, start

# How often each case is to happen
TIMES = 20
DURING = 3


async def wake(bench: Bench, group: Group) -> None:
    """A step of another process that lets restore scan."""
    await bench.between_steps()
    bench.dut.wake.value, bench.dut.step_group.value = 1, group.number


def all_freed(bench: Bench) -> None:
    """Everything that is committed is restored and freed."""
    for group in bench.groups:
        assert group.freed == group.commit == group.next_restore, f"group {group.number} stops at {group.freed}"


@cocotb.test
async def test_a_group_that_was_refused_and_is_taken_over_restores_the_rest(dut: Any) -> None:
    """What was found is dropped, what is being written is freed; restore goes on behind it without a new start."""
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng)
    # takeovers, and those during a scan that went on from what was dropped
    taken_over = in_scan = 0
    cases = ["scan cancelled"]
    if len(bench.groups) > 1:  # one alone hardly ever asks for a scan as it drops what it has found
        cases.append("scan granted as journals were dropped")
    for _ in range(LONGEST):
        await bench.cycle()
        for group in bench.groups:
            asked = [which for _, which, request in bench.steps if request["group"] == group.number and which != FREE]
            # a scan that asks may be granted as what it goes on from is dropped
            asks = asked == [WRITE] and int(dut.request_valid.value) >> SCAN & 1
            now = asked == [WRITE, SCAN] or chance(rng, 30 if asks else 1)
            if group.normal and len(group.found) > 1 and group.in_flight and now:
                group.normal = False
            elif not group.normal and not group.found:
                group.normal = True
                taken_over += 1
                in_scan += any(which == SCAN and request["group"] == group.number for _, which, request in bench.steps)
                await wake(bench, group)
        met = {"takeovers during a scan": in_scan} | {case: bench.seen.get(case, 0) for case in cases}
        enough = taken_over >= TIMES and min(met.values()) >= DURING
        if enough and all(group.normal for group in bench.groups):
            break
    assert taken_over >= TIMES, f"too few takeovers: {taken_over}"
    assert min(met.values()) >= DURING, f"too few: {met}"
    await settle(bench)
    all_freed(bench)
