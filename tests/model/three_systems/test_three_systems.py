"""Three storage systems: forwarded writes (FIG 23), an original volume without storage (FIG 24), disasters ([0170])."""

import pytest

from mirrorlog.formats.commit_record import Creation
from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.step import Step
from mirrorlog.systems.disaster import take_over
from mirrorlog.systems.topology import GroupLink, Topology, finish_device_writes
from mirrorlog.tables.settings import GroupSettings
from mirrorlog.tables.shared_memory import FullPolicy, GroupState, PairState, VolumeState
from mirrorlog.tables.status import Status
from mirrorlog.three_systems.remote_write import RemoteKind, RemoteWriteError

CAPACITY = 8192
BLOCK = 512
WATCH = 1000
SETTINGS = GroupSettings(copy_unit=2048, commands=2, batch_journals=4, interval=10, timeout=100)
FIRST, ORIGINAL, SECONDARY = 3, 1, 2
STORAGE = pytest.mark.parametrize("has_storage", [True, False], ids=["FIG 23", "FIG 24"])


def three_systems(
    has_storage: bool = True,
    copied: bool = True,
    policy: FullPolicy = FullPolicy.STALL,
    journal_bytes: int = 16384,
    settings: GroupSettings = SETTINGS,
) -> Topology:
    """Return systems 3, 1 and 2 with volumes 1 and 2 in group 0, the volumes of system 3 full of 0xEE."""
    sizes = (journal_bytes, journal_bytes)
    link = GroupLink(0, ORIGINAL, SECONDARY, (1, 2), 3, sizes, settings, policy, WATCH, FIRST, has_storage)
    topology = Topology({1: CAPACITY, 2: CAPACITY}, (link,))
    for volume in (1, 2):
        topology.load(FIRST, volume, b"\xee" * CAPACITY)
    if copied:
        topology.start_copied(0)
        settle(topology)
    else:
        topology.initiate(0)
    return topology


def answer_start(topology: Topology) -> None:
    """The secondary system answers START."""
    for path in ((ORIGINAL, SECONDARY), (SECONDARY, ORIGINAL)):
        topology.deliver(topology.paths[path].popleft())


def settle(topology: Topology, now: int = 0) -> None:
    """Let happen whatever can at this moment."""
    while topology.settle(now):
        pass


def write(topology: Topology, data: bytes, position: int = 0, volume: int = 1, now: int = 0) -> Step:
    """A host writes at the first system; returns what its command reception said at once."""
    command = HostCommand(Opcode.WRITE, 7, volume, position, len(data), now)
    step = topology.first(0).command_reception.receive(command, data)
    assert step is not None
    return step


def forwarded(topology: Topology, now: int = 0) -> list[Packet]:
    """Return what the first system sends now."""
    packets = []
    while (packet := topology.first(0).remote_write.poll(0, now)) is not None:
        packets.append(packet)
    return packets


def carry_out(topology: Topology, packet: Packet, now: int = 0) -> Packet | None:
    """Let the original system take a packet; returns its answer."""
    return topology.original(0).receive(packet, now)


def answers(topology: Topology) -> list[Step]:
    """Return how the first system ends its hosts' writes now."""
    steps = []
    while (step := topology.first(0).command_reception.answer_forwarded()) is not None:
        steps.append(step)
    return steps


def pair_states(topology: Topology, system: int) -> set[PairState]:
    shared = topology.systems[system].shared
    return {pair.state for pair in shared.pairs_of(shared.groups[0])}


@STORAGE
def test_a_host_is_answered_only_when_the_original_system_has_the_write(has_storage: bool) -> None:
    topology = three_systems(has_storage)
    step = write(topology, b"a" * BLOCK)
    assert (step.outcome, answers(topology)) == (CommandOutcome.FORWARDED, [])
    assert topology.first(0).disk_adapter.read(1, 0, BLOCK) == b"\xee" * BLOCK
    (packet,) = forwarded(topology)
    answer = carry_out(topology, packet)
    assert answer is not None and answer.type is PacketType.WRITE_ANSWER
    assert answers(topology) == []
    topology.first(0).receive(answer)
    (ended,) = answers(topology)
    assert (ended.outcome, ended.status, ended.tag) == (CommandOutcome.WRITTEN, Status.OK, 7)
    assert topology.first(0).disk_adapter.read(1, 0, BLOCK) == b"a" * BLOCK
    assert topology.original(0).shared.groups[0].update_number == 2


@STORAGE
def test_every_write_reaches_all_systems_that_have_storage(has_storage: bool) -> None:
    topology = three_systems(has_storage)
    for number in range(12):
        write(topology, bytes([number + 1]) * BLOCK, number % 5 * BLOCK, number % 2 + 1)
        settle(topology)
    topology.drain()
    for volume in (1, 2):
        image = topology.image(FIRST, volume)
        assert topology.image(SECONDARY, volume) == image != b"\xee" * CAPACITY
        if has_storage:
            assert topology.image(ORIGINAL, volume) == image


def test_a_volume_without_storage_keeps_journals_only_and_no_step_1270() -> None:
    topology = three_systems(has_storage=False)
    write(topology, b"a" * BLOCK)
    carry_out(topology, forwarded(topology)[0])
    original = topology.original(0)
    assert not original.disk_adapter.volume_writes
    assert len(original.disk_adapter.journal_writes[0]) == 1
    finish_device_writes(original)
    assert original.disk_adapter.devices[0].read(0, CAPACITY) == bytes(CAPACITY)


@STORAGE
def test_initial_copy_brings_the_first_systems_volumes_to_the_secondary(has_storage: bool) -> None:
    topology = three_systems(has_storage, copied=False)
    topology.drain()
    for volume in (1, 2):
        assert topology.image(SECONDARY, volume) == b"\xee" * CAPACITY
    assert pair_states(topology, FIRST) == pair_states(topology, SECONDARY) == {PairState.NORMAL}
    assert topology.secondary(0).restore.is_consistent(0)


@STORAGE
def test_writes_during_initial_copy_are_not_lost(has_storage: bool) -> None:
    topology = three_systems(has_storage, copied=False)
    for number in range(60):
        write(topology, bytes([number + 1]) * BLOCK, number * 7 % 16 * BLOCK, number % 2 + 1, number)
        topology.settle(number)
    topology.drain(60)
    for volume in (1, 2):
        assert topology.image(SECONDARY, volume) == topology.image(FIRST, volume)


def test_a_unit_of_a_volume_without_storage_is_not_sent_before_it_was_read_from_the_first_system() -> None:
    topology = three_systems(has_storage=False, copied=False)
    answer_start(topology)
    carry_out(topology, forwarded(topology)[0])
    original = topology.original(0)
    original.initial_copy.step(0)
    finish_device_writes(original)
    command = topology.secondary(0).journal_read_command.poll(0, 0)
    assert command is not None
    answer = original.receive(command, 0)
    assert answer is not None and answer.type is PacketType.NO_JOURNAL
    read = original.remote_read.poll(0, 0)
    assert read is not None and read.type is PacketType.READ and read.arguments[1:] == (1, 0, 2048)
    assert original.remote_read.poll(0, 50) is None
    assert original.remote_read.poll(0, 200) is not None, "a lost read is sent again"
    data = topology.first(0).receive(read)
    assert data is not None
    original.receive(data)
    command = topology.secondary(0).journal_read_command.poll(0, 200)
    assert command is not None
    answer = original.receive(command, 200)
    assert answer is not None and answer.journals[0][1] == b"\xee" * 2048


def test_the_first_system_does_not_answer_a_read_that_an_unanswered_write_overlaps() -> None:
    topology = three_systems(has_storage=False, copied=False)
    answer_start(topology)
    carry_out(topology, forwarded(topology)[0])
    original, first = topology.original(0), topology.first(0)
    original.initial_copy.step(0)
    read = original.remote_read.poll(0, 0)
    assert read is not None
    write(topology, b"a" * BLOCK, 512)
    assert first.receive(read) is None
    begin, packet = forwarded(topology, 101)
    assert forwarded(topology, 101) == []
    for each in (begin, packet):
        answer = carry_out(topology, each, 101)
        assert answer is not None
        first.receive(answer, 101)
    answers(topology)
    (data,) = forwarded(topology, 101)
    assert data.type is PacketType.READ_DATA and data.data[BLOCK : 2 * BLOCK] == b"a" * BLOCK


@STORAGE
def test_a_write_that_comes_again_is_answered_again_and_journaled_once(has_storage: bool) -> None:
    topology = three_systems(has_storage)
    write(topology, b"a" * BLOCK)
    (packet,) = forwarded(topology)
    assert carry_out(topology, packet) is not None  # and this answer is lost
    assert forwarded(topology, 50) == []
    (again,) = forwarded(topology, 101)
    assert again.arguments == packet.arguments
    answer = carry_out(topology, again)
    assert answer is not None and answer.status == Status.OK
    assert topology.original(0).shared.groups[0].update_number == 2
    topology.first(0).receive(answer)
    assert [step.outcome for step in answers(topology)] == [CommandOutcome.WRITTEN]


def test_writes_are_carried_out_in_their_order_whatever_the_path_does() -> None:
    topology = three_systems()
    for number in range(3):
        write(topology, bytes([number + 1]) * BLOCK)
    packets = forwarded(topology)
    assert carry_out(topology, packets[2]) is None
    assert carry_out(topology, packets[1]) is None
    replies = [carry_out(topology, packet) for packet in packets]
    assert topology.original(0).disk_adapter.read(1, 0, 1) == b"\x03"
    for reply in reversed(replies):
        assert reply is not None
        topology.first(0).receive(reply)
    assert len(answers(topology)) == 3
    assert topology.first(0).disk_adapter.read(1, 0, 1) == b"\x03"


def cut_and_give_up(topology: Topology) -> Step:
    """Write while the path is cut, until the first system gives up; returns how the write ended."""
    write(topology, b"c" * BLOCK, now=10)
    assert forwarded(topology, 10) != []
    assert answers(topology) == []
    assert forwarded(topology, 10 + WATCH) != []
    assert forwarded(topology, 11 + WATCH) == []
    (step,) = answers(topology)
    return step


@pytest.mark.parametrize("policy", [FullPolicy.STALL, FullPolicy.SUSPEND])
def test_after_the_watch_time_without_an_answer_all_pairs_are_suspended_and_hosts_go_on(policy: FullPolicy) -> None:
    topology = three_systems(policy=policy)
    assert cut_and_give_up(topology).outcome == CommandOutcome.WRITTEN
    assert pair_states(topology, FIRST) == {PairState.ABNORMAL}
    step = write(topology, b"d" * BLOCK, 1024, 2)
    assert (step.outcome, step.creation) == (CommandOutcome.WRITTEN, Creation.NOT_REPLICATED)
    assert topology.first(0).remote_write.groups[0].changed == {1: {0}, 2: {2}}
    assert topology.original(0).shared.groups[0].state is GroupState.NORMAL


def test_with_policy_error_no_write_is_acknowledged_that_the_original_system_may_lack() -> None:
    topology = three_systems(policy=FullPolicy.ERROR)
    step = cut_and_give_up(topology)
    assert (step.outcome, step.status) == (CommandOutcome.REFUSED, Status.REMOTE_SILENT)
    assert topology.first(0).disk_adapter.read(1, 0, BLOCK) == b"\xee" * BLOCK
    assert write(topology, b"d" * BLOCK).status == Status.REMOTE_SILENT


@STORAGE
def test_resumption_copies_only_changed_blocks_and_is_consistent_again_at_its_end(has_storage: bool) -> None:
    topology = three_systems(has_storage)
    cut_and_give_up(topology)
    write(topology, b"d" * 2 * BLOCK, 1024, 2)
    settle(topology, 3000)
    assert topology.secondary(0).restore.is_consistent(0)
    topology.first(0).remote_write.resume(0)
    assert pair_states(topology, FIRST) == {PairState.COPYING}
    consistent = set()
    for now in range(3000, 4000, 20):
        consistent.add(topology.secondary(0).restore.is_consistent(0))
        topology.settle(now)
    assert topology.is_drained(0)
    assert consistent == {False, True}
    assert topology.first(0).remote_write.groups[0].copied_bytes == 3 * BLOCK
    assert pair_states(topology, FIRST) == pair_states(topology, SECONDARY) == {PairState.NORMAL}
    assert topology.secondary(0).restore.is_consistent(0)
    for volume in (1, 2):
        assert topology.image(SECONDARY, volume) == topology.image(FIRST, volume)


def test_a_disaster_while_the_first_system_copies_again_is_answered_not_consistent() -> None:
    topology = three_systems()
    cut_and_give_up(topology)
    write(topology, b"d" * BLOCK, 1024, 2)
    topology.first(0).remote_write.resume(0)
    for packet in forwarded(topology, 3000):
        carry_out(topology, packet, 3000)
    topology.lose(FIRST)
    assert take_over(topology, 0, 3000) is False


def test_a_write_of_a_session_that_is_over_is_dropped() -> None:
    topology = three_systems()
    write(topology, b"old" * 170 + b"ol", now=10)
    (late,) = forwarded(topology, 10)
    topology.first(0).remote_write.suspend(0)
    answers(topology)
    topology.first(0).remote_write.resume(0)
    write(topology, b"n" * BLOCK, now=20)
    settle(topology, 20)
    assert carry_out(topology, late) is None
    topology.drain(20)
    assert topology.image(ORIGINAL, 1)[:BLOCK] == topology.image(SECONDARY, 1)[:BLOCK] == b"n" * BLOCK


def full_journal(topology: Topology) -> Packet:
    """Write until the original system's journal has no room; returns the refusal."""
    for number in range(100):
        write(topology, bytes([number]) * BLOCK, now=10)
        (packet,) = forwarded(topology, 10)
        answer = carry_out(topology, packet, 10)
        assert answer is not None
        if answer.status != Status.OK:
            return answer
        topology.first(0).receive(answer, 10)
        answers(topology)
    raise AssertionError("the journal never got full")


@pytest.mark.parametrize(
    ("has_storage", "policy"),
    [(True, FullPolicy.STALL), (True, FullPolicy.ERROR), *((False, policy) for policy in FullPolicy)],
)
def test_without_room_for_the_journal_the_first_systems_policy_decides(has_storage: bool, policy: FullPolicy) -> None:
    topology = three_systems(has_storage, policy=policy, journal_bytes=4096)
    answer = full_journal(topology)
    assert answer.status == Status.JOURNAL_FULL
    topology.first(0).receive(answer, 10)
    steps = answers(topology)
    match policy:
        case FullPolicy.STALL:
            assert steps == [] and pair_states(topology, FIRST) == {PairState.NORMAL}
            for now in range(11, 11 + WATCH, 50):  # the secondary reads journals, then there is room
                settle(topology, now)
            assert topology.is_drained(0)
            assert topology.image(SECONDARY, 1) == topology.image(FIRST, 1)
        case FullPolicy.SUSPEND:
            assert [step.outcome for step in steps] == [CommandOutcome.WRITTEN]
            assert pair_states(topology, FIRST) == {PairState.ABNORMAL}
        case FullPolicy.ERROR:
            assert [(step.outcome, step.status) for step in steps] == [(CommandOutcome.REFUSED, Status.JOURNAL_FULL)]
            assert pair_states(topology, FIRST) == {PairState.NORMAL}


def test_an_original_system_with_storage_and_policy_suspend_takes_the_write_unjournaled() -> None:
    topology = three_systems(policy=FullPolicy.SUSPEND, journal_bytes=4096)
    with pytest.raises(AssertionError, match="never got full"):
        full_journal(topology)
    assert topology.original(0).shared.groups[0].state is GroupState.ABNORMAL
    assert pair_states(topology, FIRST) == {PairState.NORMAL}


def test_without_storage_a_write_is_refused_when_its_journal_cannot_be_created() -> None:
    topology = three_systems(has_storage=False)
    topology.original(0).shared.volumes[3].state = VolumeState.ABNORMAL
    write(topology, b"a" * BLOCK)
    answer = carry_out(topology, forwarded(topology)[0])
    assert answer is not None and answer.status == Status.NOT_JOURNALED
    topology.first(0).receive(answer)
    assert [step.outcome for step in answers(topology)] == [CommandOutcome.WRITTEN]
    assert pair_states(topology, FIRST) == {PairState.ABNORMAL}


@STORAGE
def test_hosts_do_not_write_at_the_original_system_while_another_one_is_first(has_storage: bool) -> None:
    topology = three_systems(has_storage)
    reception = topology.original(0).command_reception
    step = reception.receive(HostCommand(Opcode.WRITE, 0, 1, 0, BLOCK), bytes(BLOCK))
    assert step is not None and step.status == Status.VOLUME_SECONDARY
    step = reception.receive(HostCommand(Opcode.READ, 0, 1, 0, BLOCK))
    assert step is not None and step.status == (Status.OK if has_storage else Status.NO_STORAGE)
    topology.original(0).remote_write_reception.close(0)
    step = reception.receive(HostCommand(Opcode.WRITE, 0, 1, 0, BLOCK), bytes(BLOCK))
    assert step is not None and step.status == (Status.OK if has_storage else Status.NO_STORAGE)


@STORAGE
def test_when_the_first_system_is_lost_nothing_acknowledged_is_lost(has_storage: bool) -> None:
    topology = three_systems(has_storage)
    for number in range(9):
        write(topology, bytes([number + 1]) * BLOCK, number * BLOCK, number % 2 + 1)
        for packet in forwarded(topology):
            answer = carry_out(topology, packet)
            assert answer is not None
            topology.first(0).receive(answer)
        assert len(answers(topology)) == 1
    images = {volume: topology.first(0).disk_adapter.read(volume, 0, CAPACITY) for volume in (1, 2)}
    topology.lose(FIRST)
    assert take_over(topology, 0) is True
    assert {volume: topology.image(SECONDARY, volume) for volume in (1, 2)} == images
    step = topology.secondary(0).command_reception.receive(HostCommand(Opcode.WRITE, 0, 1, 0, BLOCK), bytes(BLOCK))
    assert step is not None and step.outcome == CommandOutcome.WRITTEN


def test_after_a_takeover_the_first_system_is_refused_and_acknowledges_nothing() -> None:
    topology = three_systems(policy=FullPolicy.ERROR)
    topology.original(0).remote_write_reception.close(0)
    write(topology, b"a" * BLOCK)
    answer = carry_out(topology, forwarded(topology)[0])
    assert answer is not None and answer.status == Status.REMOTE_CLOSED
    topology.first(0).receive(answer)
    assert [(step.outcome, step.status) for step in answers(topology)] == [
        (CommandOutcome.REFUSED, Status.REMOTE_CLOSED)
    ]
    assert topology.original(0).shared.groups[0].update_number == 1


def test_operations_in_the_wrong_state_are_refused_and_change_nothing() -> None:
    topology = three_systems()
    remote = topology.first(0).remote_write
    with pytest.raises(RemoteWriteError, match="not suspended"):
        remote.resume(0)
    with pytest.raises(RemoteWriteError, match="started already"):
        remote.start(0, ORIGINAL, 0, copy=True)
    with pytest.raises(RemoteWriteError, match="forwards no writes"):
        topology.original(0).remote_write.start(0, SECONDARY, 0, copy=False)
    assert pair_states(topology, FIRST) == {PairState.NORMAL}


@pytest.mark.parametrize("kind", [PacketType.WRITE, PacketType.READ_DATA])
def test_packets_with_data_keep_it(kind: PacketType) -> None:
    numbers = (9, 1, 0, 1, 0, 1024, 0, 0) if kind is PacketType.WRITE else (9,)
    status = RemoteKind.COPY if kind is PacketType.WRITE else 0
    packet = Packet(kind, 3, 1, 0, 0, 1, 9, status, arguments=numbers, data=b"x" * 1024)
    assert Packet.unpack(packet.pack()) == packet
    assert len(packet.pack()) == packet.size()
