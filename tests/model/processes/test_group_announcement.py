"""Who becomes "abnormal" says so: announcements of groups' states, takeovers that are told and given up, partners that
do not match.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mirrorlog.formats.commit_record import Creation
from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.outcomes import CommandOutcome, InitialCopyOutcome, RestoreOutcome
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.maintenance import Answer, MaintenanceError
from mirrorlog.processes.step import Step
from mirrorlog.storage_system import StorageSystem
from mirrorlog.systems.failback import take_over
from mirrorlog.systems.topology import GroupLink, Topology, finish_device_writes
from mirrorlog.tables.settings import GroupSettings, ReadMode
from mirrorlog.tables.shared_memory import GroupState, PairState, Reason, VolumeState
from mirrorlog.tables.status import Status
from tests.model.steps import BLOCK, CAPACITY, pair_of_systems, write

TIMEOUT = 1000
SETTINGS = GroupSettings(copy_unit=BLOCK, interval=100, timeout=TIMEOUT)
MODES = [
    SETTINGS,
    replace(SETTINGS, mode=ReadMode.PLAIN, commands=1),
    replace(SETTINGS, mode=ReadMode.PUSH),
    replace(SETTINGS, mode=ReadMode.VOLUME_READ),
]
IN_EVERY_MODE = pytest.mark.parametrize("settings", MODES, ids=lambda settings: settings.mode.value)


def passes_time(topology: Topology, now: int, until: int) -> int:
    """Let happen what can, in steps of a tenth of a time-out; returns the time reached."""
    while now < until:
        now += TIMEOUT // 10
        topology.settle(now)
    return now


def groups(topology: Topology) -> list[tuple[GroupState, Reason]]:
    """State and reason of the group at the original and at the secondary system."""
    systems = (topology.original(0), topology.secondary(0))
    return [(system.shared.groups[0].state, system.shared.groups[0].reason) for system in systems]


def fail_a_journal(system: StorageSystem) -> None:
    """A journal that is being written fails."""
    journal = system.disk_adapter.journal_writes[0][0]
    _, place = system.disk_adapter.volume_range(journal.journal_volume, journal.information_place, 64)
    system.journal_write_done(journal, [place])


def fail_at_original(topology: Topology) -> None:
    """A journal write of the original system fails."""
    original = topology.original(0)
    original.command_reception.receive(HostCommand(Opcode.WRITE, 0, 1, 0, BLOCK), bytes(BLOCK))
    fail_a_journal(original)


def fail_at_secondary(topology: Topology) -> None:
    """A secondary volume's write fails."""
    write(topology)
    secondary = topology.secondary(0)
    for now in range(0, 50 * TIMEOUT, TIMEOUT):
        if secondary.restore.has_journal(0):
            break
        for system in (secondary, topology.original(0)):
            packet = system.next_packet(0, now)
            answer = topology.systems[packet.destination].receive(packet, now) if packet is not None else None
            if answer is not None:
                topology.systems[answer.destination].receive(answer, now)
            finish_device_writes(secondary)
    assert secondary.restore.step(0).outcome == RestoreOutcome.WRITING
    restored = secondary.disk_adapter.restore_writes[0, 1]
    _, place = secondary.disk_adapter.volume_range(restored.volume, restored.position, restored.size)
    secondary.volume_write_done(restored, [place])


@IN_EVERY_MODE
@pytest.mark.parametrize("fail", [fail_at_original, fail_at_secondary])
def test_the_partner_of_a_group_that_failed_knows_within_two_time_outs(
    settings: GroupSettings, fail: Callable[[Topology], None]
) -> None:
    topology = pair_of_systems(settings)
    fail(topology)
    now = passes_time(topology, 60 * TIMEOUT, 62 * TIMEOUT)
    reasons = {Reason.JOURNAL_DEVICE, Reason.TOLD_BY_PARTNER} if fail is fail_at_original else None
    assert {state for state, _ in groups(topology)} == {GroupState.ABNORMAL}
    assert {reason for _, reason in groups(topology)} == (reasons or {Reason.VOLUME_DEVICE, Reason.TOLD_BY_PARTNER})
    passes_time(topology, now, now + 5 * TIMEOUT)
    for system in topology.systems.values():
        assert not system.shared.groups[0].state_unanswered
        assert system.announcement.poll(0, now + 50 * TIMEOUT) is None, "what was answered is not said again"


def suspended() -> tuple[Topology, Packet]:
    """A group that was suspended at its original system, and its first announcement."""
    topology = pair_of_systems(SETTINGS)
    topology.original(0).maintenance.suspend(0)
    packet = topology.original(0).next_packet(0, 0)
    assert packet is not None and packet.type is PacketType.GROUP_STATE
    assert (packet.status, packet.reason, packet.wants_answer) == (GroupState.ABNORMAL, Reason.SUSPENDED, True)
    return topology, packet


def test_an_announcement_is_repeated_every_time_out_until_it_is_answered() -> None:
    topology, packet = suspended()
    original, secondary = topology.original(0), topology.secondary(0)
    assert original.next_packet(0, TIMEOUT - 1) is None
    assert original.next_packet(0, TIMEOUT) == packet  # it was lost, or its answer
    answer = secondary.receive(packet)
    assert answer is not None
    assert (answer.status, answer.reason, answer.wants_answer) == (GroupState.ABNORMAL, Reason.TOLD_BY_PARTNER, False)
    assert secondary.receive(packet) == answer, "the same again"
    assert secondary.next_packet(0, 10 * TIMEOUT) is None, "who was told has nothing to announce"
    assert original.receive(answer) is None
    assert original.receive(answer) is None
    assert original.next_packet(0, 10 * TIMEOUT) is None


@pytest.mark.parametrize("change", ["generation", "source", "source_group", "status"])
def test_an_announcement_changes_only_the_partners_group_of_its_generation(change: str) -> None:
    topology, packet = suspended()
    setattr(packet, change, {"generation": 0, "source": 3, "source_group": 1, "status": GroupState.NORMAL}[change])
    answer = topology.secondary(0).receive(packet)
    assert groups(topology)[1] == (GroupState.NORMAL, Reason.NONE)
    assert answer is not None, "who is answered does not say it again"
    assert (answer.generation, answer.destination) == (packet.generation, packet.source)


def test_a_partner_that_began_anew_without_this_side_says_so() -> None:
    topology = pair_of_systems(SETTINGS)
    topology.initiate(0)
    topology.paths[1, 2].clear()
    original = topology.original(0)
    original.operations.give_up(original.outbox.last_tag)
    passes_time(topology, 0, 5 * TIMEOUT)
    assert groups(topology)[1] == (GroupState.ABNORMAL, Reason.TOLD_BY_PARTNER)


def test_a_partner_that_never_began_answers_so_that_nobody_waits_for_ever() -> None:
    topology, packet = suspended()
    group = topology.secondary(0).shared.groups[0]
    group.secondary.started, group.state, group.partner_system = False, GroupState.BLANK, 0
    answer = topology.secondary(0).receive(packet)
    assert answer is not None and answer.status == GroupState.BLANK
    topology.original(0).receive(answer)
    assert not topology.original(0).shared.groups[0].state_unanswered


def test_an_answer_to_an_announcement_of_another_generation_is_dropped() -> None:
    topology, packet = suspended()
    answer = topology.secondary(0).receive(packet)
    assert answer is not None
    topology.original(0).shared.groups[0].generation += 1
    topology.original(0).receive(answer)
    assert topology.original(0).shared.groups[0].state_unanswered


@pytest.mark.parametrize("first", [Reason.NONE, Reason.SUSPENDED])
def test_a_takeover_is_told_to_the_original_system(first: Reason) -> None:
    topology = pair_of_systems(SETTINGS)
    write(topology, 2)
    now = passes_time(topology, 0, 5 * TIMEOUT)
    if first:
        topology.original(0).maintenance.suspend(0)
    assert take_over(topology, 0)
    now = passes_time(topology, now, now + 2 * TIMEOUT)
    assert groups(topology)[0] == (GroupState.ABNORMAL, first or Reason.TAKEN_OVER)
    assert groups(topology)[1] == (GroupState.ABNORMAL, Reason.TAKEN_OVER)
    assert not topology.secondary(0).shared.groups[0].state_unanswered


def host_write(system: StorageSystem, data: bytes) -> Step:
    """A host writes one block at the begin of the volume."""
    step = system.command_reception.receive(HostCommand(Opcode.WRITE, 0, 1, 0, BLOCK), data * BLOCK)
    assert step is not None
    finish_device_writes(system)
    return step


def taken_over(settings: GroupSettings) -> Topology:
    """Two systems whose path is cut; hosts have written at the secondary one since its takeover."""
    topology = pair_of_systems(settings)
    write(topology)
    passes_time(topology, 0, 5 * TIMEOUT)
    for path in topology.paths.values():
        path.clear()
    assert take_over(topology, 0)
    assert host_write(topology.secondary(0), b"B").status == Status.OK
    return topology


WITH_AND_WITHOUT_MAP = pytest.mark.parametrize(
    "settings", [SETTINGS, replace(SETTINGS, changed_block_bytes=BLOCK)], ids=["without map", "with map"]
)


@WITH_AND_WITHOUT_MAP
def test_a_side_that_was_taken_over_is_not_overwritten_before_it_is_given_up(settings: GroupSettings) -> None:
    topology = taken_over(settings)
    original, secondary = topology.original(0), topology.secondary(0)
    topology.initiate(0, 10 * TIMEOUT)
    now = passes_time(topology, 10 * TIMEOUT, 20 * TIMEOUT)
    assert groups(topology)[0] == (GroupState.ABNORMAL, Reason.START_REFUSED)
    assert topology.image(2, 1)[:BLOCK] == b"B" * BLOCK
    assert secondary.shared.volumes[1].state is VolumeState.NORMAL
    assert host_write(secondary, b"b").status == Status.OK

    secondary.maintenance.give_up(0)
    refused = host_write(secondary, b"c")
    assert (refused.outcome, refused.status) == (CommandOutcome.REFUSED, Status.VOLUME_SECONDARY)
    assert not secondary.restore.is_consistent(0), "before its own end markers"
    topology.initiate(0, now)
    topology.drain(now)
    assert secondary.restore.is_consistent(0)
    assert topology.image(1, 1) == topology.image(2, 1)
    assert groups(topology) == [(GroupState.NORMAL, Reason.NONE)] * 2
    assert original.shared.groups[0].generation == secondary.shared.groups[0].generation == 3


def test_start_is_refused_from_the_acceptance_of_the_takeover_on() -> None:
    topology = pair_of_systems(SETTINGS)
    secondary = topology.secondary(0).maintenance
    secondary.takeover(0, force=True)
    with pytest.raises(MaintenanceError) as refused:
        secondary.start(0, 1, 0, 7, 1, 0, BLOCK)
    assert refused.value.answer is Answer.TAKEN_OVER


def test_only_a_takeover_that_is_drained_can_be_given_up() -> None:
    topology = pair_of_systems(SETTINGS)
    secondary = topology.secondary(0)
    with pytest.raises(MaintenanceError) as refused:
        secondary.maintenance.give_up(0)
    assert refused.value.answer is Answer.WRONG_GROUP_STATE
    write(topology)
    for _ in range(3):
        command = secondary.next_packet(0, 0)
        answer = topology.original(0).receive(command, 0) if command is not None else None
        if answer is not None:
            secondary.receive(answer, 0)
    secondary.maintenance.takeover(0, force=True)
    with pytest.raises(MaintenanceError) as refused:
        secondary.maintenance.give_up(0)
    assert refused.value.answer is Answer.BUSY


def test_a_takeover_that_was_given_up_can_be_begun_again_and_is_not_called_consistent() -> None:
    topology = taken_over(SETTINGS)
    topology.secondary(0).maintenance.give_up(0)
    assert not take_over(topology, 0)
    assert topology.secondary(0).shared.volumes[1].state is VolumeState.NORMAL


def two_systems(secondary_bytes: int, settings: GroupSettings = SETTINGS, area: int = 65536) -> Topology:
    """Two systems whose secondary volume was set up with another capacity after it was recorded."""
    link = GroupLink(0, 1, 2, (1,), 3, (65536, area), settings)
    topology = Topology({1: CAPACITY}, (link,), max_transfer_bytes=4096)
    topology.secondary(0).shared.volumes[1].capacity = secondary_bytes
    return topology


def test_a_secondary_volume_that_is_too_small_is_refused_when_recorded_and_when_started() -> None:
    topology = two_systems(CAPACITY - BLOCK)
    topology.initiate(0)
    passes_time(topology, 0, 5 * TIMEOUT)
    assert groups(topology) == [(GroupState.ABNORMAL, Reason.START_REFUSED), (GroupState.NORMAL, Reason.NONE)]
    assert topology.original(0).shared.groups[0].update_number == 1, "nothing was journaled"
    secondary = topology.secondary(0)
    secondary.shared.volumes[0].state, secondary.shared.volumes[0].capacity = VolumeState.NORMAL, CAPACITY
    with pytest.raises(MaintenanceError) as refused:
        secondary.maintenance.record_pair(0, 1, 2, 2, 0, CAPACITY + BLOCK)
    assert refused.value.answer is Answer.TOO_SMALL
    assert secondary.shared.volumes[0].state is VolumeState.NORMAL


@pytest.mark.parametrize("settings", MODES[:2], ids=lambda settings: settings.mode.value)
def test_a_journal_beyond_the_end_of_a_volume_of_unknown_capacity_stops_both_sides(settings: GroupSettings) -> None:
    topology = two_systems(CAPACITY // 2, settings)
    topology.secondary(0).shared.pairs[0].original_capacity = 0
    topology.initiate(0)
    passes_time(topology, 0, 60 * TIMEOUT)
    told = (GroupState.ABNORMAL, Reason.TOLD_BY_PARTNER)
    assert groups(topology) == [told, (GroupState.ABNORMAL, Reason.NEVER_FITS)]


def test_nothing_is_journaled_before_the_answer_to_start() -> None:
    topology = two_systems(CAPACITY, area=64 * 16 + 2560)
    original = topology.original(0)
    topology.initiate(0)
    assert original.initial_copy.step(0).outcome == InitialCopyOutcome.NO_VOLUME
    command = HostCommand(Opcode.WRITE, 0, 1, 0, 4096)
    step = original.command_reception.receive(command, bytes(4096))
    assert step is not None and step.creation == Creation.NOT_YET_COPIED
    passes_time(topology, 0, 20 * TIMEOUT)
    step = original.command_reception.receive(command, bytes(4096))
    assert step is not None and step.status == Status.NEVER_FITS
    assert groups(topology) == [(GroupState.NORMAL, Reason.NONE)] * 2
    assert original.shared.pairs[0].state is PairState.NORMAL


def test_a_group_loaded_through_registers_journals_without_an_answer() -> None:
    topology = two_systems(CAPACITY)
    original = topology.original(0)
    topology.initiate(0)
    original.shared.groups[0].original.start_unanswered = False  # as its register loads it
    assert original.initial_copy.step(0).outcome == InitialCopyOutcome.UNIT_CREATED
    assert original.shared.groups[0].largest_data() == original.shared.groups[0].ring.write_data_area


def test_an_answer_to_an_older_initiation_starts_nothing() -> None:
    topology = two_systems(CAPACITY)
    original = topology.original(0)
    topology.initiate(0)
    first = topology.paths[1, 2].popleft()
    topology.initiate(0)
    answer = topology.secondary(0).receive(first)
    assert answer is not None
    original.receive(answer)
    assert original.shared.groups[0].original.start_unanswered
    topology.drain()
    assert groups(topology) == [(GroupState.NORMAL, Reason.NONE)] * 2


def test_a_start_that_nobody_answers_makes_the_group_abnormal() -> None:
    topology = two_systems(CAPACITY)
    original = topology.original(0)
    topology.initiate(0)
    original.operations.give_up(original.outbox.last_tag)
    assert groups(topology)[0] == (GroupState.ABNORMAL, Reason.START_UNANSWERED)
    # the secondary system may have begun: it is told
    passes_time(topology, 0, 5 * TIMEOUT)
    assert groups(topology)[1] == (GroupState.ABNORMAL, Reason.TOLD_BY_PARTNER)
