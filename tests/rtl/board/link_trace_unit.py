"""cocotb tests of link_trace.v."""

from typing import Any

import cocotb
from cocotb.triggers import ReadOnly, RisingEdge, Timer

from tb.link.frames import Event, TraceReader
from tests.rtl.units import chance, start

# What the system takes, in the order of the trace, then what it gives behind its record: port, kind, port of the fields
# and of `told`
TAKES = (
    ("command", Event.HOST_COMMAND),
    ("write_data", Event.WRITE_DATA),
    ("register_write", Event.REGISTER_WRITE),
    ("register_read", Event.REGISTER_READ),
)
GIVES = (
    ("read_data", Event.READ_DATA, "read_data"),
    ("response", Event.HOST_RESPONSE, "response"),
    ("register_written", Event.REGISTER_WRITTEN, "register"),
    ("register_data", Event.REGISTER_DATA, "register"),
    ("packet_first", Event.PACKET_FIRST, ""),
    ("packet_out", Event.PACKET_OUT, "packet_out"),
)
# Bytes of each field of an item, as they lie in the port
FIELDS = {
    Event.READ_DATA: (2, 2),
    Event.HOST_RESPONSE: (2, 1),
    Event.REGISTER_WRITTEN: (1,),
    Event.REGISTER_DATA: (1, 8),
    Event.PACKET_OUT: (2,),
}


@cocotb.test
async def test_events_and_records_leave_in_their_order_with_their_cycles(dut: Any) -> None:
    """Any of them in the same cycle, many and few; fields stay until they are told, records until they are taken."""
    devices = len(dut.device_write)
    ports = [port for port, _ in TAKES] + [port for port, _, _ in GIVES] + ["device_write", "device_read", "packet_in"]
    fields = [f"{name}_fields" for name in ("read_data", "response", "register", "packet_out")]
    inputs = dict.fromkeys((*ports, *fields, "s_axis_commit_tdata", "s_axis_commit_tvalid", "out_ready"), 0)
    rng = await start(dut, **inputs)
    want: list[tuple[Event, int, int | None, tuple[int, ...], bytes]] = []
    reader, items = TraceReader(), []
    untold: set[str] = set()
    record, offered, queued = bytearray(128), False, False
    # the edge that ended the reset was that of cycle 0
    cycle, busy, together = 1, 30, 0
    for step in range(6000):
        if step % 250 == 0:
            busy, rate = rng.choice((1, 5, 40, 90)), rng.choice((20, 70, 100))
        quiet = step > 4500
        # what is ready is known behind the edge
        await Timer(1, "ns")
        room = bool(dut.room.value) and not quiet
        now: list[tuple[Event, int, int | None, tuple[int, ...], bytes]] = []
        for port, event in TAKES:
            happens = room and chance(rng, busy)
            getattr(dut, port).value = happens
            now += [(event, 0, cycle, (), b"")] if happens else []
        written, read = (rng.getrandbits(devices) if room and chance(rng, busy) else 0 for _ in range(2))
        dut.device_write.value, dut.device_read.value = written, read
        for device in range(devices):
            for value, event in ((written, Event.DEVICE_WRITE), (read, Event.DEVICE_READ)):
                now += [(event, device, cycle, (), b"")] if value >> device & 1 else []
        happens = room and chance(rng, busy)
        dut.packet_in.value = happens
        now += [(Event.PACKET_IN, 0, cycle, (), b"")] if happens else []
        if not offered and not quiet and chance(rng, busy):
            for _ in range(rng.choice((0, 2, 60))):
                record[rng.randrange(128)] = rng.randrange(256)
            dut.s_axis_commit_tdata.value, offered = int.from_bytes(record, "little"), True
        dut.s_axis_commit_tvalid.value = offered
        place = len(now)
        for port, event, name in GIVES:
            happens = room and name not in untold and chance(rng, busy)
            getattr(dut, port).value = happens
            values: tuple[int, ...] = ()
            if happens and name:
                untold.add(name)
                values = tuple(rng.getrandbits(8 * size) for size in FIELDS[event])
                text = b"".join(
                    value.to_bytes(size, "little") for value, size in zip(values, FIELDS[event], strict=True)
                )
                later = getattr(dut, f"{name}_fields"), int.from_bytes(text, "little")
                cocotb.start_soon(_after(dut, *later))
            now += [(event, 0, cycle, values, b"")] if happens else []
        dut.out_ready.value = ready = chance(rng, rate) or quiet
        await ReadOnly()
        if offered and not queued and dut.room.value:
            queued = True
            now.insert(place, (Event.RECORD, 0, None, (), bytes(record)))
        together += len(now) > 1
        want += now
        if ready and dut.out_valid.value:
            items += reader.feed(bytes((int(dut.out_data.value),)))
        told = {name for name in untold if getattr(dut, f"{name}_told").value}
        taken = bool(dut.s_axis_commit_tready.value)
        await RisingEdge(dut.clk)
        untold -= told
        if taken:
            assert offered and queued
            offered = queued = False
        cycle += 1
    found, at = [], 0
    for item in items:
        if item.event != Event.RECORD:
            at += item.delta or 0
        where = None if item.event == Event.RECORD else at
        found.append((item.event, item.device, where, item.fields, item.record))
    for place, (said, happened) in enumerate(zip(found, want, strict=False)):
        assert said == happened, (place, found[place - 1])
    assert len(found) == len(want) and together > 20 and not untold and not offered


async def _after(dut: Any, port: Any, value: int) -> None:
    """Fields are there from the cycle behind the event on."""
    await RisingEdge(dut.clk)
    port.value = value
