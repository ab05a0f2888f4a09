"""cocotb tests of send_read.v: what waits for what, where data goes, failures, and whose the slots are."""

from dataclasses import dataclass
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, RisingEdge

from tests.rtl.units import chance, start

BLOCK = 512
STEP = ("volume", "position", "size", "unreadable", "device", "device_address", "overlapping_writes")
PULSES = ("reserve", "take", "volume_done", "volume_failed", "read_done", "read_failed", "reported")
INPUTS = dict.fromkeys(
    (*PULSES, *STEP, "reserve_group", "reserve_buffer", "reserve_place", "done_slot", "beat_slot", "beat_offset"), 0
)


@dataclass(slots=True, eq=False)
class Read:
    """A read whose step was granted: for which group and place of a buffer, what of, the writes that it still waits
    for, and what has become of it."""

    slot: int
    group: int
    buffer: int
    place: int
    volume: int
    position: int
    size: int
    device: int
    address: int
    fails: bool
    waits_for: set[int]
    failed: bool = False
    taken: bool = False
    asked: bool = False
    arrived: bool = False
    reported: bool = False

    def overlaps(self, volume: int, position: int, size: int) -> bool:
        """Does it still read one of these bytes from its device?"""
        end = self.position + self.size
        return self.reads(volume) and self.position < position + size and position < end

    def reads(self, volume: int) -> bool:
        """Does it still read from this volume?"""
        return self.taken and not self.arrived and self.volume == volume

    def is_near(self, volume: int, position: int, area: int) -> bool:
        """Does it still read from this area of so many bytes, or one beside it? Of an area's number 8 bits count."""
        apart = position // area - self.position // area
        return self.reads(volume) and (apart + 1) % 256 <= 2


class Bench:
    """Packets that ask for reads, the commit stage, the storage devices, and host writes that end."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.groups, self.devices = int(dut.GROUPS.value), int(dut.DEVICES.value)
        self.slots, self.writes = int(dut.SEND_SLOTS.value), int(dut.CACHE_SLOTS.value)
        self.most = int(dut.MAX_TRANSFER_BYTES.value)
        self.place_width = int(dut.PLACE_WIDTH.value)
        self.reads: list[Read] = []
        self.unfinished: set[int] = set()
        # how often something happens, in percent of the cycles
        self.reserve_percent = self.done_percent = self.answer_percent = self.reported_percent = 50
        # groups whose devices answer nothing
        self.hung: set[int] = set()
        # the beat of this cycle, of which read and which of its beats; the host write that ends in it
        self.beat: Read | None = None
        self.offset = 0
        self.done: int | None = None
        # what ended in the cycle before
        self.ending: Read | None = None
        self.granted = 0
        # groups of reads that ended, and of those that failed
        self.ended: list[int] = []
        self.lost: list[int] = []

    async def prepare(self) -> None:
        """Reset."""
        self.rng = await start(self.dut, **INPUTS)

    def may_reserve(self) -> int:
        """Groups that may have a read: they leave one for each group that has none, and have half of all at most."""
        taken = [sum(read.group == group for read in self.reads) for group in range(self.groups)]
        left = self.slots - len(self.reads)
        most = self.slots // 2
        return sum((not own or (own < most and left > taken.count(0))) << group for group, own in enumerate(taken))

    async def cycle(self) -> None:
        """One cycle with random events, and all that must come of them."""
        dut, rng = self.dut, self.rng
        await FallingEdge(dut.clk)
        for name in PULSES:
            getattr(dut, name).value = 0
        # when all slots were taken, the next that is free is there a cycle late
        may = int(dut.may_reserve.value)
        assert not may & ~self.may_reserve()
        reserved = self.grant(may)
        stepped = self.step()
        answered = self.answer()
        reporting = dut.reports.value and chance(rng, self.reported_percent)
        dut.reported.value = int(reporting)
        await RisingEdge(dut.clk)
        self.check_places_and_overlaps()
        self.check_asked()
        if answered is not None:
            self.take_answer(answered)
        assert bool(dut.fails.value) == (answered is not None and answered.failed)
        assert int(dut.reads_done.value) == (0 if answered is None else 1 << answered.slot)
        self.check_ended(answered)
        if reporting:
            read = next(read for read in self.reads if read.slot == int(dut.reporting_slot_reg.value))
            assert read.arrived and read.failed and not read.reported
            assert (int(dut.report_volume.value), int(dut.report_buffer.value)) == (read.volume, read.buffer)
            read.reported = True
        if reserved is not None:
            self.reads.append(reserved)
        if stepped is not None:
            stepped.taken = True

    def position(self) -> int:
        """Draw where a range begins: in one of a few areas, of which two have numbers that differ by 256."""
        area = self.rng.choice((0, 1, 2, 3, 256))
        return area * self.most + BLOCK * self.rng.randrange(self.most // BLOCK)

    def grant(self, may: int) -> Read | None:
        """A step for a read is granted."""
        dut, rng = self.dut, self.rng
        groups = [group for group in range(self.groups) if may >> group & 1]
        if not groups or not chance(rng, self.reserve_percent):
            return None
        slot = int(dut.reserve_slot.value)
        assert all(read.slot != slot for read in self.reads)
        size = BLOCK * rng.randrange(1, self.most // BLOCK + 1)
        self.granted += 1
        read = Read(
            slot, rng.choice(groups), rng.randrange(int(dut.BUFFERS.value)),
            rng.randrange(1 << self.place_width), rng.randrange(2), self.position(), size,
            rng.randrange(self.devices), BLOCK * self.granted, chance(rng, 10), set(),
        )  # fmt: skip
        dut.reserve.value, dut.reserve_group.value = 1, read.group
        dut.reserve_buffer.value, dut.reserve_place.value = read.buffer, read.place
        return read

    def step(self) -> Read | None:
        """A step: of the first read granted, the end of a host write, or a host write's; its range is in any case."""
        dut, rng = self.dut, self.rng
        waiting = [read for read in self.reads if not read.taken]
        if waiting and chance(rng, 50):
            read = waiting[0]
            self.unfinished = {slot for slot in range(self.writes) if slot in self.unfinished or chance(rng, 20)}
            read.waits_for = {slot for slot in self.unfinished if chance(rng, 40)}
            read.failed = chance(rng, 5)
            dut.take.value, dut.unreadable.value = 1, read.failed
            dut.volume.value, dut.position.value, dut.size.value = read.volume, read.position, read.size
            dut.device.value, dut.device_address.value = read.device, read.address
            dut.overlapping_writes.value = sum(1 << slot for slot in read.waits_for)
            return read
        dut.volume.value, dut.position.value = rng.randrange(2), self.position()
        dut.size.value = BLOCK * rng.randrange(1, self.most // BLOCK + 1)
        if self.unfinished and chance(rng, self.done_percent):
            slot = rng.choice(sorted(self.unfinished))
            failed = chance(rng, 10)
            self.unfinished.remove(slot)
            for read in self.reads:
                read.failed |= failed and slot in read.waits_for
            dut.volume_done.value, dut.volume_failed.value, dut.done_slot.value = 1, failed, slot
            # the reads that wait learn of it at the end of the cycle
            self.done = slot
        return None

    def answer(self) -> Read | None:
        """A device's last beat of a read that was asked for; else any beat."""
        dut, rng = self.dut, self.rng
        waiting = [read for read in self.reads if read.asked and not read.arrived and read.group not in self.hung]
        answered = rng.choice(waiting) if waiting and chance(rng, self.answer_percent) else None
        if answered is not None:
            dut.read_done.value, dut.read_failed.value = 1, answered.fails
        self.beat = answered or (rng.choice(self.reads) if self.reads else None)
        if self.beat is not None:
            self.offset = rng.randrange(1 << len(dut.beat_offset))
            dut.beat_slot.value, dut.beat_offset.value = self.beat.slot, self.offset
        return answered

    def check_places_and_overlaps(self) -> None:
        """Where a beat goes; which reads the range of the step overlaps."""
        dut = self.dut
        if self.beat is not None:
            place = (self.beat.place + self.offset) % (1 << self.place_width)
            assert int(dut.beat_place.value) == self.beat.buffer << self.place_width | place
        volume, position, size = (int(getattr(dut, name).value) for name in ("volume", "position", "size"))
        found = int(dut.overlapping_reads.value)
        assert found == sum(1 << read.slot for read in self.reads if read.is_near(volume, position, self.most))
        overlapping = sum(1 << read.slot for read in self.reads if read.overlaps(volume, position, size))
        assert not overlapping & ~found

    def check_asked(self) -> None:
        """A device is asked once, when no write before it is unfinished."""
        dut = self.dut
        valid = int(dut.device_read_valid.value)
        if valid:
            slot = int(dut.device_read_slot.value)
            read = next(read for read in self.reads if read.slot == slot)
            assert read.taken and not read.asked and not read.waits_for
            assert valid == 1 << read.device
            found = [int(getattr(dut, f"device_read_{name}").value) for name in ("address", "size")]
            assert found == [read.address, read.size]
            read.asked = True
        if self.done is not None:
            for read in self.reads:
                read.waits_for.discard(self.done)
            self.done = None

    def take_answer(self, read: Read) -> None:
        """All of a read's data has come."""
        read.arrived = True
        read.failed |= read.fails
        if read.failed:
            assert int(self.dut.fails_buffer.value) == read.buffer
            self.lost.append(read.group)

    def check_ended(self, answered: Read | None) -> None:
        """A read ends when its data has come, one that failed when it has been reported; a cycle later that is told."""
        dut = self.dut
        ended = answered if answered is not None and not answered.failed else None
        reported = [read for read in self.reads if read.reported]
        if ended is None and reported:
            ended = min(reported, key=lambda read: read.slot)
        assert bool(dut.ended.value) == (self.ending is not None)
        assert self.ending is None or int(dut.ended_buffer.value) == self.ending.buffer
        self.ending = ended
        if ended is not None:
            self.ended.append(ended.group)
            self.reads.remove(ended)

    async def drain(self) -> None:
        """Nothing more is asked for, all devices answer."""
        self.reserve_percent, self.hung = 0, set()
        for _ in range(4000):
            await self.cycle()
            if not self.reads:
                return
        raise AssertionError(f"{len(self.reads)} reads are left")


@cocotb.test
async def test_no_read_begins_before_the_writes_that_it_overlaps_are_done(dut: Any) -> None:
    """Random reads, writes that end late or fail, devices that answer in any order or fail, steps that come late."""
    bench = Bench(dut)
    await bench.prepare()
    for done, answer, reported in ((50, 50, 50), (5, 90, 100), (50, 10, 10), (100, 100, 50)):
        bench.reserve_percent, bench.done_percent, bench.answer_percent, bench.reported_percent = (
            60,
            done,
            answer,
            reported,
        )
        for _ in range(500):
            await bench.cycle()
        await bench.drain()
    assert bench.granted == len(bench.ended) and 0 < len(bench.lost) < len(bench.ended)


@cocotb.test
async def test_a_group_whose_device_hangs_leaves_slots_for_the_others(dut: Any) -> None:
    """One group after the other."""
    bench = Bench(dut)
    await bench.prepare()
    for group in range(bench.groups):
        bench.hung, bench.reserve_percent = {group}, 100
        for _ in range(300):
            await bench.cycle()
        bench.ended = []
        for _ in range(300):
            await bench.cycle()
        assert group not in bench.ended
        assert all(other in bench.ended for other in range(bench.groups) if other != group)
        await bench.drain()
