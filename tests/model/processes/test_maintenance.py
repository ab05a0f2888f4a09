"""Setting up replication (FIG 9): operations here and specified for the other system, and what they refuse."""

from collections.abc import Callable
from dataclasses import fields, replace

import pytest

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.processes.maintenance import Answer, Maintenance, MaintenanceError, Operation
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.settings import GroupSettings
from mirrorlog.tables.shared_memory import (
    GroupState,
    OriginalProgress,
    PairState,
    Parameters,
    SecondaryProgress,
    VolumeState,
)

CAPACITY = 8192
SETTINGS = GroupSettings(copy_unit=1024)


def system(number: int) -> StorageSystem:
    """Return a system with three volumes that are "normal" and one that is not used."""
    made = StorageSystem(Parameters(number, volumes=5, pairs=2, groups=2))
    for volume in (1, 2, 3):
        made.shared.volumes[volume].state = VolumeState.NORMAL
        made.shared.volumes[volume].capacity = CAPACITY
    return made


def set_up(number: int) -> StorageSystem:
    """Return a system whose group 0 is ready to start, system 1 original."""
    made = system(number)
    made.maintenance.create_group(0, SETTINGS)
    made.maintenance.record_pair(0, 1, 1, 2, 2)
    made.maintenance.record_journal_volume(0, 3, 1024)
    return made


def test_group_creation_makes_a_blank_group_normal() -> None:
    made = system(1)
    made.maintenance.create_group(1)
    assert made.shared.groups[1].state is GroupState.NORMAL


def test_pair_recording_sets_pair_group_and_volume_on_each_side() -> None:
    original, secondary = set_up(1), set_up(2)
    for made, volume, state in ((original, 1, VolumeState.ORIGINAL), (secondary, 2, VolumeState.SECONDARY)):
        pair = made.shared.pairs[0]
        assert pair.state is PairState.NOT_COPYING
        assert (pair.original_system, pair.original_volume) == (1, 1)
        assert (pair.secondary_system, pair.secondary_volume, pair.group) == (2, 2, 0)
        assert made.shared.groups[0].pair_set == 1
        assert (made.shared.volumes[volume].state, made.shared.volumes[volume].pair) == (state, 0)


def test_journal_volume_recording_divides_the_volume() -> None:
    made = set_up(1)
    ring = made.shared.groups[0].ring
    assert (made.shared.groups[0].journal_volume, ring.write_data_head) == (3, 1024)
    assert (ring.update_information_area, ring.write_data_area) == (1024, CAPACITY - 1024)


def test_initiation_sets_copy_complete_addresses_to_0_and_empties_the_rings_with_a_new_generation() -> None:
    made = set_up(1)
    made.shared.pairs[0].copy_complete_address = 4096
    made.shared.groups[0].update_number = 9
    assert made.maintenance.initiate(0, 2, 0) == (0, 1, 0, 1, 9, 0, 1024)
    assert made.shared.pairs[0].copy_complete_address == 0
    assert made.shared.groups[0].generation == 1
    assert made.maintenance.initiate(0, 2, 0)[3:5] == (2, 9)


@pytest.mark.parametrize("number", [1, 2])
def test_each_initiation_begins_what_either_role_keeps_anew(number: int) -> None:
    made = set_up(number)
    group = made.shared.groups[0]
    group.update_number = 9
    for progress in (group.original, group.secondary):
        for field in fields(progress):
            setattr(progress, field.name, True if field.type is bool else 5)
    group.secondary.takeover = False  # a taken over group is not started
    if number == 1:
        made.maintenance.initiate(0, 2, 0)
        assert group.original == OriginalProgress(started=True, start_unanswered=True)
        assert group.secondary == SecondaryProgress(next_restore=5), "only the number to restore next is kept"
    else:
        made.maintenance.start(0, 1, 0, 7, 9, 0, 1024)
        assert group.original == OriginalProgress()
        assert group.secondary == SecondaryProgress(started=True, next_restore=9)


def refused(act: Callable[[Maintenance], object], made: StorageSystem) -> Answer:
    """Return why an operation is refused; nothing may have changed."""
    before = repr(made.shared)
    with pytest.raises(MaintenanceError) as caught:
        act(made.maintenance)
    assert repr(made.shared) == before
    assert "\n" not in str(caught.value)
    return caught.value.answer


@pytest.mark.parametrize(
    ("act", "answer"),
    [
        (lambda maintenance: maintenance.create_group(0), Answer.WRONG_GROUP_STATE),
        (lambda maintenance: maintenance.create_group(2), Answer.UNKNOWN_NUMBER),
        (lambda maintenance: maintenance.record_pair(1, 1, 2, 2, 2), Answer.WRONG_GROUP_STATE),
        (lambda maintenance: maintenance.record_pair(0, 1, 1, 2, 2), Answer.WRONG_VOLUME_STATE),
        (lambda maintenance: maintenance.record_pair(0, 1, 9, 2, 2), Answer.UNKNOWN_NUMBER),
        (lambda maintenance: maintenance.record_pair(0, 1, 3, 2, 2), Answer.WRONG_VOLUME_STATE),
        (lambda maintenance: maintenance.record_journal_volume(0, 1, 1024), Answer.WRONG_VOLUME_STATE),
        (lambda maintenance: maintenance.record_journal_volume(0, 3, 1024), Answer.WRONG_VOLUME_STATE),
        (lambda maintenance: maintenance.record_journal_volume(0, 2, 1000), Answer.NEVER_FITS),
        (lambda maintenance: maintenance.record_journal_volume(0, 2, CAPACITY), Answer.NEVER_FITS),
        (lambda maintenance: maintenance.initiate(1, 2, 0), Answer.WRONG_GROUP_STATE),
        (lambda maintenance: maintenance.initiate(0, 3, 0), Answer.UNKNOWN_NUMBER),
        (lambda maintenance: maintenance.takeover(0), Answer.WRONG_GROUP_STATE),
        (lambda maintenance: maintenance.finish_takeover(0), Answer.BUSY),
        (lambda maintenance: maintenance.suspend(1), Answer.WRONG_GROUP_STATE),
    ],
)
def test_an_operation_in_the_wrong_state_is_refused_and_changes_nothing(
    act: Callable[[Maintenance], object], answer: Answer
) -> None:
    assert refused(act, set_up(1)) == answer


def test_starting_needs_a_journal_volume_and_a_pair() -> None:
    made = system(1)
    made.maintenance.create_group(0, SETTINGS)
    assert refused(lambda maintenance: maintenance.initiate(0, 2, 0), made) == Answer.NO_JOURNAL_VOLUME
    made.maintenance.record_journal_volume(0, 3, 1024)
    assert refused(lambda maintenance: maintenance.initiate(0, 2, 0), made) == Answer.NO_PAIR


def test_starting_a_copy_whose_units_never_fit_is_refused() -> None:
    made = system(2)
    made.maintenance.create_group(0, SETTINGS)
    made.maintenance.record_pair(0, 1, 1, 2, 2)
    made.maintenance.record_journal_volume(0, 3, 1024)
    assert refused(lambda maintenance: maintenance.start(0, 1, 0, 1, 1, 0, CAPACITY - 1024), made) == Answer.NEVER_FITS


def test_more_pairs_than_there_are_is_refused() -> None:
    made = set_up(1)
    made.shared.pairs[1].state = PairState.NORMAL
    assert refused(lambda maintenance: maintenance.record_pair(0, 1, 2, 2, 2), made) == Answer.NO_BLANK_PAIR


def test_takeover_of_a_running_pair_needs_force() -> None:
    made = set_up(2)
    made.maintenance.start(0, 1, 0, 1, 1, 0, 1024)
    assert refused(lambda maintenance: maintenance.takeover(0), made) == Answer.RUNNING
    made.maintenance.takeover(0, force=True)
    assert made.maintenance.finish_takeover(0) is False
    assert made.shared.volumes[2].state is VolumeState.NORMAL


def specify(source: StorageSystem, target: StorageSystem, operation: Operation, *arguments: int) -> Answer:
    """Specify an operation at one system for the other, over packets' bytes; the packet arrives twice."""
    packet = Packet.unpack(source.operations.specify(operation, target.parameters.system, arguments).pack())
    assert packet.type is PacketType.MAINTENANCE_COMMAND
    answers = [target.receive(packet), target.receive(packet)]
    assert answers[0] is not None
    assert answers[0] == answers[1]
    source.receive(Packet.unpack(answers[0].pack()))
    return Answer(answers[0].status)


def test_every_operation_can_be_specified_at_the_original_for_the_secondary() -> None:
    original, secondary = set_up(1), system(2)
    assert specify(original, secondary, Operation.CREATE_GROUP, 0) == Answer.OK
    assert specify(original, secondary, Operation.CREATE_GROUP, 0) == Answer.WRONG_GROUP_STATE
    assert specify(original, secondary, Operation.RECORD_PAIR, 0, 1, 1, 2, 2, CAPACITY) == Answer.OK
    assert specify(original, secondary, Operation.RECORD_JOURNAL_VOLUME, 0, 3, 2048) == Answer.OK
    arguments = original.maintenance.initiate(0, 2, 0)
    assert specify(original, secondary, Operation.START, *arguments) == Answer.OK
    assert not original.outbox.commands()
    assert secondary.shared.groups[0].generation == 1
    assert original.shared.groups[0].partner_area == CAPACITY - 2048
    assert original.shared.groups[0].largest_data() == CAPACITY - 2048
    assert specify(original, secondary, Operation.START, 1) == Answer.UNKNOWN_OPERATION
    # the age of a map that the group does not keep
    assert specify(original, secondary, Operation.START, *arguments, 1) == Answer.UNKNOWN_OPERATION


def test_the_age_of_a_map_comes_with_start_or_not_where_a_group_keeps_one() -> None:
    for age in ((), (1,)):
        original, secondary = set_up(1), set_up(2)
        group = secondary.shared.groups[0]
        group.settings = replace(group.settings, changed_block_bytes=512)
        arguments = original.maintenance.initiate(0, 2, 0)
        assert specify(original, secondary, Operation.START, *arguments, *age) == Answer.OK


def test_a_start_of_an_older_generation_changes_nothing() -> None:
    made = set_up(2)
    made.maintenance.start(0, 1, 0, 5, 10, 512, 1024)
    assert refused(lambda maintenance: maintenance.start(0, 1, 0, 4, 1, 0, 1024), made) == Answer.WRONG_GROUP_STATE
    assert made.journal_store.groups[0].oldest == 10
