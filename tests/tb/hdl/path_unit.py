"""cocotb tests of path.v, with a source and a sink from cocotbext-axi."""

import logging
import os
import random
import struct
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge, with_timeout
from cocotb.utils import get_sim_time
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource

from tb.config.settings import PathBehaviour
from tb.handles.connection_path import ConnectionPath, Fault
from tb.handles.storage_device import pause

PERIOD_NS = 4
JOURNALS, COMMAND = 2, 1


class Ends:
    """The path between a source and a sink."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.generator = random.Random(cocotb.RANDOM_SEED)
        self.path = ConnectionPath(dut, dut.clk, Path(os.environ["FILES"]), 1, self.beat)
        self.source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis"), dut.clk, dut.rst, byte_lanes=self.beat)
        self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis"), dut.clk, dut.rst, byte_lanes=self.beat)
        for end in (self.source, self.sink):
            end.log.setLevel(logging.WARNING)

    @property
    def beat(self) -> int:
        """Bytes of a beat."""
        return int(self.dut.DATA_WIDTH.value) // 8

    def packet(self, size: int = 256, packet_type: int = JOURNALS) -> bytes:
        """A packet with random content and a type."""
        return struct.pack("<IHH", 0, 1, packet_type) + self.generator.randbytes(size - 8)

    def packets(self, count: int) -> list[bytes]:
        """Packets of random sizes."""
        return [self.packet(64 * self.generator.randint(1, 20)) for _ in range(count)]

    async def send(self, packets: list[bytes]) -> None:
        """Put packets into the path, as fast as it takes them."""
        for packet in packets:
            await self.source.send(AxiStreamFrame(packet))

    async def receive(self, count: int) -> list[bytes]:
        """Take packets from the path."""
        return [bytes((await with_timeout(self.sink.recv(), 1, "ms")).tdata) for _ in range(count)]

    async def nothing_more(self) -> None:
        """Check that the path is empty and nothing has arrived."""
        await with_timeout(self.source.wait(), 1, "ms")
        await with_timeout(self.path.wait_empty(), 1, "ms")
        await ClockCycles(self.dut.clk, 4)
        assert self.sink.empty()


async def start(dut: Any) -> Ends:
    """Reset the path; it delays nothing and has no faults."""
    logging.getLogger("cocotb").setLevel(logging.WARNING)
    Clock(dut.clk, PERIOD_NS, unit="ns", impl="gpi").start(start_high=False)
    dut.source_rst.value = 0
    dut.rst.value = 1
    ends = Ends(dut)
    await ClockCycles(dut.clk, 4)
    dut.rst.value = 0
    ends.path.configure(PathBehaviour(), ends.generator)
    await ClockCycles(dut.clk, 2)
    return ends


@cocotb.test()
async def test_path_carries_packets_in_order_under_pauses(dut: Any) -> None:
    """Every packet, every byte."""
    ends = await start(dut)
    ends.path.set_delay(37)
    pause(dut.pauses, [30, 30], ends.generator)
    ends.sink.set_pause_generator(ends.generator.random() < 0.3 for _ in iter(int, 1))
    packets = ends.packets(80)
    await ends.send(packets)
    assert await ends.receive(80) == packets
    await ends.nothing_more()
    assert ends.path.counts().packets_out == 80


@cocotb.test()
async def test_path_delays_each_beat_and_lets_a_long_packet_stream_through(dut: Any) -> None:
    """From first beat in to first beat out; a packet longer than the delay takes no longer for that."""
    ends = await start(dut)
    for delay in (0, 1, 50, 3000):
        ends.path.set_delay(delay)
        packet = ends.packet(200 * ends.beat)
        await RisingEdge(dut.clk)
        began = get_sim_time("ns")
        await ends.send([packet])
        while not int(dut.m_axis_tvalid.value):
            await RisingEdge(dut.clk)
        first = (get_sim_time("ns") - began) / PERIOD_NS
        assert delay < first <= delay + 5, f"{first} cycles at delay {delay}"
        assert await ends.receive(1) == [packet]
        last = (get_sim_time("ns") - began) / PERIOD_NS
        assert last <= delay + 200 + 8, f"{last} cycles for 200 beats at delay {delay}"


@cocotb.test()
async def test_path_lets_pass_what_its_bandwidth_allows(dut: Any) -> None:
    """Beats a cycle over a long time, across packets."""
    ends = await start(dut)
    for beats, cycles in ((1, 1), (3, 4), (1, 2), (2, 7)):
        ends.path.set_bandwidth(beats, cycles)
        packets = [ends.packet(20 * ends.beat) for _ in range(20)]
        await RisingEdge(dut.clk)
        began = get_sim_time("ns")
        await ends.send(packets)
        assert await ends.receive(20) == packets
        took = (get_sim_time("ns") - began) / PERIOD_NS
        expected = 400 * cycles / beats
        assert expected - 4 <= took <= expected + 12, f"{took} cycles for 400 beats at {beats}/{cycles}"


@cocotb.test()
async def test_path_takes_nothing_as_long_as_it_hangs(dut: Any) -> None:
    """What waits at its door comes when it takes packets again."""
    ends = await start(dut)
    ends.path.hold(True)
    await ClockCycles(dut.clk, 1)
    packet = ends.packet()
    await ends.send([packet])
    for _ in range(200):
        await RisingEdge(dut.clk)
        assert not int(dut.s_axis_tready.value) and not int(dut.m_axis_tvalid.value)
    ends.path.hold(False)
    assert await ends.receive(1) == [packet]
    await ends.nothing_more()


@cocotb.test()
async def test_path_drops_the_packets_that_it_is_told_to_drop(dut: Any) -> None:
    """The next ones, of a type."""
    ends = await start(dut)
    ends.path.fail(Fault.DROP, 2, COMMAND)
    await ClockCycles(dut.clk, 1)
    packets = [ends.packet(packet_type=kind) for kind in (JOURNALS, COMMAND, JOURNALS, COMMAND, COMMAND)]
    await ends.send(packets)
    assert await ends.receive(3) == [packets[0], packets[2], packets[4]]
    await ends.nothing_more()
    assert ends.path.counts().dropped == 2


@cocotb.test()
async def test_path_corrupts_one_bit_or_one_byte(dut: Any) -> None:
    """Never more, anywhere in the packet, also in packets that are on their way at once."""
    ends = await start(dut)
    ends.path.set_delay(20)
    ends.path.fail(Fault.CORRUPT, 60)
    await ClockCycles(dut.clk, 1)
    packets = ends.packets(61)
    await ends.send(packets)
    seen = set()
    for number, (packet, got) in enumerate(zip(packets, await ends.receive(61), strict=True)):
        wrong = [(at, a ^ b) for at, (a, b) in enumerate(zip(packet, got, strict=True)) if a != b]
        assert len(wrong) == (number < 60)
        seen |= {(at // 64, bits.bit_count()) for at, bits in wrong}
    assert {bits for _, bits in seen} == {1, 8} and len({beat for beat, _ in seen}) > 3
    assert ends.path.counts().corrupted == 60


@cocotb.test()
async def test_path_duplicates_and_reorders(dut: Any) -> None:
    """One twice; one overtaken by the next; the last of all is not overtaken, but only waits."""
    ends = await start(dut)
    first, second, third, last = ends.packets(4)
    for fault, expected in ((Fault.DUPLICATE, [first, first, second, third]), (Fault.REORDER, [second, first, third])):
        ends.path.fail(fault)
        await ClockCycles(dut.clk, 1)
        await ends.send([first, second, third])
        assert await ends.receive(len(expected)) == expected
    ends.path.fail(Fault.REORDER)
    await ClockCycles(dut.clk, 1)
    await ends.send([last])
    assert await ends.receive(1) == [last]
    await ends.nothing_more()
    counts = ends.path.counts()
    assert (counts.duplicated, counts.reordered) == (1, 1)


@cocotb.test()
async def test_path_carries_packets_that_are_put_in_between_those_that_come(dut: Any) -> None:
    """Each whole and behind what has come, of one beat or of more than there is room for at once; none in a cut."""
    ends = await start(dut)
    ends.path.set_delay(20)
    first, second, put, long = ends.packet(), ends.packet(), ends.packet(64), ends.packet(7000 * ends.beat)
    ends.path.insert(put)
    await ClockCycles(dut.clk, 1)
    await ends.send([first])
    await with_timeout(ends.source.wait(), 1, "ms")
    await ClockCycles(dut.clk, 2)
    for packet in (put, long, long):
        ends.path.insert(packet)
    await ClockCycles(dut.clk, 4)
    await ends.send([second])
    got = await ends.receive(6)
    assert got[:4] == [put, first, put, long] and sorted(got[4:]) == sorted([second, long])
    ends.path.cut()
    await ClockCycles(dut.clk, 1)
    ends.path.insert(put)
    await ClockCycles(dut.clk, 4)
    ends.path.heal()
    await ends.nothing_more()
    assert (ends.path.counts().inserted, ends.path.counts().lost) == (5, 1)


@cocotb.test()
async def test_path_loses_what_comes_while_it_is_cut_and_delivers_what_came_before(dut: Any) -> None:
    """A packet in the middle of which it is cut ends early, with a wrong beat, or does not come."""
    ends = await start(dut)
    for delay in (0, 500):
        ends.path.heal()
        ends.path.set_delay(delay)
        before, middle, lost, after = (ends.packet(60 * ends.beat) for _ in range(4))
        await ends.send([before, middle, lost])
        await ClockCycles(dut.clk, 60 + 30)
        ends.path.cut()
        await with_timeout(ends.source.wait(), 1, "ms")
        await ClockCycles(dut.clk, 4)
        ends.path.heal()
        await ends.send([after])
        assert await ends.receive(1) == [before]
        if delay == 0:
            (got,) = await ends.receive(1)
            whole = len(got) - ends.beat
            assert 0 < whole < len(middle) and got[:whole] == middle[:whole]
            assert got[whole:] == bytes(255 - byte for byte in middle[whole : len(got)])
        assert await ends.receive(1) == [after]
        await ends.nothing_more()
    assert ends.path.counts().lost == 4


@cocotb.test()
async def test_path_ends_a_packet_whose_system_is_reset_with_a_wrong_beat(dut: Any) -> None:
    """Whether its head has left or not. What the system gives afterwards is a packet of its own."""
    ends = await start(dut)
    for delay in (0, 500):
        ends.path.set_delay(delay)
        before, cut_off, after = (ends.packet(60 * ends.beat) for _ in range(3))
        await ends.send([before, cut_off])
        await ClockCycles(dut.clk, 60 + 30)
        ends.source.pause = True
        await ClockCycles(dut.clk, 4)
        dut.source_rst.value = 1
        await ClockCycles(dut.clk, 4)
        dut.source_rst.value = 0
        ends.source.pause = False
        await ends.send([after])
        assert await ends.receive(1) == [before]
        (got,) = await ends.receive(1)
        whole = len(got) - ends.beat
        assert 0 < whole < len(cut_off) and got[:whole] == cut_off[:whole]
        assert got[whole:] == bytes(255 - byte for byte in got[whole - ends.beat : whole])
        assert await ends.receive(2) == [cut_off[whole:], after]
        await ends.nothing_more()
    assert ends.path.counts().lost == 0


@cocotb.test()
async def test_path_has_every_fault_by_chance_and_carries_the_rest(dut: Any) -> None:
    """Shares of the packets near those that were asked for; all that arrives was sent or is corrupt."""
    ends = await start(dut)
    ends.path.set_chances(PathBehaviour(drop=20, corrupt=20, duplicate=20, reorder=20), ends.generator)
    await ClockCycles(dut.clk, 1)
    packets = [ends.packet(64 * ends.generator.randint(1, 4)) for _ in range(400)]
    await ends.send(packets)
    await with_timeout(ends.source.wait(), 1, "ms")
    await with_timeout(ends.path.wait_empty(), 1, "ms")
    await ClockCycles(dut.clk, 4)
    counts = ends.path.counts()
    for count in (counts.dropped, counts.corrupted, counts.duplicated):
        assert 30 <= count <= 130, counts
    assert 10 <= counts.reordered <= 130  # fewer: a packet that overtakes is itself not overtaken
    arrived = await ends.receive(counts.packets_out)
    assert len(arrived) == 400 - counts.dropped + counts.duplicated
    wrong = [packet for packet in arrived if packet not in set(packets)]
    assert counts.corrupted <= len(wrong) <= 2 * counts.corrupted
