"""cocotb tests of command_request.v: when the oldest command asks for its step, and asks again after a stall."""

from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge

from tests.rtl.units import request_field, start

READ, WRITE, FLUSH, DISCARD, FUA = 1, 2, 3, 5, 0x80
INPUTS = dict.fromkeys(
    (
        "command_valid", "command_opcode", "command_tag", "command_volume", "command_position", "command_size",
        "command_time", "command_stored", "command_slot", "command_received", "command_crc", "freed", "request_taken",
        "command_done", "command_stalls", "command_watch_time",
    ),
    0,
) | {"read_free": 1, "flush_free": 1}  # fmt: skip
PLACES = {"crc": "data_crc"}
FIELDS = {
    name: request_field(PLACES.get(name, name))
    for name in ("opcode", "tag", "volume", "position", "size", "received", "time", "crc", "slot", "stored")
}
KIND, STALLED, DISCARDS = request_field("kind"), request_field("stalled"), request_field("discard")
COMMAND = 1


def part(dut: Any, place: tuple[int, int]) -> int:
    """A field of the request."""
    low, bits = place
    return int(dut.request.value) >> low & ((1 << bits) - 1)


async def pulse(dut: Any, *names: str) -> None:
    """High for one cycle."""
    for name in names:
        getattr(dut, name).value = 1
    await RisingEdge(dut.clk)
    for name in names:
        getattr(dut, name).value = 0


async def asks(dut: Any) -> bool:
    """Does it ask in the next cycle?"""
    await RisingEdge(dut.clk)
    return bool(dut.request_valid.value)


async def ask_and_stall(dut: Any, watch_time: int) -> None:
    """Its step says that it waits for room, two cycles after it was taken."""
    assert await asks(dut)
    await pulse(dut, "request_taken")
    await ClockCycles(dut.clk, 1)
    dut.command_watch_time.value = watch_time
    await pulse(dut, "command_stalls")


@cocotb.test
async def test_the_request_carries_every_field_of_the_command_and_is_made_once(dut: Any) -> None:
    """Random commands: one request each, the next only when the step is done."""
    rng = await start(dut, **INPUTS)
    for _ in range(50):
        command = {name: rng.getrandbits(bits) for name, (_, bits) in FIELDS.items()}
        command["slot"] &= int(dut.CACHE_SLOTS.value) - 1
        for name, value in command.items():
            getattr(dut, f"command_{name}").value = value
        dut.command_valid.value = 1
        assert await asks(dut)
        assert {name: part(dut, place) for name, place in FIELDS.items()} == command
        assert (part(dut, KIND), part(dut, STALLED)) == (COMMAND, 0)
        assert await asks(dut)
        await pulse(dut, "request_taken")
        for _ in range(rng.randrange(1, 4)):
            assert not await asks(dut)
        await pulse(dut, "command_done")
        dut.command_valid.value = 0
        assert not await asks(dut)


@cocotb.test
async def test_reads_and_flushes_ask_only_when_there_is_a_place(dut: Any) -> None:
    """A write asks whatever is free; with FUA it waits as a flush does."""
    await start(dut, **INPUTS)
    dut.command_valid.value = 1
    for read_free in (0, 1):
        for flush_free in (0, 1):
            dut.read_free.value = read_free
            dut.flush_free.value = flush_free
            for opcode, expected in (
                *((READ, read_free), (FLUSH, flush_free), (WRITE, 1), (DISCARD, 1), (9, 1)),
                *((WRITE | FUA, flush_free), (DISCARD | FUA, flush_free)),
            ):
                dut.command_opcode.value = opcode
                assert await asks(dut) == bool(expected)
                assert part(dut, DISCARDS) == (opcode & ~FUA == DISCARD)


@cocotb.test
async def test_a_stalled_write_asks_again_when_journals_are_freed(dut: Any) -> None:
    """Also when they were freed after its request was taken and before its step; not for what was freed earlier."""
    await start(dut, **INPUTS)
    dut.command_opcode.value = WRITE
    await pulse(dut, "freed")  # of earlier: does not count
    dut.command_valid.value = 1
    await ask_and_stall(dut, 1000)
    for _ in range(20):
        assert not await asks(dut)
    for _ in range(3):
        await pulse(dut, "freed")
        assert await asks(dut)
        assert part(dut, STALLED) == 1
        # freed in the very cycle of the taking, and again before the step
        await pulse(dut, "request_taken", "freed")
        await pulse(dut, "command_stalls")
        assert await asks(dut)
        await pulse(dut, "request_taken")
        await pulse(dut, "freed")
        await pulse(dut, "command_stalls")
        assert await asks(dut)
        await pulse(dut, "request_taken")
        await pulse(dut, "command_stalls")
        assert not await asks(dut)
    await pulse(dut, "freed")
    await pulse(dut, "request_taken")
    await pulse(dut, "command_done")
    assert await asks(dut)
    assert part(dut, STALLED) == 0


@cocotb.test
async def test_the_watch_time_runs_from_the_first_stall(dut: Any) -> None:
    """It asks once more `watch_time` cycles after the first stall; asking again in between does not start it anew."""
    await start(dut, **INPUTS)
    dut.command_opcode.value = WRITE
    dut.command_valid.value = 1
    for watch_time in (0, 1, 2, 7, 50):
        await ask_and_stall(dut, watch_time)
        # the stall was in the cycle before this one
        waited = 1
        while not await asks(dut):
            waited += 1
            assert waited < 200
        assert waited == watch_time + 1
        assert part(dut, STALLED) == 1
        await pulse(dut, "request_taken")
        await pulse(dut, "command_done")
        assert await asks(dut)
        assert part(dut, STALLED) == 0
    await ask_and_stall(dut, 40)
    waited = 0
    for _ in range(3):
        await pulse(dut, "freed")
        await pulse(dut, "request_taken")
        waited += 3
        # it is told how much is left
        dut.command_watch_time.value = 40 - waited
        await pulse(dut, "command_stalls")
    while not await asks(dut):
        waited += 1
    assert waited == 40
