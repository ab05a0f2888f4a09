"""Pushing journals instead of pulling them ([0171])."""

from dataclasses import replace

import pytest

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.simulate.scenario import Scenario, SyntheticLoad
from mirrorlog.simulate.settings import SimulationSettings
from mirrorlog.simulate.summary import run
from mirrorlog.systems.topology import GroupLink, Topology, finish_device_writes
from mirrorlog.tables.settings import GroupSettings, NextCommand, NoRoom, ReadMode, SettingsError
from mirrorlog.tables.shared_memory import GroupState, VolumeState
from tests.model.steps import BLOCK, CAPACITY, numbers, pair_of_systems, write

PUSH = GroupSettings(mode=ReadMode.PUSH, copy_unit=2048, commands=2, batch_journals=2, timeout=1000, interval=100)


def push(topology: Topology, now: int = 0) -> Packet | None:
    """Let the original system push."""
    return topology.original(0).next_packet(0, now)


def acknowledge(topology: Topology, packet: Packet | None, now: int = 0) -> Packet:
    """Let the secondary system take what was pushed, and the original its acknowledgement."""
    assert packet is not None
    answer = topology.secondary(0).receive(packet, now)
    assert answer is not None and answer.type is PacketType.PUSH_ACKNOWLEDGEMENT
    topology.original(0).receive(answer, now)
    return answer


@pytest.mark.parametrize("copied", [True, False])
def test_the_original_pushes_journals_and_nobody_asks_for_them(copied: bool) -> None:
    topology = pair_of_systems(PUSH, copied)
    write(topology, 8)
    topology.drain()
    assert topology.image(1, 1) == topology.image(2, 1)
    assert topology.original(0).journal_read_reception.groups[0].exits == {}
    assert topology.secondary(0).journal_read_command.poll(0, 10**12) is None


def test_so_many_batches_are_in_flight_and_are_pushed_again_after_the_timeout() -> None:
    topology = pair_of_systems(PUSH)
    write(topology, 6)
    assert [numbers(push(topology)), numbers(push(topology))] == [[1, 2], [3, 4]]
    assert push(topology, 999) is None
    assert numbers(push(topology, 1000)) == [1, 2]


def test_the_original_frees_what_is_acknowledged_as_committed_and_not_before() -> None:
    topology = pair_of_systems(PUSH)
    write(topology, 2)
    packet = push(topology)
    assert acknowledge(topology, packet).arguments[:2] == (0, 0)  # received, not yet durable
    ring = topology.original(0).shared.groups[0].ring
    assert ring.update_information_used == 128
    finish_device_writes(topology.secondary(0))
    later = topology.secondary(0).next_packet(0, 0)
    assert later is not None and later.arguments[:2] == (2, 2 * BLOCK)
    assert Packet.unpack(later.pack()) == later
    topology.original(0).receive(later)
    assert (ring.update_information_used, ring.write_data_used) == (0, 0)
    assert topology.secondary(0).next_packet(0, 0) is None


def test_the_original_asks_until_it_knows_that_what_was_freed_is_restored() -> None:
    topology = pair_of_systems(replace(PUSH, changed_block_bytes=BLOCK))
    original, secondary = topology.original(0), topology.secondary(0)
    changed = original.shared.changed_blocks.volumes[1]
    write(topology, 1)
    acknowledge(topology, push(topology))
    finish_device_writes(secondary)
    stored = secondary.next_packet(0, 0)
    assert stored is not None
    original.receive(stored)
    assert original.shared.groups[0].ring.update_information_used == 0
    secondary.restore.step(0)
    finish_device_writes(secondary)
    assert secondary.next_packet(0, 0) is None  # it has nothing more to say of its own accord
    assert push(topology, 999) is None
    asked = push(topology, 1000)
    assert asked is not None and (asked.type, asked.journals) == (PacketType.PUSHED_JOURNALS, [])
    assert push(topology, 1999) is None
    assert changed.ranges() == [(0, BLOCK)]  # the question was lost
    assert acknowledge(topology, push(topology, 2000), 2000).arguments[5] == 1
    assert changed.is_empty()
    assert push(topology, 10**9) is None


def test_what_had_no_room_is_pushed_again_after_the_interval() -> None:
    link = GroupLink(0, 1, 2, (1,), 2, (16384, 4096), PUSH)
    topology = Topology({1: CAPACITY}, (link,), max_transfer_bytes=1024)
    topology.start_copied(0)
    write(topology, 6, 1024)
    assert acknowledge(topology, push(topology)).arguments[2] == 0
    assert acknowledge(topology, push(topology), 10).arguments[2] == 1  # the fourth has no room
    assert push(topology, 109) is None
    assert numbers(push(topology, 110)) == [1, 2]
    topology.drain()
    assert topology.image(1, 1) == topology.image(2, 1)


def test_a_forged_acknowledgement_frees_nothing_that_was_not_pushed() -> None:
    topology = pair_of_systems(PUSH)
    write(topology, 3)
    packet = push(topology)
    answer = acknowledge(topology, packet)
    for arguments in ((3, 3 * BLOCK, 0, 0, 0, 0), (1, 99 * BLOCK, 0, 0, 0, 0), (1,)):
        answer.arguments = arguments
        topology.original(0).receive(answer)
        assert topology.original(0).shared.groups[0].ring.update_information_used == 3 * 64


def test_the_state_of_a_group_reaches_the_other_side_either_way() -> None:
    topology = pair_of_systems(PUSH)
    topology.original(0).maintenance.suspend(0)
    posted = push(topology)
    assert posted is not None and posted.type is PacketType.GROUP_STATE
    topology.secondary(0).receive(posted)
    assert topology.secondary(0).shared.groups[0].state is GroupState.ABNORMAL
    topology = pair_of_systems(PUSH)
    write(topology, 1)
    topology.secondary(0).shared.volumes[2].state = VolumeState.ABNORMAL
    acknowledge(topology, push(topology))
    assert topology.original(0).shared.groups[0].state is GroupState.ABNORMAL


def test_a_silent_secondary_is_noticed_and_a_quiet_host_is_none() -> None:
    settings = GroupSettings(mode=ReadMode.PUSH, copy_unit=4096, silence=1000)
    topology = pair_of_systems(settings)
    packet = push(topology, 500)
    assert packet is not None and packet.journals == []
    acknowledge(topology, packet, 500)
    watch = topology.original(0).journal_read_reception.watch
    assert watch(0, 1499) is None
    assert watch(0, 1500) is not None


@pytest.mark.parametrize("timing", NextCommand)
def test_every_timing_holds_the_pushing_back_as_it_does_the_asking(timing: NextCommand) -> None:
    settings = GroupSettings(
        mode=ReadMode.PUSH,
        copy_unit=4096,
        batch_journals=1,
        commands=2,
        interval=100,
        next_command=timing,
        backlog=3 if timing is NextCommand.ORIGINAL else 1,
        load=1,
        traffic=100,
        timeout=10**6,
    )
    topology = pair_of_systems(settings)
    write(topology, 3)
    acknowledge(topology, push(topology, 0), 0)
    if timing is NextCommand.BACKLOG:
        finish_device_writes(topology.secondary(0))
        packet = topology.secondary(0).next_packet(0, 0)
        assert packet is not None
        topology.original(0).receive(packet, 0)
    assert (push(topology, 99) is None) == (timing is not NextCommand.AT_ONCE)
    assert push(topology, 100) is not None or timing is NextCommand.AT_ONCE


def test_pushing_over_a_lossy_path_loses_nothing() -> None:
    group = GroupSettings(mode=ReadMode.PUSH, copy_unit=65536)
    path = SimulationSettings(loss=0.2, reordering=0.3, duplication=0.1, copy_before=False)
    simulation, summary = run(Scenario(SyntheticLoad(writes=200), path, group))
    assert (summary.consistent, summary.lost_writes) == (True, 0)
    assert simulation.topology.image(1, 1) == simulation.topology.image(2, 1)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"no_room": NoRoom.HOLD}, ["no_room hold", "mode push"]),
        ({"free_at_once": True, "retry": False}, ["free_at_once", "mode push"]),
        ({"batch_time": 1000}, ["batch_time", "mode push"]),
    ],
)
def test_settings_that_contradict_pushing_are_refused_by_name(settings: dict[str, object], names: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        GroupSettings(mode=ReadMode.PUSH, **settings)  # type: ignore[arg-type]
    assert all(name in str(caught.value) for name in names)
