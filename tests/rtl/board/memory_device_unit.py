"""cocotb tests of memory_device.v."""

import random
from typing import Any

import cocotb
from cocotb.triggers import ReadOnly, RisingEdge

from tests.rtl.board.axi_master import REGION, AxiMaster, Memory
from tests.rtl.units import chance, start

SLVERR = 2
ACCESS = ("access_valid", "access_write", "access_place", "access_data")


class Unit:
    """The device with its master, accesses beside that, and what it must hold."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut, self.rng = dut, rng
        self.master = AxiMaster(dut, rng)
        self.memory = Memory(int(dut.MEMORY_BYTES.value), len(dut.s_axi_wdata) // 8)
        # of the access that is offered: does it write, its place, its data
        self.access: tuple[bool, int, int] | None = None
        self.accesses = 0

    async def cycle(self) -> None:
        """One cycle."""
        dut = self.dut
        self.master.drive()
        dut.access_valid.value = self.access is not None
        if self.access is not None:
            dut.access_write.value, dut.access_place.value, dut.access_data.value = self.access
        await ReadOnly()
        self.master.sample()
        done = self.access if self.access is not None and dut.access_ready.value else None
        await RisingEdge(dut.clk)
        if done is not None:
            self.access = None
            self.accesses += 1
            await self._accessed(*done)

    async def _accessed(self, writes: bool, place: int, data: int) -> None:
        address = place * self.memory.beat
        if writes:
            self.memory.put(address, [data])
        else:
            self.master.drive()
            self.dut.access_valid.value = False
            await ReadOnly()
            assert [int(self.dut.s_axi_rdata.value)] == self.memory.beats(address, 1)
            self.master.sample()
            await RisingEdge(self.dut.clk)
        self.memory.busy.discard(address // REGION)

    async def load(self) -> None:
        """Write all of it with accesses."""
        bits = 8 * self.memory.beat
        for place in range(self.memory.size // self.memory.beat):
            self.access = True, place, self.rng.getrandbits(bits)
            await self.cycle()
            assert self.access is None

    def check(self) -> tuple[int, int]:
        """Look at the answers; returns how many there were, and how many of them were errors."""
        memory, errors, count = self.memory, 0, 0
        for bursts, writes in ((self.master.written, True), (self.master.read, False)):
            while bursts:
                burst = bursts.popleft()
                outside = burst.address >= memory.size
                assert burst.resp == (SLVERR if outside else 0)
                errors, count = errors + outside, count + 1
                if outside:
                    continue
                if writes:
                    memory.put(burst.address, burst.beats)
                else:
                    assert burst.beats == memory.beats(burst.address, len(burst.beats))
                memory.busy.discard(burst.address // REGION)
        return count, errors


async def begin(dut: Any) -> Unit:
    """Reset it, and load all of it."""
    inputs = [*(f"s_axi_{name}" for name in AxiMaster.INPUTS), *ACCESS]
    unit = Unit(dut, await start(dut, **dict.fromkeys(inputs, 0)))
    await unit.load()
    return unit


@cocotb.test
async def test_bursts_in_any_order_and_accesses_beside_them_see_what_was_written(dut: Any) -> None:
    """At random rates, some outside of the memory at any distance; a write is there when it is answered."""
    unit = await begin(dut)
    rng, memory, master = unit.rng, unit.memory, unit.master
    bits, answered, errors = 8 * memory.beat, 0, 0
    for step in range(2500):
        if step % 125 == 0:
            master.rate, busy = rng.choice((20, 60, 100)), rng.choice((5, 40))
        if chance(rng, busy) and len(master.writes) + len(master.reads) < 8 and step < 2400:
            region = None if chance(rng, 15) else memory.region(rng)
            if region is None:
                outside = rng.choice((memory.size, memory.size * 2, 1 << rng.randrange(20, 32)))
                address, count = (
                    outside + memory.size // 2 // REGION * REGION,
                    rng.randrange(1, REGION // memory.beat + 1),
                )
            else:
                address, count = memory.place(rng, region)
            if rng.randrange(2):
                master.write(address, [rng.getrandbits(bits) for _ in range(count)])
            else:
                master.ask(address, count)
        if unit.access is None and chance(rng, 10) and (region := memory.region(rng)) is not None:
            address, _ = memory.place(rng, region)
            unit.access = bool(rng.randrange(2)), address // memory.beat, rng.getrandbits(bits)
        await unit.cycle()
        counts = unit.check()
        answered, errors = answered + counts[0], errors + counts[1]
    master.rate = 100
    while master.writes or master.reads or unit.access:
        await unit.cycle()
        unit.check()
    assert answered > 80 and errors > 8 and unit.accesses > memory.size // memory.beat + 30


@cocotb.test
async def test_a_beat_moves_in_every_cycle_both_ways(dut: Any) -> None:
    """One burst behind the other, long ones and single beats."""
    unit = await begin(dut)
    beat, rng = unit.memory.beat, unit.rng
    half = unit.memory.size // 2
    lengths = [4, 1, 1, 2, 4, 1, 3, 4, 4, 1, 1, 1, 2]
    at = 0
    for count in lengths:
        unit.master.write(at, [rng.getrandbits(8 * beat) for _ in range(count)])
        unit.master.ask(half + at, count)
        at += count * beat
    moved = []
    while unit.master.writes or unit.master.reads:
        await unit.cycle()
        moved.append(unit.master.moved)
        unit.check()
    for way in range(2):
        beats = [counts[way] for counts in moved]
        first, last = beats.index(1), len(beats) - 1 - beats[::-1].index(1)
        assert sum(beats) == sum(lengths) == last - first + 1
