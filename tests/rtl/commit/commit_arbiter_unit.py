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
    """Random requesters and a random `enable`; each grant is checked against the rule of turns."""
    rng = await start(dut, enable=0, request_valid=0, request=0)
    count, width = int(dut.REQUESTERS.value), int(dut.WIDTH.value)
    waiting: list[deque[int]] = [deque() for _ in range(count)]
    served = asked = 0
    last = count - 1  # after reset the lowest has priority
    for cycle in range(2000):
        if cycle % 100 == 0:
            rate, enabling = rng.choice([(5, 100), (40, 100), (100, 100), (40, 50), (100, 30)])
        for queue in waiting:
            if len(queue) < 3 and chance(rng, rate) and cycle < 1900:
                queue.append(rng.getrandbits(width))
                asked += 1
        enable = chance(rng, enabling)
        dut.enable.value = enable
        requests(dut, waiting)
        await RisingEdge(dut.clk)
        order = [(last + 1 + n) % count for n in range(count)]
        chosen = next((n for n in order if waiting[n]), None)
        if not enable or chosen is None:
            assert dut.granted.value == 0
            assert int(dut.request_taken.value) == 0
            continue
        assert dut.granted.value == 1
        assert int(dut.request_taken.value) == 1 << chosen
        assert int(dut.granted_request.value) == waiting[chosen].popleft()
        last = chosen
        served += 1
    assert served == asked and served > 300


@cocotb.test
async def test_a_requester_waits_at_most_one_round(dut: Any) -> None:
    """All ask all the time: each is served once in every round."""
    count = int(dut.REQUESTERS.value)
    await start(dut, enable=1, request_valid=(1 << count) - 1, request=0)
    grants = []
    for _ in range(10 * count):
        await RisingEdge(dut.clk)
        grants.append(int(dut.request_taken.value).bit_length() - 1)
    for first in range(0, len(grants), count):
        assert sorted(grants[first : first + count]) == list(range(count))
