"""The original system of three is lost: the first and the secondary one become a pair by difference."""

import random
from dataclasses import replace

import pytest

from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.maintenance import Answer, MaintenanceError
from mirrorlog.systems import failback
from mirrorlog.systems.disaster import take_over
from mirrorlog.systems.topology import Topology, finish_device_writes
from mirrorlog.tables.shared_memory import VolumeState
from tests.model.three_systems.test_three_systems import (
    BLOCK,
    CAPACITY,
    FIRST,
    ORIGINAL,
    SECONDARY,
    SETTINGS,
    answers,
    three_systems,
    write,
)
from tests.planted.bug import Bug, ThirdSite
from tests.planted.model_third_site import THIRD_SITE_BUGS
from tests.planted.plant import plant_model

MAPPED = replace(SETTINGS, changed_block_bytes=BLOCK)
JOURNAL_BYTES = 16384


def marked(topology: Topology, system: int) -> set[tuple[int, int]]:
    """Return the marked blocks: volume and block number."""
    maps = topology.systems[system].shared.changed_blocks.volumes
    return {
        (volume, number)
        for volume in (1, 2)
        if volume in maps
        for number, mark in enumerate(maps[volume].marks())
        if mark
    }


def differing(topology: Topology) -> set[tuple[int, int]]:
    """Return the blocks in which the first and the secondary system differ."""
    found = set()
    for volume in (1, 2):
        one, other = (topology.systems[number].disk_adapter.read(volume, 0, CAPACITY) for number in (FIRST, SECONDARY))
        starts = range(0, CAPACITY, BLOCK)
        found |= {(volume, at // BLOCK) for at in starts if one[at : at + BLOCK] != other[at : at + BLOCK]}
    return found


def host_write(topology: Topology, rng: random.Random, system: int) -> None:
    """A host writes one block somewhere."""
    position = BLOCK * rng.randrange(CAPACITY // BLOCK)
    command = HostCommand(Opcode.WRITE, 0, rng.choice((1, 2)), position, BLOCK)
    step = topology.systems[system].command_reception.receive(command, rng.randbytes(BLOCK))
    assert step is not None


def busy(has_storage: bool, rng: random.Random, rounds: int) -> Topology:
    """Return three systems with writes at every stage of their way; at each moment the first one's map is right."""
    topology = three_systems(has_storage, settings=MAPPED)
    now = 0
    for _ in range(rounds):
        write(topology, rng.randbytes(BLOCK), BLOCK * rng.randrange(CAPACITY // BLOCK), rng.choice((1, 2)), now)
        for _ in range(rng.randrange(4)):
            now += rng.randrange(60)
            if rng.random() < 0.3:  # answers to the first system are lost
                topology.paths[ORIGINAL, FIRST].clear()
            topology.settle(now)
            answers(topology)  # writes that are answered are as good as placed
            assert differing(topology) <= marked(topology, FIRST)
    return topology


def lose_original(topology: Topology) -> None:
    """A disaster takes the original system, and what it had sent."""
    for path in topology.paths.values():
        path.clear()
    topology.lose(ORIGINAL)


STORAGE = pytest.mark.parametrize("has_storage", [True, False], ids=["FIG 23", "FIG 24"])


@STORAGE
def test_the_first_system_goes_on_with_the_secondary_by_difference(has_storage: bool) -> None:
    for seed in range(8):
        rng = random.Random(seed)
        topology = busy(has_storage, rng, 20)
        lose_original(topology)
        changed = marked(topology, FIRST)
        assert len(changed) < 2 * CAPACITY // BLOCK
        failback.join(topology, 0, FIRST, JOURNAL_BYTES)
        link = topology.links[0]
        assert (link.original, link.secondary, link.first) == (FIRST, SECONDARY, None)
        host_write(topology, rng, FIRST)
        topology.drain(10**6)
        assert differing(topology) == set()
        maps = topology.systems[FIRST].shared.changed_blocks.volumes
        assert sum(maps[volume].copied for volume in (1, 2)) <= (len(changed) + 1) * BLOCK
        assert topology.secondary(0).restore.is_consistent(0)


@STORAGE
def test_after_a_takeover_the_repaired_first_system_joins_the_secondary_by_difference(has_storage: bool) -> None:
    ways = set()
    for seed in range(8):
        rng = random.Random(seed)
        topology = busy(has_storage, rng, 20)
        topology.lose(FIRST)
        assert take_over(topology, 0, 10**5)
        for _ in range(3):
            host_write(topology, rng, SECONDARY)
        topology.lost.discard(FIRST)
        lose_original(topology)
        assert differing(topology) <= marked(topology, FIRST) | marked(topology, SECONDARY)
        crossed = not topology.systems[FIRST].remote_write.groups[0].unanswered
        if crossed:
            failback.join(topology, 0, SECONDARY, JOURNAL_BYTES)
        else:  # writes without an answer may be at the first system alone
            with pytest.raises(MaintenanceError) as caught:
                failback.join(topology, 0, SECONDARY, JOURNAL_BYTES)
            assert caught.value.answer == Answer.BOTH_WRITTEN
            failback.resynchronize(topology, 0, SECONDARY, wins=True)
        ways.add(crossed)
        link = topology.links[0]
        assert (link.original, link.secondary) == (SECONDARY, FIRST)
        assert topology.systems[FIRST].shared.volumes[1].state is VolumeState.SECONDARY
        topology.drain(10**6)
        assert differing(topology) == set()
        maps = topology.systems[SECONDARY].shared.changed_blocks.volumes
        assert sum(maps[volume].copied for volume in (1, 2)) < CAPACITY
    assert ways == {False, True}


@pytest.mark.parametrize("bug", THIRD_SITE_BUGS, ids=lambda bug: bug.id)
def test_a_planted_bug_in_what_the_first_system_knows_is_found_within_300_seeds(bug: Bug) -> None:
    runs = bug.found_by
    assert isinstance(runs, ThirdSite)
    found = False
    with plant_model(bug):
        for seed in range(runs.seeds):
            try:
                busy(seed % 2 == 0, random.Random(seed), 30)
            except AssertionError:
                found = True
                break
    assert found
    busy(seed % 2 == 0, random.Random(seed), 30)


def test_a_partner_is_not_changed_while_the_group_runs() -> None:
    topology = three_systems(settings=MAPPED)
    for system in topology.systems.values():
        finish_device_writes(system)
    with pytest.raises(MaintenanceError) as caught:
        failback.change_partner(topology.original(0).maintenance, 0, FIRST, (1, 2))
    assert caught.value.answer == Answer.RUNNING
    with pytest.raises(MaintenanceError) as caught:
        failback.change_partner(topology.secondary(0).maintenance, 0, FIRST, (1,))
    assert caught.value.answer == Answer.UNKNOWN_NUMBER
