"""cocotb tests of restore_pipe.v: groups that go on after they were refused, or started again during a scan."""

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
    for _ in range(LONGEST):
        await bench.cycle()
        for group in bench.groups:
            asked = [which for _, which, request in bench.steps if request["group"] == group.number and which != FREE]
            now = asked == [WRITE, SCAN] or chance(rng, 1)
            if group.normal and len(group.found) > 1 and group.in_flight and now:
                group.normal = False
            elif not group.normal and not group.found:
                group.normal = True
                taken_over += 1
                in_scan += any(which == SCAN and request["group"] == group.number for _, which, request in bench.steps)
                await wake(bench, group)
        if taken_over >= TIMES and in_scan >= DURING and all(group.normal for group in bench.groups):
            break
    assert taken_over >= TIMES and in_scan >= DURING, f"too few takeovers: {taken_over}, {in_scan} during a scan"
    await settle(bench)
    all_freed(bench)


@cocotb.test
async def test_a_scan_that_a_new_start_cancelled_is_followed_by_another(dut: Any) -> None:
    """What is committed before the cancelled scan's step is restored, though nothing else happens."""
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng)
    commit = bench.commit
    done = 0
    for _ in range(LONGEST):
        await bench.cycle()
        scans = {request["group"] for _, which, request in bench.steps if which == SCAN}
        writing = {write.group.number for write in (*bench.pending, *bench.begun)}
        for number in sorted(scans - writing):
            await bench.restart(bench.groups[number])
            await bench.between_steps()
            while not commit(bench.groups[number]):
                pass
            dut.wake.value, dut.step_group.value = 1, number
            await settle(bench)
            all_freed(bench)
            bench.commit = commit  # type: ignore[method-assign]
            done += 1
        if done >= TIMES:
            return
    raise AssertionError(f"only {done} cancelled scans")


@cocotb.test
async def test_a_scan_granted_in_the_cycle_of_a_new_start_is_cancelled(dut: Any) -> None:
    """It would scan where the generation before was."""
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng)
    case = "started as its scan was granted"
    for _ in range(LONGEST):
        await bench.cycle()
        idle = {group.number for group in bench.groups}
        idle -= {write.group.number for write in (*bench.pending, *bench.begun)}
        if int(dut.request_valid.value) >> SCAN and not int(dut.request_taken.value):
            for number in sorted(idle):
                # so that the generation before did not end where the scan is
                bench.commit(bench.groups[number])
                await bench.restart(bench.groups[number])
        if bench.seen.get(case, 0) >= TIMES:
            break
    assert bench.seen.get(case, 0) >= TIMES, "too few"
    await settle(bench)
    all_freed(bench)
