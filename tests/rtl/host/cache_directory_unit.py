"""cocotb tests of cache_directory.v: overlaps (write after write, write after read), and when a slot is free again."""

import random
from dataclasses import dataclass, field
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from tests.rtl.units import chance, start

BLOCK = 512
INPUTS = dict.fromkeys(
    (
        "reserve", "reserve_slot", "volume", "position", "size", "enter", "refuse", "slot", "journaled", "order",
        "update_number", "overlapping_reads", "reads_done", "needed_by_reads", "volume_done", "journal_done",
        "done_slot",
        "lookup_slot",
    ),
    0,
)  # fmt: skip


@dataclass
class Slot:
    """A cache slot as the specification of the directory describes it."""

    volume: int = 0
    position: int = 0
    size: int = 0
    journaled: bool = False
    order: int = 0
    update_number: int = 0
    entered: bool = False
    unfinished: bool = False
    journal_unfinished: bool = False
    waits_for_writes: set[int] = field(default_factory=set)
    waits_for_reads: set[int] = field(default_factory=set)

    def overlaps(self, volume: int, position: int, size: int) -> bool:
        """Is it an unfinished write to one of these bytes?"""
        inside = self.position < position + size and position < self.position + self.size
        return self.unfinished and self.volume == volume and inside


@dataclass
class Directory:
    """All slots; `busy` maps the number of each slot in use to it."""

    busy: dict[int, Slot] = field(default_factory=dict)

    def mask(self, what: Any) -> int:
        """Bit n: `what` is true of slot n."""
        return sum(1 << number for number, slot in self.busy.items() if what(slot))


def bits(numbers: Any) -> int:
    """A mask with these bits."""
    return sum(1 << number for number in numbers)


def drive(dut: Any, **values: int) -> None:
    """Set inputs; every event not named is off."""
    events = ("reserve", "enter", "refuse", "volume_done", "journal_done", "reads_done")
    for name in events:
        getattr(dut, name).value = int(values.pop(name, 0))
    for name, value in values.items():
        getattr(dut, name).value = int(value)


class Bench:
    """The directory and its expectation, step by step."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut = dut
        self.rng = rng
        self.slots = int(dut.CACHE_SLOTS.value)
        self.reads = int(dut.READ_SLOTS.value)
        self.expected = Directory()
        self.needed: set[int] = set()
        self.pending_reads: set[int] = set()
        self.order = 0
        self.seen_waits = self.seen_read_waits = self.seen_kept = 0

    def choose_step(self) -> tuple[str, int]:
        """A step of the commit stage that can happen now, and its slot."""
        slots = self.expected.busy
        steps = [("enter", n) for n, s in slots.items() if not s.entered] * 2
        steps += [("refuse", n) for n, s in slots.items() if not s.entered and chance(self.rng, 10)]
        steps += [
            ("volume", n) for n, s in slots.items() if s.unfinished and not s.waits_for_writes | s.waits_for_reads
        ]
        steps += [("journal", n) for n, s in slots.items() if s.journal_unfinished]
        steps += [("lookup", self.rng.randrange(self.slots))]
        return self.rng.choice(steps)

    async def cycle(self) -> None:
        """One cycle: at most one step, a reservation, reads done, all at random."""
        rng, slots = self.rng, self.expected.busy
        step, number = self.choose_step() if chance(rng, 80) else ("lookup", 0)
        volume, position, size = rng.randrange(2), BLOCK * rng.randrange(12), BLOCK * rng.randrange(1, 5)
        journaled, update_number = chance(rng, 50), rng.getrandbits(64)
        done = {n for n in self.pending_reads if chance(rng, 20)}
        new = {n for n in range(self.reads) if n not in self.pending_reads and chance(rng, 20)}
        self.pending_reads |= new
        overlapping_reads = {n for n in self.pending_reads if chance(rng, 30)}
        unused = [n for n in range(self.slots) if n not in slots]
        reserved = rng.choice(unused) if unused and chance(rng, 40) else None
        self.needed = {
            n for n, s in slots.items() if s.entered and (n in self.needed or s.unfinished) and chance(rng, 60)
        }
        self.order += step == "enter"
        drive(
            self.dut, reserve=reserved is not None, reserve_slot=reserved or 0, volume=volume, position=position,
            size=size,
            enter=step == "enter", refuse=step == "refuse", slot=number, journaled=journaled, order=self.order,
            update_number=update_number, overlapping_reads=bits(overlapping_reads), reads_done=bits(done),
            needed_by_reads=bits(self.needed), volume_done=step == "volume", journal_done=step == "journal",
            done_slot=number, lookup_slot=number,
        )  # fmt: skip
        await RisingEdge(self.dut.clk)
        overlapping = {n for n, s in slots.items() if s.overlaps(volume, position, size)}
        self.check(volume, overlapping, number)
        # the clock edge
        self.seen_kept += sum(
            s.entered and not s.unfinished and not s.journal_unfinished and n in self.needed for n, s in slots.items()
        )
        leaving = [
            n
            for n, s in slots.items()
            if s.entered and not s.unfinished and not s.journal_unfinished and n not in self.needed
        ]
        for slot in slots.values():
            slot.waits_for_reads -= done
        match step:
            case "enter":
                waits_for_reads = overlapping_reads - done
                slots[number] = Slot(
                    volume, position, size, journaled, self.order, update_number, True, True, journaled, overlapping,
                    waits_for_reads
                )  # fmt: skip
                self.seen_waits += bool(overlapping)
                self.seen_read_waits += bool(waits_for_reads)
            case "refuse":
                del slots[number]
            case "volume":
                slots[number].unfinished = False
                for slot in slots.values():
                    slot.waits_for_writes.discard(number)
            case "journal":
                slots[number].journal_unfinished = False
        for number in leaving:
            del slots[number]
        self.pending_reads -= done
        if reserved is not None:
            slots[reserved] = Slot()

    def check(self, volume: int, overlapping: set[int], number: int) -> None:
        """Every output of this cycle."""
        dut, slots, expected = self.dut, self.expected.busy, self.expected
        assert int(dut.slot_busy.value) == bits(slots)
        assert dut.idle.value == (not slots)
        assert int(dut.overlapping.value) == bits(overlapping)
        assert int(dut.of_volume.value) == expected.mask(lambda s: s.unfinished and s.volume == volume)
        waiting = expected.mask(lambda s: s.unfinished and bool(s.waits_for_writes | s.waits_for_reads))
        entered = expected.mask(lambda s: s.unfinished)
        assert int(dut.may_write.value) & entered == entered & ~waiting
        slot = slots.get(number)
        if slot is not None and slot.entered:
            newer = int(dut.newer.value) >> (number * self.slots) & ((1 << self.slots) - 1)
            after = expected.mask(lambda s: s.entered and s.order > slot.order)
            assert newer & expected.mask(lambda s: s.entered) == after
            found = (
                int(dut.lookup_volume.value), int(dut.lookup_position.value), int(dut.lookup_size.value),
                bool(dut.lookup_journaled.value), int(dut.lookup_order.value), int(dut.lookup_update_number.value),
            )  # fmt: skip
            assert found == (slot.volume, slot.position, slot.size, slot.journaled, slot.order, slot.update_number)
            width = int(dut.BLOCK_BITS.value)
            mask = (1 << width) - 1
            assert int(dut.blocks.value) >> (number * width) & mask == slot.position // BLOCK & mask
            assert int(dut.sizes.value) >> (number * width) & mask == slot.size // BLOCK


@cocotb.test
async def test_slots_wait_leave_and_become_free_as_described(dut: Any) -> None:
    """Random steps, one a cycle, with reservations and reads at any time; all outputs in every cycle."""
    # positions are unknown until a slot is entered: enter and finish each once
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng)
    for number in range(bench.slots):
        drive(dut, reserve=1, reserve_slot=number)
        await RisingEdge(dut.clk)
        drive(dut, enter=1, slot=number, journaled=0)
        await RisingEdge(dut.clk)
        drive(dut, volume_done=1, done_slot=number)
        await RisingEdge(dut.clk)
    drive(dut)
    await RisingEdge(dut.clk)
    await RisingEdge(dut.clk)
    for _ in range(6000):
        await bench.cycle()
    assert bench.seen_waits > 50 and bench.seen_read_waits > 50 and bench.seen_kept > 50


@cocotb.test
async def test_a_later_write_does_not_hold_an_earlier_one_up(dut: Any) -> None:
    """Three overlapping writes: each waits for those before it only, and leaves as they finish."""
    await start(dut, **INPUTS)
    for number in range(3):
        drive(dut, reserve=1, reserve_slot=number)
        await RisingEdge(dut.clk)
        drive(dut, enter=1, slot=number, volume=1, position=0, size=BLOCK, journaled=0)
        await RisingEdge(dut.clk)
    drive(dut)
    for number in range(3):
        await RisingEdge(dut.clk)
        assert int(dut.may_write.value) & 0b111 == (1 << (number + 1)) - 1
        drive(dut, volume_done=1, done_slot=number)
        await RisingEdge(dut.clk)
        drive(dut)
    await RisingEdge(dut.clk)
    await RisingEdge(dut.clk)
    assert dut.idle.value == 1
