"""cocotb tests of storage_device.v with an AXI4 manager from cocotbext-axi."""

import logging
import os
import random
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge, with_timeout
from cocotb.utils import get_sim_time
from cocotbext.axi import AxiBus, AxiMaster, AxiResp

from tb.handles.storage_device import DeviceDamage, DeviceError, Kinds, StorageDevice

PERIOD_NS = 4
PREFIX = Path(os.environ["FILES"])
# Address of the device's first byte
BASE = 0x1234_5678_9000


async def start(dut: Any) -> tuple[AxiMaster, StorageDevice]:
    """Reset the device and return a manager and its control."""
    logging.getLogger("cocotb").setLevel(logging.WARNING)
    Clock(dut.clk, PERIOD_NS, unit="ns", impl="gpi").start(start_high=False)
    master = AxiMaster(AxiBus.from_prefix(dut, "s_axi"), dut.clk, dut.rst)
    for channel in (master.write_if, master.read_if):
        channel.log.setLevel(logging.WARNING)
    dut.base.value = BASE
    dut.drain.value = 0
    dut.rst.value = 1
    await ClockCycles(dut.clk, 4)
    dut.rst.value = 0
    await ClockCycles(dut.clk, 2)
    device = StorageDevice(dut, dut.clk, PREFIX, 1, 0)
    device.set_pauses(0, random.Random(0))
    device.set_latency(0, 0)
    return master, device


@cocotb.test()
async def test_storage_device_returns_what_was_written_under_random_pauses(dut: Any) -> None:
    """Overlapping writes of random place and length, with pauses on every channel and latencies; then the dump."""
    master, device = await start(dut)
    generator = random.Random(cocotb.RANDOM_SEED)
    device.set_pauses(40, generator)
    device.set_latency(generator.randrange(20), generator.randrange(20))
    size = int(dut.SIZE_BYTES.value)
    expected = bytearray(size)
    for _ in range(60):
        length = generator.randrange(1, 3000)
        address = generator.randrange(size - length)
        data = generator.randbytes(length)
        expected[address : address + length] = data
        answer = await with_timeout(master.write(BASE + address, data), 1, "ms")
        assert answer.resp == AxiResp.OKAY
        read = await with_timeout(master.read(BASE + address, length), 1, "ms")
        assert read.resp == AxiResp.OKAY and read.data == data
    assert await device.dump() == bytes(expected)


@cocotb.test()
async def test_storage_device_answers_injected_errors_and_leaves_memory_unchanged(dut: Any) -> None:
    """Range, kind, count and response code of an injected error; DECERR beyond the memory."""
    master, device = await start(dut)
    beat = int(dut.DATA_WIDTH.value) // 8
    await master.write(BASE, bytes(range(64)) * 8)
    device.fail(DeviceError(Kinds.WRITES, first=256, last=259, resp=2, count=1))
    assert (await master.write(BASE, b"\xff" * beat)).resp == AxiResp.OKAY  # beside the range
    # ending before it, from within a beat
    assert (await master.write(BASE + 256 - beat + 1, b"\xff" * (beat - 1))).resp == AxiResp.OKAY
    assert (await master.read(BASE + 256, beat)).resp == AxiResp.OKAY  # not the kind
    assert (await master.write(BASE + 256, b"\xaa" * beat)).resp == AxiResp.SLVERR
    assert (await master.read(BASE + 256, beat)).data == (bytes(range(64)) * 8)[256 : 256 + beat]
    assert (await master.write(BASE + 256, b"\xaa" * beat)).resp == AxiResp.OKAY  # only one was to fail
    device.fail(DeviceError(Kinds.READS, resp=3, count=2))
    assert (await master.read(BASE, beat)).resp == AxiResp.DECERR
    assert (await master.read(BASE + 512, beat)).resp == AxiResp.DECERR
    assert (await master.read(BASE + 512, beat)).resp == AxiResp.OKAY
    size = int(dut.SIZE_BYTES.value)
    # the last bytes of the memory, from within a beat
    assert (await master.write(BASE + size - 224 + 1, bytes(223))).resp == AxiResp.OKAY
    assert (await master.write(BASE + size, bytes(beat))).resp == AxiResp.DECERR
    assert (await master.read(BASE + size, beat)).resp == AxiResp.DECERR
    assert (await master.write(BASE - beat, bytes(beat))).resp == AxiResp.DECERR
    assert (await master.read(0, beat)).resp == AxiResp.DECERR


@cocotb.test()
async def test_storage_device_returns_damaged_bytes_as_often_as_it_is_told_to_and_keeps_its_content(dut: Any) -> None:
    """Bytes of a range inverted, or those of another place, without an error, in bursts that touch it."""
    master, device = await start(dut)
    content = bytes(range(256)) * 2
    await master.write(BASE, content)
    device.damage(DeviceDamage(first=130, last=200, count=2))
    damaged = content[:130] + bytes(byte ^ 0xFF for byte in content[130:201]) + content[201:]
    beat = int(dut.DATA_WIDTH.value) // 8
    assert (await master.read(BASE + 256, 256)).data == content[256:]  # beside the range
    for expected in (damaged, damaged, content):
        read = await master.read(BASE, len(content))
        assert (read.resp, read.data) == (AxiResp.OKAY, expected)
    device.damage(DeviceDamage(first=0, last=0))
    assert (await master.read(BASE, beat)).data == b"\xff" + content[1:beat]
    assert (await master.read(BASE, len(content))).data == content
    device.damage(DeviceDamage(first=64, last=127, elsewhere=128))
    elsewhere = content[:64] + content[192:256] + content[128:]
    for expected in (elsewhere, content):
        assert (await master.read(BASE, len(content))).data == expected
    device.damage(DeviceDamage(first=100, last=250, mask=127, pattern=5))
    for expected in (content[:133] + bytes([133 ^ 0xFF]) + content[134:], content):
        assert (await master.read(BASE, len(content))).data == expected


@cocotb.test()
async def test_storage_device_moves_one_beat_each_way_in_every_cycle(dut: Any) -> None:
    """Sixteen whole bursts of writes beside sixteen of reads take little more cycles than they have beats."""
    master, _ = await start(dut)
    beat = int(dut.DATA_WIDTH.value) // 8
    length = 16 * 16 * beat
    began = get_sim_time("ns")
    write = master.init_write(BASE, bytes(length))
    read = master.init_read(BASE + length, length)
    await write.wait()
    await read.wait()
    cycles = (get_sim_time("ns") - began) / PERIOD_NS
    assert cycles <= 16 * 16 + 40, f"{cycles} cycles for {16 * 16} beats each way"


@cocotb.test()
async def test_storage_device_carries_write_bursts_out_whole_or_not_at_all_when_its_system_is_reset(dut: Any) -> None:
    """What was taken whole is answered at once, however long it would have taken; nothing else leaves a trace."""
    logging.getLogger("cocotb").setLevel(logging.WARNING)
    Clock(dut.clk, PERIOD_NS, unit="ns", impl="gpi").start(start_high=False)
    beat = int(dut.DATA_WIDTH.value) // 8
    dut.base.value = BASE
    dut.drain.value, dut.rst.value = 0, 1
    for name in ("awvalid", "wvalid", "arvalid", "bready", "rready", "awid", "arid", "wlast"):
        getattr(dut, f"s_axi_{name}").value = 0
    await ClockCycles(dut.clk, 4)
    dut.rst.value = 0
    device = StorageDevice(dut, dut.clk, PREFIX, 1, 0)
    device.set_pauses(0, random.Random(0))
    device.set_latency(1000, 0)
    before = await device.dump()
    dut.s_axi_wstrb.value = (1 << beat) - 1
    dut.s_axi_awlen.value = 3
    # three bursts of four beats, of which the last one gets two, and one without any
    for index in range(4):
        dut.s_axi_awaddr.value = BASE + 4 * beat * index
        dut.s_axi_awvalid.value = 1
        await RisingEdge(dut.clk)
    dut.s_axi_awvalid.value = 0
    dut.s_axi_wvalid.value = 1
    for index in range(10):
        dut.s_axi_wdata.value = int.from_bytes(bytes([index + 1] * beat), "little")
        await RisingEdge(dut.clk)
    dut.s_axi_wvalid.value = 0
    await ClockCycles(dut.clk, 20)
    dut.drain.value, dut.s_axi_bready.value = 1, 1
    answers = 0
    for _ in range(20):
        await RisingEdge(dut.clk)
        answers += int(dut.s_axi_bvalid.value)
    dut.rst.value = 1
    await ClockCycles(dut.clk, 1)
    dut.drain.value, dut.rst.value = 0, 0
    assert answers == 2
    written = b"".join(bytes([index + 1] * beat) for index in range(8))
    assert await device.dump() == written + before[len(written) :]
    dut.s_axi_bready.value = 0


@cocotb.test()
async def test_storage_device_takes_nothing_as_long_as_it_hangs(dut: Any) -> None:
    """Commands and write data wait at its door, and are served when it takes them again."""
    master, device = await start(dut)
    beat = int(dut.DATA_WIDTH.value) // 8
    device.hold(commands=True)
    await ClockCycles(dut.clk, 1)
    write, read = master.init_write(0, bytes(beat)), master.init_read(0, beat)
    for _ in range(200):
        await RisingEdge(dut.clk)
        assert not any(int(ready.value) for ready in (dut.s_axi_awready, dut.s_axi_wready, dut.s_axi_arready))
    device.hold()
    await with_timeout(write.wait(), 1, "us")
    await with_timeout(read.wait(), 1, "us")


@cocotb.test()
async def test_storage_device_holds_responses_and_keeps_latency(dut: Any) -> None:
    """Held responses come only when released; latency counts from last beat to response, and from read command to
    data."""
    master, device = await start(dut)
    beat = int(dut.DATA_WIDTH.value) // 8
    device.hold(write_responses=True, read_data=True)
    write, read = master.init_write(BASE, bytes(beat)), master.init_read(BASE, beat)
    await ClockCycles(dut.clk, 200)
    assert not write.is_set() and not read.is_set()
    device.hold()
    await with_timeout(write.wait(), 1, "us")
    await with_timeout(read.wait(), 1, "us")
    for latency in (0, 50):
        device.set_latency(latency, latency)
        for start_transfer, valid in (
            (lambda: master.init_write(BASE, bytes(beat)), dut.s_axi_bvalid),
            (lambda: master.init_read(BASE, beat), dut.s_axi_rvalid),
        ):
            await RisingEdge(dut.clk)
            event = start_transfer()
            began = get_sim_time("ns")
            while not int(valid.value):
                await RisingEdge(dut.clk)
            cycles = (get_sim_time("ns") - began) / PERIOD_NS
            assert latency < cycles <= latency + 6, f"{cycles} cycles at latency {latency}"
            await event.wait()
