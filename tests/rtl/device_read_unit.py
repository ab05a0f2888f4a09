"""cocotb tests of device_read.v, with an AXI4 subordinate of cocotbext-axi as storage device."""

import random
from dataclasses import dataclass
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge
from cocotbext.axi import AxiReadBus, AxiSlaveRead

from tests.rtl.units import chance, pauses, start, until

BLOCK = 512
INPUTS = dict.fromkeys(("read_valid", "read_slot", "read_address", "read_size", "failed_ready"), 0)
GOLDEN = 0x9E3779B97F4A7C15


class DeviceFailure(Exception):
    """The subordinate answers SLVERR."""


class Memory:
    """A device whose content follows from the address; reads of `failing` addresses fail."""

    def __init__(self) -> None:
        self.failing: set[int] = set()

    @staticmethod
    def content(address: int, length: int) -> bytes:
        """Bytes at a place."""
        words = range(address // 8, (address + length) // 8)
        return b"".join((number * GOLDEN % (1 << 64)).to_bytes(8, "little") for number in words)

    async def read(self, address: int, length: int) -> bytes:
        """One beat."""
        if address in self.failing:
            raise DeviceFailure
        return self.content(address, length)


@dataclass(frozen=True, slots=True)
class Read:
    """A read that was given; `fails`: one of its beats does."""

    slot: int
    address: int
    size: int
    fails: bool = False


class Bench:
    """Gives reads, and watches cache writes and ends."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.beat = len(dut.cache_write_data) // 8
        self.beats = int(dut.MAX_TRANSFER_BYTES.value) // self.beat
        self.slots = int(dut.READ_SLOTS.value)
        self.memory = Memory()
        self.device = AxiSlaveRead(AxiReadBus.from_prefix(dut, "m_axi"), dut.clk, dut.rst, target=self.memory)
        self.cache: dict[int, bytes] = {}
        self.done: list[tuple[int, int]] = []
        self.failed: list[int] = []
        self.addresses = self.held_up = 0
        self.failed_percent = 50

    async def prepare(self) -> random.Random:
        """Reset, and start watching."""
        self.rng = await start(self.dut, **INPUTS)
        cocotb.start_soon(self.watch())
        return self.rng

    async def watch(self) -> None:
        """Every cycle: addresses, cache writes, reads done (with the beats in cache then), reads failed."""
        dut = self.dut
        while True:
            dut.failed_ready.value = ready = chance(self.rng, self.failed_percent)
            await RisingEdge(dut.clk)
            if dut.m_axi_arvalid.value and dut.m_axi_arready.value:
                self.addresses += 1
                assert 1 << int(dut.m_axi_arsize.value) == self.beat and int(dut.m_axi_arburst.value) == 1
                first, size = int(dut.m_axi_araddr.value), (int(dut.m_axi_arlen.value) + 1) * self.beat
                assert first // 4096 == (first + size - 1) // 4096 and size <= 256 * self.beat
            self.held_up += bool(dut.m_axi_rvalid.value) and not dut.m_axi_rready.value
            if dut.cache_write_enable.value:
                address = int(dut.cache_write_address.value)
                assert address not in self.cache
                self.cache[address] = int(dut.cache_write_data.value).to_bytes(self.beat, "little")
            if dut.done.value:
                slot = int(dut.done_slot.value)
                self.done.append((slot, sum(address // self.beats == slot for address in self.cache)))
            if ready and dut.failed_valid.value:
                self.failed.append(int(dut.failed_slot.value))

    async def read_all(self, reads: list[Read], gap_percent: int = 0) -> None:
        """Give the reads and wait for their ends; check them."""
        dut = self.dut
        self.cache, self.done, self.failed = {}, [], []
        for read in reads:
            dut.read_valid.value = 1
            dut.read_slot.value, dut.read_address.value, dut.read_size.value = read.slot, read.address, read.size
            await RisingEdge(dut.clk)
            dut.read_valid.value = 0
            while chance(self.rng, gap_percent):
                await RisingEdge(dut.clk)
        await until(dut, lambda: len(self.done) + len(self.failed) == len(reads))
        assert self.done == [(read.slot, read.size // self.beat) for read in reads if not read.fails]
        assert self.failed == [read.slot for read in reads if read.fails]
        assert len(self.cache) == sum(read.size // self.beat for read in reads)
        for read in reads:
            for number in range(read.size // self.beat if not read.fails else 0):
                content = self.memory.content(read.address + number * self.beat, self.beat)
                assert self.cache[read.slot * self.beats + number] == content


@cocotb.test
async def test_reads_fill_their_slots_in_order_or_fail_as_a_whole(dut: Any) -> None:
    """Random reads, pauses and errors in any beat;
    a read with an error fails once, after its last beat, and no other does.
    """
    bench = Bench(dut)
    rng = await bench.prepare()
    most = int(dut.MAX_TRANSFER_BYTES.value) // BLOCK
    failures = 0
    for _ in range(16):
        percent = rng.choice([0, 0, 30, 60])
        for channel in (bench.device.ar_channel, bench.device.r_channel):
            channel.set_pause_generator(pauses(rng, percent) if percent else None)
            channel.pause = False
        bench.failed_percent = rng.choice([5, 100])
        bench.memory.failing = set()
        reads = []
        for slot in rng.sample(range(bench.slots), bench.slots):
            size = BLOCK * rng.choice([1, 1, 2, rng.randrange(1, most + 1), most])
            address = BLOCK * (rng.randrange(1 << 20) * 128 + slot * 32)
            fails = chance(rng, 25)
            if fails:
                for _ in range(rng.randrange(1, 3)):
                    bench.memory.failing.add(address + bench.beat * rng.randrange(size // bench.beat))
            failures += fails
            reads.append(Read(slot, address, size, fails))
        await bench.read_all(reads, rng.choice([0, 50]))
    assert failures and not bench.held_up


@cocotb.test
async def test_no_more_bursts_than_allowed_are_under_way_and_data_flows_without_a_bubble(dut: Any) -> None:
    """The device holds its data: addresses stop at OUTSTANDING;
    then a beat moves in every cycle across bursts and reads.
    """
    bench = Bench(dut)
    await bench.prepare()
    bench.device.r_channel.pause = True
    bench.device.ar_channel.queue_occupancy_limit = -1
    size = int(dut.MAX_TRANSFER_BYTES.value)
    # each crosses a 4 KiB boundary somewhere: at least two bursts a read
    reads = [Read(slot, 4096 * 64 * (slot + 1) - BLOCK, size) for slot in range(bench.slots)]
    task = cocotb.start_soon(bench.read_all(reads))
    await ClockCycles(dut.clk, 100)
    assert bench.addresses == int(dut.OUTSTANDING.value)
    bench.device.r_channel.pause = False
    moved, total = 0, size // bench.beat * bench.slots
    await until(dut, lambda: dut.m_axi_rvalid.value)
    while moved < total:
        assert dut.m_axi_rvalid.value and dut.m_axi_rready.value, f"bubble after {moved} of {total} beats"
        moved += 1
        await RisingEdge(dut.clk)
    await task
