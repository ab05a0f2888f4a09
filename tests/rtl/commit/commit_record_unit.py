"""cocotb tests of commit_record.v: the layout of docs/commit_trace.md, and what happens when `tready` is low."""

import random
from collections import deque
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge
from cocotbext.axi import AxiStreamBus, AxiStreamSink

from mirrorlog.formats.commit_record import RECORD_BYTES, VERSION, CommitRecord
from tests.rtl.units import chance, pauses, start, until

NONE, NO_STATE = 0xFFFF, 0xFF
# Cycles from the grant of a step, which looks at `room`, to its record
LATENCY = 4
POINTERS = (
    "update_information_newest", "update_information_oldest", "update_information_commit", "write_data_newest",
    "write_data_oldest", "write_data_commit", "read_initiation", "retry_initiation",
)  # fmt: skip
WIDTHS = {
    "outcome": 12, "creation": 12, "status": 8, "cycle": 48, "tag": 16, "position": 64, "size": 32, "received": 32,
    "has_crc": 1, "reference": 64, "volume_named": 1, "volume": 16, "volume_valid": 1, "pair_valid": 1,
    "group_valid": 1, "pair": 16,
    "group": 16, "journal_volume_valid": 1, "volume_state": 3, "pair_state": 3, "group_state": 2, "reason": 8,
    "journal_volume_state": 3,
    "update_number": 64, "copy_complete_address": 48, "data_offset": 64, "process_code": 4, "pointers": 8 * 48,
}  # fmt: skip


def random_step(rng: random.Random) -> dict[str, int]:
    """Any value in every input; what has no volume has no pair, what has a pair has a group, and what has none shows
    nothing of it. There are 8 pairs and 4 groups; what is none of them is not shown.
    """
    step = {name: rng.getrandbits(width) for name, width in WIDTHS.items()}
    step["volume_named"] = chance(rng, 85)
    step["volume_valid"] &= step["volume_named"]
    step["pair_valid"] &= step["volume_valid"]
    step["group_valid"] |= step["pair_valid"]
    step["journal_volume_valid"] &= step["group_valid"]
    step["pair"] %= 8 if step["pair_valid"] else 1 << 16
    step["group"] %= 4 if step["group_valid"] else 1 << 16
    for name in ("update_number", "data_offset", "pointers"):
        step[name] *= step["group_valid"]
    step["pointers"] &= sum(0xFFFFFFFFFFC0 << 48 * n for n in range(8))  # whole update informations
    step["copy_complete_address"] *= step["pair_valid"]
    step["copy_complete_address"] &= 0xFFFFFFFFFE00  # whole blocks
    return step


def record_of(step: dict[str, int], crc: int, system: int) -> CommitRecord:
    """The record that a step retires, with the CRC of its journal if it has one."""
    paired, grouped = bool(step["pair_valid"]), bool(step["group_valid"])
    pointers = {name: step["pointers"] >> (48 * n) & ((1 << 48) - 1) for n, name in enumerate(POINTERS)}
    same = ("outcome", "creation", "status", "cycle", "tag", "size", "position", "received", "reference")
    return CommitRecord(
        **{name: step[name] for name in same}, **pointers,
        version=VERSION, process=step["process_code"], system=system, reserved=0, info_crc=crc,
        reason=step["reason"] if grouped else NO_STATE,
        volume=step["volume"] if step["volume_named"] else NONE,
        pair=step["pair"] if paired else NONE, group=step["group"] if grouped else NONE,
        volume_state=step["volume_state"] if step["volume_valid"] else NO_STATE,
        pair_state=step["pair_state"] if paired else NO_STATE, group_state=step["group_state"] if grouped else NO_STATE,
        journal_volume_state=step["journal_volume_state"] if step["journal_volume_valid"] else NO_STATE,
        update_number=step["update_number"], copy_complete_address=step["copy_complete_address"],
        data_offset=step["data_offset"],
    )  # fmt: skip


class Bench:
    """Grants steps while there is room; their records come LATENCY cycles later."""

    def __init__(self, dut: Any, crc_percent: int = 100) -> None:
        self.dut, self.crc_percent = dut, crc_percent
        self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis_commit"), dut.clk, dut.rst, byte_lanes=1)
        self.system = int(dut.SYSTEM_NUMBER.value)
        self.expected: deque[CommitRecord] = deque()
        self.pipeline: deque[dict[str, int] | None] = deque([None] * (LATENCY - 1))
        self.granted = 0
        # of journals whose step was taken; they come later
        self.crcs: deque[int] = deque()

    async def cycle(self, rng: random.Random, wanted: bool) -> bool:
        """One cycle; `wanted`: a step would like to begin. Returns whether it did."""
        step = self.pipeline.popleft()
        self.dut.valid.value = step is not None
        for name, value in (step or {}).items():
            getattr(self.dut, name).value = int(value)
        self.dut.crc_valid.value = comes = bool(self.crcs) and chance(rng, self.crc_percent)
        if comes:
            self.dut.crc.value = self.crcs.popleft()
        if step is not None:
            crc = rng.getrandbits(32) if step["has_crc"] else 0
            if step["has_crc"]:
                self.crcs.append(crc)
            self.expected.append(record_of(step, crc, self.system))
        await RisingEdge(self.dut.clk)
        grant = wanted and bool(self.dut.room.value)
        begun = random_step(rng) if grant else None
        self.pipeline.append(begun)
        self.granted += begun is not None
        return grant

    async def drain(self, rng: random.Random) -> None:
        """No more steps; every record comes, in order, and no other."""
        for _ in range(100):
            await self.cycle(rng, wanted=False)
        while self.expected:
            found = CommitRecord.unpack(self.sink.recv_nowait().tdata[0].to_bytes(RECORD_BYTES, "little"))
            assert found == self.expected.popleft()
        assert self.sink.empty()


@cocotb.test
async def test_every_field_has_its_place_and_no_record_is_lost_when_tready_is_low(dut: Any) -> None:
    """Random steps under all rates of `tready`; the records are those of the model's layout, in order."""
    bench = Bench(dut)
    rng = await start(dut, valid=0, crc_valid=0, **dict.fromkeys(WIDTHS, 0))
    for percent, rate, bench.crc_percent in ((0, 100, 100), (50, 100, 50), (90, 100, 100), (30, 30, 20)):
        bench.sink.set_pause_generator(pauses(rng, percent) if percent else None)
        bench.sink.pause = False
        for _ in range(150):
            await bench.cycle(rng, chance(rng, rate))
        bench.sink.clear_pause_generator()
        bench.sink.pause = False
        await bench.drain(rng)
    assert bench.granted > 200


@cocotb.test
async def test_steps_stop_while_tready_is_low_and_go_on_afterwards(dut: Any) -> None:
    """A few steps, then none, for as long as it takes; then one in every cycle again."""
    bench = Bench(dut)
    rng = await start(dut, valid=0, crc_valid=0, **dict.fromkeys(WIDTHS, 0))
    bench.sink.pause = True
    await RisingEdge(dut.clk)
    for _ in range(50):
        await bench.cycle(rng, wanted=True)
    assert 1 <= bench.granted <= 16
    assert not await bench.cycle(rng, wanted=True)
    bench.sink.pause = False
    for _ in range(20):
        await bench.cycle(rng, wanted=True)
    before = bench.granted
    for _ in range(100):
        await bench.cycle(rng, wanted=True)
    assert bench.granted == before + 100
    await bench.drain(rng)


@cocotb.test
async def test_a_record_waits_unchanged_until_it_is_taken(dut: Any) -> None:
    """AXI-Stream: `tvalid` stays, and so does the beat."""
    bench = Bench(dut)
    rng = await start(dut, valid=0, crc_valid=0, **dict.fromkeys(WIDTHS, 0))
    bench.sink.pause = True
    await bench.cycle(rng, wanted=True)
    await until(dut, lambda: not all(step is None for step in bench.pipeline), 5)
    for _ in range(LATENCY + 2):
        await bench.cycle(rng, wanted=False)
    beat = int(dut.m_axis_commit_tdata.value)
    for _ in range(20):
        await bench.cycle(rng, wanted=True)
        assert dut.m_axis_commit_tvalid.value == 1 and int(dut.m_axis_commit_tdata.value) == beat
    bench.sink.pause = False
    await bench.drain(rng)
