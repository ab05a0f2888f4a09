"""cocotb tests of send_read.v: order, what waits for what, and failures."""

from dataclasses import dataclass, field
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from tests.rtl.units import chance, start, until

BLOCK = 512
BLOCKS = 16
STEP = ("volume", "position", "size", "unreadable", "device", "device_address", "overlapping_writes")
INPUTS = dict.fromkeys(
    (
        "fill_valid", "fill_address", "fill_data", "reserve", "take", *STEP, "volume_done", "volume_failed",
        "done_slot", "device_read_done", "device_read_done_slot", "device_read_done_failed", "m_axis_data_tready",
    ),
    0,
)  # fmt: skip


@dataclass(slots=True, eq=False)
class Read:
    """A read that was taken, the writes that it still waits for, and what is to become of it."""

    slot: int
    volume: int
    position: int
    data: bytes
    device: int
    device_address: int
    waits_for: set[int]
    failed: bool
    fails: bool
    asked: bool = False
    arrived: bool = False
    sent: bytearray = field(default_factory=bytearray)

    def overlaps(self, volume: int, position: int, size: int) -> bool:
        """Does it still read one of these bytes from its device?"""
        end = self.position + len(self.data)
        return not self.arrived and self.volume == volume and self.position < position + size and position < end


class Bench:
    """The commit stage, the storage devices, host writes that end, and a path that takes the data."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.beat = len(dut.fill_data) // 8
        self.most = int(dut.MAX_TRANSFER_BYTES.value)
        self.slots, self.writes = int(dut.SEND_SLOTS.value), int(dut.CACHE_SLOTS.value)
        self.devices = int(dut.DEVICES.value)
        self.taken: list[Read] = []
        # the read of the step under way
        self.stepping: Read | None = None
        self.sent = self.count = 0
        self.in_step = False
        self.unfinished: set[int] = set()
        self.ready_percent = self.done_percent = 50

    async def prepare(self) -> None:
        """Reset, and start everything that is around."""
        self.rng = await start(self.dut, **INPUTS)
        for task in (self.watch(), self.serve_devices(), self.end_writes()):
            cocotb.start_soon(task)

    async def take(self, waits: bool = True) -> None:
        """The step of a random read."""
        dut, rng = self.dut, self.rng
        await until(dut, lambda: dut.room.value)
        self.in_step = True
        dut.reserve.value = 1
        await RisingEdge(dut.clk)
        dut.reserve.value = 0
        size = BLOCK * rng.randrange(1, self.most // BLOCK + 1)
        if waits:
            self.unfinished = {slot for slot in range(self.writes) if slot in self.unfinished or chance(rng, 20)}
        waits_for = {slot for slot in self.unfinished if chance(rng, 40)}
        unreadable = chance(rng, 5)
        read = Read(
            self.count % self.slots, rng.randrange(2), BLOCK * rng.randrange(BLOCKS), rng.randbytes(size),
            rng.randrange(self.devices), BLOCK * rng.randrange(1 << 30), waits_for, unreadable, chance(rng, 10),
        )  # fmt: skip
        dut.volume.value, dut.position.value, dut.size.value = read.volume, read.position, size
        dut.unreadable.value, dut.device.value, dut.device_address.value = unreadable, read.device, read.device_address
        dut.overlapping_writes.value = sum(1 << slot for slot in waits_for)
        dut.take.value = 1
        self.count += 1
        self.stepping = read
        await RisingEdge(dut.clk)
        dut.take.value = 0
        self.in_step = False

    async def end_writes(self) -> None:
        """Host writes end, some of them with an error; a step is one thing, so never while a read is taken."""
        dut, rng = self.dut, self.rng
        while True:
            await RisingEdge(dut.clk)
            dut.volume_done.value = 0
            if self.unfinished and not self.in_step and chance(rng, self.done_percent):
                slot = rng.choice(sorted(self.unfinished))
                failed = chance(rng, 10)
                self.unfinished.remove(slot)
                for read in self.taken:
                    read.failed |= failed and slot in read.waits_for
                    read.waits_for.discard(slot)
                dut.volume_done.value, dut.volume_failed.value, dut.done_slot.value = 1, failed, slot

    async def serve_devices(self) -> None:
        """Answer one read after the other, of those that were asked for in any order."""
        dut, rng = self.dut, self.rng
        answered: Read | None = None
        while True:
            await RisingEdge(dut.clk)
            waiting = [read for read in self.taken if read.asked and not read.arrived and read is not answered]
            if not waiting or chance(rng, 30):
                continue
            answered = read = rng.choice(waiting)
            beats = len(read.data) // self.beat
            for number in range(beats):
                dut.fill_valid.value = 1 << read.device
                dut.fill_address.value = read.slot * (self.most // self.beat) + number
                dut.fill_data.value = int.from_bytes(read.data[number * self.beat :][: self.beat], "little")
                if number == beats - 1:
                    dut.device_read_done.value = 1 << read.device
                    dut.device_read_done_slot.value = read.slot << (read.device * len(dut.device_read_slot))
                    dut.device_read_done_failed.value = read.fails << read.device
                await RisingEdge(dut.clk)
            dut.fill_valid.value = dut.device_read_done.value = 0

    async def watch(self) -> None:
        """Every cycle: reads asked for, what overlaps, data."""
        dut, rng = self.dut, self.rng
        while True:
            dut.m_axis_data_tready.value = ready = chance(rng, self.ready_percent)
            await RisingEdge(dut.clk)
            under_way = self.taken[self.sent :]
            valid = int(dut.device_read_valid.value)
            if valid:
                found = [int(getattr(dut, f"device_read_{name}").value) for name in ("slot", "address", "size")]
                read = next(read for read in under_way if read.slot == found[0] and not read.arrived)
                assert found == [read.slot, read.device_address, len(read.data)] and valid == 1 << read.device
                assert not read.asked and not read.waits_for
                read.asked = True
            stepping = [int(getattr(dut, name).value) for name in ("volume", "position", "size")]
            done = int(dut.reads_done.value)
            assert int(dut.overlapping_reads.value) == sum(
                1 << read.slot for read in under_way if read.overlaps(*stepping)
            )
            if ready and dut.m_axis_data_tvalid.value:
                read = under_way[0]
                read.sent += int(dut.m_axis_data_tdata.value).to_bytes(self.beat, "little")
                assert read.arrived and bool(dut.m_axis_data_failed.value) == read.failed
                assert int(dut.m_axis_data_volume.value) == read.volume
                if dut.m_axis_data_tlast.value:
                    assert read.sent == read.data
                    self.sent += 1
            for read in under_way:
                if done >> read.slot & 1 and read.asked and not read.arrived:
                    read.arrived = True
                    read.failed |= read.fails
            if dut.take.value and self.stepping is not None:
                self.taken.append(self.stepping)
                self.stepping = None


@cocotb.test
async def test_reads_leave_in_order_and_none_begins_before_the_writes_that_it_overlaps_are_done(dut: Any) -> None:
    """Random reads, writes that end late or fail, devices that answer in any order or fail, pauses of the path."""
    bench = Bench(dut)
    await bench.prepare()
    for ready, done in ((100, 50), (50, 5), (10, 50), (80, 100)):
        bench.ready_percent, bench.done_percent = ready, done
        for _ in range(8 * bench.slots):
            await bench.take()
            while chance(bench.rng, 20):
                await RisingEdge(dut.clk)
        await until(dut, lambda: bench.sent == bench.count)
    assert any(read.failed for read in bench.taken) and not all(read.failed for read in bench.taken)
    await RisingEdge(dut.clk)
    await RisingEdge(dut.clk)
    assert dut.idle.value == 1


@cocotb.test
async def test_data_that_has_come_leaves_without_a_gap_and_room_falls_with_the_last_slot(dut: Any) -> None:
    """A path that takes nothing, then everything."""
    bench = Bench(dut)
    await bench.prepare()
    bench.ready_percent = 0
    for _ in range(bench.slots):
        assert dut.room.value == 1
        await bench.take(waits=False)
    await until(dut, lambda: sum(read.arrived for read in bench.taken) == bench.count)
    assert dut.room.value == 0
    await RisingEdge(dut.clk)
    bench.ready_percent = 100
    await RisingEdge(dut.clk)
    await RisingEdge(dut.clk)
    while bench.sent < bench.slots:
        assert dut.m_axis_data_tvalid.value, f"gap in read {bench.sent}"
        await RisingEdge(dut.clk)
