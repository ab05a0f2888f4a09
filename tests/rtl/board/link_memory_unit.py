"""cocotb tests of link_memory.v: a storage system's bursts on one side, the machine on the other."""

import random
import struct
import zlib
from collections import deque
from typing import Any

import cocotb
from cocotb.triggers import ReadOnly, RisingEdge

from tb.link.memory import MemoryEvent, MemoryReader, Told, check, fill, load, store
from tests.rtl.board.axi_master import REGION, AxiMaster, Memory
from tests.rtl.units import chance, start

SLVERR = 2
ITS_OWN = (Told.BEAT, Told.CHECKED)
MOST_STEPS, PHASE = 4500, 150
# Percent of the cycles in which a port is ready or offers, in which a burst begins; of bursts that write
PHASES = ((100, 30, 90), (100, 5, 5), (30, 30, 50), (80, 15, 5), (20, 40, 95))


class Unit:
    """The device with its master, the machine, and what it must hold."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut, self.rng = dut, rng
        self.master = AxiMaster(dut, rng)
        self.memory = Memory(int(dut.MEMORY_BYTES.value), len(dut.s_axi_wdata) // 8)
        self.line: deque[int] = deque()
        self._reader = MemoryReader(self.memory.beat)
        self.told: list[MemoryEvent] = []
        self.bad = False
        self._room = self._was_room = True
        self._held = {"b": False, "r": False}
        # cycles for which there is no room
        self.closed = 0
        self.closes = True

    async def cycle(self) -> None:
        """One cycle. What is offered anew was allowed by `room`."""
        dut, rng = self.dut, self.rng
        self.master.drive()
        self._was_room = self._room
        if self.closed:
            self.closed -= 1
        elif self.closes and chance(rng, 2):
            self.closed = rng.randrange(1, 60)
        dut.room.value = self._room = self.closed == 0
        dut.in_valid.value = sends = bool(self.line) and chance(rng, 80)
        if sends:
            dut.in_data.value = self.line[0]
        dut.out_ready.value = takes = chance(rng, 70)
        await ReadOnly()
        self.master.sample()
        for name, ready in (("b", dut.s_axi_bready), ("r", dut.s_axi_rready)):
            valid = bool(getattr(dut, f"s_axi_{name}valid").value)
            assert not valid or self._held[name] or self._was_room, f"{name}valid without room"
            self._held[name] = valid and not ready.value
        if sends and dut.in_ready.value:
            self.line.popleft()
        self.bad |= bool(dut.bad.value)
        byte = int(dut.out_data.value) if takes and dut.out_valid.value else None
        await RisingEdge(dut.clk)
        if byte is not None:
            self.told += self._reader.feed(bytes((byte,)))


async def begin(dut: Any) -> Unit:
    """Reset it, and fill all of it."""
    inputs = [*(f"s_axi_{name}" for name in AxiMaster.INPUTS), "in_data", "in_valid", "out_ready", "room"]
    unit = Unit(dut, await start(dut, **dict.fromkeys(inputs, 0)))
    value = unit.rng.randbytes(unit.memory.beat)
    unit.line.extend(fill(0, value, unit.memory.size))
    unit.memory.content[:] = value * (unit.memory.size // unit.memory.beat)
    unit.line.extend(load(unit.memory.size - unit.memory.beat, unit.memory.beat, unit.memory.beat))
    for _ in range(4 * unit.memory.size // unit.memory.beat):
        await unit.cycle()
    assert len(unit.told) == 1
    unit.told.clear()
    return unit


@cocotb.test
async def test_bursts_are_told_with_their_answers_while_the_machine_reads_and_writes(dut: Any) -> None:
    """Everything at once; what was told comes in the order of the bursts, the machine's beats in that of its accesses;
    at the end all that it reads is what must be there."""
    unit = await begin(dut)
    rng, memory, master = unit.rng, unit.memory, unit.master
    bits = 8 * memory.beat
    sent: dict[str, list[Any]] = {"written": [], "read": []}
    # the machine writes a region, and reads it back or checks it
    own: deque[tuple[int, list[int], list[MemoryEvent]]] = deque()

    def beats(data: bytes) -> list[MemoryEvent]:
        places = range(0, len(data), memory.beat)
        return [MemoryEvent(Told.BEAT, data=data[at : at + memory.beat]) for at in places]

    step = 0
    while step < MOST_STEPS or master.writes or master.reads or own:
        step += 1
        assert step < 2 * MOST_STEPS, "something stands still"
        if step % PHASE == 1:
            master.rate, busy, share = PHASES[step // PHASE % len(PHASES)]
        if chance(rng, busy) and len(master.writes) + len(master.reads) < 6 and step < MOST_STEPS:
            region = None if chance(rng, 10) else memory.region(rng)
            if region is None:
                address, count = memory.size + REGION * rng.randrange(64), rng.randrange(1, REGION // memory.beat + 1)
            else:
                address, count = memory.place(rng, region)
            if chance(rng, share):
                master.write(address, [rng.getrandbits(bits) for _ in range(count)])
            else:
                master.ask(address, count)
        if (
            len(unit.line) < 100
            and step < MOST_STEPS
            and chance(rng, 10)
            and (region := memory.region(rng)) is not None
        ):
            address, count = memory.place(rng, region)
            value = (
                [rng.getrandbits(bits)] * count if rng.randrange(2) else [rng.getrandbits(bits) for _ in range(count)]
            )
            data = b"".join(beat.to_bytes(memory.beat, "little") for beat in value)
            same = len(set(value)) == 1
            unit.line.extend(
                fill(address, data[: memory.beat], len(data)) if same else store(address, data, memory.beat)
            )
            checks = bool(rng.randrange(2))
            unit.line.extend((check if checks else load)(address, len(data), memory.beat))
            own.append((address, value, [MemoryEvent(Told.CHECKED, crc=zlib.crc32(data))] if checks else beats(data)))
        await unit.cycle()
        for name, bursts in (("written", master.written), ("read", master.read)):
            while bursts:
                burst = bursts.popleft()
                outside = burst.address >= memory.size
                assert burst.resp == SLVERR * outside
                if name == "written" and not outside:
                    memory.put(burst.address, burst.beats)
                elif not outside:
                    assert burst.beats == memory.beats(burst.address, len(burst.beats))
                sent[name].append(burst)
                if not outside:
                    memory.busy.discard(burst.address // REGION)
        while own and len(came := [event for event in unit.told if event.kind in ITS_OWN]) >= len(own[0][2]):
            address, value, want = own.popleft()
            assert came[: len(want)] == want
            for event in want:
                unit.told.remove(event)
            memory.put(address, value)
            memory.busy.discard(address // REGION)
    for _ in range(100):
        await unit.cycle()
    compare(unit, sent)
    unit.told.clear()
    unit.line.extend(load(0, memory.size, memory.beat))
    for _ in range(4 * memory.size):
        await unit.cycle()
    assert b"".join(event.data for event in unit.told) == memory.content and not unit.bad


def compare(unit: Unit, sent: dict[str, list[Any]]) -> None:
    """What was told is what happened, in order."""
    beat = unit.memory.beat
    told = {kind: [event for event in unit.told if event.kind is kind] for kind in Told}
    data = [b"".join(value.to_bytes(beat, "little") for value in burst.beats) for burst in sent["written"]]
    assert [(event.address, event.data) for event in told[Told.WRITE]] == [
        (burst.address, text) for burst, text in zip(sent["written"], data, strict=True)
    ]
    assert [event.resp for event in told[Told.WRITTEN]] == [burst.resp for burst in sent["written"]]
    assert [(event.address, event.size) for event in told[Told.READ]] == [
        (burst.address, len(burst.beats) * beat) for burst in sent["read"]
    ]
    crcs = [zlib.crc32(b"".join(value.to_bytes(beat, "little") for value in burst.beats)) for burst in sent["read"]]
    assert [(event.resp, event.crc) for event in told[Told.HAS_READ]] == [
        (burst.resp, crc) for burst, crc in zip(sent["read"], crcs, strict=True)
    ]
    assert min(len(sent["written"]), len(sent["read"])) > 15


@cocotb.test
async def test_an_access_that_cannot_be_is_told(dut: Any) -> None:
    """Of no such kind, or outside of the memory."""
    size = int(dut.MEMORY_BYTES.value)
    unit = await begin(dut)
    for kind, address in ((4, 0), (0x11, 0), (0x80, 0), (3, size), (1, size), (1, 1 << 47)):
        unit.line.extend(struct.pack("<BBQ", kind, 0, address)[:8])
        for _ in range(60):
            await unit.cycle()
        assert unit.bad, (kind, address)
        unit.bad = False


@cocotb.test
async def test_a_burst_that_reads_waits_for_what_the_machine_has_begun_to_check(dut: Any) -> None:
    """Each has its own CRC."""
    unit = await begin(dut)
    unit.closes = False
    unit.line.extend(check(0, 256 * unit.memory.beat, unit.memory.beat))
    for _ in range(40):
        await unit.cycle()
    assert not unit.line
    unit.master.ask(64, 4)
    for _ in range(600):
        await unit.cycle()
    data = bytes(unit.memory.content)
    told = {event.kind: event.crc for event in unit.told}
    assert told[Told.CHECKED] == zlib.crc32(data[: 256 * unit.memory.beat])
    assert told[Told.HAS_READ] == zlib.crc32(data[64 : 64 + 4 * unit.memory.beat])


@cocotb.test
async def test_writes_go_on_when_there_is_room_for_their_answers_again(dut: Any) -> None:
    """Several are given while there is none."""
    unit = await begin(dut)
    unit.closed, unit.closes = 400, False
    for number in range(6):
        unit.master.write(REGION * number, [number] * 3)
    for _ in range(1200):
        await unit.cycle()
    assert len(unit.master.written) == 6 and not unit.master.writes
