"""cocotb tests of commit_arbiter.v."""

from collections import deque
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from tests.rtl.units import chance, start


def requests(dut: Any, waiting: list[deque[int]]) -> None:
    """Drive each requester's oldest request."""
    width = int(dut.WIDTH.value)
    dut.request_valid.value = sum(1 << n for n, queue in enumerate(waiting) if queue)
    dut.request.value = sum(queue[0] << (n * width) for n, queue in enumerate(waiting) if queue)


@cocotb.test
async def test_one_grant_a_cycle_in_turn_and_nothing_is_lost(dut: Any) -> None:
    """Random requesters, who may be expected before they ask or in vain, and a random `enable`; each choice and grant
    is checked against the rule of turns."""
    rng = await start(dut, enable=0, request_valid=0, request=0, expected=0)
    count, width = int(dut.REQUESTERS.value), int(dut.WIDTH.value)
    waiting: list[deque[int]] = [deque() for _ in range(count)]
    served = asked = in_vain = 0
    last = count - 1  # after reset the lowest has priority
    chosen: int | None = None
    for cycle in range(2000):
        if cycle % 100 == 0:
            rate, enabling = rng.choice([(5, 100), (40, 100), (100, 100), (40, 50), (100, 30)])
        for queue in waiting:
            if len(queue) < 3 and chance(rng, rate) and cycle < 1900:
                queue.append(rng.getrandbits(width))
                asked += 1
        enable = chance(rng, enabling)
        expected = [chance(rng, 10) for _ in waiting]
        dut.expected.value = sum(1 << n for n, may in enumerate(expected) if may)
        dut.enable.value = enable
        requests(dut, waiting)
        await RisingEdge(dut.clk)
        order = [(last + 1 + n) % count for n in range(count)]
        following = next((n for n in order if (waiting[n] or expected[n]) and n != chosen), None)
        asks = chosen is not None and bool(waiting[chosen])
        granted = enable and asks
        assert bool(dut.granted.value) == granted
        assert int(dut.request_taken.value) == (1 << chosen if granted and chosen is not None else 0)
        if granted and chosen is not None:
            assert int(dut.granted_request.value) == waiting[chosen].popleft()
            served += 1
        in_vain += chosen is not None and not asks
        if enable or not asks:
            chosen = following
            last = last if chosen is None else chosen
    assert served == asked and served > 300 and in_vain > 10


@cocotb.test
async def test_a_requester_waits_at_most_one_round(dut: Any) -> None:
    """All ask all the time: each is served once in every round."""
    count = int(dut.REQUESTERS.value)
    await start(dut, enable=1, request_valid=(1 << count) - 1, request=0, expected=0)
    grants = []
    await RisingEdge(dut.clk)
    for _ in range(10 * count):
        await RisingEdge(dut.clk)
        grants.append(int(dut.request_taken.value).bit_length() - 1)
    for first in range(0, len(grants), count):
        assert sorted(grants[first : first + count]) == list(range(count))


@cocotb.test
async def test_a_request_that_is_withdrawn_is_not_granted_and_holds_nobody_up(dut: Any) -> None:
    """The chosen one stops asking before its grant: the next one is chosen at once."""
    await start(dut, enable=0, request_valid=0b01, request=0, expected=0)
    for valid, enable, taken in ((0b01, 0, 0), (0b10, 0, 0), (0b10, 1, 0b10), (0b00, 1, 0)):
        dut.request_valid.value, dut.enable.value = valid, enable
        await RisingEdge(dut.clk)
        assert int(dut.request_taken.value) == taken


@cocotb.test
async def test_what_is_expected_is_served_in_the_cycle_in_which_it_asks(dut: Any) -> None:
    """And one that does not ask then costs one cycle."""
    await start(dut, enable=1, request_valid=0, request=0, expected=0)
    cycles = ((0b01, 0b00, 0), (0b00, 0b01, 0b01), (0b01, 0b00, 0), (0b00, 0b10, 0), (0b00, 0b10, 0b10))
    for expected, valid, taken in cycles:
        dut.expected.value, dut.request_valid.value = expected, valid
        await RisingEdge(dut.clk)
        assert int(dut.request_taken.value) == taken
