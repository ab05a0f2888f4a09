"""cocotb tests of path_port.v: packets of several sources in turn, and what becomes of packets that come."""

from collections import Counter
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from mirrorlog.formats.connection_path import Packet, PacketType
from tests.rtl.units import chance, start

PACKET_BITS = 721
TYPE, TAG = 0, 96
SYSTEM, PACKETS = 1, 30
# of what is received; those that a command keeps, and as much of its payload as has fields
FIELDS = ("source", "group", "source_group", "generation", "tag", "payload")
COMMAND_FIELDS = tuple(name for name in FIELDS if name != "group")
PAYLOAD = (1 << 288) - 1
INPUTS = dict.fromkeys(
    (
        "incarnation", "over", "allowed",
        "packet_valid", "packet", "packet_poison", "packet_hold", "s_axis_journals_tdata", "s_axis_journals_tvalid",
        "received", "fault", "received_type", "received_source", "received_destination", "received_group",
        "received_source_group", "received_generation", "received_tag", "received_wants_answer",
        "received_payload", "command_lookup", "command_group", "command_taken", "packet_lost", "m_axis_path_tready",
    ),
    0,
)  # fmt: skip


@cocotb.test
async def test_sources_take_turns_and_no_packet_is_lost_or_doubled(dut: Any) -> None:
    """Every source has packets all the time, on a path that pauses."""
    rng = await start(dut, **INPUTS)
    sources = int(dut.SOURCES.value)
    dut.incarnation.value = incarnation = rng.getrandbits(32)
    next_tags = [0] * sources
    sent: list[tuple[int, int]] = []
    data = b""

    def present() -> None:
        dut.packet_valid.value = (1 << sources) - 1
        packets = (
            PacketType.NO_JOURNAL << TYPE | (source << 16 | next_tags[source]) << TAG for source in range(sources)
        )
        dut.packet.value = sum(packet << PACKET_BITS * source for source, packet in enumerate(packets))

    present()
    while len(sent) < PACKETS:
        dut.m_axis_path_tready.value = chance(rng, 70)
        await RisingEdge(dut.clk)
        ready = int(dut.packet_ready.value)
        if ready:
            assert ready & (ready - 1) == 0
            next_tags[ready.bit_length() - 1] += 1
            present()
        if dut.m_axis_path_tvalid.value and dut.m_axis_path_tready.value:
            data += dut.m_axis_path_tdata.value.to_bytes(byteorder="little")
            if dut.m_axis_path_tlast.value:
                packet = Packet.unpack(data)
                assert packet.incarnation == incarnation
                tag = packet.tag
                sent.append((tag >> 16, tag & 0xFFFF))
                data = b""
    for at in range(sources, PACKETS):
        assert sent[at] == (sent[at - sources][0], sent[at - sources][1] + 1), sent
    assert {source for source, _ in sent} == set(range(sources))


@cocotb.test
async def test_received_packets_go_to_who_takes_them_or_are_counted(dut: Any) -> None:
    """Faults, other systems, unknown groups; commands of each group in order. A command that finds its group's queue
    full is lost, and what comes behind it does not wait.
    """
    rng = await start(dut, **INPUTS)
    groups, room = int(dut.GROUPS.value), int(dut.COMMANDS.value)
    types = [kind for kind in PacketType if kind <= PacketType.MAINTENANCE_ANSWER]
    waiting: list[list[tuple[int, ...]]] = [[] for _ in range(groups)]
    seen: Counter[str] = Counter()
    dropped = 0
    for _ in range(1500):
        begins = chance(rng, 60)
        kind, fault = (
            rng.choice([*types, *[PacketType.JOURNAL_READ_COMMAND] * 4]),
            chance(rng, 10) * rng.randrange(1, 9),
        )
        destination, group = SYSTEM + chance(rng, 10), rng.randrange(groups + chance(rng, 20))
        full = group < groups and len(waiting[group]) == room
        values = (rng.getrandbits(16), group, *(rng.getrandbits(bits) for bits in (16, 32, 32, 512)))
        dut.received.value, dut.received_type.value, dut.fault.value = begins, kind, fault
        dut.received_destination.value = destination
        over, allowed = chance(rng, 5), not chance(rng, 20)
        dut.over.value, dut.allowed.value = over, allowed
        for name, value in zip(FIELDS, values, strict=True):
            getattr(dut, f"received_{name}").value = value
        looked = rng.randrange(groups)
        oldest = waiting[looked][0] if waiting[looked] else None
        dut.command_lookup.value, dut.command_group.value, dut.command_taken.value = 1, looked, 0
        await RisingEdge(dut.clk)
        assert int(dut.command_valid.value) == sum(bool(queue) << number for number, queue in enumerate(waiting))
        about = kind in (PacketType.MAINTENANCE_COMMAND, PacketType.MAINTENANCE_ANSWER)
        arrives = begins and not fault and destination == SYSTEM
        assert bool(dut.arrives.value) == arrives
        refused = over or (kind is PacketType.MAINTENANCE_COMMAND and not allowed)
        taken = arrives and not refused and (about or group < groups)
        is_command = kind is PacketType.JOURNAL_READ_COMMAND
        assert bool(dut.maintenance_end.value) == (taken and about)
        assert bool(dut.answer_end.value) == (taken and not about and not is_command)
        lost = taken and is_command and full
        dropped += begins and (not taken or lost)
        if taken and is_command and not lost:
            waiting[group].append((*values[:1], *values[2:-1], values[-1] & PAYLOAD))
        seen["full"] += lost
        seen["full beside room"] += lost and any(len(queue) < room for queue in waiting)
        seen["dropped" if begins and not taken else kind.name] += 1
        # an answer that finds no buffer is counted, too
        without_buffer = chance(rng, 5)
        dropped += without_buffer
        dut.received.value, dut.packet_lost.value = 0, without_buffer
        done = oldest is not None and chance(rng, 9)
        dut.command_lookup.value, dut.command_taken.value = 0, done << looked
        await RisingEdge(dut.clk)
        if oldest is not None:
            assert tuple(int(getattr(dut, f"command_{name}").value) for name in COMMAND_FIELDS) == oldest
        if done:
            waiting[looked].pop(0)
        dut.packet_lost.value = dut.command_taken.value = 0
    await RisingEdge(dut.clk)
    assert int(dut.faults.value) == dropped > 0
    assert seen["full"] and seen["full beside room"]
