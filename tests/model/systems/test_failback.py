"""Takeover and, after repair, failback with the roles swapped; and what happens when hosts wrote to both sides."""

import random

import pytest

from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.maintenance import Answer, MaintenanceError
from mirrorlog.systems.failback import follow_roles, resynchronize, take_over
from mirrorlog.systems.topology import Topology, finish_device_writes
from mirrorlog.tables.shared_memory import GroupState, PairState, VolumeState
from tests.model.systems.test_replication import CAPACITY, write
from tests.model.variations.test_resynchronization import copied_bytes, differing, equal, mapped, marked


def running(writes: int, rng: random.Random) -> Topology:
    """Return two systems after some writes, all of them restored and reported."""
    systems = mapped(rng=rng)
    for _ in range(writes):
        write(systems, rng)
    systems.drain()
    systems.drain(10**9)
    systems.settle(2 * 10**9)
    return systems


def images(systems: Topology, system: int) -> list[bytes]:
    """Return the volumes of a system."""
    finish_device_writes(systems.systems[system])
    return [systems.image(system, volume) for volume in (1, 2)]


def refusal(systems: Topology, system: int) -> Answer:
    """Return why a resynchronization with this system as original is refused; nothing may have changed."""
    before = [repr(system.shared) for system in systems.systems.values()]
    with pytest.raises(MaintenanceError) as caught:
        resynchronize(systems, 0, system)
    assert [repr(system.shared) for system in systems.systems.values()] == before
    return caught.value.answer


@pytest.mark.parametrize("lost_writes", [0, 4])
def test_after_a_takeover_the_repaired_original_becomes_the_secondary_by_difference(lost_writes: int) -> None:
    rng = random.Random(1)
    systems = running(20, rng)
    for _ in range(lost_writes):
        write(systems, rng)
    assert take_over(systems, 0)
    for _ in range(5):
        write(systems, rng, system=2)
    served = images(systems, 2)
    changed = sum(len(differing(systems, volume)) for volume in (1, 2)) * 1024
    resynchronize(systems, 0, 2, wins=lost_writes > 0)
    link = systems.links[0]
    assert (link.original, link.secondary) == (2, 1)
    assert systems.systems[1].shared.volumes[1].state is VolumeState.SECONDARY
    assert systems.systems[2].shared.volumes[1].state is VolumeState.ORIGINAL
    assert not systems.secondary(0).restore.is_consistent(0)
    systems.drain(10**10)
    assert copied_bytes(systems, 2) == changed
    assert images(systems, 1) == images(systems, 2) == served
    write(systems, rng, system=2)
    systems.drain(10**11)
    assert equal(systems)
    assert systems.secondary(0).restore.is_consistent(0)


def test_hosts_move_back_without_losing_a_write_and_without_copying() -> None:
    rng = random.Random(2)
    systems = running(10, rng)
    take_over(systems, 0)
    for _ in range(5):
        write(systems, rng, system=2)
    resynchronize(systems, 0, 2)
    systems.drain(10**10)
    systems.settle(2 * 10**10)
    served = images(systems, 2)
    assert take_over(systems, 0)  # hosts at system 2 have stopped, everything is drained
    for _ in range(3):
        write(systems, rng, system=1)
    resynchronize(systems, 0, 1)
    link = systems.links[0]
    assert (link.original, link.secondary) == (1, 2)
    copied = sum(len(marked(systems, volume)) for volume in (1, 2))
    systems.drain(10**12)
    assert equal(systems)
    assert images(systems, 1) != served
    assert copied_bytes(systems) == copied * 1024 < CAPACITY
    assert [system.shared.changed_blocks.groups[0].epoch for system in systems.systems.values()] == [2, 2]


def test_writes_on_both_sides_are_refused_until_told_which_wins() -> None:
    for winner in (1, 2):
        rng = random.Random(3)
        systems = running(10, rng)
        take_over(systems, 0)
        write(systems, rng, system=2)
        write(systems, rng, system=1)  # nobody told the old original
        systems.systems[1].maintenance.suspend(0)
        for system in systems.systems.values():
            finish_device_writes(system)
        assert refusal(systems, 1) == Answer.BOTH_WRITTEN
        assert refusal(systems, 2) == Answer.BOTH_WRITTEN
        kept = images(systems, winner)
        resynchronize(systems, 0, winner, wins=True)
        systems.drain(10**10)
        assert images(systems, 1) == images(systems, 2) == kept
        assert systems.links[0].original == winner


def test_an_unmodified_side_is_no_conflict() -> None:
    for written in (1, 2, None):
        rng = random.Random(4)
        systems = running(10, rng)
        take_over(systems, 0)
        if written is not None:
            write(systems, rng, system=written)
        systems.systems[1].maintenance.suspend(0)
        for system in systems.systems.values():
            finish_device_writes(system)
        if written is not None:
            assert refusal(systems, 3 - written) == Answer.OTHER_WRITTEN
        winner = written or 1
        kept = images(systems, winner)
        resynchronize(systems, 0, winner)
        systems.drain(10**10)
        assert images(systems, 1) == images(systems, 2) == kept


def test_a_full_copy_does_not_overwrite_a_side_that_was_taken_over() -> None:
    systems = running(3, random.Random(5))
    take_over(systems, 0)
    write(systems, random.Random(6), system=2)
    systems.systems[1].maintenance.suspend(0)
    finish_device_writes(systems.systems[1])
    kept = images(systems, 2)
    systems.initiate(0)
    systems.settle()
    assert systems.systems[1].shared.groups[0].state is GroupState.ABNORMAL
    assert images(systems, 2) == kept
    assert systems.systems[2].shared.volumes[1].state is VolumeState.NORMAL


def test_both_sides_asking_to_be_the_original_at_once_are_both_refused() -> None:
    systems = running(3, random.Random(7))
    take_over(systems, 0)
    systems.systems[1].maintenance.suspend(0)
    one = systems.systems[1].resynchronization.request(0, 2, 0)
    two = systems.systems[2].resynchronization.request(0, 1, 0)
    answers = [systems.systems[2].receive(one), systems.systems[1].receive(two)]
    for answer in answers:
        assert answer is not None
        assert answer.status == Answer.REQUESTED
        systems.systems[answer.destination].receive(answer)
    assert [system.shared.changed_blocks.groups[0].taken_over for system in systems.systems.values()] == [False, True]
    resynchronize(systems, 0, 2)
    systems.drain(10**10)
    assert equal(systems)


def test_a_takeover_in_the_middle_of_a_failback_keeps_the_difference() -> None:
    for steps in range(8):
        rng = random.Random(8)
        systems = running(10, rng)
        for _ in range(3):
            write(systems, rng)
        take_over(systems, 0)
        for _ in range(5):
            write(systems, rng, system=2)
        resynchronize(systems, 0, 2, wins=True)
        for step in range(steps):
            systems.settle(10**10 + step * 10**8)
        consistent = take_over(systems, 0)  # now at system 1, while system 2 is lost
        if consistent:
            assert equal(systems)
        write(systems, rng, system=1)
        for volume in (1, 2):
            assert differing(systems, volume) <= marked(systems, volume, 1) | marked(systems, volume, 2)
        resynchronize(systems, 0, 1, wins=True)
        systems.drain(10**12)
        assert equal(systems)


def test_hosts_are_refused_at_the_side_that_became_secondary() -> None:
    systems = running(3, random.Random(9))
    take_over(systems, 0)
    resynchronize(systems, 0, 2)
    step = systems.systems[1].command_reception.receive(HostCommand(Opcode.WRITE, 0, 1, 0, 512), bytes(512))
    assert step is not None
    assert step.outcome == CommandOutcome.REFUSED


def test_a_volume_that_breaks_while_its_side_asks_to_be_the_original_stays_abnormal() -> None:
    rng = random.Random(10)
    systems = running(3, rng)
    take_over(systems, 0)
    original, taken = systems.systems[1], systems.systems[2]
    packet = taken.resynchronization.request(0, 1, 0)
    write(systems, rng, system=2, volumes=(1,))
    broken = next(iter(taken.disk_adapter.volume_writes.values()))
    _, place = taken.disk_adapter.volume_range(1, broken.position, broken.size)
    taken.volume_write_done(broken, [place])
    answer = original.receive(packet)
    assert answer is not None
    taken.receive(answer)
    assert taken.shared.volumes[1].state is VolumeState.ABNORMAL
    assert taken.shared.volumes[2].state is VolumeState.ORIGINAL
    follow_roles(systems, 0)
    systems.drain(10**10)
    assert taken.shared.pairs[0].state is PairState.ABNORMAL
    assert taken.shared.pairs[1].state is PairState.NORMAL


def test_a_takeover_waits_for_journals_that_are_on_their_way_to_the_journal_volume() -> None:
    rng = random.Random(11)
    systems = running(3, rng)
    original, secondary = systems.systems[1], systems.systems[2]
    write(systems, rng)
    finish_device_writes(original)
    command = secondary.journal_read_command.poll(0, 10**10)
    assert command is not None
    answer = original.receive(command)
    assert answer is not None
    secondary.receive(answer, 10**10)
    secondary.maintenance.takeover(0, force=True)
    assert secondary.restore.is_drained(0)
    with pytest.raises(MaintenanceError) as caught:
        secondary.maintenance.finish_takeover(0)
    assert caught.value.answer == Answer.BUSY
    assert take_over(systems, 0)
    assert equal(systems)
