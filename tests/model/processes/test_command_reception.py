"""Command reception (FIG 12) and journal creation (FIG 13) in the model: every exit and every answer."""

import pytest

from mirrorlog.formats.commit_record import Creation
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from mirrorlog.processes.command_reception import FUA, HostCommand, Opcode
from mirrorlog.storage.cache_memory import JournalWrite
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import FullPolicy, GroupState, PairState, VolumeState
from mirrorlog.tables.status import Status
from mirrorlog.tables.units import NONE
from tests.model.one_system import CAPACITY, DATA_AREA, ENTRIES, JOURNAL, original_system, write, written


def journal_of(system: StorageSystem) -> JournalWrite:
    """Return the group's youngest journal that is not durable."""
    return system.disk_adapter.journal_writes[0][-1]


def test_a_write_to_a_normal_pair_is_journaled() -> None:
    system = original_system()
    step = written(system, b"a" * 1024, 512)
    assert (step.outcome, step.creation, step.status, step.reference) == (1280, 1360, 0, 1)
    journal = journal_of(system)
    information = UpdateInformation.unpack(journal.information)
    assert information.update_number == 1
    assert (information.position, information.size, information.volume) == (512, 1024, 1)
    assert (information.journal_volume, information.journal_position) == (JOURNAL, ENTRIES * 64)
    assert (information.time, information.data_offset, information.kind) == (1234, 0, JournalKind.HOST_WRITE)
    group = system.shared.groups[0]
    assert (group.update_number, group.data_offset) == (2, 1024)
    assert group.ring.update_information_newest == 64
    assert group.ring.write_data_newest == ENTRIES * 64 + 1024
    assert group.ring.update_information_commit == 0


def test_newest_is_visible_only_after_the_journal_is_durable() -> None:
    system = original_system()
    written(system, bytes(512))
    written(system, bytes(512))
    ring = system.shared.groups[0].ring
    first, second = system.disk_adapter.journal_writes[0]
    system.disk_adapter.journal_write_done(first)
    assert (ring.update_information_newest, ring.update_information_commit) == (128, 64)
    system.disk_adapter.journal_write_done(second)
    assert ring.update_information_commit == ring.update_information_newest


@pytest.mark.parametrize(
    ("state", "copied", "position", "creation"),
    [
        (PairState.NOT_COPYING, CAPACITY, 0, Creation.NOT_YET_COPIED),
        (PairState.COPYING, 4096, 3584, Creation.HOST_WRITE_CREATED),
        (PairState.COPYING, 4096, 4096, Creation.NOT_YET_COPIED),
        (PairState.COPYING, 4096, 4608, Creation.NOT_YET_COPIED),
        (PairState.NORMAL, 0, 4096, Creation.HOST_WRITE_CREATED),
        (PairState.ABNORMAL, CAPACITY, 0, Creation.NOT_REPLICATED),
        (PairState.BLANK, CAPACITY, 0, Creation.NOT_REPLICATED),
    ],
)
def test_the_copy_complete_address_decides_whether_a_write_is_journaled(
    state: PairState, copied: int, position: int, creation: Creation
) -> None:
    system = original_system(pair=state, copied=copied)
    step = written(system, bytes(1024), position)
    assert (step.outcome, step.creation) == (1280, creation)
    assert bool(system.disk_adapter.journal_writes[0]) == (creation is Creation.HOST_WRITE_CREATED)


def test_an_abnormal_journal_volume_suspends_the_group_and_the_write_goes_on() -> None:
    system = original_system()
    system.shared.volumes[JOURNAL].state = VolumeState.ABNORMAL
    step = written(system, bytes(512))
    assert (step.outcome, step.creation, step.status) == (1280, 1315, 0)
    assert system.shared.groups[0].state is GroupState.ABNORMAL
    assert system.shared.pairs[0].state is PairState.ABNORMAL
    system.shared.volumes[JOURNAL].state = VolumeState.NORMAL
    assert written(system, bytes(512)).creation == Creation.NOT_REPLICATED


def test_an_original_volume_without_pair_is_written_without_journal() -> None:
    system = original_system()
    system.shared.volumes[1].pair = NONE
    assert written(system, bytes(512)).creation == Creation.NOT_REPLICATED


def fill(system: StorageSystem) -> None:
    """Use up all but one block of the write data area."""
    written(system, bytes(DATA_AREA - 1024))


@pytest.mark.parametrize("entries_used", [ENTRIES - 1, ENTRIES])
def test_the_update_information_area_is_used_to_its_last_entry(entries_used: int) -> None:
    system = original_system(FullPolicy.ERROR)
    for _ in range(entries_used):
        assert written(system, bytes(512)).creation == Creation.HOST_WRITE_CREATED
    expected = Creation.HOST_WRITE_CREATED if entries_used < ENTRIES else Creation.NO_ROOM
    assert written(system, bytes(512)).creation == expected


def test_policy_error_refuses_a_write_without_room_and_changes_nothing() -> None:
    system = original_system(FullPolicy.ERROR)
    fill(system)
    step = written(system, bytes(1024))
    assert (step.outcome, step.creation, step.status) == (1245, 1390, Status.JOURNAL_FULL)
    assert system.shared.groups[0].update_number == 2
    assert written(system, bytes(512)).outcome == 1280


def test_policy_suspend_makes_pairs_and_group_abnormal_and_the_write_goes_on() -> None:
    system = original_system(FullPolicy.SUSPEND)
    fill(system)
    step = written(system, bytes(1024))
    assert (step.outcome, step.creation) == (1280, 1390)
    assert system.shared.groups[0].state is GroupState.ABNORMAL
    assert system.shared.pairs[0].state is PairState.ABNORMAL


def test_policy_stall_waits_until_there_is_room() -> None:
    system = original_system()
    fill(system)
    stalled = written(system, bytes(1024))
    assert (stalled.outcome, stalled.creation, stalled.status, stalled.reference) == (3, 1390, 0, 0)
    assert write(system, bytes(1024), waited=99) is None
    system.disk_adapter.journal_write_done(journal_of(system))
    system.shared.groups[0].ring.free(DATA_AREA - 1024)
    step = write(system, bytes(1024), waited=99)
    assert step is not None
    assert (step.outcome, step.creation, step.reference) == (1280, 1360, 2)


def test_policy_stall_suspends_when_the_watch_time_runs_out() -> None:
    system = original_system()
    fill(system)
    assert written(system, bytes(1024)).outcome == 3
    step = write(system, bytes(1024), waited=100)
    assert step is not None
    assert (step.outcome, step.creation) == (1280, 1390)
    assert system.shared.groups[0].state is GroupState.ABNORMAL


@pytest.mark.parametrize("size", [DATA_AREA, DATA_AREA + 512])
def test_a_journal_that_can_never_fit_is_refused_at_the_door(size: int) -> None:
    system = original_system()
    assert written(system, bytes(size)).status == Status.NEVER_FITS
    system.shared.pairs[0].state = PairState.ABNORMAL
    assert written(system, bytes(size)).outcome == 1280


def refuse(system: StorageSystem, opcode: int, volume: int, position: int, size: int, received: int) -> int:
    """Give a command that is refused; return its status. Nothing may have changed."""
    before = (repr(system.shared), system.command_reception.taken)
    step = system.command_reception.receive(HostCommand(opcode, 1, volume, position, size), bytes(received))
    assert step is not None
    assert step.outcome == (1220 if step.status == Status.JOURNAL_READ_REFUSED else 1245)
    assert (repr(system.shared), system.command_reception.taken) == before
    return step.status


@pytest.mark.parametrize(
    ("opcode", "volume", "position", "size", "received", "status"),
    [
        (0, 1, 0, 512, 0, Status.INVALID_OPCODE),
        (6, 1, 0, 512, 0, Status.INVALID_OPCODE),
        (Opcode.READ | FUA, 1, 0, 512, 0, Status.INVALID_OPCODE),
        (Opcode.JOURNAL_READ, 99, 1, 0, 0, Status.JOURNAL_READ_REFUSED),
        (Opcode.READ, 8, 0, 512, 0, Status.UNKNOWN_VOLUME),
        (Opcode.FLUSH, 0, 0, 0, 0, Status.VOLUME_BLANK),
        (Opcode.READ, 0, 0, 0, 0, Status.VOLUME_BLANK),
        (Opcode.WRITE, 5, 0, 512, 512, Status.VOLUME_SECONDARY),
        (Opcode.WRITE, 6, 0, 512, 512, Status.VOLUME_ABNORMAL),
        (Opcode.READ, 1, 1, 0, 0, Status.ZERO_SIZE),
        (Opcode.WRITE, 1, 0, 0, 0, Status.ZERO_SIZE),
        (Opcode.WRITE, 1, 1, 20480, 20480, Status.UNALIGNED),
        (Opcode.READ, 1, 0, 513, 0, Status.UNALIGNED),
        (Opcode.READ, 1, CAPACITY, 16896, 0, Status.TOO_LARGE),
        (Opcode.READ, 1, CAPACITY, 512, 0, Status.OUT_OF_RANGE),
        (Opcode.READ, 1, (1 << 64) - 512, 512, 0, Status.OUT_OF_RANGE),
        (Opcode.WRITE, 1, CAPACITY - 512, 1024, 512, Status.OUT_OF_RANGE),
        (Opcode.WRITE, JOURNAL, 0, 512, 64, Status.JOURNAL_VOLUME),
        (Opcode.WRITE, 1, 0, DATA_AREA, 64, Status.DATA_LENGTH),
        (Opcode.WRITE, 2, 0, 512, 576, Status.DATA_LENGTH),
        (Opcode.DISCARD, 5, 0, 512, 0, Status.VOLUME_SECONDARY),
        (Opcode.DISCARD, 1, 0, 0, 0, Status.ZERO_SIZE),
        (Opcode.DISCARD, 1, 0, 16896, 0, Status.TOO_LARGE),
        (Opcode.DISCARD_FUA, 1, CAPACITY, 512, 0, Status.OUT_OF_RANGE),
        (Opcode.DISCARD, JOURNAL, 0, 512, 0, Status.JOURNAL_VOLUME),
        (Opcode.WRITE_FUA, 1, 0, 512, 576, Status.DATA_LENGTH),
    ],
)
def test_a_bad_command_is_refused_with_its_status_and_changes_nothing(
    opcode: int, volume: int, position: int, size: int, received: int, status: Status
) -> None:
    system = original_system()
    system.shared.volumes[5].state = VolumeState.SECONDARY
    system.shared.volumes[6].state = VolumeState.ABNORMAL
    assert refuse(system, opcode, volume, position, size, received) == status


def test_a_read_sees_every_write_answered_before_it_and_none_after() -> None:
    system = original_system()
    written(system, b"a" * 1024, 0)
    written(system, b"b" * 512, 512)
    step = system.command_reception.receive(HostCommand(Opcode.READ, 3, 1, 0, 1536))
    assert step is not None
    assert step.outcome == 1230
    written(system, b"c" * 1536, 0)
    read = system.command_reception.reads[step.reference]
    assert read.data == b"a" * 512 + b"b" * 512 + bytes(512)
    assert not read.in_cache


def test_a_read_needs_no_device_while_the_volume_write_of_every_block_is_unfinished() -> None:
    system = original_system()
    written(system, b"a" * 1024, 0)
    assert system.cache.holds(1, 512, 512)
    system.volume_write_done(system.disk_adapter.volume_writes[1])
    assert not system.cache.holds(1, 0, 512)  # though its journal is not written
    system.disk_adapter.journal_write_done(journal_of(system))
    assert not system.cache.holds(1, 0, 512)


def test_a_block_is_not_in_cache_when_only_an_older_write_to_it_is() -> None:
    system = original_system()
    written(system, b"a" * 1024, 0)  # its journal stays unfinished
    system.shared.pairs[0].state = PairState.ABNORMAL
    written(system, b"b" * 512, 0)
    for number in (1, 2):
        system.volume_write_done(system.disk_adapter.volume_writes[number])
    assert not system.cache.holds(1, 0, 512)
    assert not system.cache.holds(1, 512, 512)
    assert system.disk_adapter.read(1, 0, 1024) == b"b" * 512 + b"a" * 512


def test_flush_answers_after_all_earlier_writes_and_tells_of_a_failed_one() -> None:
    system = original_system()
    written(system, bytes(512), 0)
    written(system, bytes(512), 512)
    step = system.command_reception.receive(HostCommand(Opcode.FLUSH, 9, 1, 0, 0))
    assert step is not None
    assert (step.outcome, step.reference) == (1, 3)
    written(system, bytes(512), 0)
    flush = system.command_reception.flushes[3]
    assert flush.waiting == {1, 2}
    system.volume_write_done(system.disk_adapter.volume_writes[1], [(CAPACITY, 512)])
    system.volume_write_done(system.disk_adapter.volume_writes[2])
    assert not flush.waiting
    answer = system.command_reception.answer_flush(3)
    assert (answer.outcome, answer.status, answer.tag, answer.reference) == (2, Status.DEVICE_ERROR, 9, 3)
