"""Whose packets are taken: a group's partner's, of the last incarnation, as long as their type says."""

import struct
import zlib

import pytest

from mirrorlog.formats.connection_path import HEADER_BYTES, Packet, PacketError, PacketType, ReadCommand
from mirrorlog.formats.outcomes import StoreOutcome
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.registers.register_map import STRANGE_PACKETS, volume_register
from mirrorlog.storage_system import StorageSystem
from mirrorlog.systems.topology import GroupLink, Topology, finish_device_writes
from mirrorlog.tables.settings import GroupSettings, ReadMode
from mirrorlog.tables.shared_memory import FullPolicy, GroupState, Parameters

ORIGINAL, SECONDARY, STRANGER = 1, 2, 9
BLOCK, CAPACITY, JOURNAL = 512, 4096, 5


def replicating(mode: ReadMode = ReadMode.BY_NUMBER) -> Topology:
    """Return two systems that hold the same, with one write in the original one's journal."""
    settings = GroupSettings(mode=mode, commands=1, copy_unit=CAPACITY)
    link = GroupLink(0, ORIGINAL, SECONDARY, (1,), JOURNAL, (65536, 65536), settings, FullPolicy.STALL, 1000)
    topology = Topology({1: CAPACITY}, (link,), max_transfer_bytes=CAPACITY)
    topology.start_copied(0)
    command = HostCommand(Opcode.WRITE, 0, 1, 0, BLOCK)
    assert topology.original(0).command_reception.receive(command, b"a" * BLOCK) is not None
    finish_device_writes(topology.original(0))
    return topology


def journal(topology: Topology, **changed: int) -> tuple[UpdateInformation, bytes]:
    """Return a journal that the secondary system can place next, but for what is `changed`."""
    group = topology.secondary(0).shared.groups[0]
    data = b"\xee" * BLOCK
    fields = {"update_number": group.update_number, "position": 1024, "data_offset": group.data_offset} | changed
    information = UpdateInformation(
        time=0,
        journal_position=0,
        size=BLOCK,
        data_crc=zlib.crc32(data),
        group=0,
        volume=1,
        journal_volume=JOURNAL,
        kind=JournalKind.HOST_WRITE,
        **fields,
    )
    return information, data


@pytest.mark.parametrize("mode", [ReadMode.BY_NUMBER, ReadMode.PLAIN])
def test_a_strangers_command_frees_and_reads_nothing_and_is_counted(mode: ReadMode) -> None:
    topology = replicating(mode)
    original = topology.original(0)
    group = original.shared.groups[0]
    before = group.oldest_number(), group.original.taken_tag, group.ring.sent
    for source, answered in ((STRANGER, False), (SECONDARY, True)):
        wanted = ReadCommand(
            mode is ReadMode.BY_NUMBER, False, 16, 65536, group.oldest_number(), 0, group.original.freed_host_bytes
        )
        packet = Packet(PacketType.JOURNAL_READ_COMMAND, source, ORIGINAL, 0, 0, group.generation, 1, command=wanted)
        assert (original.receive(packet) is not None) == answered
        assert answered or before == (group.oldest_number(), group.original.taken_tag, group.ring.sent)
        assert original.register_access.read(STRANGE_PACKETS)[0].reference == 1


@pytest.mark.parametrize(
    ("kind", "status"),
    [(PacketType.JOURNALS, 0), (PacketType.GROUP_STATE, 2), (PacketType.GROUP_STATE, 0), (PacketType.GONE, 0)],
)
def test_a_strangers_answer_is_dropped_and_counted(kind: PacketType, status: int) -> None:
    topology = replicating()
    secondary = topology.secondary(0)
    group = secondary.shared.groups[0]
    command = secondary.journal_read_command.poll(0, 0)
    assert command is not None
    number = group.update_number
    packet = Packet(kind, STRANGER, SECONDARY, 0, 0, group.generation, command.tag, status)
    if kind is PacketType.JOURNALS:
        packet.journals = [journal(topology)]
    secondary.receive(packet)
    finish_device_writes(secondary)
    assert (group.state, group.secondary.stopped, group.update_number) == (GroupState.NORMAL, False, number)
    assert secondary.shared.strange_packets == 1
    topology.drain()
    assert topology.image(ORIGINAL, 1) == topology.image(SECONDARY, 1)


def create(source: StorageSystem, target: StorageSystem, group: int) -> Answer | None:
    """Specify the creation of a group at one system for another one; returns the answer that comes."""
    packet = source.operations.specify(Operation.CREATE_GROUP, target.parameters.system, (group,))
    answer = target.receive(Packet.unpack(packet.pack()))
    if answer is None:
        return None
    source.receive(Packet.unpack(answer.pack()))
    return Answer(answer.status)


def test_an_operation_after_a_reset_is_no_repetition_and_what_was_sent_before_it_is_dropped() -> None:
    target = StorageSystem(Parameters(system=SECONDARY))
    for incarnation, group in ((7, 0), (8, 1)):  # each begins with tag 1
        source = StorageSystem(Parameters(system=ORIGINAL), incarnation)
        assert create(source, target, group) is Answer.OK
        assert target.shared.groups[group].state is GroupState.NORMAL
        assert not source.outbox.commands()
    late = StorageSystem(Parameters(system=ORIGINAL), 7)
    assert create(late, target, 2) is None
    assert (target.shared.groups[2].state, target.shared.packet_faults) == (GroupState.BLANK, 1)


def test_the_answer_to_an_operation_of_before_a_reset_is_the_answer_to_none() -> None:
    source, target = StorageSystem(Parameters(system=ORIGINAL), 7), StorageSystem(Parameters(system=SECONDARY))
    old = source.operations.specify(Operation.CREATE_GROUP, SECONDARY, (0,))
    answer = target.receive(old)
    assert answer is not None
    source = StorageSystem(Parameters(system=ORIGINAL), 8)
    new = source.operations.specify(Operation.CREATE_GROUP, SECONDARY, (1,))
    assert new.tag == old.tag
    source.receive(answer)
    assert new.tag in [command.tag for command in source.outbox.commands()]


def test_an_answer_of_another_incarnation_or_system_does_not_end_the_mailboxs_operation() -> None:
    system = StorageSystem(Parameters(system=ORIGINAL), 7)
    mailbox = system.mailbox
    mailbox.give(Operation.CREATE_GROUP | SECONDARY << 16)
    command = mailbox.step().packet
    assert command is not None
    for source, incarnation, ends in ((SECONDARY, 6, False), (STRANGER, 7, False), (SECONDARY, 7, True)):
        answer = Packet(PacketType.MAINTENANCE_ANSWER, source, ORIGINAL, 0, 0, incarnation, command.tag)
        mailbox.answered(answer.tag, system.operations.take_answer(answer))
        assert mailbox.outstanding is not ends


def test_incarnations_wrap() -> None:
    target = StorageSystem(Parameters(system=SECONDARY))
    for group, incarnation in enumerate((0xFFFF_FFFE, 0xFFFF_FFFF, 0, 5)):
        assert create(StorageSystem(Parameters(system=ORIGINAL), incarnation), target, group) is Answer.OK
    assert create(StorageSystem(Parameters(system=ORIGINAL), 0xFFFF_FFFF), target, 3) is None


@pytest.mark.parametrize("system", [ORIGINAL, 62, 63, 64, 200])
def test_operations_are_taken_only_from_systems_that_the_register_allows(system: int) -> None:
    target = StorageSystem(Parameters(system=SECONDARY))
    target.shared.allowed_systems = (1 << 64) - 1 & ~(1 << min(system, 63))
    source = StorageSystem(Parameters(system=system))
    assert create(source, target, 0) is None
    assert (target.shared.groups[0].state, target.shared.packet_faults) == (GroupState.BLANK, 1)
    target.shared.allowed_systems = 1 << min(system, 63)
    assert create(source, target, 0) is Answer.OK


def test_a_group_with_pairs_takes_operations_only_from_their_other_system() -> None:
    topology = replicating()
    secondary = topology.secondary(0)
    group = secondary.shared.groups[0]
    start = (0, STRANGER, 0, group.generation + 1, 1, 0, CAPACITY)
    for operation, arguments in (
        (Operation.START, start),
        (Operation.START, (0, ORIGINAL, *start[2:])),
        (Operation.RECORD_PAIR, (0, STRANGER, 3, SECONDARY, 3, 0)),
        (Operation.RECORD_JOURNAL_VOLUME, (0, 3, 64)),
    ):
        step = secondary.operations.operate(operation, arguments, source=STRANGER)
        assert step.status == Answer.NOT_ALLOWED
    assert secondary.operations.operate(Operation.START, start, source=ORIGINAL).status == Answer.NOT_ALLOWED
    assert (group.partner_system, group.secondary.started) == (ORIGINAL, True)
    start = (0, ORIGINAL, *start[2:])
    assert secondary.operations.operate(Operation.START, start, source=ORIGINAL).status == Answer.OK


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({}, StoreOutcome.STORED),
        ({"position": 1}, StoreOutcome.NO_PAIR),
        ({"position": 1024 + 256}, StoreOutcome.NO_PAIR),
        ({"position": CAPACITY}, StoreOutcome.NO_PAIR),
        ({"data_offset": BLOCK}, StoreOutcome.NEVER_FITS),
    ],
)
def test_a_received_journal_lies_on_blocks_and_its_data_where_the_one_before_it_ends(
    changed: dict[str, int], outcome: int
) -> None:
    topology = replicating()
    secondary = topology.secondary(0)
    topology.drain()  # the first journal is committed, not freed yet or freed: its data_offset is over
    given = {
        name: value + (name == "data_offset") * secondary.shared.groups[0].data_offset
        for name, value in changed.items()
    }
    assert secondary.journal_store.store(0, journal(topology, **given)).outcome == outcome
    behind = secondary.shared.groups[0].update_number
    early = journal(topology, update_number=behind + 1, data_offset=secondary.shared.groups[0].data_offset - BLOCK)
    assert secondary.journal_store.store(0, early).outcome == StoreOutcome.NEVER_FITS


def test_a_pair_whose_secondary_volume_the_system_does_not_have_has_no_journals() -> None:
    topology = replicating()
    secondary = topology.secondary(0)
    for pair in secondary.shared.pairs:
        pair.secondary_volume = len(secondary.shared.volumes)
    step = secondary.journal_store.store(0, journal(topology))
    assert (step.outcome, step.group, step.volume) == (StoreOutcome.NO_PAIR, 0, len(secondary.shared.volumes))
    assert secondary.shared.groups[0].state is GroupState.ABNORMAL


@pytest.mark.parametrize("kind", [kind for kind in PacketType if kind is not PacketType.JOURNALS])
def test_a_payload_has_exactly_the_length_that_type_status_and_count_give(kind: PacketType) -> None:
    packet = Packet(kind, 1, 2, 0, 0)
    if kind is PacketType.JOURNAL_READ_COMMAND:
        packet.command = ReadCommand(True, False, 1, BLOCK)
    elif kind in (PacketType.WRITE, PacketType.VOLUME_DATA):
        packet.arguments, packet.data = (1, 0, BLOCK, 1, 0, BLOCK, 0, 0), bytes(BLOCK)
    elif kind >= PacketType.MAINTENANCE_COMMAND and kind is not PacketType.PUSHED_JOURNALS:
        packet.arguments = (1, 2, 3)
    packed = packet.pack()
    assert Packet.unpack(packed) == packet
    for length in {0, len(packed) - 2 * HEADER_BYTES, len(packed)} - {len(packed) - HEADER_BYTES}:
        if length < 0 or (kind is PacketType.READ_DATA and length > HEADER_BYTES):  # its size is known to who asked
            continue
        payload = (packed[HEADER_BYTES:] + bytes(HEADER_BYTES))[:length]
        header = packed[:28] + struct.pack("<II", length, zlib.crc32(payload)) + packed[36:60]
        with pytest.raises(PacketError, match=r"payload|data"):
            Packet.unpack(header + struct.pack("<I", zlib.crc32(header)) + payload)


def test_a_volume_does_not_lie_beyond_the_last_address() -> None:
    access = StorageSystem(Parameters()).register_access
    offset, capacity = volume_register(0, "offset"), volume_register(0, "capacity")
    assert access.write(offset, (1 << 48) - 1024, 0xFF, idle=True).outcome == 2
    assert access.write(capacity, 1536, 0xFF, idle=True).outcome == 6
    assert access.write(capacity, 1024, 0xFF, idle=True).outcome == 2
    assert access.write(offset, (1 << 48) - 512, 0xFF, idle=True).outcome == 6
    assert access.read(offset)[0].reference == (1 << 48) - 1024
