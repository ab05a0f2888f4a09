"""Why a group is "abnormal": the first event that made it so, until it is "normal" again."""

from collections.abc import Callable

import pytest

from mirrorlog.compare.difference import differing
from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.maintenance import Operation
from mirrorlog.registers.register_map import group_register
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import FullPolicy, GroupState, Reason
from tests.model.one_system import CAPACITY, original_system, written


def fail_journal_write(system: StorageSystem) -> None:
    """The journal volume's device fails a write."""
    written(system, bytes(512))
    system.journal_write_done(system.disk_adapter.journal_writes[0][0], [(0, 512)])


def fail_volume_write(system: StorageSystem) -> None:
    """A device fails a write that is in no journal, of the only pair."""
    system.shared.pairs[0].copy_complete_address = 0
    system.shared.pairs[0].state = type(system.shared.pairs[0].state).COPYING
    written(system, bytes(512))
    system.volume_write_done(system.disk_adapter.volume_writes[1], [(CAPACITY, 512)])


def fill(system: StorageSystem) -> None:
    """More writes than the journal holds, under the policy to suspend."""
    system.shared.groups[0].full_policy = FullPolicy.SUSPEND
    for _ in range(20):
        written(system, bytes(512))


def silence(system: StorageSystem) -> None:
    """The partner is silent."""
    group = system.shared.groups[0]
    group.original.started, group.settings = True, group.settings.with_value("silence", 100)
    assert system.journal_read_reception.watch(0, 100) is not None


def told(kind: PacketType, status: int = 0) -> Callable[[StorageSystem], None]:
    """The partner answers a journal read command so."""

    def tell(system: StorageSystem) -> None:
        group = system.shared.groups[0]
        group.secondary.started = True
        packet = system.journal_read_command.poll(0, 0)
        assert packet is not None
        system.receive(Packet(kind, packet.destination, packet.source, 0, 0, packet.generation, packet.tag, status))

    return tell


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (lambda system: system.maintenance.suspend(0), Reason.SUSPENDED),
        (fail_journal_write, Reason.JOURNAL_DEVICE),
        (fail_volume_write, Reason.VOLUME_DEVICE),
        (fill, Reason.NO_ROOM),
        (silence, Reason.HEARTBEAT),
        (told(PacketType.GROUP_STATE, GroupState.ABNORMAL), Reason.TOLD_BY_PARTNER),
        (told(PacketType.GONE), Reason.GONE),
    ],
)
def test_the_first_reason_stays_until_the_group_is_normal_again(
    event: Callable[[StorageSystem], None], reason: Reason
) -> None:
    system = original_system()
    group = system.shared.groups[0]
    event(system)
    assert (group.state, group.reason) == (GroupState.ABNORMAL, reason)
    system.shared.fail_group(group, Reason.NEVER_FITS)
    system.shared.fail_pair(system.shared.pairs[0])
    assert group.reason is reason
    assert system.register_access.write(group_register(0, "state"), GroupState.NORMAL, 0xFF, idle=True).outcome == 2
    assert group.reason is Reason.NONE


def test_a_record_tells_the_reason_of_its_group_and_the_version_of_an_older_one_is_a_difference() -> None:
    system = original_system()
    system.maintenance.suspend(0)
    step = written(system, bytes(512))
    record = system.record(step, 7)
    assert record.pack()[26:28] == bytes((Reason.SUSPENDED, 0))
    alone = system.command_reception.receive(HostCommand(Opcode.FLUSH, 1, 2, 0, 0))
    assert alone is not None
    assert system.record(alone, 8).pack()[26:28] == b"\xff\x00"
    (field,) = differing(record, CommitRecord.unpack(b"\x01" + record.pack()[1:]))
    assert (field.name, field.expected, field.actual) == ("version", "2", "1")


def test_an_operation_that_makes_a_group_normal_forgets_the_reason() -> None:
    system = original_system()
    group = system.shared.groups[0]
    system.shared.pairs[0].original_system, system.shared.pairs[0].secondary_system = 1, 2
    system.maintenance.suspend(0)
    assert system.operations.operate(Operation.INITIATE, (0, 2, 0)).status == 0
    assert (group.state, group.reason) == (GroupState.NORMAL, Reason.NONE)
