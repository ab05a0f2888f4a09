"""Lock-step scenarios of the operations of the maintenance terminal (FIG 9), here and at another system. The scoreboard
compares everything; what a scenario asserts is how its operations end.
"""

import pyuvm

from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.tables.shared_memory import GroupState, Reason, VolumeState
from tb.environment.environment import Environment
from tb.environment.operations import operate, take_over
from tb.handles.connection_path import Fault
from tb.scenarios import two_systems as systems
from tb.scenarios.operated import HERE, INFORMATION_BYTES, POLL_CYCLES, THERE, Operated

BLOCK = 512
JOURNAL_BYTES = INFORMATION_BYTES + systems.CAPACITY
SPARE, SMALL = 6, 7
MAINTENANCE_COMMAND, MAINTENANCE_ANSWER = 6, 7
UNKNOWN_CODE, FAR = 99, 1 << 32


@pyuvm.test()
class Lifetime(Operated):
    """Set up at A and for B, initiation, suspension, initiation again, takeover, which is given up, and initiation."""

    async def body(self) -> None:
        """Each operation once where it must end well."""
        original, secondary = self.environment.systems
        await self.set_up(original, HERE)
        await self.set_up(original, THERE, destination=2)
        area = await self.ok(original, Operation.INITIATE, HERE, 2, THERE)
        assert area == JOURNAL_BYTES - INFORMATION_BYTES
        assert await original.read(f"group[{HERE}].partner_area") == area
        await self.write(original, 20)
        await self.refused(secondary, Answer.RUNNING, Operation.TAKEOVER, THERE, 0)
        await self.copied(original, secondary)
        await self.ok(original, Operation.SUSPEND, HERE)
        assert await original.read(f"group[{HERE}].state") == GroupState.ABNORMAL
        assert await original.read(f"group[{HERE}].reason") == Reason.SUSPENDED
        await self.becomes(secondary, f"group[{THERE}].state", GroupState.ABNORMAL)
        await self.write(original, 10)
        assert await self.ok(original, Operation.INITIATE, HERE, 2, THERE) == area
        await self.write(original, 10)
        await self.copied(original, secondary)
        assert await take_over(secondary, THERE)
        await self.write(secondary, 10)
        await self.becomes(original, f"group[{HERE}].reason", Reason.TAKEN_OVER)
        assert await original.read(f"group[{HERE}].state") == GroupState.ABNORMAL
        await self.compare(original, secondary)
        await self._begin_after_takeover(original, secondary)
        await self.quiet()

    async def _begin_after_takeover(self, original: Environment, secondary: Environment) -> None:
        """The original system cannot begin again before the takeover is given up."""
        await self.refused(original, Answer.TAKEN_OVER, Operation.INITIATE, HERE, 2, THERE)
        assert await original.read(f"group[{HERE}].reason") == Reason.START_REFUSED
        assert await secondary.read(f"volume[{systems.FIRST}].state") == VolumeState.NORMAL
        await self.write(secondary, 5)
        await self.ok(secondary, Operation.GIVE_UP, THERE)
        for volume in (systems.FIRST, systems.SECOND):
            assert await secondary.read(f"volume[{volume}].state") == VolumeState.SECONDARY
        assert await secondary.read(f"group[{THERE}].marked") == 0
        await self.ok(original, Operation.INITIATE, HERE, 2, THERE)
        await self.write(original, 5)
        await self.copied(original, secondary)


@pyuvm.test()
class Refused(Operated):
    """Every answer code, at the system itself and for another one; nothing changes."""

    async def body(self) -> None:
        """In each state, what must not be done then."""
        original, secondary = self.environment.systems
        for system, destination in ((original, 0), (original, 2)):
            await self._before(system, destination)
            await self.set_up(system, HERE if destination == 0 else THERE, destination)
            await self._set_up(system, HERE if destination == 0 else THERE, destination)
        for system, mine in ((original, HERE), (secondary, THERE)):
            for group in range(systems.PARAMETERS.groups):
                answer = Answer.BUSY if group in (0, mine) else Answer.WRONG_GROUP_STATE
                await self.refused(system, answer, Operation.FINISH_TAKEOVER, group)
            for code in (0, UNKNOWN_CODE):
                await self.refused(system, Answer.UNKNOWN_OPERATION, code)
        await self._initiation(original, secondary)
        await self._takeover(original, secondary)

    async def _before(self, at: Environment, to: int) -> None:
        """No group exists."""
        blank, unknown = Answer.WRONG_GROUP_STATE, Answer.UNKNOWN_NUMBER
        await self.refused(at, unknown, Operation.CREATE_GROUP, systems.PARAMETERS.groups, destination=to)
        await self.refused(at, unknown, Operation.CREATE_GROUP, FAR, destination=to)
        await self.refused(at, blank, Operation.RECORD_PAIR, HERE, 1, 1, 2, 1, 0, destination=to)
        await self.refused(at, blank, Operation.RECORD_JOURNAL_VOLUME, HERE, 4, 4096, destination=to)
        await self.refused(at, blank, Operation.START, HERE, 1, 1, 1, 1, 0, 4096, destination=to)
        here = (Operation.INITIATE, Operation.SUSPEND, Operation.TAKEOVER, Operation.FINISH_TAKEOVER, Operation.GIVE_UP)
        for operation in here:
            await self.refused(at, Answer.UNKNOWN_OPERATION if to else blank, operation, HERE, 2, 2, destination=to)

    async def _set_up(self, at: Environment, group: int, to: int) -> None:
        """The group exists, and has what it needs."""
        first, other, journal = systems.FIRST, systems.OTHER, systems.JOURNAL
        unfit, unknown = Answer.WRONG_VOLUME_STATE, Answer.UNKNOWN_NUMBER
        await self.refused(at, Answer.WRONG_GROUP_STATE, Operation.CREATE_GROUP, group, destination=to)
        for volume, answer in ((first, unfit), (journal, unfit), (0, unfit), (99, unknown), (FAR, unknown)):
            arguments = (group, 1, volume, 2, volume, 0)
            await self.refused(at, answer, Operation.RECORD_PAIR, *arguments, destination=to)
            arguments = (group, volume, 4096)
            await self.refused(
                at,
                Answer.NEVER_FITS if volume == 0 else answer,
                Operation.RECORD_JOURNAL_VOLUME,
                *arguments,
                destination=to,
            )
        for size in (0, 100, 576, systems.CAPACITY, FAR):
            await self.refused(
                at, Answer.NEVER_FITS, Operation.RECORD_JOURNAL_VOLUME, group, other, size, destination=to
            )
        # a group without anything, then with pairs only
        await self.ok(at, Operation.CREATE_GROUP, 0, destination=to)
        start = (0, 1, 0, 1, 1, 0, 4096)
        await self.refused(at, Answer.NO_JOURNAL_VOLUME, Operation.START, *start, destination=to)
        await self.ok(at, Operation.RECORD_JOURNAL_VOLUME, 0, systems.OTHER_JOURNAL, 4096, destination=to)
        await self.refused(at, Answer.NO_PAIR, Operation.START, *start, destination=to)
        await self.ok(at, Operation.RECORD_PAIR, 0, 1, other, 2, other, 0, destination=to)
        await self.ok(at, Operation.RECORD_PAIR, 0, 1, SPARE, 2, SPARE, 0, destination=to)
        small = (0, 1, SMALL, 2, SMALL, 0)
        await self.refused(at, Answer.NO_BLANK_PAIR, Operation.RECORD_PAIR, *small, destination=to)
        never = (0, 1, 0, 1, 1, 0, JOURNAL_BYTES)
        answer = Answer.NEVER_FITS if to else Answer.WRONG_GROUP_STATE  # it is original here
        await self.refused(at, answer, Operation.START, *never, destination=to)
        large = (0, 1, SMALL, 2, SMALL, systems.CAPACITY)
        answer = Answer.TOO_SMALL if to else Answer.NO_BLANK_PAIR
        await self.refused(at, answer, Operation.RECORD_PAIR, *large, destination=to)

    async def _initiation(self, original: Environment, secondary: Environment) -> None:
        """Initiation with a wrong partner; a start of a generation that is over."""
        await self.refused(original, Answer.UNKNOWN_NUMBER, Operation.INITIATE, HERE, 3, THERE)
        await self.refused(original, Answer.UNKNOWN_NUMBER, Operation.INITIATE, HERE, 2, FAR)
        await self.refused(secondary, Answer.WRONG_GROUP_STATE, Operation.INITIATE, THERE, 2, HERE)
        await self.refused(secondary, Answer.WRONG_GROUP_STATE, Operation.TAKEOVER, THERE, 1)
        capacity = f"volume[{systems.SECOND}].capacity"
        assert await secondary.write(capacity, systems.CAPACITY - BLOCK) == 0
        await self.refused(original, Answer.TOO_SMALL, Operation.INITIATE, HERE, 2, THERE)
        assert await original.read(f"group[{HERE}].reason") == Reason.START_REFUSED
        assert await secondary.write(capacity, systems.CAPACITY) == 0
        await self.ok(original, Operation.INITIATE, HERE, 2, THERE)
        await self.write(original, 10)
        await self.copied(original, secondary)
        await self.bench.sleep(POLL_CYCLES)
        old = (THERE, 1, HERE, 0, 1, 0, 4096)
        await self.refused(original, Answer.WRONG_GROUP_STATE, Operation.START, *old, destination=2)

    async def _takeover(self, original: Environment, secondary: Environment) -> None:
        """Wrong states of suspension and takeover."""
        await self.refused(secondary, Answer.RUNNING, Operation.TAKEOVER, THERE, 0)
        await self.refused(secondary, Answer.RUNNING, Operation.TAKEOVER, THERE, 2)
        await self.refused(secondary, Answer.BUSY, Operation.FINISH_TAKEOVER, THERE)
        await self.refused(secondary, Answer.WRONG_GROUP_STATE, Operation.GIVE_UP, THERE)
        await self.refused(original, Answer.WRONG_GROUP_STATE, Operation.TAKEOVER, HERE, 1)
        await self.ok(original, Operation.SUSPEND, HERE)
        await self.refused(original, Answer.WRONG_GROUP_STATE, Operation.SUSPEND, HERE)
        await self.becomes(secondary, f"group[{THERE}].state", GroupState.ABNORMAL)
        assert await original.read(f"group[{HERE}].reason") == Reason.SUSPENDED
        assert await secondary.read(f"group[{THERE}].reason") == Reason.TOLD_BY_PARTNER
        assert await secondary.read("pair[0].original_capacity") == systems.CAPACITY
        await self.ok(secondary, Operation.TAKEOVER, THERE, 0)
        while (result := await operate(secondary, Operation.FINISH_TAKEOVER, THERE)).answer is Answer.BUSY:
            await self.bench.sleep(POLL_CYCLES)
        assert (result.answer, result.value) == (Answer.OK, 1)
        assert await secondary.read(f"volume[{systems.FIRST}].state") == VolumeState.NORMAL
        await self.quiet()


@pyuvm.test()
class NoAnswer(Operated):
    """The other system does not answer: the operation ends with that, and the next ones are taken."""

    async def body(self) -> None:
        """Lose every answer, so that the group is "abnormal", and begin again when the path is healed."""
        original, secondary = self.environment.systems
        _, back = self.bench.paths
        await self.set_up(original, HERE)
        back.cut()
        await self.refused(original, Answer.NO_ANSWER, Operation.INITIATE, HERE, 2, THERE)
        await self.refused(original, Answer.WRONG_GROUP_STATE, Operation.SUSPEND, HERE)
        assert await original.read(f"group[{HERE}].reason") == Reason.START_UNANSWERED
        back.heal()
        # the group is blank there: that is an answer, too
        await self.becomes(original, f"group[{HERE}].unanswered", 0)
        await self.set_up(original, THERE, destination=2)
        await self.ok(original, Operation.INITIATE, HERE, 2, THERE)
        await self.write(original, 5)
        await self.copied(original, secondary)
        await self.quiet()


@pyuvm.test()
class LostPackets(Operated):
    """The path loses, doubles and damages packets about operations: each is carried out once."""

    async def body(self) -> None:
        """One fault of a command or of an answer at each operation."""
        original, secondary = self.environment.systems
        there, back = self.bench.paths
        await self.set_up(original, HERE)
        there.fail(Fault.DUPLICATE, 2, MAINTENANCE_COMMAND)
        back.fail(Fault.DROP, 1, MAINTENANCE_ANSWER)
        await self.ok(original, Operation.CREATE_GROUP, THERE, destination=2)
        there.fail(Fault.DROP, 1, MAINTENANCE_COMMAND)
        first = (THERE, 1, systems.FIRST, 2, systems.FIRST, systems.CAPACITY)
        await self.ok(original, Operation.RECORD_PAIR, *first, destination=2)
        back.fail(Fault.CORRUPT, 1, MAINTENANCE_ANSWER)
        second = (THERE, 1, systems.SECOND, 2, systems.SECOND, systems.CAPACITY)
        assert await self.ok(original, Operation.RECORD_PAIR, *second, destination=2) == 1
        back.fail(Fault.DUPLICATE, 1, MAINTENANCE_ANSWER)
        arguments = (THERE, systems.JOURNAL, INFORMATION_BYTES)
        await self.ok(original, Operation.RECORD_JOURNAL_VOLUME, *arguments, destination=2)
        back.fail(Fault.DROP, 1, MAINTENANCE_ANSWER)
        await self.ok(original, Operation.INITIATE, HERE, 2, THERE)
        await self.write(original, 10)
        await self.copied(original, secondary)
        await self.quiet()
        assert there.counts().dropped and back.counts().dropped and back.counts().corrupted


@pyuvm.test()
class HeartbeatTimeout(Operated):
    """The path is cut: the original system gives the group up, and hosts go on."""

    async def body(self) -> None:
        """Set up by operations; `silence` is a register of the layout."""
        original, secondary = self.environment.systems
        await self.set_up(original, HERE)
        await self.set_up(original, THERE, destination=2)
        await self.ok(original, Operation.INITIATE, HERE, 2, THERE)
        await self.write(original, 10)
        await self.copied(original, secondary)
        assert await original.read(f"group[{HERE}].state") == GroupState.NORMAL
        await self.quiet()
        await self.write(original, 60)  # more than the journals hold: the last ones wait until the group is given up
        assert await original.read(f"group[{HERE}].state") == GroupState.ABNORMAL
        assert await original.read(f"group[{HERE}].reason") == Reason.HEARTBEAT
