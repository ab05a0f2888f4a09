"""cocotb tests of host_read.v: data from cache, from the device, and mixed;
failures, what must wait for a read, and that none waits for another one's device.
"""

import random
from collections import deque
from dataclasses import dataclass
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge
from cocotbext.axi import AxiStreamBus, AxiStreamSink

from tests.rtl.units import chance, pauses, start, until

BLOCK = 512
VOLUME_BLOCKS = 24
OK, DEVICE_ERROR = 0, 13
STEP = ("tag", "volume", "position", "size", "order", "device", "device_address", "overlapping_writes")
# Rounds of random reads after which every kind must have come
MOST_ROUNDS = 40
INPUTS = dict.fromkeys(
    (
        "fill_valid", "fill_address", "fill_data", "write_cache_taken", "device_fill_valid",
        "device_fill_address", "device_fill_data",
        "take",
        *STEP, "blocks", "sizes", "newer", "device_read_done", "device_read_done_slot", "failed",
        "failed_slot", "lookup_slot",
        "response_ready",
    ),
    0,
)  # fmt: skip


@dataclass(slots=True)
class Write:
    """An unfinished write in a cache slot."""

    position: int
    data: bytes


@dataclass(slots=True)
class Read:
    """A read that was taken, and what is to become of it."""

    slot: int
    tag: int
    volume: int
    position: int
    size: int
    order: int
    device: int
    device_address: int
    writes: frozenset[int]
    data: bytes
    needs_device: bool
    fails: bool

    def overlaps(self, volume: int, position: int, size: int) -> bool:
        """Does it read one of these bytes?"""
        return self.volume == volume and self.position < position + size and position < self.position + self.size


class Bench:
    """The commit stage, the storage devices and the host around host_read."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.beat = len(dut.fill_data) // 8
        self.most = int(dut.MAX_TRANSFER_BYTES.value)
        self.slots, self.reads = int(dut.CACHE_SLOTS.value), int(dut.READ_SLOTS.value)
        self.devices = int(dut.DEVICES.value)
        self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis_read"), dut.clk, dut.rst, byte_lanes=1)
        self.writes: list[Write] = []
        # the device's content of the one volume read
        self.image = b""
        self.taken: list[Read] = []
        self.waiting: dict[int, Read] = {}
        self.at_device: deque[Read] = deque()
        self.asked: list[Read] = []
        self.responses: list[tuple[int, int]] = []
        self.names: list[int] = []
        self.packets = 0
        self.hung: set[int] = set()
        self.response_percent = 100
        # cycles in which a beat of write data that is asked for is taken
        self.taken_percent = 80
        self.latency = 0

    async def prepare(self) -> random.Random:
        """Reset, and start everything that is around."""
        self.rng = await start(self.dut, **INPUTS)
        cocotb.start_soon(self.watch())
        cocotb.start_soon(self.serve_devices())
        return self.rng

    async def fill(self) -> None:
        """Put a random, overlapping write into every slot; a new content of the volume on its device."""
        dut, rng = self.dut, self.rng
        self.image = rng.randbytes(VOLUME_BLOCKS * BLOCK)
        self.writes = []
        dut.fill_valid.value = 1
        for slot in range(self.slots):
            blocks = rng.randrange(1, min(6, self.most // BLOCK) + 1)
            write = Write(BLOCK * rng.randrange(VOLUME_BLOCKS - blocks + 1), rng.randbytes(blocks * BLOCK))
            self.writes.append(write)
            for number in range(len(write.data) // self.beat):
                dut.fill_address.value = slot * (self.most // self.beat) + number
                dut.fill_data.value = int.from_bytes(write.data[number * self.beat :][: self.beat], "little")
                await RisingEdge(dut.clk)
        dut.fill_valid.value = 0
        width = int(dut.BLOCK_BITS.value)
        dut.blocks.value = sum(
            write.position // BLOCK % (1 << width) << (n * width) for n, write in enumerate(self.writes)
        )
        dut.sizes.value = sum(len(write.data) // BLOCK << (n * width) for n, write in enumerate(self.writes))
        self.ages = rng.sample(range(self.slots), self.slots)
        dut.newer.value = sum(
            1 << (n * self.slots + m)
            for n in range(self.slots)
            for m in range(self.slots)
            if self.ages[m] > self.ages[n]
        )

    def choose(self, fail_percent: int = 0, only_cached: bool = False) -> Read:
        """A random read; its data is what the newest of its unfinished writes hold."""
        rng = self.rng
        blocks = rng.randrange(1, min(self.most // BLOCK, VOLUME_BLOCKS) + 1)
        position = BLOCK * rng.randrange(VOLUME_BLOCKS - blocks + 1)
        size = blocks * BLOCK
        if only_cached:
            write = rng.choice(self.writes)
            position, size = write.position, len(write.data)
        percent = 100 if only_cached else rng.choice([0, 30, 100])
        members = set()
        data = bytearray(self.image[position : position + size])
        covered = set()
        for number in sorted(range(self.slots), key=self.ages.__getitem__):
            write = self.writes[number]
            first, last = max(position, write.position), min(position + size, write.position + len(write.data))
            if first < last and chance(rng, percent):
                members.add(number)
                data[first - position : last - position] = write.data[first - write.position : last - write.position]
                covered |= set(range(first, last, BLOCK))
        needs_device = len(covered) < size // BLOCK
        return Read(
            -1, rng.getrandbits(16), rng.randrange(2), position, size, rng.getrandbits(64),
            rng.randrange(self.devices), BLOCK * rng.randrange(1 << 30), frozenset(members), bytes(data), needs_device,
            needs_device and chance(rng, fail_percent),
        )  # fmt: skip

    async def take(self, read: Read) -> None:
        """The read's step, in any slot that is free."""
        dut = self.dut
        await RisingEdge(dut.clk)  # after it `read_free` knows of the read before
        await until(dut, lambda: dut.read_free.value)
        read.slot = int(dut.host_read_inst.take_slot.value)
        assert read.slot not in self.waiting
        for name in ("tag", "volume", "position", "size", "order", "device", "device_address"):
            getattr(dut, name).value = getattr(read, name)
        dut.overlapping_writes.value = sum(1 << number for number in read.writes)
        dut.take.value = 1
        self.taken.append(read)
        await RisingEdge(dut.clk)
        dut.take.value = 0

    async def watch(self) -> None:
        """Every cycle: what the directory learns, device reads, packets and responses."""
        dut, rng = self.dut, self.rng
        while True:
            dut.response_ready.value = ready = chance(rng, self.response_percent)
            dut.lookup_slot.value = slot = rng.randrange(self.reads)
            dut.write_cache_taken.value = chance(rng, self.taken_percent)
            await RisingEdge(dut.clk)
            stepping = [int(getattr(dut, name).value) for name in ("volume", "position", "size")]
            done = int(dut.reads_done.value)
            waiting = dict(self.waiting)
            expected = sum(1 << n for n, read in waiting.items() if read.overlaps(*stepping))
            assert int(dut.overlapping_reads.value) == expected
            for number in [n for n in range(self.reads) if done >> n & 1]:
                del self.waiting[number]
            valid = int(dut.device_read_valid.value)
            if valid:
                self.device_asked(valid, waiting)
            if slot in waiting:
                found = [int(getattr(dut, f"lookup_{name}").value) for name in ("volume", "position", "size", "order")]
                read = waiting[slot]
                assert found == [read.volume, read.position, read.size, read.order]
            needed = int(dut.needed_slots.value)
            for read in waiting.values():
                assert all(needed >> slot & 1 for slot in read.writes)
            if dut.m_axis_read_tvalid.value and dut.m_axis_read_tready.value and dut.m_axis_read_tlast.value:
                self.packets += 1
                self.names.append(int(dut.m_axis_read_tid.value))
            if ready and dut.response_valid.value:
                answer = int(dut.response_tag.value), int(dut.response_status.value)
                self.responses.append(answer)
                # a read's packet comes before its answer
                assert self.packets >= sum(status == OK for _, status in self.responses)
            if dut.take.value:
                self.waiting[self.taken[-1].slot] = self.taken[-1]

    def device_asked(self, valid: int, waiting: dict[int, Read]) -> None:
        """A device is asked for the whole range of a read, once, and only if it has to."""
        dut = self.dut
        read = waiting[int(dut.device_read_slot.value)]
        assert read.needs_device and read not in self.asked and valid == 1 << read.device
        assert (
            int(dut.device_read_address.value) == read.device_address and int(dut.device_read_size.value) == read.size
        )
        self.asked.append(read)
        self.at_device.append(read)

    async def serve_devices(self) -> None:
        """Bring the data of device reads into their slots, or let them fail; in any order between the devices."""
        dut, rng = self.dut, self.rng
        while True:
            await RisingEdge(dut.clk)
            firsts = {read.device: read for read in reversed(self.at_device) if read.device not in self.hung}
            if not firsts or chance(rng, self.latency):
                continue
            read = rng.choice([firsts[device] for device in sorted(firsts)])
            self.at_device.remove(read)
            if read.fails:
                dut.failed.value, dut.failed_slot.value = 1, read.slot
                await RisingEdge(dut.clk)
                dut.failed.value = 0
                continue
            content = self.image[read.position : read.position + read.size]
            beats = read.size // self.beat
            for number in range(beats):
                dut.device_fill_valid.value = 1 << read.device
                dut.device_fill_address.value = read.slot * (self.most // self.beat) + number
                dut.device_fill_data.value = int.from_bytes(content[number * self.beat :][: self.beat], "little")
                if number == beats - 1:
                    dut.device_read_done.value = 1 << read.device
                    width = len(dut.device_read_slot)
                    dut.device_read_done_slot.value = read.slot << (read.device * width)
                await RisingEdge(dut.clk)
            dut.device_fill_valid.value = dut.device_read_done.value = 0

    async def finish(self) -> None:
        """Wait for every answer; check answers, packets, and that nothing is left."""
        await until(self.dut, lambda: len(self.responses) == len(self.taken))
        waiting = {read.tag: read for read in self.taken}
        good = []
        for tag, status in self.responses:
            read = waiting.pop(tag)
            assert status == (DEVICE_ERROR if read.fails else OK)
            if not read.fails:
                # packets come in the order of the answers
                good.append(tag)
                frame = self.sink.recv_nowait()
                assert b"".join(value.to_bytes(self.beat, "little") for value in frame.tdata) == read.data
        assert self.names == good
        assert self.sink.empty()
        assert [read for read in self.taken if read.needs_device] == self.asked
        await RisingEdge(self.dut.clk)
        await RisingEdge(self.dut.clk)
        assert self.dut.idle.value == 1 and not self.waiting and int(self.dut.needed_slots.value) == 0
        self.taken, self.asked, self.responses, self.names, self.packets = [], [], [], [], 0


@cocotb.test
async def test_reads_return_the_newest_write_or_the_device(dut: Any) -> None:
    """Random reads over random unfinished writes:
    all in cache, none, mixed; some devices fail; pauses on every side.
    """
    bench = Bench(dut)
    rng = await bench.prepare()
    kinds: dict[tuple[bool, bool, bool], int] = {}
    wanted = {(False, True, False), (True, False, False), (True, True, False), (True, True, True)}
    rounds = ((0, 100, 0), (40, 20, 50), (10, 100, 90), (70, 50, 0))
    for number in range(MOST_ROUNDS):
        if number >= len(rounds) and wanted <= set(kinds):
            break
        percent, response_percent, latency = rounds[number % len(rounds)]
        bench.sink.set_pause_generator(pauses(rng, percent) if percent else None)
        bench.sink.pause = False
        bench.response_percent, bench.latency = response_percent, latency
        await bench.fill()
        for _ in range(4 * bench.reads):
            read = bench.choose(fail_percent=20)
            kind = read.needs_device, bool(read.writes), read.fails
            kinds[kind] = kinds.get(kind, 0) + 1
            await bench.take(read)
            while chance(rng, 30):
                await RisingEdge(dut.clk)
        await bench.finish()
    assert wanted <= set(kinds), kinds


@cocotb.test
async def test_reads_in_cache_follow_each_other_without_a_bubble(dut: Any) -> None:
    """A host that is always ready gets a beat in every cycle, from the second read on."""
    bench = Bench(dut)
    await bench.prepare()
    bench.taken_percent = 100
    await bench.fill()
    beats = 0
    bench.sink.pause = True
    for _ in range(bench.reads):
        read = bench.choose(only_cached=True)
        assert not read.needs_device
        beats += read.size // bench.beat
        await bench.take(read)
    for _ in range(bench.reads * 8):
        await RisingEdge(dut.clk)  # all are walked now
    bench.sink.pause = False
    await until(dut, lambda: dut.m_axis_read_tready.value)
    for moved in range(beats):
        assert dut.m_axis_read_tvalid.value, f"bubble after {moved} of {beats} beats"
        await RisingEdge(dut.clk)
    await bench.finish()


@cocotb.test
async def test_no_answer_is_lost_while_the_host_takes_none(dut: Any) -> None:
    """Reads stop when the answers that wait would not fit, and all go on afterwards."""
    bench = Bench(dut)
    await bench.prepare()
    await bench.fill()
    bench.response_percent = 0
    count = 4 * bench.reads

    async def take() -> None:
        for _ in range(count):
            await bench.take(bench.choose(only_cached=True))

    task = cocotb.start_soon(take())
    await ClockCycles(dut.clk, 1500)
    assert not task.done() and not bench.responses
    bench.response_percent = 50
    await task
    await bench.finish()


@cocotb.test
async def test_no_read_is_taken_when_every_place_is_in_use(dut: Any) -> None:
    """`read_free` falls with the last place, and rises when a read has left."""
    bench = Bench(dut)
    await bench.prepare()
    await bench.fill()
    bench.sink.pause = True
    for _ in range(bench.reads):
        await bench.take(bench.choose(only_cached=True))
    await RisingEdge(dut.clk)
    for _ in range(50):
        await RisingEdge(dut.clk)
        assert dut.read_free.value == 0
    bench.sink.pause = False
    await until(dut, lambda: dut.read_free.value)
    await bench.finish()


@cocotb.test
async def test_reads_of_a_device_that_hangs_hold_up_no_others(dut: Any) -> None:
    """All but one slot wait for a device that does not answer; reads of another one pass them, and then they come."""
    bench = Bench(dut)
    await bench.prepare()
    await bench.fill()
    bench.hung = {0}

    async def take_from(device: int) -> None:
        read = bench.choose()
        while not read.needs_device:
            read = bench.choose()
        read.device = device
        await bench.take(read)

    for _ in range(bench.reads - 1):
        await take_from(0)
    passed = 5
    for number in range(passed):
        await take_from(1)
        await until(dut, lambda count=number + 1: len(bench.responses) == count)
    assert [tag for tag, _ in bench.responses] == [read.tag for read in bench.taken[-passed:]]
    bench.hung = set()
    await bench.finish()
