"""cocotb tests of host_flush.v."""

from dataclasses import dataclass
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from tests.rtl.units import chance, request_field, start

INPUTS = dict.fromkeys(
    ("take", "tag", "volume", "order", "unfinished", "volume_done", "volume_failed", "done_slot", "request_taken"), 0
)
FLUSH = 2
KIND, TAG, VOLUME, REFERENCE, FAILED = map(request_field, ("kind", "tag", "volume", "reference", "failed"))


@dataclass
class Flush:
    """A flush that was taken."""

    tag: int
    volume: int
    order: int
    waits_for: set[int]
    failed: bool = False


@cocotb.test
async def test_each_flush_is_answered_once_all_of_its_writes_are_done(dut: Any) -> None:
    """Random flushes and ends of writes, some failed: none answered early, none lost, each with its own failures."""
    rng = await start(dut, **INPUTS)
    slots, most = int(dut.CACHE_SLOTS.value), int(dut.FLUSHES.value)
    taken: list[Flush] = []
    unfinished: set[int] = set()
    answered = failures = 0
    full = False
    for order in range(1, 4000):
        unfinished |= {n for n in range(slots) if chance(rng, 4)}
        step = rng.choice(["take", "done", "done", "none"])
        tag, volume = rng.getrandbits(16), rng.randrange(64)
        waits_for = {n for n in unfinished if chance(rng, 60)}
        done = rng.choice(sorted(unfinished)) if unfinished else None
        failed = chance(rng, 15)
        take = step == "take" and len(taken) < most
        finish = step == "done" and done is not None
        granted = chance(rng, 40)
        dut.take.value = take
        dut.tag.value, dut.volume.value, dut.order.value = tag, volume, order
        dut.unfinished.value = sum(1 << n for n in waits_for)
        dut.volume_done.value = finish
        dut.volume_failed.value = failed
        dut.done_slot.value = done or 0
        dut.request_taken.value = 0
        await RisingEdge(dut.clk)
        full |= len(taken) == most
        assert dut.flush_free.value == (len(taken) < most)
        assert dut.idle.value == (not taken)
        ready = [flush for flush in taken if not flush.waits_for]
        assert dut.request_valid.value == bool(ready)
        if finish and done is not None:
            unfinished.discard(done)
            for flush in taken:
                if done in flush.waits_for:
                    flush.waits_for.discard(done)
                    flush.failed |= failed
        if take:
            taken.append(Flush(tag, volume, order, waits_for))
        if not granted:
            continue
        dut.take.value = dut.volume_done.value = 0
        await RisingEdge(dut.clk)
        if not dut.request_valid.value:
            continue
        request = int(dut.request.value)
        kind, tag, volume, order_taken, failed_bit = (
            request >> low & ((1 << bits) - 1) for low, bits in (KIND, TAG, VOLUME, REFERENCE, FAILED)
        )
        flush = next(flush for flush in taken if flush.order == order_taken)
        assert not flush.waits_for
        assert (kind, tag, volume, bool(failed_bit)) == (FLUSH, flush.tag, flush.volume, flush.failed)
        dut.request_taken.value = 1
        await RisingEdge(dut.clk)
        assert int(dut.request.value) == request
        taken.remove(flush)
        answered += 1
        failures += flush.failed
    assert answered > 100 and failures > 10 and full
