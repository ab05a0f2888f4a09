"""cocotb tests of path_sources.v: which packets are over, whose operations are allowed."""

from typing import Any

import cocotb
from cocotb.triggers import ReadOnly, RisingEdge

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.processes.path_sources import PathSources
from mirrorlog.tables.shared_memory import Parameters, SharedMemory
from tests.rtl.units import chance, start

INPUTS = dict.fromkeys(
    ("time_ns", "incarnation_load", "allowed_load", "load_value", "received", "source", "source_incarnation"), 0
)
UNIT_NS, PACKETS = 1 << 30, 3000
SYSTEMS = (0, 1, 2, 62, 63, 64, 0x7F, 0xFFFF)


@cocotb.test
async def test_packets_of_an_incarnation_that_is_over_and_operations_of_others_are_told_as_the_model(dut: Any) -> None:
    """Incarnations go on, fall back and wrap; systems from 63 on share a row; allowed systems change."""
    rng = await start(dut, **INPUTS)
    shared = SharedMemory(Parameters())
    sources = PathSources(shared)
    latest = {system: rng.getrandbits(32) for system in SYSTEMS}
    seen = set()
    for _ in range(PACKETS):
        system = rng.choice(SYSTEMS)
        if chance(rng, 10):
            latest[system] = (latest[system] + rng.choice([1, 1 << 20, 1 << 30])) & 0xFFFF_FFFF
        incarnation = (latest[system] - rng.choice([0, 0, 0, 1, 1 << 30])) & 0xFFFF_FFFF
        if chance(rng, 3):
            shared.allowed_systems = rng.getrandbits(64)
            dut.allowed_load.value, dut.load_value.value = 1, shared.allowed_systems
            await RisingEdge(dut.clk)
            dut.allowed_load.value = 0
        packet = Packet(PacketType.MAINTENANCE_COMMAND, system, 1, 0, 0, incarnation=incarnation)
        dut.source.value, dut.source_incarnation.value = system, incarnation
        await RisingEdge(dut.clk)
        dut.received.value = 1
        await ReadOnly()
        over, allowed = bool(dut.over.value), bool(dut.allowed.value)
        assert (not over and allowed) == sources.takes(packet), (system, incarnation)
        seen.add((over, allowed))
        await RisingEdge(dut.clk)
        dut.received.value = 0
    assert len(seen) == 4


@cocotb.test
async def test_the_incarnation_is_the_time_of_the_last_reset_until_a_register_sets_it(dut: Any) -> None:
    """In units of 2^30 ns; all systems are allowed."""
    rng = await start(dut, **INPUTS)
    for _ in range(5):
        time = rng.getrandbits(64)
        dut.time_ns.value, dut.rst.value = time, 1
        await RisingEdge(dut.clk)
        dut.time_ns.value, dut.rst.value = time + 7 * UNIT_NS & (1 << 64) - 1, 0
        for _ in range(3):
            await RisingEdge(dut.clk)
        assert int(dut.incarnation.value) == time // UNIT_NS & 0xFFFF_FFFF
        assert int(dut.allowed_systems.value) == (1 << 64) - 1
        dut.incarnation_load.value, dut.load_value.value = 1, rng.getrandbits(32)
        await RisingEdge(dut.clk)
        dut.incarnation_load.value = 0
        await RisingEdge(dut.clk)
        assert int(dut.incarnation.value) == int(dut.load_value.value)
