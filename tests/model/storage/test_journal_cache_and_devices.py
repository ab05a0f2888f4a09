"""A cache for journals, volumes over several storage devices, several connection paths."""

import pytest

from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.simulate.scenario import Scenario, SyntheticLoad
from mirrorlog.simulate.settings import SimulationSettings
from mirrorlog.simulate.summary import run
from mirrorlog.systems.topology import GroupLink, Topology, finish_device_writes
from mirrorlog.tables.extents import Extent, pieces
from mirrorlog.tables.settings import GroupSettings, ReadMode, SettingsError
from tests.model.steps import BLOCK, CAPACITY, ask, ask_for_full_batches, numbers, pair_of_systems, take, write

JOURNAL = 64 + BLOCK


def test_journals_stay_in_the_journal_cache_and_go_to_the_device_once_it_is_full() -> None:
    topology = pair_of_systems(GroupSettings(copy_unit=4096, journal_cache=2 * JOURNAL + 100, batch_journals=8))
    write(topology, 4)
    for side in (1, 2):
        if side == 2:
            take(topology, ask(topology)[1])
            finish_device_writes(topology.systems[2])
        adapter = topology.systems[side].disk_adapter
        on_device = [bool(any(adapter.read_device(2, entry * 64, 64))) for entry in range(4)]
        assert on_device == [False, False, True, True]
        assert adapter.journal_cache.used(0) == 2 * JOURNAL
    topology.drain()
    assert topology.image(1, 1) == topology.image(2, 1)


def test_a_freed_journal_leaves_its_room_in_the_journal_cache() -> None:
    topology = pair_of_systems(GroupSettings(copy_unit=4096, journal_cache=2 * JOURNAL))
    for _ in range(3):
        write(topology, 2)
        cached = topology.original(0).disk_adapter.journal_cache.groups[0]
        assert sorted(cached) == [topology.original(0).shared.groups[0].update_number - number for number in (2, 1)]
        topology.drain(10**12)


def test_journals_in_the_journal_cache_are_sent_again_from_there() -> None:
    topology = pair_of_systems(GroupSettings(copy_unit=4096, journal_cache=1 << 20))
    write(topology, 2)
    first, second = ask(topology)[1], ask(topology, 10**12)[1]
    assert first is not None and second is not None
    assert first.journals == second.journals
    assert not any(topology.original(0).disk_adapter.read_device(2, 0, 16384))


def test_extents_turn_logical_addresses_into_physical_ones() -> None:
    extents = (Extent(0, 100, 10), Extent(1, 0, 10), Extent(0, 200, 5))
    assert pieces(extents, 0, 25) == list(extents)
    assert pieces(extents, 8, 4) == [Extent(0, 108, 2), Extent(1, 0, 2)]
    assert pieces(extents, 20, 5) == [Extent(0, 200, 5)]


@pytest.mark.parametrize("devices", [2, 3])
def test_a_volume_over_several_devices_is_striped_over_them(devices: int) -> None:
    link = GroupLink(0, 1, 2, (1,), 2, (16384, 16384), GroupSettings(copy_unit=4096))
    topology = Topology({1: CAPACITY}, (link,), volume_devices=devices, stripe_bytes=1024)
    image = bytes(range(256)) * (CAPACITY // 256)
    topology.load(1, 1, image)
    topology.initiate(0)
    command = HostCommand(Opcode.WRITE, 0, 1, 512, 2048)
    topology.original(0).command_reception.receive(command, b"w" * 2048)  # crosses two ends of stripes
    expected = image[:512] + b"w" * 2048 + image[2560:]
    topology.drain()
    for side in (1, 2):
        assert topology.image(side, 1) == expected
        held = [topology.systems[side].disk_adapter.devices[device].end() for device in range(devices)]
        assert all(held)


def test_a_device_that_refuses_its_part_of_a_write_makes_the_whole_volume_abnormal() -> None:
    link = GroupLink(0, 1, 2, (1,), 2, (16384, 16384), GroupSettings(copy_unit=4096))
    topology = Topology({1: CAPACITY}, (link,), volume_devices=2, stripe_bytes=1024)
    topology.start_copied(0)
    system = topology.original(0)
    system.command_reception.receive(HostCommand(Opcode.WRITE, 0, 1, 512, 1024), b"w" * 1024)
    (pending,) = system.disk_adapter.volume_writes.values()
    _, place = system.disk_adapter.volume_range(1, 512, 1024)
    assert place[1] == 512
    system.volume_write_done(pending, [place])
    assert system.disk_adapter.read_device(1, 512, 1024) == bytes(512) + b"w" * 512
    step = system.command_reception.receive(HostCommand(Opcode.READ, 0, 1, 0, 512))
    assert step is not None and step.status != 0


def test_packets_take_the_path_with_the_fewest_and_journals_that_overtake_are_placed_by_number() -> None:
    settings = GroupSettings(copy_unit=4096, commands=3, batch_journals=2)
    topology = Topology({1: CAPACITY}, (GroupLink(0, 1, 2, (1,), 2, (16384, 16384), settings),), paths=3)
    topology.start_copied(0)
    ask_for_full_batches(topology)
    write(topology, 6)
    for _ in range(3):
        _, answer = ask(topology)
        assert answer is not None
        topology.send(answer)
    paths = [topology.paths[key] for key in topology.paths_between(1, 2)]
    assert [[numbers(packet) for packet in path] for path in paths] == [[[1, 2]], [[3, 4]], [[5, 6]]]
    for path in reversed(paths):
        topology.deliver(path.popleft())
    topology.drain()
    assert topology.image(1, 1) == topology.image(2, 1)


def test_several_paths_transfer_more_and_order_still_holds() -> None:
    load = SyntheticLoad(writes=400, rate=20_000.0)
    behind = []
    for paths in (1, 4):
        group = GroupSettings(copy_unit=65536, commands=8, batch_journals=16)
        simulation, summary = run(Scenario(load, SimulationSettings(gbps=0.2, paths=paths), group))
        assert (summary.consistent, summary.lost_writes) == (True, 0)
        assert simulation.topology.image(1, 1) == simulation.topology.image(2, 1)
        behind.append(summary.rpo_max_ms)
    assert behind[1] < behind[0] / 2


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"mode": ReadMode.PLAIN, "commands": 1}, ["paths 2", "mode plain"]),
        ({"commands": 1}, ["paths 2", "commands 1"]),
        ({"journal_volumes": 2}, ["paths 2", "volume_use alternate"]),
    ],
)
def test_several_paths_and_what_cannot_use_them_are_refused_by_name(
    settings: dict[str, object], names: list[str]
) -> None:
    group = GroupSettings(**settings)  # type: ignore[arg-type]
    with pytest.raises(SettingsError) as caught:
        Topology({1: CAPACITY}, (GroupLink(0, 1, 2, (1,), 2, (16384, 16384), group),), paths=2)
    assert all(name in str(caught.value) for name in names)
    for values in ({"paths": 0}, {"volume_devices": 0}):
        with pytest.raises(SettingsError):
            SimulationSettings(**values)
    with pytest.raises(SettingsError, match="journal_cache"):
        GroupSettings(journal_cache=-1)
