"""cocotb tests of heartbeat_watch.v: when a group is given up, and what counts as a sign of life."""

from typing import Any

import cocotb
from cocotb.triggers import RisingEdge, Timer

from tests.rtl.units import chance, request_field, start, until

HEARTBEAT = 19
STARTED = 1
LIMIT = 300
INPUTS = dict.fromkeys(
    (
        "cycle",
        "hears",
        "restarts",
        "settings",
        "group",
        "activities",
        "groups_normal",
        "silence",
        "request_taken",
        "step",
    ),
    0,
)


class Bench:
    """The commit stage and its cycle counter."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.groups, self.scan = int(dut.GROUPS.value), int(dut.SCAN_CYCLES.value)
        self.cycle = 0
        self.limits = [0] * self.groups
        cocotb.start_soon(self._count())

    async def _count(self) -> None:
        while True:
            await RisingEdge(self.dut.clk)
            self.cycle += 1
            self.dut.cycle.value = self.cycle
            await Timer(1, "ps")
            self.dut.silence.value = self.limits[int(self.dut.watched_group.value)]

    def settings(self, started: int, normal: int, limits: list[int]) -> None:
        """Set the groups' tables; `started` and `normal` are sets of bits."""
        dut = self.dut
        dut.activities.value = sum((started >> n & STARTED) << 7 * n for n in range(self.groups))
        dut.groups_normal.value = normal
        self.limits = limits
        dut.silence.value = limits[int(dut.watched_group.value)]

    async def sign(self, name: str, group: int) -> int:
        """Let a group be heard of or restarted; returns the cycle."""
        dut = self.dut
        signal = getattr(dut, name)
        signal.value, dut.group.value = 1, group
        await RisingEdge(dut.clk)
        signal.value = 0
        return self.cycle

    async def asked(self, cycles: int) -> int | None:
        """The group that is asked for within so many cycles, if any."""
        for _ in range(cycles):
            await RisingEdge(self.dut.clk)
            if self.dut.request_valid.value:
                low, bits = request_field("group")
                request = int(self.dut.request.value)
                kind, kind_bits = request_field("kind")
                assert request >> kind & ((1 << kind_bits) - 1) == HEARTBEAT
                return request >> low & ((1 << bits) - 1)
        return None

    async def take(self) -> bool:
        """Grant the request, carry out its step; returns whether the group was still silent."""
        dut = self.dut
        dut.request_taken.value = 1
        await RisingEdge(dut.clk)
        dut.request_taken.value = 0
        await RisingEdge(dut.clk)
        assert not dut.request_valid.value
        dut.step.value = 1
        await RisingEdge(dut.clk)
        silent = bool(dut.timed_out.value)
        dut.step.value = 0
        return silent


@cocotb.test
async def test_a_group_is_given_up_after_its_limit_and_not_before(dut: Any) -> None:
    """Commands at random intervals below the limit, then none; every group."""
    rng = await start(dut, **INPUTS)
    bench = Bench(dut)
    everything = (1 << bench.groups) - 1
    for group in range(bench.groups):
        limits = [0] * bench.groups
        limits[group] = LIMIT
        last = await bench.sign("restarts", group)
        bench.settings(everything, everything, limits)
        for _ in range(10):
            assert await bench.asked(rng.randrange(1, LIMIT - 2)) is None
            last = await bench.sign("hears" if chance(rng, 80) else "restarts", group)
        assert await bench.asked(2 * LIMIT + bench.groups * bench.scan) == group
        assert LIMIT <= bench.cycle - last <= LIMIT + (bench.groups + 1) * bench.scan
        assert await bench.take()
        bench.settings(everything, everything & ~(1 << group), limits)
        assert await bench.asked(2 * LIMIT) is None, "it is abnormal already"


@cocotb.test
async def test_no_limit_no_start_or_no_normal_group_is_never_given_up(dut: Any) -> None:
    """Each of the three alone, for all groups."""
    await start(dut, **INPUTS)
    bench = Bench(dut)
    everything = (1 << bench.groups) - 1
    for started, normal, limit in ((0, everything, 1), (everything, 0, 1), (everything, everything, 0)):
        bench.settings(started, normal, [limit] * bench.groups)
        assert await bench.asked(4 * bench.groups * bench.scan) is None


@cocotb.test
async def test_a_sign_of_life_before_the_step_is_in_time(dut: Any) -> None:
    """A command or a start of the same group cancels the step, one of another group does not."""
    await start(dut, **INPUTS)
    bench = Bench(dut)
    for name, mine in (("hears", True), ("restarts", True), ("hears", False)):
        bench.settings(1, 1, [1] * bench.groups)
        group = await bench.asked(4 * bench.groups * bench.scan)
        assert group == 0
        await bench.sign(name, 0 if mine else 1)
        assert await bench.take() is not mine
        bench.settings(0, 0, [1] * bench.groups)
        await until(dut, lambda: not dut.request_valid.value)
