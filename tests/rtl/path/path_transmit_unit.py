"""cocotb tests of path_transmit.v: the bytes of every packet are those of the model."""

from typing import Any

import cocotb
from cocotb.triggers import RisingEdge
from cocotbext.axi import AxiStreamBus, AxiStreamSink, AxiStreamSource

from mirrorlog.formats.connection_path import HEADER_BYTES, Packet, PacketType
from tests.rtl.path.packets import random_packet, random_sizes
from tests.rtl.units import chance, pauses, start, until

CRC_BYTES = 4


async def _send(dut: Any, packet: Packet, poison: bool = False) -> None:
    """Present the packet until it is taken."""
    journals = packet.type is PacketType.JOURNALS
    payload = b"" if journals else packet.pack()[HEADER_BYTES:]
    dut.packet_type.value = packet.type
    dut.packet_destination.value = packet.destination
    dut.packet_group.value = packet.group
    dut.packet_source_group.value = packet.source_group
    dut.packet_generation.value = packet.generation
    dut.packet_tag.value = packet.tag
    dut.packet_status.value = packet.status
    dut.packet_incarnation.value = packet.incarnation
    dut.packet_reason.value, dut.packet_flags.value = packet.reason, int(packet.wants_answer)
    dut.packet_count.value = len(packet.journals) if journals else len(packet.arguments)
    dut.packet_data_bytes.value = sum(len(data) for _, data in packet.journals)
    dut.packet_has_payload.value = bool(payload)
    dut.packet_payload.value = int.from_bytes(payload, "little")
    dut.packet_poison.value = poison
    dut.packet_valid.value = 1
    while True:
        await RisingEdge(dut.clk)
        if int(dut.packet_ready.value):
            break
    dut.packet_valid.value = 0


def _poisoned(packet: Packet) -> bytes:
    """The packet's bytes with the CRC of each journal's data inverted."""
    packed = packet.pack()
    end = len(packed) - -(-len(packet.journals) * CRC_BYTES // HEADER_BYTES) * HEADER_BYTES
    crcs = packed[end : end + len(packet.journals) * CRC_BYTES]
    return packed[:end] + bytes(byte ^ 0xFF for byte in crcs) + packed[end + len(crcs) :]


async def _run(dut: Any, percent: int, packets: int) -> None:
    """Send packets with pauses on both streams and compare each with the model's bytes."""
    rng = await start(dut, packet_valid=0, packet_hold=0, s_axis_journals_tvalid=0, m_axis_path_tready=0)
    source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis_journals"), dut.clk, dut.rst)
    sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis_path"), dut.clk, dut.rst)
    source.log.setLevel("WARNING")
    sink.log.setLevel("WARNING")
    source.set_pause_generator(pauses(rng, percent))
    sink.set_pause_generator(pauses(rng, percent))
    for number in range(packets):
        packet = random_packet(rng, random_sizes(rng, blocks=2 * source.byte_lanes) if number % 2 else ())
        stream = b"".join(i.pack() for i, _ in packet.journals) + b"".join(data for _, data in packet.journals)
        if stream:
            source.send_nowait(stream)
        poison = bool(packet.journals) and chance(rng, 30)
        await _send(dut, packet, poison)
        frame = await sink.recv()
        expected = _poisoned(packet) if poison else packet.pack()
        assert bytes(frame.tdata) == expected, f"{packet.type.name} with {[len(d) for _, d in packet.journals]}"


@cocotb.test
async def test_path_transmit_sends_the_bytes_of_the_model(dut: Any) -> None:
    """All types, without pauses."""
    await _run(dut, 0, 24)


@cocotb.test
async def test_path_transmit_sends_the_bytes_of_the_model_under_back_pressure(dut: Any) -> None:
    """All types, both streams pausing."""
    await _run(dut, 40, 16)


@cocotb.test
async def test_packets_of_journals_follow_each_other_without_a_gap(dut: Any) -> None:
    """A path that is always ready gets a beat in every cycle of a packet; the next one is behind it for a cycle."""
    rng = await start(dut, packet_valid=0, packet_hold=0, s_axis_journals_tvalid=0, m_axis_path_tready=1)
    source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis_journals"), dut.clk, dut.rst)
    source.log.setLevel("WARNING")
    packets = [random_packet(rng, [512, 1024, 512]), random_packet(rng, [512] * 17), random_packet(rng, [1536])]
    beats = sum(packet.size() for packet in packets) // source.byte_lanes
    for packet in packets:
        source.send_nowait(
            b"".join(i.pack() for i, _ in packet.journals) + b"".join(data for _, data in packet.journals)
        )

    async def send() -> None:
        for packet in packets:
            await _send(dut, packet)

    task = cocotb.start_soon(send())
    await until(dut, lambda: dut.m_axis_path_tvalid.value)
    for moved in range(beats):
        assert dut.m_axis_path_tvalid.value, f"gap after {moved} of {beats} beats"
        last = dut.m_axis_path_tlast.value
        await RisingEdge(dut.clk)
        if last and moved + 1 < beats:
            assert not dut.m_axis_path_tvalid.value
            await RisingEdge(dut.clk)
    await task
