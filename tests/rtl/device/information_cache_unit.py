"""cocotb tests of information_cache.v."""

import zlib
from collections import deque
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from tests.rtl.units import chance, start

INPUTS = dict.fromkeys(("in_valid", "in_slot", "in_information", "read_valid", "read_address"), 0)
BITS, COVERED_BYTES = 512, 60
# steps that may be in flight when there is room no more
IN_FLIGHT = 8


@cocotb.test
async def test_devices_read_each_journal_as_it_came_from_the_cycle_on_in_which_it_is_given_to_them(dut: Any) -> None:
    """Journals come as fast as they may, some more when there is no more room; each is given once, in the order of its
    coming, to its device, which asks for its beats at once; another device may have its turn before it. The CRC of each
    comes out once, and is the end of its last beat.
    """
    rng = await start(dut, **INPUTS)
    devices, width = int(dut.DEVICES.value), int(dut.DATA_WIDTH.value)
    slots, parts, place_width = 1 << len(dut.in_slot), BITS // width, len(dut.read_address) // devices
    free = list(range(slots))
    come: deque[tuple[int, int, int]] = deque()
    crcs: deque[int] = deque()
    waiting: list[deque[tuple[int, int]]] = [deque() for _ in range(devices)]
    part, found = [0] * devices, [0] * devices
    expected: list[int | None] = [None] * devices
    over = given = read = full = 0
    for cycle in range(6000):
        rate = (100, 20, 5)[cycle // 100 % 3]
        over = 0 if dut.room.value else over + 1
        full += over > 0
        comes = bool(free) and over <= IN_FLIGHT and chance(rng, rate)
        dut.in_valid.value = 0
        if comes:
            slot = free.pop(rng.randrange(len(free)))
            device, information = rng.randrange(devices), rng.randbytes(COVERED_BYTES)
            crcs.append(zlib.crc32(information))
            come.append((device, slot, int.from_bytes(information + crcs[-1].to_bytes(4, "little"), "little")))
            dut.in_valid.value, dut.in_slot.value = 1 << device, slot
            dut.in_information.value = int.from_bytes(information, "little")
        dut.read_valid.value = sum(bool(jobs) << n for n, jobs in enumerate(waiting))
        dut.read_address.value = sum(
            (jobs[0][0] * parts + part[n]) << (n * place_width) for n, jobs in enumerate(waiting) if jobs
        )
        await RisingEdge(dut.clk)
        for n, beat in enumerate(expected):
            assert beat is None or int(dut.read_data.value[(n + 1) * width - 1 : n * width]) == beat
        taken = int(dut.read_taken.value)
        for n in [n for n in range(devices) if taken >> n & 1]:
            slot, information = waiting[n][0]
            expected[n] = information >> (part[n] * width) & ((1 << width) - 1)
            part[n] = (part[n] + 1) % parts
            if part[n] == 0:
                waiting[n].popleft()
                free.append(slot)
                read += 1
        if dut.crc_valid.value:
            assert int(dut.crc.value) == crcs.popleft()
        valid = int(dut.out_valid.value)
        if valid:
            device, slot, information = come.popleft()
            assert (valid, int(dut.out_slot.value)) == (1 << device, slot)
            waiting[device].append((slot, information))
            given += 1
            found[device] += 1
    assert min(found) > 50 and read > 100 and (full or parts == 1)
