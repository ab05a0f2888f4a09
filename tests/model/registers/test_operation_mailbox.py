"""Operations given through registers (FIG 9): here, and specified for another system."""

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.outcomes import OperationOutcome
from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.processes.step import Step
from mirrorlog.registers import register_map
from mirrorlog.registers.operation_mailbox import GIVE_UP_CYCLES
from mirrorlog.registers.register_map import volume_register
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import GroupState, Parameters, VolumeState

CAPACITY = 8192


def system(number: int) -> StorageSystem:
    """Return a system with volumes 1 and 3."""
    made = StorageSystem(Parameters(number))
    for volume in (1, 3):
        made.shared.volumes[volume].state = VolumeState.NORMAL
        made.shared.volumes[volume].capacity = CAPACITY
    return made


def write(made: StorageSystem, address: int, value: int, idle: bool = True) -> int:
    """Write a register; returns the outcome."""
    return made.register_access.write(address, value, 0xFF, idle).outcome


def answer(made: StorageSystem) -> tuple[int, int, int]:
    """Return what the mailbox tells: answer, whether an operation is in flight, and what it returned."""
    value = made.register_access.read(register_map.OPERATION_ANSWER)[0].reference
    return value & 0xFF, value >> 8 & 1, value >> 32


def give(made: StorageSystem, operation: int, *arguments: int, destination: int = 0, idle: bool = True) -> Step:
    """Give an operation through registers; returns its first step."""
    for index, argument in enumerate(arguments):
        assert write(made, register_map.ARGUMENT + 8 * index, argument, idle) == 2
    assert write(made, register_map.OPERATION, operation | destination << 16, idle) == 2
    assert answer(made)[1] == 1
    return made.mailbox.step()


def test_an_operation_here_is_a_step_with_its_answer_also_while_the_system_is_busy() -> None:
    made = system(1)
    step = give(made, Operation.CREATE_GROUP, 2, idle=False)
    assert (step.process, step.outcome, step.status, step.group, step.reference) == (9, 1, 0, 2, 0)
    assert made.shared.groups[2].state is GroupState.NORMAL
    assert answer(made) == (Answer.OK, 0, 0)
    record = made.record(step, 5)
    assert (record.group, record.group_state, record.volume, record.update_number) == (2, GroupState.NORMAL, 0xFFFF, 1)
    assert give(made, Operation.CREATE_GROUP, 2).status == Answer.WRONG_GROUP_STATE
    assert give(made, 99).status == Answer.UNKNOWN_OPERATION
    assert give(made, Operation.CREATE_GROUP, 99).group == 0xFFFF


def test_the_mailbox_is_closed_while_an_operation_is_outstanding() -> None:
    made = system(1)
    give(made, Operation.CREATE_GROUP, 0, destination=2)
    assert write(made, register_map.OPERATION, 1) == 3
    assert write(made, register_map.ARGUMENT, 1) == 3
    assert write(made, volume_register(1, "format"), 1) == 2
    assert write(made, register_map.OPERATION_ANSWER, 1) == 4


def test_an_operation_code_with_reserved_bits_is_refused() -> None:
    assert write(system(1), register_map.OPERATION, 0x100) == 6


def carry(source: StorageSystem, target: StorageSystem, step: Step) -> Step:
    """Carry a specified operation to its system and the answer back; returns the step that takes the answer."""
    assert step.packet is not None
    carried = target.operations.receive(Packet.unpack(step.packet.pack()))
    assert carried.packet is not None and carried.tag == step.packet.tag
    taken = source.operations.take_answer(Packet.unpack(carried.packet.pack()))
    source.mailbox.answered(step.packet.tag, taken)
    return taken


def test_an_operation_for_another_system_is_sent_until_it_is_answered() -> None:
    original, secondary = system(1), system(2)
    step = give(original, Operation.CREATE_GROUP, 0, destination=2)
    assert (step.outcome, step.reference, step.group) == (OperationOutcome.SENT + Operation.CREATE_GROUP, 2, 0xFFFF)
    again = original.mailbox.step()
    assert again.packet == step.packet
    taken = carry(original, secondary, again)
    assert (taken.outcome, taken.status) == (OperationOutcome.ANSWERED + Operation.CREATE_GROUP, Answer.OK)
    assert answer(original) == (Answer.OK, 0, 0)
    assert secondary.shared.groups[0].state is GroupState.NORMAL
    assert step.packet is not None
    late = secondary.operations.receive(step.packet).packet
    assert late is not None
    assert original.operations.take_answer(late).outcome == OperationOutcome.NOT_ASKED  # nothing is in flight any more


def test_an_operation_that_is_not_answered_ends_after_a_while_since_it_was_sent_or_answered_busy() -> None:
    original = system(1)
    step = give(original, Operation.CREATE_GROUP, 0, destination=2)
    assert step.packet is not None
    assert not original.mailbox.may_give_up(GIVE_UP_CYCLES - 1)
    busy = Packet(PacketType.MAINTENANCE_ANSWER, 2, 1, 0, 0, 0, step.packet.tag, Answer.BUSY)
    original.mailbox.answered(step.packet.tag, original.operations.take_answer(busy), 1000)
    original.mailbox.step(2000)
    assert not original.mailbox.may_give_up(GIVE_UP_CYCLES + 999)
    assert original.mailbox.may_give_up(GIVE_UP_CYCLES + 1000)
    ended = original.mailbox.give_up()
    assert (ended.outcome, ended.status, ended.tag) == (
        OperationOutcome.ANSWERED + Operation.CREATE_GROUP,
        Answer.NO_ANSWER,
        step.packet.tag,
    )
    assert answer(original) == (Answer.NO_ANSWER, 0, 0)
    late = system(2).operations.receive(step.packet).packet
    assert late is not None
    assert original.operations.take_answer(late).outcome == OperationOutcome.NOT_ASKED
    assert give(original, Operation.CREATE_GROUP, 0).status == Answer.OK


def test_initiation_starts_here_and_then_at_the_secondary_system() -> None:
    original, secondary = system(1), system(2)
    for made in (original, secondary):
        for operation, arguments in (
            (Operation.CREATE_GROUP, (0,)),
            (Operation.RECORD_PAIR, (0, 1, 1, 2, 1, CAPACITY)),
            (Operation.RECORD_JOURNAL_VOLUME, (0, 3, 1024)),
        ):
            assert give(made, operation, *arguments).status == Answer.OK
    step = give(original, Operation.INITIATE, 0, 2, 0)
    assert (step.outcome, step.status, step.reference) == (Operation.INITIATE, Answer.OK, 1)
    assert answer(original)[1] == 1
    taken = carry(original, secondary, original.mailbox.step())
    assert (taken.outcome, taken.group, taken.reference) == (
        OperationOutcome.ANSWERED + Operation.START,
        0,
        CAPACITY - 1024,
    )
    assert answer(original) == (Answer.OK, 0, CAPACITY - 1024)
    assert original.shared.groups[0].partner_area == CAPACITY - 1024
    assert secondary.shared.groups[0].secondary.started


def test_an_operation_that_no_other_system_may_be_asked_for_is_not_carried_out_here_either() -> None:
    made = system(1)
    assert give(made, Operation.CREATE_GROUP, 0).status == Answer.OK
    for operation in (Operation.INITIATE, Operation.SUSPEND, Operation.TAKEOVER, Operation.FINISH_TAKEOVER):
        step = give(made, operation, 0, destination=2)
        assert (step.outcome, step.status, step.group) == (operation, Answer.UNKNOWN_OPERATION, 0xFFFF)
    assert made.shared.groups[0].state is GroupState.NORMAL
    assert give(made, Operation.SUSPEND, 0, destination=1).status == Answer.OK


def test_numbers_that_no_register_holds_are_unknown() -> None:
    made = system(1)
    assert give(made, Operation.CREATE_GROUP, 0).status == Answer.OK
    for place in range(4):
        arguments = [1, 1, 2, 1]
        arguments[place] += 1 << 16
        assert give(made, Operation.RECORD_PAIR, 0, *arguments, 0).status == Answer.UNKNOWN_NUMBER
    for capacity in (1, 511, 1000, 1 << 48):
        assert give(made, Operation.RECORD_PAIR, 0, 1, 1, 2, 1, capacity).status == Answer.UNKNOWN_NUMBER
    assert give(made, Operation.RECORD_PAIR, 0, 1, 1, 2, 1, (1 << 48) - 512).status == Answer.OK
    assert made.shared.pairs[0].original_capacity == (1 << 48) - 512
    assert give(made, Operation.RECORD_JOURNAL_VOLUME, 0, 3, 1024).status == Answer.OK
    assert give(made, Operation.INITIATE, 0, 2, 1 << 16).status == Answer.UNKNOWN_NUMBER
    for partner, group, generation in ((1 << 16, 0, 1), (2, 1 << 16, 1), (2, 0, 1 << 32)):
        step = give(made, Operation.START, 0, partner, group, generation, 1, 0, 512)
        assert step.status == Answer.UNKNOWN_NUMBER
    assert made.shared.groups[0].generation == 0
