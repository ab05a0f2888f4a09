"""cocotb test of link.v with two systems: the path between them is inside, and the machine sees what passes it."""

from typing import Any

import cocotb
from cocotb.triggers import ReadOnly, RisingEdge

from tb.link.frames import SECOND, Channel, Event, TraceReader
from tests.rtl.board.link_unit import INPUTS
from tests.rtl.board.machine import Machine
from tests.rtl.units import chance, start, until

WIDTH, PACKETS, MOST_BEATS, LIMIT = 64, 20, 30, 60_000


@cocotb.test
async def test_packets_pass_between_the_systems_and_the_machine_is_told(dut: Any) -> None:
    """At random rates, and while the machine takes nothing for a while: each beat once, in order, in both directions;
    what is offered stays; each trace has a packet's first beat, its end, and the end of what came."""
    rng = await start(dut, **dict.fromkeys(INPUTS, 0))
    machine = Machine(dut, rng)
    cocotb.start_soon(machine.run())
    await until(dut, lambda: machine.hello is not None)
    machine.reset(0x1234_5678)
    await until(dut, lambda: dut.system_rst.value == 1)
    await until(dut, lambda: dut.system_rst.value == 0 and machine.hello is not None)
    assert machine.hello is not None and machine.hello.systems == 2
    for system in range(2):
        machine.credit(Channel.TRACE + SECOND * system, LIMIT)
        machine.credit(Channel.PATH + SECOND * system, LIMIT)
    beats: list[list[tuple[int, bool]]] = [[], []]
    for own in beats:
        for _ in range(PACKETS):
            size = rng.randrange(1, MOST_BEATS)
            own += [(rng.getrandbits(WIDTH), at == size - 1) for at in range(size)]
    waiting = [list(own) for own in beats]
    came: list[list[tuple[int, bool]]] = [[], []]
    offered = [False, False]
    held: list[tuple[int, bool] | None] = [None, None]
    fill, drain = [100, 100], [100, 100]

    def value(name: str, system: int) -> int:
        return int(str(getattr(dut, name).value)[-1 - system])

    def read(name: str, system: int) -> int:
        text = str(getattr(dut, name).value)
        return int(text[len(text) - (system + 1) * WIDTH : len(text) - system * WIDTH], 2)

    for cycle in range(40_000):
        if cycle % 500 == 0:
            fill, drain = ([rng.choice((20, 60, 100)) for _ in range(2)] for _ in range(2))
            machine.rate = rng.choice((5, 50, 100))
        offered = [bool(waiting[s]) and (offered[s] or chance(rng, fill[s])) for s in range(2)]
        ready = [chance(rng, drain[s]) for s in range(2)]
        heads = [waiting[s][0] if offered[s] else (0, False) for s in range(2)]
        dut.s_axis_path_tvalid.value = offered[0] | offered[1] << 1
        dut.s_axis_path_tdata.value = heads[0][0] | heads[1][0] << WIDTH
        dut.s_axis_path_tlast.value = heads[0][1] | heads[1][1] << 1
        dut.m_axis_path_tready.value = ready[0] | ready[1] << 1
        await ReadOnly()
        for s in range(2):
            if offered[s] and value("s_axis_path_tready", s):
                waiting[s].pop(0)
                offered[s] = False
            there = None
            if value("m_axis_path_tvalid", s):
                there = (read("m_axis_path_tdata", s), bool(value("m_axis_path_tlast", s)))
            assert held[s] in (None, there), "what was offered was taken back"
            held[s] = None if ready[s] else there
            if there is not None and ready[s]:
                came[s].append(there)
        await RisingEdge(dut.clk)
        if not any(waiting) and [len(own) for own in came] == [len(own) for own in beats[::-1]]:
            break
    assert came == beats[::-1]
    machine.rate = 100
    await until(dut, lambda: all(len(machine.data[Channel.PATH + SECOND * s]) == 8 * len(beats[s]) for s in range(2)))
    for _ in range(6):
        machine.ask_status(1)
        await until(dut, lambda: machine.status is not None)
    traces = [machine.items, list(TraceReader().feed(bytes(machine.data[Channel.TRACE + SECOND])))]
    for s, items in enumerate(traces):
        assert machine.data[Channel.PATH + SECOND * s] == b"".join(v.to_bytes(8, "little") for v, _ in beats[s])
        count = [sum(item.event is event for item in items) for event in (Event.PACKET_FIRST, Event.PACKET_OUT)]
        assert count == [PACKETS, PACKETS]
        assert sum(item.event is Event.PACKET_IN for item in items) == PACKETS
        assert sum(item.fields[0] for item in items if item.event is Event.PACKET_OUT) == len(beats[s])
    assert machine.failure is None
