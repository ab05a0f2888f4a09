"""Variations of journal volumes: one continuous area, the areas' ratio, several volumes, capacity, replacement."""

import re
from dataclasses import replace

import pytest

from mirrorlog.formats.outcomes import InitialCopyOutcome
from mirrorlog.formats.update_information import UpdateInformation
from mirrorlog.processes.maintenance import Answer, MaintenanceError
from mirrorlog.simulate.scenario import Scenario, SyntheticLoad
from mirrorlog.simulate.settings import SimulationSettings
from mirrorlog.simulate.summary import Summary, run
from mirrorlog.systems.topology import GroupLink, Topology, finish_device_writes
from mirrorlog.tables.continuous_ring import ContinuousRing
from mirrorlog.tables.journal_ring import JournalRing, JournalRingError
from mirrorlog.tables.settings import GroupSettings, JournalLayout, ReadMode, SettingsError, VolumeUse
from mirrorlog.tables.shared_memory import GroupState, VolumeState
from tests.model.steps import CAPACITY, ask, ask_for_full_batches, numbers, take, write

SPARE = 4
CONTINUOUS = GroupSettings(copy_unit=4096, layout=JournalLayout.CONTINUOUS)
ALTERNATE = GroupSettings(copy_unit=4096, journal_volumes=2, batch_journals=4)
STANDBY = GroupSettings(copy_unit=4096, journal_volumes=2, volume_use=VolumeUse.STANDBY, batch_journals=4)


def systems(settings: GroupSettings, journal_bytes: int = 8192, copied: bool = True) -> Topology:
    """Return two systems whose group has journal volumes 2 (and 3); volume 4 is free for another."""
    more = (3,) if settings.journal_volumes == 2 else ()
    link = GroupLink(0, 1, 2, (1,), 2, (journal_bytes, journal_bytes), settings, more_journal_volumes=more)
    topology = Topology({1: CAPACITY, SPARE: 2 * journal_bytes}, (link,), max_transfer_bytes=2048)
    (topology.start_copied if copied else topology.initiate)(0)
    ask_for_full_batches(topology)
    return topology


@pytest.mark.parametrize("settings", [CONTINUOUS, ALTERNATE, STANDBY], ids=["continuous", "alternate", "standby"])
@pytest.mark.parametrize("mode", [ReadMode.BY_NUMBER, ReadMode.PLAIN])
@pytest.mark.parametrize("copied", [True, False])
def test_both_sides_are_equal_however_the_journal_volumes_are_used(
    settings: GroupSettings, mode: ReadMode, copied: bool
) -> None:
    values = {name: getattr(settings, name) for name in ("copy_unit", "layout", "journal_volumes", "volume_use")}
    topology = systems(GroupSettings(mode=mode, commands=1 if mode is ReadMode.PLAIN else 3, **values), copied=copied)
    for _ in range(10):  # several times round every ring
        write(topology, 10)
        topology.drain(10**12)
    assert topology.image(1, 1) == topology.image(2, 1) != bytes(CAPACITY)


def test_a_continuous_area_holds_each_journals_information_with_its_data_behind_it() -> None:
    topology = systems(CONTINUOUS)
    write(topology, 3, 1024)
    system = topology.original(0)
    content = system.disk_adapter.read_device(2, 0, 3 * (64 + 1024))
    for number in (1, 2, 3):
        at = (number - 1) * (64 + 1024)
        information = UpdateInformation.unpack(content[at : at + 64])
        assert (information.update_number, information.journal_position) == (number, at + 64)
        assert content[at + 64 : at + 64 + 1024] == bytes([number]) * 1024


def test_a_continuous_ring_is_used_to_the_last_entry_by_either_kind_and_splits_only_data() -> None:
    ring = ContinuousRing(64)
    ring.load(0, 0, 64 * 20 + 30)  # what is no whole entry stays unused
    for _ in range(20):
        assert ring.has_entry()
        ring.create(0)
    assert not ring.has_entry()
    for _ in range(18):
        ring.commit(0)
    ring.free(0, 18)
    assert not ring.has_room(17 * 64) and ring.has_room(16 * 64)
    place, data = ring.create(16 * 64)
    assert (place, ring.parts(data, 16 * 64)) == (0, ((64, 1024),))
    ring.commit(0)
    ring.commit(0)
    ring.commit(1024)
    ring.free(1024, 3)
    assert [ring.create(2 * 64)[0], ring.create(0)[0]] == [17 * 64, 0]
    with pytest.raises(JournalRingError):
        ring.create(100)


def test_the_ratio_of_the_two_areas_is_a_setting() -> None:
    for share, entries in ((None, 16), (0.25, 32), (0.5, 64)):
        ring = systems(GroupSettings(copy_unit=2048, information_share=share)).original(0).shared.groups[0].ring
        assert ring.update_information_area == entries * 64
        assert ring.write_data_area == 8192 - entries * 64


def test_alternating_journal_volumes_take_every_other_journal() -> None:
    topology = systems(ALTERNATE)
    write(topology, 4)
    take(topology, ask(topology)[1])
    finish_device_writes(topology.secondary(0))
    for side in (1, 2):
        adapter = topology.systems[side].disk_adapter
        for volume, expected in ((2, [1, 3]), (3, [2, 4])):
            entries = [UpdateInformation.unpack(adapter.read_device(volume, at, 64)) for at in (0, 64)]
            assert [(entry.update_number, entry.journal_volume) for entry in entries] == [
                (number, volume) for number in expected
            ]


def test_alternating_journal_volumes_store_in_the_order_of_numbers_and_ask_again_for_what_came_ahead() -> None:
    topology = systems(ALTERNATE)
    write(topology, 8)
    first, second = ask(topology)[1], ask(topology)[1]
    assert numbers(second) == [5, 6, 7, 8]
    take(topology, second)
    assert not topology.secondary(0).journal_store.groups[0].journals
    take(topology, first)
    topology.drain()
    assert topology.image(1, 1) == topology.image(2, 1)


def test_the_volume_that_stands_by_takes_journals_only_while_the_first_is_degraded() -> None:
    topology = systems(STANDBY)
    used = []
    for degraded in (False, True, False):
        for side in (1, 2):
            topology.systems[side].journal_volumes.set_degraded(2, degraded)
        write(topology, 2)
        ring = topology.original(0).shared.groups[0].ring
        used.append([part.update_information_used // 64 for part in ring.volume_rings()])
    assert used == [[2, 0], [2, 2], [4, 2]]
    take(topology, ask(topology)[1])
    take(topology, ask(topology)[1])
    finish_device_writes(topology.secondary(0))
    topology.drain(10**12)
    assert topology.image(1, 1) == topology.image(2, 1)


def test_initial_copy_leaves_half_of_the_entries_while_a_first_volume_not_in_use_is_abnormal() -> None:
    topology = systems(replace(STANDBY, copy_unit=512), journal_bytes=4096, copied=False)
    original = topology.original(0)
    original.shared.groups[0].original.start_unanswered = False
    original.journal_volumes.set_degraded(2, True)
    original.shared.volumes[2].state = VolumeState.ABNORMAL
    ring = original.shared.groups[0].ring
    outcomes = [original.initial_copy.step(0).outcome for _ in range(CAPACITY // 512)]
    assert outcomes[-1] == InitialCopyOutcome.WAITING
    assert ring.update_information_used * 2 == ring.update_information_area


def test_a_standby_volume_that_is_abnormal_but_not_in_use_stops_nothing() -> None:
    topology = systems(STANDBY)
    shared = topology.original(0).shared
    shared.volumes[3].state = VolumeState.ABNORMAL
    write(topology, 1)
    assert shared.groups[0].state is GroupState.NORMAL
    shared.volumes[2].state = VolumeState.ABNORMAL
    write(topology, 1)
    assert shared.groups[0].state is GroupState.ABNORMAL


@pytest.mark.parametrize("ring", [JournalRing(64), ContinuousRing(64)], ids=["divided", "continuous"])
def test_capacity_changes_only_while_no_journal_lies_across_the_end(ring: JournalRing) -> None:
    ring.load(0, 0 if isinstance(ring, ContinuousRing) else 640, 4096)
    for _ in range(5):
        ring.create(512)
        ring.commit(512)
    assert not ring.resize(2048)
    ring.free(2 * 512, 2)
    ring.create(1280)
    ring.commit(1280)
    assert ring.write_data_newest < ring.write_data_oldest
    assert not ring.resize(8192)
    ring.free(3 * 512, 3)
    ring.free(1280)
    assert ring.resize(2048) and ring.resize(8192)
    assert ring.parts(ring.create(4096)[1], 4096)[0][1] == 4096


@pytest.mark.parametrize("settings", [GroupSettings(copy_unit=4096), CONTINUOUS, ALTERNATE, STANDBY])
def test_any_ring_tells_its_journal_volumes_and_their_areas(settings: GroupSettings) -> None:
    topology = systems(settings)
    shared = topology.original(0).shared
    group, ring = shared.groups[0], shared.groups[0].ring
    write(topology, 3)
    volumes = (2, 3)[: settings.journal_volumes]
    assert ring.journal_volumes() == volumes and group.journal_volume == 2
    assert ring.volumes_in_use() == ((2,) if settings is STANDBY else volumes)
    assert {ring.journal_volume_at(index) for index in range(3)} == set(ring.volumes_in_use())
    assert [ring.ring_of(number) for number in volumes] == list(ring.volume_rings())
    assert [shared.is_journal_volume(number) for number in (1, 2, 3)] == [False, True, 3 in volumes]
    assert sum(area.used for area in ring.areas()) == 3 * (64 + 512)
    before = ring.update_information_area, ring.write_data_area, ring.areas()
    shared.set_journal_areas()  # as after each write of a register
    assert (ring.update_information_area, ring.write_data_area, ring.areas()) == before


@pytest.mark.parametrize("settings", [GroupSettings(copy_unit=4096), CONTINUOUS, ALTERNATE, STANDBY])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("update_information_newest", "pointers"),
        ("write_data_newest", "pointers"),
        ("update_information_used", "committed|pointers|overfilled"),
        ("write_data_committed", "committed"),
    ],
)
def test_any_ring_finds_pointers_and_occupancies_that_disagree(settings: GroupSettings, name: str, words: str) -> None:
    topology = systems(settings)
    write(topology, 3)
    ring = topology.original(0).shared.groups[0].ring
    assert ring.inconsistency() is None
    part = ring.volume_rings()[0]
    setattr(part, name, getattr(part, name) + part.write_data_area)
    found = ring.inconsistency()
    assert found is not None and re.search(words, found)


def test_a_running_group_gets_another_journal_capacity() -> None:
    topology = systems(GroupSettings(copy_unit=2048))
    volumes = topology.original(0).journal_volumes
    volumes.resize(0, 2, 4096)
    write(topology, 5)
    assert topology.original(0).shared.groups[0].ring.has_room(511)
    assert not topology.original(0).shared.groups[0].ring.has_room(512)
    volumes.resize(0, 2, 8192)
    assert topology.original(0).shared.groups[0].ring.has_room(4000)
    for capacity, words in (3072, "never fit"), (16384, "place of 8192"), (4097, "multiple"):
        with pytest.raises(MaintenanceError, match=words) as caught:
            volumes.resize(0, 2, capacity)
        assert caught.value.answer is Answer.NEVER_FITS
    topology.drain()
    assert topology.image(1, 1) == topology.image(2, 1)


@pytest.mark.parametrize("side", [1, 2])
@pytest.mark.parametrize("settings", [GroupSettings(copy_unit=4096), ALTERNATE, STANDBY], ids=["one", "two", "standby"])
def test_an_abnormal_journal_volume_is_replaced_and_a_new_initial_copy_makes_the_group_normal(
    side: int, settings: GroupSettings
) -> None:
    topology = systems(settings)
    write(topology, 3)
    take(topology, ask(topology)[1])
    finish_device_writes(topology.secondary(0))
    system = topology.systems[side]
    with pytest.raises(MaintenanceError, match="journal volume 2 is not abnormal"):
        system.journal_volumes.replace(0, 2, SPARE)
    system.shared.volumes[2].state = VolumeState.ABNORMAL
    with pytest.raises(MaintenanceError, match="volume 1 cannot be a journal volume"):
        system.journal_volumes.replace(0, 2, 1)
    system.journal_volumes.replace(0, 2, SPARE)
    assert system.shared.groups[0].state is GroupState.ABNORMAL
    assert system.shared.groups[0].journal_volume == SPARE
    write(topology, 2)
    topology.initiate(0)
    topology.drain(10**12)
    assert topology.image(1, 1) == topology.image(2, 1)
    assert topology.secondary(0).restore.is_consistent(0)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"information_share": 1.0}, ["information_share"]),
        ({"information_share": 0.3, "layout": JournalLayout.CONTINUOUS}, ["information_share", "layout"]),
        ({"volume_use": VolumeUse.STANDBY}, ["volume_use", "journal_volumes"]),
        ({"journal_volumes": 0}, ["journal_volumes"]),
    ],
)
def test_settings_of_journal_volumes_in_contradiction_are_refused_by_name(
    settings: dict[str, object], names: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        GroupSettings(**settings)  # type: ignore[arg-type]
    assert all(name in str(caught.value) for name in names)


def simulated(group: GroupSettings, journal_bytes: int = 4 << 20, **settings: object) -> Summary:
    """Run a small load; everything is restored in the end."""
    path = SimulationSettings(**settings)  # type: ignore[arg-type]
    scenario = Scenario(SyntheticLoad(writes=200), path, group, journal_bytes=journal_bytes)
    simulation, summary = run(scenario)
    assert (summary.consistent, summary.lost_writes) == (True, 0)
    assert simulation.topology.image(1, 1) == simulation.topology.image(2, 1)
    return summary


def test_a_volume_that_stands_by_keeps_the_lag_short_while_the_first_is_slow() -> None:
    degraded = ((5_000_000, 25_000_000),)
    one = simulated(GroupSettings(copy_unit=65536), degraded=degraded)
    standby = GroupSettings(copy_unit=65536, journal_volumes=2, volume_use=VolumeUse.STANDBY)
    two = simulated(standby, degraded=degraded)
    assert two.rpo_max_ms < one.rpo_max_ms


@pytest.mark.parametrize(
    "settings", [GroupSettings(copy_unit=65536), GroupSettings(copy_unit=65536, journal_volumes=2)]
)
def test_a_larger_journal_while_hosts_write_ends_their_waiting(settings: GroupSettings) -> None:
    small = simulated(settings, 131_072, gbps=0.1)
    grown = simulated(settings, 131_072, gbps=0.1, resizes=((1_000_000, 8 << 20),))
    assert grown.stalls < small.stalls
