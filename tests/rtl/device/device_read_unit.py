"""cocotb tests of device_read.v, with an AXI4 subordinate of cocotbext-axi as storage device."""

import random
from dataclasses import dataclass
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge
from cocotbext.axi import AxiReadBus, AxiSlaveRead

from tests.rtl.units import chance, pauses, start, until

BLOCK = 512
# jobs are of whole units
UNIT = 64
INPUTS = dict.fromkeys(("read_valid", "read_slot", "read_beat", "read_address", "read_size", "client_waits"), 0)
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
    """A job that was given; `place` is the beat in the client's slots where its data begins, `fails`: one of its beats
    does.
    """

    client: int
    place: int
    address: int
    size: int
    fails: bool = False


class Bench:
    """Gives jobs, and watches cache writes and ends."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.beat = len(dut.cache_write_data) // 8
        self.most = int(dut.MAX_TRANSFER_BYTES.value)
        self.beats = self.most // self.beat
        self.clients, self.slots = int(dut.CLIENTS.value), 1 << int(dut.SLOT_WIDTH.value)
        self.memory = Memory()
        self.device = AxiSlaveRead(AxiReadBus.from_prefix(dut, "m_axi"), dut.clk, dut.rst, target=self.memory)
        self.cache: dict[tuple[int, int], bytes] = {}
        # client, slot, failed, beats of the client in cache then
        self.done: list[tuple[int, int, bool, int]] = []
        self.addresses = self.held_up = 0
        # chance that a client's beats wait in a cycle, in percent
        self.waits = 0

    async def prepare(self) -> random.Random:
        """Reset, and start watching."""
        self.rng = await start(self.dut, **INPUTS)
        cocotb.start_soon(self.watch())
        return self.rng

    async def watch(self) -> None:
        """Every cycle: addresses, cache writes, jobs done."""
        dut = self.dut
        while True:
            await RisingEdge(dut.clk)
            if dut.m_axi_arvalid.value and dut.m_axi_arready.value:
                self.addresses += 1
                assert 1 << int(dut.m_axi_arsize.value) == self.beat and int(dut.m_axi_arburst.value) == 1
                first, size = int(dut.m_axi_araddr.value), (int(dut.m_axi_arlen.value) + 1) * self.beat
                assert first // 4096 == (first + size - 1) // 4096 and size <= 256 * self.beat
            waiting = int(dut.client_waits.value) >> int(dut.next_client.value) & 1 if dut.next_valid.value else 0
            self.held_up += bool(dut.m_axi_rvalid.value) and not dut.m_axi_rready.value and not waiting
            assert not (waiting and dut.cache_write_enable.value), "a beat of a client whose beats wait"
            dut.client_waits.value = sum(chance(self.rng, self.waits) << client for client in range(self.clients))
            if dut.cache_write_enable.value:
                place = int(dut.cache_write_client.value), int(dut.cache_write_address.value)
                assert place not in self.cache
                self.cache[place] = int(dut.cache_write_data.value).to_bytes(self.beat, "little")
            if dut.done.value:
                client = int(dut.done_client.value)
                beats = sum(of == client for of, _ in self.cache)
                self.done.append((client, int(dut.done_slot.value), bool(dut.done_failed.value), beats))

    async def give(self, client: int, reads: list[Read], gap_percent: int) -> None:
        """Give a client's jobs. Its ports are parts of vectors that all clients share: only its bits change."""
        dut = self.dut

        def put(name: str, width: int, value: int) -> None:
            self.inputs[name] &= ~(((1 << width) - 1) << (client * width))
            self.inputs[name] |= value << (client * width)
            getattr(dut, name).value = self.inputs[name]

        bits = self.beats.bit_length() - 1
        for read in reads:
            while chance(self.rng, gap_percent):
                await RisingEdge(dut.clk)
            put("read_slot", len(dut.done_slot), read.place // self.beats)
            put("read_beat", bits, read.place % self.beats)
            put("read_address", len(dut.m_axi_araddr), read.address)
            put("read_size", 32, read.size)
            put("read_valid", 1, 1)
            await RisingEdge(dut.clk)
            put("read_valid", 1, 0)

    async def read_all(self, reads: list[Read], gap_percent: int = 0) -> None:
        """Give the jobs, all clients at once, and wait for their ends; check them."""
        self.cache, self.done, self.inputs = {}, [], dict(INPUTS)
        of_client = [[read for read in reads if read.client == client] for client in range(self.clients)]
        for client, jobs in enumerate(of_client):
            cocotb.start_soon(self.give(client, jobs, gap_percent))
        await until(self.dut, lambda: len(self.done) == len(reads))
        for client, jobs in enumerate(of_client):
            beats, expected = 0, []
            for read in jobs:
                beats += read.size // self.beat
                expected.append((client, read.place // self.beats, read.fails, beats))
            assert [end for end in self.done if end[0] == client] == expected
        assert len(self.cache) == sum(read.size // self.beat for read in reads)
        for read in reads:
            for number in range(read.size // self.beat if not read.fails else 0):
                content = self.memory.content(read.address + number * self.beat, self.beat)
                assert self.cache[read.client, read.place + number] == content


@cocotb.test
async def test_jobs_of_every_client_fill_their_slots_in_order_or_fail_as_a_whole(dut: Any) -> None:
    """Random jobs, pauses and errors in any beat; jobs begin inside a slot and run on behind it; a job with an error
    fails once, after its last beat, and no other does.
    """
    bench = Bench(dut)
    rng = await bench.prepare()
    failures = 0
    for _ in range(16):
        percent = rng.choice([0, 0, 30, 60])
        for channel in (bench.device.ar_channel, bench.device.r_channel):
            channel.set_pause_generator(pauses(rng, percent) if percent else None)
            channel.pause = False
        bench.memory.failing = set()
        bench.waits = rng.choice([0, 40])
        reads = []
        for client in range(bench.clients):
            place = 0
            while place < (bench.slots - 1) * bench.beats and chance(rng, 80):
                room = bench.slots * bench.beats - place
                size = UNIT * rng.choice([1, 2, BLOCK // UNIT, rng.randrange(1, bench.most // UNIT + 1)])
                size = min(size, room * bench.beat)
                address = UNIT * rng.randrange(1 << 40)
                fails = chance(rng, 15) and address not in bench.memory.failing
                if fails:
                    bench.memory.failing.add(address + bench.beat * rng.randrange(size // bench.beat))
                failures += fails
                reads.append(Read(client, place, address, size, fails))
                place += size // bench.beat + UNIT // bench.beat * rng.randrange(bench.most // UNIT)
        rng.shuffle(reads)
        reads = [read for n, read in enumerate(reads) if sum(r.client == read.client for r in reads[:n]) < bench.slots]
        await bench.read_all(reads, rng.choice([0, 50]))
    assert failures and not bench.held_up


@cocotb.test
async def test_clients_take_turns(dut: Any) -> None:
    """While every client has jobs, none gets two before another got one."""
    bench = Bench(dut)
    await bench.prepare()
    bench.device.ar_channel.pause = True
    reads = [
        Read(client, slot * bench.beats, 4096 * (client * bench.slots + slot), BLOCK)
        for client in range(bench.clients)
        for slot in range(bench.slots)
    ]
    task = cocotb.start_soon(bench.read_all(reads))
    await ClockCycles(dut.clk, 4 * bench.slots)
    bench.device.ar_channel.pause = False
    await task
    order = [client for client, *_ in bench.done]
    last = bench.clients  # the jobs that were already in flight came as they came
    for first in range(2 * bench.clients, len(order) - last, bench.clients):
        assert sorted(order[first : first + bench.clients]) == list(range(bench.clients)), order


@cocotb.test
async def test_no_more_bursts_than_allowed_are_in_flight_and_data_flows_without_a_bubble(dut: Any) -> None:
    """The device holds its data: addresses stop at OUTSTANDING; then a beat moves in every cycle across bursts, jobs
    and clients.
    """
    bench = Bench(dut)
    await bench.prepare()
    bench.device.r_channel.pause = True
    bench.device.ar_channel.queue_occupancy_limit = -1
    # each crosses a 4 KiB boundary somewhere: at least two bursts a job
    reads = [
        Read(client, slot * bench.beats, 4096 * 64 * (client * bench.slots + slot + 1) - BLOCK, bench.most)
        for client in range(bench.clients)
        for slot in range(bench.slots)
    ]
    task = cocotb.start_soon(bench.read_all(reads))
    await ClockCycles(dut.clk, 100)
    assert bench.addresses == int(dut.OUTSTANDING.value)
    bench.device.r_channel.pause = False
    moved, total = 0, bench.beats * len(reads)
    await until(dut, lambda: dut.m_axi_rvalid.value)
    while moved < total:
        assert dut.m_axi_rvalid.value and dut.m_axi_rready.value, f"bubble after {moved} of {total} beats"
        moved += 1
        await RisingEdge(dut.clk)
    await task
