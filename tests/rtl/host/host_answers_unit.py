"""cocotb tests of host_answers.v."""

from collections import deque
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from tests.rtl.units import chance, start

INPUTS = dict.fromkeys(
    (
        "command_taken", "commit_valid", "commit_tag", "commit_status", "read_valid", "read_tag", "read_status",
        "m_host_response_ready",
    ),
    0,
)  # fmt: skip
READS = 0x8000


@cocotb.test
async def test_every_answer_is_given_once_and_the_two_sources_take_turns(dut: Any) -> None:
    """Random rates; each source's answers in order, an answer on the port stays. The commit stage answers at any time,
    also as many commands as were ever taken while the host takes no answer: the queue never overflows.
    """
    rng = await start(dut, **INPUTS)
    number = 0
    depth = int(dut.DEPTH.value)
    # commands that neither source has answered yet
    waiting = 0
    queued: deque[tuple[int, int]] = deque()
    read: tuple[int, int] | None = None
    held: tuple[int, int] | None = None
    last_source = None
    given = full = filled = alternated = 0
    for cycle in range(4000):
        if cycle % 200 == 0:
            rate, read_rate, taking = rng.choice(
                [(100, 100, 100), (100, 20, 30), (30, 100, 30), (60, 60, 90), (100, 0, 0), (100, 30, 0)]
            )
        outstanding = waiting + len(queued) + (read is not None)
        taken = outstanding < depth and chance(rng, 80)
        full += outstanding == depth
        dut.command_taken.value = taken
        step = None
        if waiting and chance(rng, rate):
            number += 1
            waiting -= 1
            step = number % READS, rng.getrandbits(8)
            dut.commit_tag.value, dut.commit_status.value = step
        dut.commit_valid.value = step is not None
        if waiting and read is None and chance(rng, read_rate):
            number += 1
            waiting -= 1
            read = number % READS | READS, rng.getrandbits(8)
            dut.read_tag.value, dut.read_status.value = read
        dut.read_valid.value = read is not None
        ready = chance(rng, taking)
        dut.m_host_response_ready.value = ready
        await RisingEdge(dut.clk)
        assert bool(dut.room.value) == (outstanding < depth), f"{outstanding} commands are not answered"
        waiting += taken
        assert dut.idle.value == (not queued)
        assert dut.m_host_response_valid.value == bool(queued or read)
        if queued or read:
            answer = int(dut.m_host_response_tag.value), int(dut.m_host_response_status.value)
            of_read = bool(answer[0] & READS)
            assert answer == (read if of_read else queued[0])
            assert held is None or held == answer
            held = None if ready else answer
            assert bool(dut.read_ready.value) == (ready and of_read)
            if ready:
                if queued and read and last_source is not None:
                    alternated += of_read != last_source
                    assert of_read != last_source, "one source twice while both wait"
                last_source = of_read if queued and read else None
                given += 1
                if of_read:
                    read = None
                else:
                    queued.popleft()
        if step is not None:
            queued.append(step)
        filled += len(queued) == depth
        assert len(queued) <= depth
    assert given > 500 and full > 20 and filled > 20 and alternated > 50
