"""Operations specified for other systems wait in the outbox until they are answered or given up."""

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.processes.outbox import Outbox
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import Parameters, SharedMemory


def answer_to(command: Packet, source: int | None = None, incarnation: int | None = None) -> Packet:
    source = command.destination if source is None else source
    generation = command.incarnation if incarnation is None else incarnation
    return Packet(PacketType.MAINTENANCE_ANSWER, source, command.source, 0, 0, generation, command.tag)


def test_a_command_waits_until_it_is_closed() -> None:
    outbox = Outbox(SharedMemory(Parameters(system=1), incarnation=3))
    first, second = (outbox.post(Operation.CREATE_GROUP, 2, (number,)) for number in (0, 1))
    assert (first.tag, second.tag, outbox.last_tag, first.incarnation) == (1, 2, 2, 3)
    assert outbox.commands() == (first, second)
    assert outbox.answered_by(answer_to(first)) is first
    assert outbox.close(first.tag) is first and outbox.commands() == (second,)
    assert outbox.answered_by(answer_to(first)) is None


def test_an_answer_counts_only_from_the_system_asked_and_in_this_incarnation() -> None:
    shared = SharedMemory(Parameters(system=1), incarnation=3)
    outbox = Outbox(shared)
    command = outbox.post(Operation.CREATE_GROUP, 2, (0,))
    assert outbox.answered_by(answer_to(command, source=4)) is None
    assert outbox.answered_by(answer_to(command, incarnation=2)) is None
    shared.incarnation = 5
    assert outbox.answered_by(answer_to(command)) is None
    assert outbox.answered_by(answer_to(outbox.again(command.tag))) == outbox.commands()[0]


def test_a_command_about_a_group_is_found_by_it() -> None:
    outbox = Outbox(SharedMemory(Parameters(system=1)))
    outbox.post(Operation.RESYNCHRONIZE, 2, (), group=1, source_group=3)
    assert outbox.asks(Operation.RESYNCHRONIZE, 3)
    assert not outbox.asks(Operation.RESYNCHRONIZE, 1) and not outbox.asks(Operation.START, 3)


def test_each_group_finds_its_own_unanswered_start() -> None:
    system = StorageSystem(Parameters(system=1))
    for number in (1, 2):
        system.shared.groups[number].partner_system = 2
    starts = {number: system.operations.specify_start(number) for number in (1, 2)}
    assert {number: system.operations.unanswered_start(number) for number in range(3)} == {0: None} | starts
    system.operations.take_answer(answer_to(starts[1]))
    assert system.operations.unanswered_start(1) is None
    assert system.operations.take_answer(answer_to(starts[1])).status == Answer.OK
    assert system.operations.unanswered_start(2) is starts[2]
