"""Suspension and resynchronization by difference: only changed blocks are copied, the copy's state is told truly."""

import random

import pytest

from mirrorlog.formats.update_information import JournalKind
from mirrorlog.processes.maintenance import Answer, MaintenanceError
from mirrorlog.systems.failback import resynchronize, take_over
from mirrorlog.systems.topology import GroupLink, Topology, finish_device_writes
from mirrorlog.tables.settings import GroupSettings, ReadMode
from mirrorlog.tables.shared_memory import GroupState, PairState, VolumeState
from tests.model.steps import ask_for_full_batches
from tests.model.systems.test_replication import CAPACITY, LONG, write

BLOCK = 1024
SETTINGS = GroupSettings(copy_unit=4096, changed_block_bytes=BLOCK)


def mapped(settings: GroupSettings = SETTINGS, rng: random.Random | None = None) -> Topology:
    """Return two systems that hold the same, with a map of changed blocks."""
    rng = rng or random.Random(1)
    systems = Topology(
        {1: CAPACITY, 2: CAPACITY}, (GroupLink(0, 1, 2, (1, 2), 3, (65536, 65536), settings, watch_time=LONG),)
    )
    for volume in (1, 2):
        systems.load(1, volume, rng.randbytes(CAPACITY))
    systems.start_copied(0)
    ask_for_full_batches(systems)
    return systems


def equal(systems: Topology) -> bool:
    """Are both sides equal?"""
    for system in systems.systems.values():
        finish_device_writes(system)
    return all(systems.image(1, volume) == systems.image(2, volume) for volume in (1, 2))


def copied_bytes(systems: Topology, system: int = 1) -> int:
    """Return the bytes that went into journals of initial copy since the copy began."""
    return sum(changed.copied for changed in systems.systems[system].shared.changed_blocks.volumes.values())


def differing(systems: Topology, volume: int) -> set[int]:
    """Return the numbers of the blocks in which the two sides differ."""
    images = [system.disk_adapter.read(volume, 0, CAPACITY) for system in systems.systems.values()]
    starts = range(0, CAPACITY, BLOCK)
    return {at // BLOCK for at in starts if images[0][at : at + BLOCK] != images[1][at : at + BLOCK]}


def marked(systems: Topology, volume: int, system: int = 1) -> set[int]:
    """Return the numbers of the marked blocks."""
    marks = systems.systems[system].shared.changed_blocks.volumes[volume].marks()
    return {number for number, mark in enumerate(marks) if mark}


@pytest.mark.parametrize(
    "settings",
    [
        SETTINGS,
        GroupSettings(copy_unit=512, changed_block_bytes=4096),
        GroupSettings(copy_unit=4096, changed_block_bytes=512, copy_volumes=2),
        GroupSettings(copy_unit=4096, changed_block_bytes=5120, mode=ReadMode.PLAIN, commands=1),
    ],
    ids=str,
)
def test_resynchronization_copies_exactly_the_blocks_that_were_changed(settings: GroupSettings) -> None:
    rng = random.Random(3)
    systems = mapped(settings, rng)
    for _ in range(20):
        write(systems, rng)
    systems.drain()
    systems.drain(10**9)
    assert [systems.systems[1].shared.changed_blocks.volumes[volume].is_empty() for volume in (1, 2)] == [True, True]
    systems.systems[1].maintenance.suspend(0)
    for _ in range(3):
        write(systems, rng)
    changed = sum(systems.systems[1].shared.changed_blocks.volumes[volume].marked_bytes() for volume in (1, 2))
    assert 0 < changed < CAPACITY
    resynchronize(systems, 0, 1)
    for _ in range(5):
        write(systems, rng)
    systems.drain(10**10)
    assert equal(systems)
    during = copied_bytes(systems) - changed
    assert 0 <= during <= 5 * (4096 + 2 * settings.changed_block_bytes)
    assert systems.secondary(0).restore.is_consistent(0)


def test_without_writes_meanwhile_the_bytes_copied_are_those_of_the_marked_blocks() -> None:
    rng = random.Random(9)
    systems = mapped(rng=rng)
    systems.systems[1].maintenance.suspend(0)
    for _ in range(4):
        write(systems, rng)
    changed = {(volume, block) for volume in (1, 2) for block in marked(systems, volume)}
    assert changed == {(volume, block) for volume in (1, 2) for block in differing(systems, volume)}
    resynchronize(systems, 0, 1)
    systems.drain()
    assert copied_bytes(systems) == len(changed) * BLOCK
    assert equal(systems)


def test_journals_that_were_not_sent_not_received_or_not_restored_are_copied_again() -> None:
    rng = random.Random(4)
    systems = mapped(rng=rng)
    original, secondary = systems.systems[1], systems.systems[2]
    for _ in range(3):  # stored at the secondary, not restored
        write(systems, rng)
    finish_device_writes(original)
    command = secondary.journal_read_command.poll(0, 0)
    assert command is not None
    answer = original.receive(command)
    assert answer is not None
    secondary.receive(answer)
    finish_device_writes(secondary)
    assert secondary.shared.groups[0].update_number == 4
    write(systems, rng)  # sent, lost on the path
    finish_device_writes(original)
    command = secondary.journal_read_command.poll(0, 10**9)
    assert command is not None
    assert original.receive(command) is not None
    write(systems, rng)  # never sent
    finish_device_writes(original)
    for volume in (1, 2):
        assert marked(systems, volume) == differing(systems, volume)
    original.maintenance.suspend(0)
    resynchronize(systems, 0, 1)
    systems.drain(10**10)
    assert equal(systems)


def test_a_block_is_unmarked_only_when_the_secondary_has_reported_it_restored() -> None:
    systems = mapped()
    original, secondary = systems.systems[1], systems.systems[2]
    write(systems, random.Random(5))
    volume = next(volume for volume in (1, 2) if marked(systems, volume))
    finish_device_writes(original)
    marks = marked(systems, volume)

    def exchange(now: int) -> None:
        command = secondary.journal_read_command.poll(0, now)
        assert command is not None
        answer = original.receive(command)
        assert answer is not None
        secondary.receive(answer, now)

    exchange(0)  # sent
    assert marked(systems, volume) == marks
    finish_device_writes(secondary)
    exchange(10**9)  # stored
    assert marked(systems, volume) == marks
    secondary.restore.step(0)
    exchange(2 * 10**9)  # its restore is in flight
    assert marked(systems, volume) == marks
    finish_device_writes(secondary)
    assert marked(systems, volume) == marks  # restored, not reported
    exchange(3 * 10**9)
    assert marked(systems, volume) == set()


def test_the_copy_is_consistent_again_exactly_when_it_says_so_and_a_disaster_before_is_answered_truly() -> None:
    answers = []
    for disaster in range(0, 60, 2):
        rng = random.Random(6)
        systems = mapped(GroupSettings(copy_unit=1024, changed_block_bytes=BLOCK, batch_journals=1, commands=1), rng)
        systems.systems[1].maintenance.suspend(0)
        for _ in range(6):
            write(systems, rng)
        resynchronize(systems, 0, 1)
        for step in range(disaster):
            systems.settle(step * 10**7)
        consistent = take_over(systems, 0)
        answers.append(consistent)
        if consistent:
            assert equal(systems)
    assert answers == sorted(answers)
    assert set(answers) == {False, True}


def test_a_suspension_in_the_middle_of_a_resynchronization_is_resynchronized_too() -> None:
    rng = random.Random(7)
    systems = mapped(rng=rng)
    for round_number in range(10):
        systems.systems[1].maintenance.suspend(0)
        for _ in range(rng.randrange(4)):
            write(systems, rng)
        resynchronize(systems, 0, 1)
        for step in range(rng.randrange(6)):
            write(systems, rng)
            systems.settle(round_number * 10**9 + step * 10**8)
        for volume in (1, 2):
            assert differing(systems, volume) <= marked(systems, volume)
    systems.drain(10**12)
    assert equal(systems)


def refused(systems: Topology, system: int) -> Answer:
    """Return why a request at a system is refused; nothing may have changed."""
    before = repr(systems.systems[system].shared)
    with pytest.raises(MaintenanceError) as caught:
        resynchronize(systems, 0, system)
    assert repr(systems.systems[system].shared) == before
    assert "\n" not in str(caught.value)
    return caught.value.answer


def test_a_request_in_the_wrong_state_is_refused_and_changes_nothing() -> None:
    systems = mapped()
    assert refused(systems, 1) == Answer.RUNNING
    assert refused(systems, 2) == Answer.WRONG_GROUP_STATE
    systems.systems[1].maintenance.suspend(0)
    systems.systems[1].shared.volumes[2].state = VolumeState.ABNORMAL
    assert refused(systems, 1) == Answer.WRONG_VOLUME_STATE
    systems.systems[1].shared.volumes[2].state = VolumeState.ORIGINAL
    systems.systems[2].shared.volumes[2].state = VolumeState.ABNORMAL
    assert refused(systems, 1) == Answer.WRONG_VOLUME_STATE
    assert systems.systems[1].shared.groups[0].state is GroupState.ABNORMAL
    systems.systems[2].shared.volumes[2].state = VolumeState.SECONDARY
    del systems.systems[2].shared.changed_blocks.groups[0]
    assert refused(systems, 1) == Answer.NO_MAP
    systems.systems[1].resynchronization.request(0, 2, 0)
    with pytest.raises(MaintenanceError) as caught:
        systems.systems[1].resynchronization.request(0, 2, 0)
    assert caught.value.answer == Answer.REQUESTED
    with pytest.raises(MaintenanceError) as caught:
        systems.initiate(0)
    assert caught.value.answer == Answer.REQUESTED


def test_a_group_without_a_map_is_not_resynchronized() -> None:
    systems = mapped(GroupSettings(copy_unit=4096))
    systems.systems[1].maintenance.suspend(0)
    assert refused(systems, 1) == Answer.NO_MAP


def test_requests_and_answers_may_be_lost_and_repeated() -> None:
    rng = random.Random(8)
    systems = mapped(rng=rng)
    original, secondary = systems.systems[1], systems.systems[2]
    original.maintenance.suspend(0)
    write(systems, rng)
    finish_device_writes(original)
    packet = original.resynchronization.request(0, 2, 0)
    first, second = secondary.receive(packet), secondary.receive(packet)
    assert first == second is not None
    assert original.shared.groups[0].state is GroupState.ABNORMAL
    original.receive(second)
    generation = original.shared.groups[0].generation
    assert generation == secondary.shared.groups[0].generation == 2
    original.receive(second)
    assert original.shared.groups[0].generation == generation
    assert not original.outbox.commands()
    systems.drain()
    assert equal(systems)
    assert all(pair.state is PairState.NORMAL for system in (original, secondary) for pair in system.shared.pairs)


def test_a_repeated_request_that_was_overtaken_by_a_takeover_is_refused() -> None:
    systems = mapped()
    original, secondary = systems.systems[1], systems.systems[2]
    original.maintenance.suspend(0)
    packet = original.resynchronization.request(0, 2, 0)
    assert secondary.receive(packet) is not None
    take_over(systems, 0)
    answer = secondary.receive(packet)
    assert answer is not None
    assert answer.status == Answer.WRONG_GROUP_STATE
    original.receive(answer)
    assert original.shared.groups[0].state is GroupState.ABNORMAL
    assert secondary.shared.volumes[1].state is VolumeState.NORMAL


def test_a_volume_without_changes_gets_its_end_marker_and_nothing_else() -> None:
    systems = mapped()
    systems.systems[1].maintenance.suspend(0)
    resynchronize(systems, 0, 1)
    kinds = []
    for step in range(20):
        systems.settle(step * 10**8)
        kinds += [journal.kind for journal in systems.secondary(0).journal_store.groups[0].journals.values()]
    assert copied_bytes(systems) == 0
    assert systems.is_drained(0)
    assert set(kinds) == {JournalKind.END_OF_INITIAL_COPY}
    assert systems.secondary(0).restore.is_consistent(0)
