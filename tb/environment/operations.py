"""Operations of the maintenance terminal (FIG 9), through the registers of one system."""

from dataclasses import dataclass

from mirrorlog.processes.maintenance import Answer, Operation
from tb.environment.environment import Environment

POLL_CYCLES = 200
POLLS = 5000
_DESTINATION_SHIFT, _UNDER_WAY, _VALUE_SHIFT = 16, 1 << 8, 32


@dataclass(frozen=True, slots=True)
class OperationResult:
    """How an operation ended, and what it returned."""

    answer: Answer
    value: int


async def operate(
    environment: Environment, operation: Operation, *arguments: int, destination: int = 0
) -> OperationResult:
    """Carry out an operation, here or (`destination`) at another system. Raises AssertionError if it does not end."""
    for index, argument in enumerate(arguments):
        assert await environment.write(f"argument[{index}]", argument) == 0
    assert await environment.write("operation", operation | destination << _DESTINATION_SHIFT) == 0
    for _ in range(POLLS):
        answer = await environment.read("operation_answer")
        if not answer & _UNDER_WAY:
            return OperationResult(Answer(answer & 0xFF), answer >> _VALUE_SHIFT)
        await environment.bench.sleep(POLL_CYCLES)
    raise AssertionError(f"operation {operation.name} of system {environment.system.number} does not end")


async def take_over(environment: Environment, group: int) -> bool:
    """Take a group over at its secondary system: restore what there is, then let hosts in. Returns whether the copy is
    consistent. Raises AssertionError for any other answer."""
    result = await operate(environment, Operation.TAKEOVER, group, 1)
    assert result.answer is Answer.OK, f"takeover of group {group}: {result.answer.name}"
    for _ in range(POLLS):
        result = await operate(environment, Operation.FINISH_TAKEOVER, group)
        if result.answer is not Answer.BUSY:
            assert result.answer is Answer.OK, f"end of the takeover of group {group}: {result.answer.name}"
            return bool(result.value)
        await environment.bench.sleep(POLL_CYCLES)
    raise AssertionError(f"takeover of group {group} does not end")
