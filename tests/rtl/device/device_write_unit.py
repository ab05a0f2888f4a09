"""cocotb tests of device_write.v, with an AXI4 subordinate of cocotbext-axi as storage device."""

import random
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge
from cocotbext.axi import AxiSlaveWrite, AxiWriteBus

from tests.rtl.units import chance, pauses, start, until

BLOCK = 512
INFORMATION_BYTES = 64
# clients; those with volume writes, those with journals
HOST, COPY, RECEIVED, RESTORE = range(4)
VOLUME_CLIENTS, JOURNAL_CLIENTS = (HOST, RESTORE), (HOST, COPY, RECEIVED)
JOURNAL_FIELDS = ("information_address", "data_address", "head_address", "size", "size_before_end")
INPUTS: Mapping[str, int] = dict.fromkeys(
    (
        "fill_valid", "fill_address", "fill_data", "fill_information_valid", "fill_information_slot",
        "fill_information",
        "volume_valid", "volume_slot", "volume_start", "volume_address", "volume_size", "discard", "may_write",
        "may_restore",
        "journal_valid", "journal_slot", "journal_start",
        *(f"journal_{name}" for name in JOURNAL_FIELDS), "done_ready",
    ),
    0,
) | {"cache_taken": 1}  # fmt: skip


class DeviceFailure(Exception):
    """The subordinate answers SLVERR."""


@dataclass
class Memory:
    """What the device holds; writes to `failing` addresses fail."""

    content: dict[int, bytes] = field(default_factory=dict)
    failing: set[int] = field(default_factory=set)

    async def write(self, address: int, data: bytes) -> None:
        """One beat."""
        if address in self.failing:
            raise DeviceFailure
        self.content[address] = data


@dataclass(frozen=True, slots=True)
class Job:
    """A volume write (one part) or a journal (information, then one or two parts). Parts:
    address, bytes in the slot.
    """

    journal: bool
    slot: int
    parts: tuple[tuple[int, bytes], ...]

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """Address and size of each part."""
        return [(address, len(data)) for address, data in self.parts]


class Bench:
    """Fills the cache, gives jobs, watches the address channel and the ends of jobs."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.beat = len(dut.fill_data) // 8
        self.slots = int(dut.CACHE_SLOTS.value)
        self.start_width = int(dut.START_WIDTH.value)
        self.most = int(dut.MAX_TRANSFER_BYTES.value)
        self.memory = Memory()
        bus = AxiWriteBus.from_prefix(dut, "m_axi")
        self.device = AxiSlaveWrite(bus, dut.clk, dut.rst, target=self.memory)
        self.bursts: list[tuple[int, int]] = []
        self.responses = 0
        # cycles in which a beat that is asked for is taken
        self.taken_percent = 100
        self.ends: deque[tuple[bool, int, bool]] = deque()
        self.done_percent = 100
        self.given: list[Job] = []
        self.next_address = 0

    async def prepare(self) -> random.Random:
        """Reset, and start watching."""
        self.rng = await start(self.dut, **INPUTS)
        cocotb.start_soon(self.watch())
        return self.rng

    def pause(self, percent: int) -> None:
        """Random pauses of the device."""
        for channel in (self.device.aw_channel, self.device.w_channel, self.device.b_channel):
            channel.set_pause_generator(pauses(self.rng, percent))

    async def watch(self) -> None:
        """Bursts in their order, and ends of jobs."""
        dut = self.dut
        while True:
            dut.cache_taken.value = chance(self.rng, self.taken_percent)
            dut.done_ready.value = ready = chance(self.rng, self.done_percent)
            await RisingEdge(dut.clk)
            if dut.m_axi_awvalid.value and dut.m_axi_awready.value:
                assert 8 << int(dut.m_axi_awsize.value) == self.beat * 8 and int(dut.m_axi_awburst.value) == 1
                self.bursts.append((int(dut.m_axi_awaddr.value), (int(dut.m_axi_awlen.value) + 1) * self.beat))
            self.responses += bool(dut.m_axi_bvalid.value) and bool(dut.m_axi_bready.value)
            if ready and dut.done_valid.value:
                end = bool(dut.done_journal.value), int(dut.done_slot.value), bool(dut.done_failed.value)
                self.ends.append(end)

    def start_of(self, slot: int) -> int:
        """Where a slot's data begins in the memory of its client: at a block in the first half of the slot's part."""
        beats = self.most // self.beat
        block = (slot * 7 + 3) % (self.most // BLOCK)
        return slot % self.slots * 2 * beats + block * BLOCK // self.beat

    def allow(self, slot: int, allowed: bool = True) -> None:
        """Let the volume write of a slot start, or not."""
        port = self.dut.may_restore if slot // self.slots == RESTORE else self.dut.may_write
        bit = 1 << slot % self.slots
        port.value = (int(port.value) & ~bit) | (bit if allowed else 0)

    def allow_all(self) -> None:
        """Let every volume write start."""
        self.dut.may_write.value = self.dut.may_restore.value = (1 << self.slots) - 1

    async def fill(self, slot: int, size: int) -> tuple[bytes, bytes]:
        """Put random data and update information into a slot ({client, index})."""
        dut, rng = self.dut, self.rng
        data, information = rng.randbytes(size), rng.randbytes(INFORMATION_BYTES)
        dut.fill_information.value = int.from_bytes(information, "little")
        dut.fill_information_slot.value = slot
        dut.fill_information_valid.value = 1
        if not size:
            await RisingEdge(dut.clk)
            dut.fill_information_valid.value = 0
        for number in range(size // self.beat):
            dut.fill_valid.value = 1
            dut.fill_address.value = (slot // self.slots << self.start_width) + self.start_of(slot) + number
            dut.fill_data.value = int.from_bytes(data[number * self.beat :][: self.beat], "little")
            await RisingEdge(dut.clk)
            dut.fill_information_valid.value = 0
        dut.fill_valid.value = 0
        return data, information

    def place(self, size: int, unit: int = BLOCK) -> int:
        """A place on the device of its own, often just before a 4 KiB boundary."""
        self.next_address += unit * self.rng.randrange(1, 8)
        address = self.next_address
        self.next_address += (size + BLOCK - 1) // BLOCK * BLOCK
        self.next_address += -self.next_address % BLOCK
        return address

    def volume_job(self, slot: int, data: bytes, discard: bool = False) -> Job:
        """Give a volume write. That of a restored discard writes zeros, whatever its slot holds."""
        address = self.place(len(data))
        self.dut.volume_valid.value = 1
        self.dut.volume_slot.value = slot
        self.dut.volume_start.value = self.start_of(slot)
        self.dut.volume_address.value = address
        self.dut.volume_size.value = len(data)
        zeros = discard and slot // self.slots == RESTORE
        return Job(False, slot, ((address, bytes(len(data)) if zeros else data),))

    def journal_job(self, slot: int, data: bytes, information: bytes, before_end: int, discard: bool = False) -> Job:
        """Give a journal whose data has `before_end` bytes before the area's end; that of a discard has none."""
        size = len(data)
        information_address = self.place(INFORMATION_BYTES, INFORMATION_BYTES)
        data_address, head_address = self.place(size), self.place(size)
        values = (information_address, data_address, head_address, size, before_end)
        for name, value in zip(JOURNAL_FIELDS, values, strict=True):
            getattr(self.dut, f"journal_{name}").value = value
        self.dut.journal_valid.value = 1
        self.dut.journal_slot.value = slot
        self.dut.journal_start.value = self.start_of(slot)
        parts = [
            (information_address, information),
            (data_address, data[:before_end]),
            (head_address, data[before_end:]),
        ]
        return Job(True, slot, tuple(part for part in (parts[:1] if discard else parts) if part[1]))

    async def give(
        self,
        slot: int,
        size: int,
        volume: bool = True,
        journal: bool = True,
        before_end: int = 0,
        discard: bool = False,
    ) -> None:
        """Fill a slot and give one or both of its jobs."""
        data, information = await self.fill(slot, size)
        if volume:
            self.given.append(self.volume_job(slot, data, discard))
        if journal:
            self.given.append(self.journal_job(slot, data, information, before_end or size, discard))
        self.dut.discard.value = discard
        await RisingEdge(self.dut.clk)
        self.dut.volume_valid.value = self.dut.journal_valid.value = 0

    def jobs_of_bursts(self) -> list[tuple[Job, list[tuple[int, int]]]]:
        """Cut the bursts seen into those of each job, in order; fails when they do not tile the jobs' parts in turn."""
        left = {job.ranges[0][0]: job for job in self.given}
        found = []
        bursts = deque(self.bursts)
        while bursts:
            job = left.pop(bursts[0][0])
            own = []
            for address, size in job.ranges:
                while size:
                    burst = bursts.popleft()
                    assert burst[0] == address, f"burst at {burst[0]:#x}, expected at {address:#x}"
                    assert address // 4096 == (address + burst[1] - 1) // 4096 and burst[1] <= min(
                        size, 256 * self.beat
                    )
                    own.append(burst)
                    address, size = address + burst[1], size - burst[1]
            found.append((job, own))
        assert not left, "jobs without bursts"
        return found

    def check(self) -> None:
        """Bursts tile the jobs; each job ends once, in order, failed if one of its bursts failed;
        the data has arrived.
        """
        jobs = self.jobs_of_bursts()
        expected = []
        for job, bursts in jobs:
            failed = [b for b in bursts if any(b[0] <= address < sum(b) for address in self.memory.failing)]
            expected.append((job.journal, job.slot, bool(failed)))
            for address, data in job.parts:
                for offset in range(0, len(data), self.beat):
                    if address + offset not in self.memory.failing:
                        assert self.memory.content[address + offset] == data[offset : offset + self.beat]
        assert list(self.ends) == expected
        written = sum(len(data) for job, _ in jobs for _, data in job.parts) // self.beat
        assert len(self.memory.content) + len(self.memory.failing) == written


@cocotb.test
async def test_volume_writes_and_journals_reach_the_device_as_given(dut: Any) -> None:
    """Random jobs with splits, discards, pauses and errors in any burst; every byte, every end, the order of bursts."""
    bench = Bench(dut)
    rng = await bench.prepare()
    splits = failures = empty = 0
    discards = [0] * 4
    for percent, done_percent in ((0, 100), (40, 30), (60, 100)):
        bench.pause(percent)
        bench.done_percent = done_percent
        bench.taken_percent = 100 - percent // 2
        for _ in range(5):
            count = len(bench.given)
            for slot in rng.sample(range(4 * bench.slots), 4 * bench.slots):
                client = slot // bench.slots
                volume, journal = rng.choice([(True, True), (True, True), (False, True), (True, False)])
                volume, journal = volume and client in VOLUME_CLIENTS, journal and client in JOURNAL_CLIENTS
                if not volume and not journal:
                    continue
                bench.allow(slot, False)
                size = BLOCK * rng.choice([1, 1, 1, 2, 3, bench.most // BLOCK])
                if not volume and chance(rng, 25):
                    size = 0
                    empty += 1
                before_end = BLOCK * rng.randrange(1, size // BLOCK + 1) if size else 0
                discard = size > 0 and chance(rng, 20)
                discards[client] += discard
                splits += journal and before_end < size and not discard
                first = len(bench.given)
                await bench.give(slot, size, volume, journal, before_end, discard)
                for job in bench.given[first:]:
                    for address, data in job.parts:
                        if chance(rng, 15):
                            bench.memory.failing.add(address + bench.beat * rng.randrange(len(data) // bench.beat))
                            failures += 1
                if chance(rng, 70):
                    bench.allow(slot)
            assert len(bench.given) > count
            bench.allow_all()
            await until(dut, lambda: len(bench.ends) == len(bench.given))
    bench.check()
    assert splits and failures and empty and discards[HOST] and discards[RECEIVED] and discards[RESTORE]


@cocotb.test
async def test_information_is_written_before_write_data_and_kinds_take_turns(dut: Any) -> None:
    """With both queues full, journals and volume writes alternate."""
    bench = Bench(dut)
    await bench.prepare()
    # nothing starts until the device takes addresses
    bench.device.aw_channel.pause = True
    for slot in range(bench.slots):
        await bench.give(slot, BLOCK)
    dut.may_write.value = (1 << bench.slots) - 1
    await ClockCycles(dut.clk, 20)
    bench.device.aw_channel.pause = False
    await until(dut, lambda: len(bench.ends) == 2 * bench.slots)
    bench.check()
    kinds = [job.journal for job, _ in bench.jobs_of_bursts()]
    # until the first volume write may start, journals go ahead: as many as fit the queues of bursts
    ahead = kinds.index(False)
    turns = kinds[ahead : ahead + 2 * kinds[ahead:].count(True)]
    assert turns == [False, True] * (len(turns) // 2) and len(turns) >= 2


@cocotb.test
async def test_a_volume_write_that_must_wait_does_not_hold_journals_up(dut: Any) -> None:
    """`may_write` of the oldest host write is low: journals and restore's writes pass, later host writes do not."""
    bench = Bench(dut)
    await bench.prepare()
    dut.may_write.value = ((1 << bench.slots) - 1) & ~1
    for slot in range(bench.slots):
        await bench.give(slot, BLOCK)
    restores = range(RESTORE * bench.slots, RESTORE * bench.slots + 3)
    for slot in restores:
        bench.allow(slot)
        await bench.give(slot, BLOCK, journal=False)
    passing = bench.slots + len(restores)
    await until(dut, lambda: len(bench.ends) == passing)
    await ClockCycles(dut.clk, 50)
    ends = [(journal, slot) for journal, slot, _ in bench.ends]
    assert [end for end in ends if end[0]] == [(True, slot) for slot in range(bench.slots)]
    assert [end for end in ends if not end[0]] == [(False, slot) for slot in restores]
    bench.allow_all()
    await until(dut, lambda: len(bench.ends) == passing + bench.slots)
    assert [(journal, slot) for journal, slot, _ in bench.ends][passing:] == [(False, n) for n in range(bench.slots)]
    bench.check()


@cocotb.test
async def test_no_more_bursts_than_allowed_are_in_flight(dut: Any) -> None:
    """The device holds its responses: addresses stop at OUTSTANDING, and go on with the responses."""
    bench = Bench(dut)
    await bench.prepare()
    most = int(dut.OUTSTANDING.value)
    bench.device.b_channel.pause = True
    bench.device.b_channel.queue_occupancy_limit = -1
    dut.may_write.value = (1 << bench.slots) - 1
    for slot in range(bench.slots):
        await bench.give(slot, BLOCK)
    await ClockCycles(dut.clk, 200)
    assert len(bench.bursts) == most and not bench.ends
    bench.device.b_channel.pause = False
    while len(bench.ends) < len(bench.given):
        await RisingEdge(dut.clk)
        assert len(bench.bursts) - bench.responses <= most
    bench.check()


@cocotb.test
async def test_write_data_flows_without_a_bubble_across_bursts_and_jobs(dut: Any) -> None:
    """With a device that is always ready, W moves a beat in every cycle from the first to the last."""
    bench = Bench(dut)
    await bench.prepare()
    size = min(bench.most, 8 * BLOCK)
    jobs = []
    for slot in range(bench.slots):
        data, information = await bench.fill(slot, size)
        jobs.append((slot, data, information))
    dut.may_write.value = (1 << bench.slots) - 1
    for slot, data, information in jobs:
        bench.given.append(bench.volume_job(slot, data))
        bench.given.append(bench.journal_job(slot, data, information, BLOCK))
        await RisingEdge(dut.clk)
    dut.volume_valid.value = dut.journal_valid.value = 0
    beats = sum(len(data) for job in bench.given for _, data in job.parts) // bench.beat
    await until(dut, lambda: dut.m_axi_wvalid.value)
    moved = 1
    while moved < beats:
        await RisingEdge(dut.clk)
        assert dut.m_axi_wvalid.value and dut.m_axi_wready.value, f"bubble after {moved} of {beats} beats"
        moved += 1
    await until(dut, lambda: len(bench.ends) == len(bench.given))
    bench.check()
