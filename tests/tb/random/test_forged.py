"""Packets that no system has sent: in the model those that are malformed are dropped, and others stop nothing."""

import random
from dataclasses import replace

import pytest

from mirrorlog.formats.connection_path import Packet
from mirrorlog.systems.topology import Topology
from mirrorlog.tables.settings import ReadMode
from mirrorlog.tables.shared_memory import GroupState
from tb.coverage.bins import REFUSALS
from tb.coverage.packets import refusal
from tb.random import forged
from tb.random.forging import refused_operation
from tb.random.malformed import MALFORMED
from tb.random.way import Forge, Make, Way
from tests.model.processes.test_path_sources import ORIGINAL, SECONDARY, replicating

DRAWS = 40
LIMITS = {"window": 128, "batch_journals": 16, "batch_bytes": 8192, "max_transfer_bytes": 4096}
MODES = [ReadMode.BY_NUMBER, ReadMode.PLAIN]


def ways(mode: ReadMode, seed: int) -> tuple[Topology, list[Way]]:
    """Two systems that have heard from each other, and both ways between them."""
    topology, rng = replicating(mode), random.Random(seed)
    one, other = topology.systems[ORIGINAL], topology.systems[SECONDARY]
    for system in (one, other):  # what is built of hardware has limits
        system.parameters = system.shared.parameters = replace(system.parameters, **LIMITS)
    found = [Way(rng, one, other, 0), Way(rng, other, one, 0, 1)]
    for way in found:
        assert way.here.sources.arrives(forged.nothing_asked(way).pack()) is not None
    return topology, found


@pytest.mark.parametrize("forge", MALFORMED, ids=[forge.__name__ for forge in MALFORMED])
def test_what_is_malformed_is_dropped_and_counted(forge: Forge) -> None:
    _, found = ways(ReadMode.BY_NUMBER, 1)
    drawn = set()
    for way in found:
        for count in range(DRAWS):
            data = forge(way)
            drawn.add(data)
            assert len(data) % way.beat == 0
            assert way.here.sources.arrives(data) is None, data.hex()
            assert way.here.shared.packet_faults == count + 1
    assert len(drawn) > 1


def test_each_reason_for_which_a_packet_is_dropped_is_drawn() -> None:
    """But for those that the path itself makes, and a register that nobody writes here."""
    _, (way, _) = ways(ReadMode.BY_NUMBER, 3)
    reasons = {refusal(forge(way), way.here) for forge in MALFORMED for _ in range(DRAWS)}
    assert reasons == set(REFUSALS) - {"header crc", "not allowed"}


def test_strangers_whose_operations_are_not_allowed_are_drawn_and_others() -> None:
    """Of systems with numbers that have a bit of their own, and of those that share one."""
    for allowed in (1 << SECONDARY | 1 << 63, (1 << 63) - 1):
        _, (way, _) = ways(ReadMode.BY_NUMBER, 4)
        way.here.shared.allowed_systems = allowed
        drawn = [way.here.sources.arrives(refused_operation(way).pack()) is not None for _ in range(DRAWS)]
        assert {True, False} == set(drawn)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("make", [*dict.fromkeys(forged.IDLE), forged.from_stranger, forged.answer_to_the_next])
def test_what_is_idle_changes_no_group(make: Make, mode: ReadMode) -> None:
    topology, found = ways(mode, 2)
    groups = [system.shared.groups[0] for system in topology.systems.values()]

    def held() -> list[tuple[object, ...]]:
        return [
            (group.state, group.update_number, group.data_offset, group.oldest_stored(), group.state_unanswered)
            for group in groups
        ]

    before = held()
    for way in found:
        for _ in range(DRAWS):
            packet = way.here.sources.arrives(make(way).pack())
            if packet is not None:
                way.here.receive(packet)
            assert held() == before, packet
            assert not groups[1].secondary.stopped


@pytest.mark.parametrize("make", dict.fromkeys(forged.STOPPING))
def test_what_stops_a_group_does_so_in_some_draw(make: Make) -> None:
    stopped = 0
    for seed in range(DRAWS):
        topology, (_, way) = ways(ReadMode.BY_NUMBER, seed)
        group = topology.systems[SECONDARY].shared.groups[0]
        command = topology.systems[SECONDARY].next_packet(0, 10_000)
        assert command is not None
        way.here.receive(Packet.unpack(make(way).pack()))
        stopped += group.state is GroupState.ABNORMAL or group.secondary.stopped
    assert stopped > DRAWS // 8
