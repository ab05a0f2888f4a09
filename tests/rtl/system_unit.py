"""cocotb tests of the commit stage within a storage system: what a step sends out, and how `tready` holds steps up."""

import random
import zlib
from collections import deque
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge
from cocotbext.axi import (
    AxiBus,
    AxiLiteBus,
    AxiLiteMaster,
    AxiRam,
    AxiResp,
    AxiStreamBus,
    AxiStreamFrame,
    AxiStreamSink,
    AxiStreamSource,
)  # fmt: skip

from mirrorlog.formats.commit_record import RECORD_BYTES, CommitRecord, Creation, Process
from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from tb.handles.registers import register_addresses
from tests.rtl.units import pauses, start, until, within

READ, WRITE, FLUSH, JOURNAL_READ = 1, 2, 3, 4
BLOCK = 512
COMMAND_RECEPTION, READ_WRITE = Process.COMMAND_RECEPTION, Process.READ_WRITE
DEVICE_BYTES = 1 << 20
# volume 1 is original, on device 0; volume 2 is the journal volume, on device 1
VOLUME, JOURNAL_VOLUME, PAIR, GROUP = 1, 2, 3, 1
VOLUME_OFFSET, JOURNAL_OFFSET = 64 * BLOCK, 128 * BLOCK
CAPACITY, JOURNAL_CAPACITY, WRITE_DATA_HEAD = 64 * BLOCK, 9 * BLOCK, 512
TABLES = {
    f"volume[{VOLUME}].state": 2, f"volume[{VOLUME}].capacity": CAPACITY, f"volume[{VOLUME}].pair": PAIR,
    f"volume[{VOLUME}].offset": VOLUME_OFFSET, f"volume[{JOURNAL_VOLUME}].state": 1,
    f"volume[{JOURNAL_VOLUME}].capacity": JOURNAL_CAPACITY, f"volume[{JOURNAL_VOLUME}].device": 1,
    f"volume[{JOURNAL_VOLUME}].offset": JOURNAL_OFFSET, f"pair[{PAIR}].state": 3, f"pair[{PAIR}].group": GROUP,
    f"group[{GROUP}].state": 1, f"group[{GROUP}].pair_set": 1 << PAIR, f"group[{GROUP}].journal_volume": JOURNAL_VOLUME,
    f"group[{GROUP}].write_data_head": WRITE_DATA_HEAD,
    f"group[{GROUP}].full_policy": 2, f"group[{GROUP}].update_number": 40, f"group[{GROUP}].data_offset": 7 * BLOCK,
    **{f"group[{GROUP}].write_data_{name}": WRITE_DATA_HEAD + 6 * BLOCK for name in ("newest", "oldest", "commit")},
}  # fmt: skip
FIELDS = ("opcode", "tag", "volume", "position", "size")
INPUTS = dict.fromkeys(
    ("time_ns", "s_host_command_valid", *(f"s_host_command_{name}" for name in FIELDS), "m_host_response_ready"), 0
)  # fmt: skip


class Bench:
    """Everything around a storage system."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.beat = len(dut.s_axis_write_tdata) // 8
        self.devices = [
            AxiRam(AxiBus.from_prefix(dut, f"m_axi{n}"), dut.clk, dut.rst, size=DEVICE_BYTES) for n in range(2)
        ]
        self.terminal = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), dut.clk, dut.rst)
        self.commit = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis_commit"), dut.clk, dut.rst, byte_lanes=1)
        self.write_data = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis_write"), dut.clk, dut.rst, byte_lanes=1)
        self.read_data = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis_read"), dut.clk, dut.rst, byte_lanes=1)
        self.responses: deque[tuple[int, int]] = deque()
        self.addresses = register_addresses(8, 8, 4)

    async def prepare(self, **changes: int) -> random.Random:
        """Reset, load the tables, drop the records of that, start taking answers."""
        self.rng = await start(self.dut, **INPUTS)
        for name, value in {**TABLES, **changes}.items():
            answer = await within(self.terminal.write(self.addresses[name], value.to_bytes(8, "little")))
            assert answer.resp == AxiResp.OKAY, name
        await ClockCycles(self.dut.clk, 10)
        self.records()
        cocotb.start_soon(self.take_answers())
        return self.rng

    async def take_answers(self) -> None:
        """The host takes every answer at once."""
        dut = self.dut
        dut.m_host_response_ready.value = 1
        while True:
            await RisingEdge(dut.clk)
            if dut.m_host_response_valid.value:
                self.responses.append((int(dut.m_host_response_tag.value), int(dut.m_host_response_status.value)))

    async def command(
        self, opcode: int, tag: int, volume: int = VOLUME, position: int = 0, size: int = 0, data: bytes = b""
    ) -> None:
        """Give a host command and its data."""
        dut = self.dut
        if data:
            beats = [int.from_bytes(data[n : n + self.beat], "little") for n in range(0, len(data), self.beat)]
            self.write_data.send_nowait(AxiStreamFrame(beats))
        for name, value in zip(FIELDS, (opcode, tag, volume, position, size), strict=True):
            getattr(dut, f"s_host_command_{name}").value = value
        dut.s_host_command_valid.value = 1
        await RisingEdge(dut.clk)
        await until(dut, lambda: dut.s_host_command_ready.value)
        dut.s_host_command_valid.value = 0

    async def answered(self, count: int) -> None:
        """Wait for so many answers."""
        await until(self.dut, lambda: len(self.responses) >= count)
        await ClockCycles(self.dut.clk, 100)

    def records(self) -> list[CommitRecord]:
        """The commit records since the last call; their cycles never go back."""
        found = []
        while not self.commit.empty():
            found.append(CommitRecord.unpack(self.commit.recv_nowait().tdata[0].to_bytes(RECORD_BYTES, "little")))
        assert [record.cycle for record in found] == sorted(record.cycle for record in found)
        return found


@cocotb.test
async def test_a_journaled_write_reaches_both_devices_and_retires_three_records(dut: Any) -> None:
    """Its journal wraps: every byte on both devices, every field that the step set, the answer at once."""
    bench = Bench(dut)
    rng = await bench.prepare()
    data = rng.randbytes(3 * BLOCK)
    time = rng.getrandbits(64)
    dut.time_ns.value = time
    await bench.command(WRITE, 0x1234, position=5 * BLOCK, size=len(data), data=data)
    await bench.answered(1)
    await until(dut, lambda: bench.commit.count() == 3)
    assert bench.responses == deque([(0x1234, 0)])
    reception, *ends = bench.records()
    information = UpdateInformation(
        40, time, 5 * BLOCK, WRITE_DATA_HEAD + 6 * BLOCK, 7 * BLOCK, len(data), zlib.crc32(data), GROUP, VOLUME,
        JOURNAL_VOLUME, JournalKind.HOST_WRITE,
    ).pack()  # fmt: skip
    crc = int.from_bytes(information[60:], "little")
    expected = {
        "process": COMMAND_RECEPTION, "outcome": CommandOutcome.WRITTEN, "creation": Creation.HOST_WRITE_CREATED,
        "status": 0, "tag": 0x1234, "volume": VOLUME,
        "pair": PAIR, "group": GROUP, "volume_state": 2, "pair_state": 3, "group_state": 1, "journal_volume_state": 1,
        "size": len(data), "position": 5 * BLOCK, "received": len(data), "info_crc": crc, "reference": 1,
        "update_number": 41,
        "data_offset": 10 * BLOCK, "update_information_newest": 64, "update_information_commit": 0,
        "write_data_newest": WRITE_DATA_HEAD + BLOCK, "write_data_commit": WRITE_DATA_HEAD + 6 * BLOCK,
    }  # fmt: skip
    assert {name: getattr(reception, name) for name in expected} == expected
    ends.sort(key=lambda record: record.outcome)
    assert [(r.process, r.outcome, r.reference) for r in ends] == [(READ_WRITE, 1, 1), (READ_WRITE, 3, 40)]
    durable = ends[1]
    assert durable.update_information_commit == 64 and durable.write_data_commit == WRITE_DATA_HEAD + BLOCK
    volume, journal = bench.devices
    assert volume.read(VOLUME_OFFSET + 5 * BLOCK, len(data)) == data
    assert journal.read(JOURNAL_OFFSET, 64) == information
    place = JOURNAL_OFFSET + WRITE_DATA_HEAD
    assert journal.read(place + 6 * BLOCK, 2 * BLOCK) == data[: 2 * BLOCK]
    assert journal.read(place, BLOCK) == data[2 * BLOCK :]


@cocotb.test
async def test_reads_flushes_and_refusals_are_answered_and_order_numbers_count(dut: Any) -> None:
    """A write, a read of it from cache, a flush, and refusals between them."""
    bench = Bench(dut)
    rng = await bench.prepare()
    data = rng.randbytes(2 * BLOCK)
    await bench.command(WRITE, 1, size=len(data), data=data)
    await bench.command(READ, 2, position=BLOCK, size=BLOCK)
    await bench.command(9, 3)
    await bench.command(FLUSH, 4)
    await bench.command(JOURNAL_READ, 5)
    await bench.command(READ, 6, volume=VOLUME + 2, size=BLOCK)
    await bench.command(WRITE, 7, volume=JOURNAL_VOLUME, size=BLOCK, data=bytes(BLOCK))
    await bench.answered(7)
    answers = dict(bench.responses)
    assert answers == {1: 0, 2: 0, 3: 1, 4: 0, 5: 14, 6: 3, 7: 15} and len(bench.responses) == 7
    frame = bench.read_data.recv_nowait()
    assert b"".join(value.to_bytes(bench.beat, "little") for value in frame.tdata) == data[BLOCK:]
    found = [(r.outcome, r.tag, r.status, r.reference) for r in bench.records() if r.process == COMMAND_RECEPTION]
    flushed = CommandOutcome.FLUSH_ANSWERED
    assert [record for record in found if record[0] != flushed] == [
        (CommandOutcome.WRITTEN, 1, 0, 1),
        (CommandOutcome.READ_TAKEN, 2, 0, 2),
        (CommandOutcome.REFUSED, 3, 1, 0),
        (CommandOutcome.FLUSH_TAKEN, 4, 0, 3),
        (CommandOutcome.JOURNAL_READ_REFUSED, 5, 14, 0),
        (CommandOutcome.REFUSED, 6, 3, 0),
        (CommandOutcome.REFUSED, 7, 15, 0),
    ]
    assert [record for record in found if record[0] == flushed] == [(flushed, 4, 0, 3)]


@cocotb.test
async def test_tready_low_holds_steps_up_and_loses_nothing(dut: Any) -> None:
    """While the trace is not taken no more than the queue's records retire and hosts wait; then all go on, in order."""
    bench = Bench(dut)
    await bench.prepare()
    bench.commit.pause = True
    # more than wait in the queues of host commands and of records
    count = 50

    async def give() -> None:
        for tag in range(count):
            await bench.command(9, tag)

    task = cocotb.start_soon(give())
    await ClockCycles(dut.clk, 400)
    held = len(bench.responses)
    assert held < count and not task.done()
    await ClockCycles(dut.clk, 400)
    assert len(bench.responses) == held
    bench.commit.set_pause_generator(pauses(bench.rng, 60))
    await within(task)
    await bench.answered(count)
    bench.commit.clear_pause_generator()
    bench.commit.pause = False
    await ClockCycles(dut.clk, 50)
    assert [(r.outcome, r.tag) for r in bench.records()] == [(CommandOutcome.REFUSED, tag) for tag in range(count)]
    assert [tag for tag, _ in bench.responses] == list(range(count))


@cocotb.test
async def test_no_room_is_answered_as_the_policy_says(dut: Any) -> None:
    """Policy `error`, then `suspend`: the second journal does not fit;
    then pair and group are abnormal and writes go on.
    """
    bench = Bench(dut)
    rng = await bench.prepare()
    data = rng.randbytes(5 * BLOCK)
    await bench.command(WRITE, 1, size=5 * BLOCK, data=data)
    await bench.command(WRITE, 2, size=5 * BLOCK, data=data)
    await bench.answered(2)
    policy = bench.addresses[f"group[{GROUP}].full_policy"]
    await until(dut, lambda: bench.commit.count() == 4)
    await ClockCycles(dut.clk, 50)
    await within(bench.terminal.write(policy, (1).to_bytes(8, "little")))
    await bench.command(WRITE, 3, size=5 * BLOCK, data=data)
    await bench.command(WRITE, 4, size=5 * BLOCK, data=data)
    await bench.answered(4)
    assert list(bench.responses) == [(1, 0), (2, 12), (3, 0), (4, 0)]
    receptions = [record for record in bench.records() if record.process == COMMAND_RECEPTION]
    assert [(r.outcome, r.creation, r.pair_state, r.group_state) for r in receptions] == [
        (CommandOutcome.WRITTEN, Creation.HOST_WRITE_CREATED, 3, 1),
        (CommandOutcome.REFUSED, Creation.NO_ROOM, 3, 1),
        (CommandOutcome.WRITTEN, Creation.NO_ROOM, 4, 2),
        (CommandOutcome.WRITTEN, Creation.NOT_REPLICATED, 4, 2),
    ]
