"""Reading journals with usual reads of the journal volume ([0154])."""

import pytest

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.processes.journal_read_reception import ReadFault
from mirrorlog.simulate.scenario import Scenario, SyntheticLoad
from mirrorlog.simulate.settings import SimulationSettings
from mirrorlog.simulate.summary import run
from mirrorlog.systems.topology import Topology, finish_device_writes
from mirrorlog.tables.settings import GroupSettings, JournalLayout, NextCommand, NoRoom, ReadMode, SettingsError
from mirrorlog.tables.shared_memory import GroupState
from tests.model.steps import BLOCK, pair_of_systems, write

READS = GroupSettings(mode=ReadMode.VOLUME_READ, copy_unit=4096, batch_journals=4, timeout=1000, interval=100)


def exchange(topology: Topology, now: int = 0, fault: ReadFault = ReadFault.NONE) -> list[PacketType]:
    """Let the secondary system send what it has to, and take the answers; returns their types."""
    kinds = []
    while (packet := topology.secondary(0).next_packet(0, now)) is not None:
        answer = topology.original(0).receive(packet, now, fault)
        if packet.type is PacketType.GROUP_STATE:  # an announcement
            continue
        assert answer is not None
        assert Packet.unpack(packet.pack()) == packet and Packet.unpack(answer.pack()) == answer
        kinds.append(answer.type)
        topology.secondary(0).receive(answer, now)
    return kinds


@pytest.mark.parametrize("copied", [True, False])
def test_pointer_information_is_fetched_and_the_journal_volume_read_with_usual_reads(copied: bool) -> None:
    topology = pair_of_systems(READS, copied)
    for _ in range(6):  # several times round the rings
        write(topology, 8)
        topology.drain(10**12)
    assert topology.image(1, 1) == topology.image(2, 1) != bytes(8192)
    assert topology.original(0).journal_read_reception.groups[0].exits == {}


def test_a_batch_takes_one_read_of_pointers_one_of_update_information_and_those_of_its_data() -> None:
    topology = pair_of_systems(READS)
    write(topology, 3)
    kinds = exchange(topology)
    data = [PacketType.VOLUME_DATA] * 3
    assert kinds[:5] == [PacketType.POINTER_INFORMATION, PacketType.VOLUME_DATA, *data]
    assert sorted(topology.secondary(0).journal_store.groups[0].journals) == [1, 2, 3]
    assert kinds[5:] == [PacketType.POINTER_INFORMATION]  # nothing is left: the next after the interval
    assert exchange(topology, 99) == []
    assert exchange(topology, 100) != []


def test_the_next_read_of_pointers_frees_what_the_secondary_has_committed() -> None:
    topology = pair_of_systems(READS)
    write(topology, 2)
    exchange(topology)
    ring = topology.original(0).shared.groups[0].ring
    assert ring.update_information_used == 128
    finish_device_writes(topology.secondary(0))
    exchange(topology, 200)
    assert (ring.update_information_used, ring.write_data_used) == (0, 0)


def test_a_lost_answer_is_asked_for_again_after_the_timeout_and_one_of_an_older_batch_is_dropped() -> None:
    topology = pair_of_systems(READS)
    write(topology, 1)
    secondary = topology.secondary(0)
    first = secondary.next_packet(0, 0)
    assert secondary.next_packet(0, 999) is None
    assert secondary.next_packet(0, 1000) == first
    assert first is not None
    answer = topology.original(0).receive(first)
    assert answer is not None
    exchange(topology, 1000)
    secondary.receive(answer, 1000)
    again = secondary.next_packet(0, 1000)
    assert again is not None and again.type is PacketType.VOLUME_READ
    secondary.receive(answer, 1000)  # the pointers a second time
    assert secondary.next_packet(0, 1000) is None


def test_only_what_is_committed_is_told() -> None:
    topology = pair_of_systems(READS)
    write(topology, 1)
    group = topology.original(0).shared.groups[0]
    group.ring.create(BLOCK)
    group.update_number += 1
    packet = topology.secondary(0).next_packet(0, 0)
    assert packet is not None
    answer = topology.original(0).receive(packet)
    assert answer is not None and answer.arguments[:2] == (1, 1)


@pytest.mark.parametrize(
    "arguments", [(1, 0, 0, 0), (2, 0, 1 << 40, 0), (2, 1 << 40, 512, 0), (9999, 0, 512, 0), (3, 0, 512, 0), (2,)]
)
def test_a_read_of_anything_but_the_groups_volumes_within_their_capacity_is_dropped(arguments: tuple[int, ...]) -> None:
    topology = pair_of_systems(READS)
    generation = topology.original(0).shared.groups[0].generation
    packet = Packet(PacketType.VOLUME_READ, 2, 1, 0, 0, generation, 7, arguments=arguments)
    assert topology.original(0).receive(packet) is None


@pytest.mark.parametrize("fault", [ReadFault.JOURNAL_VOLUME, ReadFault.ORIGINAL_VOLUME])
def test_a_device_that_fails_under_a_read_makes_the_group_abnormal_in_time(fault: ReadFault) -> None:
    topology = pair_of_systems(READS, copied=False)
    topology.original(0).initial_copy.step(0)
    finish_device_writes(topology.original(0))
    for now in (10**6, 2 * 10**6, 3 * 10**6):
        exchange(topology, now, fault)
    for system in topology.systems.values():
        assert system.shared.groups[0].state is GroupState.ABNORMAL


def test_usual_reads_over_a_lossy_path_lose_nothing() -> None:
    group = GroupSettings(mode=ReadMode.VOLUME_READ, copy_unit=65536)
    path = SimulationSettings(loss=0.2, reordering=0.3, duplication=0.1, corruption=0.1, copy_before=False)
    simulation, summary = run(Scenario(SyntheticLoad(writes=100, volume_bytes=262_144), path, group))
    assert (summary.consistent, summary.lost_writes) == (True, 0)
    assert simulation.topology.image(1, 1) == simulation.topology.image(2, 1)


@pytest.mark.parametrize("timing", [NextCommand.INTERVAL, NextCommand.ORIGINAL])
def test_timing_holds_the_next_batch_back(timing: NextCommand) -> None:
    settings = GroupSettings(
        mode=ReadMode.VOLUME_READ, copy_unit=4096, batch_journals=2, interval=100, next_command=timing, backlog=3
    )
    topology = pair_of_systems(settings)
    write(topology, 4)
    assert len(exchange(topology)) == 4  # pointers, update information, data of two journals
    assert exchange(topology, 99) == []
    assert len(exchange(topology, 100)) == 4


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"no_room": NoRoom.HOLD}, ["no_room hold", "mode volume-read"]),
        ({"batch_time": 1000}, ["batch_time", "mode volume-read"]),
        ({"layout": JournalLayout.CONTINUOUS}, ["layout continuous", "mode volume-read"]),
        ({"journal_volumes": 2}, ["journal_volumes 2", "mode volume-read"]),
        ({"journal_cache": 4096}, ["journal_cache 4096", "mode volume-read"]),
        ({"free_at_once": True, "retry": False}, ["free_at_once", "mode volume-read"]),
    ],
)
def test_settings_that_contradict_usual_reads_are_refused_by_name(
    settings: dict[str, object], names: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        GroupSettings(mode=ReadMode.VOLUME_READ, **settings)  # type: ignore[arg-type]
    assert all(name in str(caught.value) for name in names)
