"""cocotb tests of disk_adapter.v, with an AXI4 memory of cocotbext-axi as storage device."""

import random
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge
from cocotbext.axi import AxiBus, AxiRam

from tests.rtl.units import chance, pauses, request_field, start, until

BLOCK = 512
SIZE = 1 << 20
INPUTS = dict.fromkeys(
    (
        "fill_valid", "fill_address", "fill_data", "fill_information_valid", "fill_information_slot",
        "fill_information",
        "volume_job_valid", "volume_job_address", "may_write", "may_restore", "journal_job_valid",
        "journal_job_information_address",
        "journal_job_data_address", "journal_job_head_address", "journal_job_size_before_end", "job_slot", "job_size",
        "read_valid", "read_slot", "read_address", "read_size", "request_taken",
    ),
    0,
) | {"cache_taken": 1}  # fmt: skip
VOLUME_WRITE, JOURNAL_WRITE, READ_FAILURE = 3, 4, 5
# clients of the write side
RECEIVED, RESTORE = 2, 3
KIND, SLOT, FAILED = map(request_field, ("kind", "slot", "failed"))


def fields(request: int) -> tuple[int, int, int]:
    """Kind, slot, failed; every other bit must be 0."""
    found = tuple(request >> low & ((1 << bits) - 1) for low, bits in (KIND, SLOT, FAILED))
    assert request == sum(value << low for value, (low, _) in zip(found, (KIND, SLOT, FAILED), strict=True))
    return found[0], found[1], found[2]


class Bench:
    """The cache and the commit stage around the adapter, and what came out of it."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.beat = len(dut.fill_data) // 8
        self.beats = int(dut.MAX_TRANSFER_BYTES.value) // self.beat
        self.ram = AxiRam(AxiBus.from_prefix(dut, "m_axi"), dut.clk, dut.rst, size=SIZE)
        self.ends: list[tuple[int, int, int]] = []
        self.read_failures: list[tuple[int, int, int]] = []
        # clients and slots
        self.reads_done: list[tuple[int, int]] = []
        self.reads_failed: list[tuple[int, int]] = []
        self.read_cache: dict[tuple[int, int], bytes] = {}
        self.both_directions = 0

    async def watch(self, rng: random.Random) -> None:
        """Take requests at random, one of the two at a time, and collect what is read."""
        dut = self.dut
        while True:
            await RisingEdge(dut.clk)
            taken = int(dut.request_taken.value)
            if taken & 1:
                self.ends.append(fields(int(dut.write_request.value)))
            if taken & 2:
                self.read_failures.append(fields(int(dut.read_request.value)))
            # a request stays until it is taken; in the cycle after the taking the next is not known yet
            waiting = int(dut.request_valid.value) if not taken else 0
            dut.request_taken.value = (
                rng.choice([bit for bit in (1, 2) if waiting & bit] or [0]) if chance(rng, 60) else 0
            )
            if dut.read_done.value:
                ends = self.reads_failed if dut.read_done_failed.value else self.reads_done
                ends.append((int(dut.read_done_client.value), int(dut.read_done_slot.value)))
            if dut.read_cache_enable.value:
                data = int(dut.read_cache_data.value).to_bytes(self.beat, "little")
                self.read_cache[int(dut.read_cache_client.value), int(dut.read_cache_address.value)] = data
            self.both_directions += bool(dut.m_axi_wvalid.value) and bool(dut.m_axi_rvalid.value)

    async def fill(self, slot: int, data: bytes, information: bytes) -> None:
        """Put data and update information into a slot."""
        dut = self.dut
        dut.fill_information.value = int.from_bytes(information, "little")
        dut.fill_information_slot.value = slot
        dut.fill_information_valid.value = dut.fill_valid.value = 1
        for number in range(len(data) // self.beat):
            dut.fill_address.value = slot * self.beats + number
            dut.fill_data.value = int.from_bytes(data[number * self.beat :][: self.beat], "little")
            await RisingEdge(dut.clk)
            dut.fill_information_valid.value = 0
        dut.fill_valid.value = 0


@cocotb.test
async def test_writes_journals_and_reads_pass_at_the_same_time(dut: Any) -> None:
    """Both kinds of jobs of every slot, with reads of other places beside them, under pauses."""
    bench = Bench(dut)
    rng = await start(dut, **INPUTS)
    cocotb.start_soon(bench.watch(rng))
    for channel in (bench.ram.write_if.aw_channel, bench.ram.write_if.w_channel, bench.ram.read_if.r_channel):
        channel.set_pause_generator(pauses(rng, 20))
    image = rng.randbytes(64 * BLOCK)
    bench.ram.write(0, image)
    written: list[tuple[int, bytes]] = []
    place = 128 * BLOCK
    dut.may_write.value = (1 << int(dut.CACHE_SLOTS.value)) - 1
    reads = []
    for slot in range(int(dut.CACHE_SLOTS.value)):
        data, information = rng.randbytes(2 * BLOCK), rng.randbytes(64)
        await bench.fill(slot, data, information)
        dut.job_slot.value, dut.job_size.value = slot, len(data)
        dut.volume_job_address.value = place
        dut.journal_job_information_address.value = place + 4 * BLOCK
        dut.journal_job_data_address.value = place + 6 * BLOCK
        dut.journal_job_head_address.value = place + 5 * BLOCK
        dut.journal_job_size_before_end.value = BLOCK
        dut.volume_job_valid.value = dut.journal_job_valid.value = 1
        written += [(place, data), (place + 4 * BLOCK, information)]
        written += [(place + 6 * BLOCK, data[:BLOCK]), (place + 5 * BLOCK, data[BLOCK:])]
        place += 16 * BLOCK
        address = BLOCK * rng.randrange(60)
        client = rng.randrange(2)
        dut.read_valid.value = 1 << client
        dut.read_slot.value, dut.read_address.value, dut.read_size.value = slot, address, 3 * BLOCK
        reads.append((client, slot, address))
        await RisingEdge(dut.clk)
        dut.volume_job_valid.value = dut.journal_job_valid.value = dut.read_valid.value = 0
    slots = int(dut.CACHE_SLOTS.value)
    await until(dut, lambda: len(bench.ends) == 2 * slots and len(bench.reads_done) == slots)
    assert sorted(bench.ends) == sorted(
        (kind, slot, 0) for slot in range(slots) for kind in (VOLUME_WRITE, JOURNAL_WRITE)
    )
    assert not bench.read_failures
    for address, data in written:
        assert bench.ram.read(address, len(data)) == data
    assert sorted(bench.reads_done) == sorted((client, slot) for client, slot, _ in reads)
    for client, slot, address in reads:
        beats = [bench.read_cache[client, slot * bench.beats + number] for number in range(3 * BLOCK // bench.beat)]
        assert b"".join(beats) == image[address : address + 3 * BLOCK]
    assert bench.both_directions > 0


@cocotb.test
async def test_failures_are_requests_that_name_kind_and_slot(dut: Any) -> None:
    """A device that fails every access: each write and journal ends failed, named by client and index, and each read of
    a host asks for the step of its failure; the other readers only learn of it.
    """
    bench = Bench(dut)
    rng = await start(dut, **INPUTS)
    cocotb.start_soon(bench.watch(rng))

    async def fail(*_: Any) -> bytes:
        raise ValueError

    bench.ram.write_if._write = fail
    bench.ram.read_if._read = fail
    slots = int(dut.CACHE_SLOTS.value)
    dut.may_restore.value = (1 << slots) - 1
    for slot, client in ((2, RECEIVED), (1, RESTORE)):
        job_slot = client * slots + slot
        await bench.fill(job_slot, bytes(BLOCK), bytes(64))
        dut.job_slot.value, dut.job_size.value, dut.journal_job_size_before_end.value = job_slot, BLOCK, BLOCK
        dut.volume_job_valid.value, dut.journal_job_valid.value = slot == 1, slot == 2
        dut.read_valid.value, dut.read_slot.value, dut.read_size.value = 3, slot, BLOCK
        await RisingEdge(dut.clk)
        dut.volume_job_valid.value = dut.journal_job_valid.value = dut.read_valid.value = 0
    await until(dut, lambda: len(bench.ends) == 2 and len(bench.reads_failed) == 4)
    await until(dut, lambda: len(bench.read_failures) == 2)
    assert bench.ends == [(JOURNAL_WRITE, RECEIVED << 8 | 2, 1), (VOLUME_WRITE, RESTORE << 8 | 1, 1)]
    assert bench.read_failures == [(READ_FAILURE, 2, 1), (READ_FAILURE, 1, 1)]
    assert not bench.reads_done and sorted(bench.reads_failed) == [(0, 1), (0, 2), (1, 1), (1, 2)]
