"""cocotb tests of copy_requester.v: when a group's initial copy is asked for, in turns, with a slot for each
journal.
"""

from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from tests.rtl.units import chance, request_field, start, until

FIELDS = {"group": request_field("group"), "slot": (request_field("slot")[0], 8), "client": request_field("client")}
VOLUME_FAILED, END_MARKED, NO_VOLUME, UNIT_CREATED, VOLUME_COPIED, STOPPED, WAITING = (
    1,
    940,
    1030,
    1050,
    1070,
    1315,
    1390,
)
CREATED = (UNIT_CREATED, VOLUME_COPIED, END_MARKED)
COPY_CLIENT = 1
STARTED = 1
QUIET_CYCLES = 40
INPUTS = dict.fromkeys(
    (
        "request_taken",
        "activities",
        "step",
        "step_group",
        "step_outcome",
        "step_journaled",
        "step_over",
        "freed",
        "restarted",
        "loaded",
        "wake_group",
        "done",
        "done_slot",
    ),
    0,
)


class Bench:
    """The commit stage: grants requests and ends their steps."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.groups, self.slots = int(dut.GROUPS.value), int(dut.CACHE_SLOTS.value)

    async def start(self, started: list[int]) -> None:
        """Start groups, and wake all."""
        dut = self.dut
        dut.activities.value = sum(STARTED << 7 * group for group in started)
        for group in range(self.groups):
            await self.wake(group)

    async def wake(self, group: int, reason: str = "freed") -> None:
        """Something of a group changed."""
        dut = self.dut
        getattr(dut, reason).value, dut.wake_group.value = 1, group
        await RisingEdge(dut.clk)
        getattr(dut, reason).value = 0

    def field(self, name: str) -> int:
        """A field of the request."""
        low, bits = FIELDS[name]
        return int(self.dut.request.value) >> low & ((1 << bits) - 1)

    async def grant(self) -> tuple[int, int]:
        """Take the next request; returns group and slot."""
        dut = self.dut
        await RisingEdge(dut.clk)
        await until(dut, lambda: dut.request_valid.value, QUIET_CYCLES)
        asked = self.field("group"), self.field("slot")
        assert self.field("client") == COPY_CLIENT
        dut.request_taken.value = 1
        await RisingEdge(dut.clk)
        dut.request_taken.value = 0
        return asked

    async def end(self, group: int, outcome: int, over: bool = False, journaled: bool = True) -> None:
        """End the step of the request that was taken; `over`: nothing is left to do; `journaled`: it creates a
        journal if its outcome can."""
        dut = self.dut
        await RisingEdge(dut.clk)
        assert not dut.idle.value, "a step in flight"
        dut.step.value, dut.step_group.value, dut.step_outcome.value, dut.step_over.value = 1, group, outcome, over
        dut.step_journaled.value = journaled and outcome in CREATED
        await RisingEdge(dut.clk)
        dut.step.value = 0

    async def done(self, slot: int) -> None:
        """A journal is on its device."""
        dut = self.dut
        dut.done.value, dut.done_slot.value = 1, slot
        await RisingEdge(dut.clk)
        dut.done.value = 0

    async def is_quiet(self) -> bool:
        """Is nothing asked for?"""
        for _ in range(QUIET_CYCLES):
            await RisingEdge(self.dut.clk)
            if self.dut.request_valid.value:
                return False
        return True


@cocotb.test
async def test_a_group_is_asked_for_while_it_creates_journals_and_again_when_it_is_woken(dut: Any) -> None:
    """Every outcome, and a wake before the request, between grant and step, and after it."""
    await start(dut, **INPUTS)
    bench = Bench(dut)
    assert await bench.is_quiet()
    await bench.start([1])
    for outcome in (*CREATED, VOLUME_FAILED):
        group, slot = await bench.grant()
        assert group == 1
        await bench.end(group, outcome)
        if outcome in CREATED:
            await bench.done(slot)
    group, _ = await bench.grant()
    await bench.end(group, VOLUME_COPIED, journaled=False)
    await RisingEdge(dut.clk)
    await RisingEdge(dut.clk)
    assert dut.idle.value, "a slot without a journal"
    for outcome in (NO_VOLUME, WAITING, STOPPED):
        group, _ = await bench.grant()
        await bench.end(group, outcome)
        assert await bench.is_quiet()
        await bench.wake(0)
        assert await bench.is_quiet(), "a group that is not started"
        await bench.wake(1)
        group, _ = await bench.grant()
        await bench.wake(1)
        await bench.end(group, outcome)
        group, _ = await bench.grant()
        await bench.end(group, outcome)
        assert await bench.is_quiet()
        await bench.wake(1)


@cocotb.test
async def test_a_group_whose_copies_are_over_is_asked_for_only_when_it_is_started_again(dut: Any) -> None:
    """What its host writes' journals free wakes nobody."""
    await start(dut, **INPUTS)
    bench = Bench(dut)
    await bench.start([2])
    group, _ = await bench.grant()
    await bench.end(group, NO_VOLUME, over=True)
    await bench.wake(2)
    assert await bench.is_quiet()
    await bench.wake(2, "restarted")
    group, _ = await bench.grant()
    await bench.end(group, NO_VOLUME)
    await bench.wake(2)
    group, _ = await bench.grant()
    await bench.end(group, NO_VOLUME, over=True)
    # what is loaded of a volume or a pair may be any group's
    dut.loaded.value, dut.wake_group.value = 1, 0
    await RisingEdge(dut.clk)
    dut.loaded.value = 0
    group, _ = await bench.grant()
    assert group == 2
    await bench.end(group, NO_VOLUME, over=True)
    assert await bench.is_quiet()


@cocotb.test
async def test_groups_take_turns_and_each_journal_has_a_slot_until_it_is_on_its_device(dut: Any) -> None:
    """No more journals than slots; slots come back in any order."""
    rng = await start(dut, **INPUTS)
    bench = Bench(dut)
    await bench.start(list(range(bench.groups)))
    busy: list[int] = []
    served: list[int] = []
    while len(served) < 60:
        if len(busy) == bench.slots:
            assert await bench.is_quiet(), "a journal without a slot"
            assert not dut.idle.value
            rng.shuffle(busy)
        while busy and (len(busy) == bench.slots or chance(rng, 40)):
            await bench.done(busy.pop())
        try:
            group, slot = await bench.grant()
        except AssertionError:
            assert busy  # the next slot in the ring is in use
            await bench.done(busy.pop(0))
            continue
        assert slot not in busy and slot < bench.slots, "a slot that is in use"
        served.append(group)
        await bench.end(group, UNIT_CREATED)
        busy.append(slot)
    while busy:
        assert not dut.idle.value, busy
        await bench.done(busy.pop())
        await RisingEdge(dut.clk)
    assert dut.idle.value
    # the turn goes on while no slot is free
    assert all(2 * served.count(group) >= len(served) // bench.groups for group in range(bench.groups)), served
