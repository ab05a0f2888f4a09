"""Operations of the maintenance terminal (FIG 9): carried out here, or specified for another system and answered by it
([0058]-[0060]).
"""

from dataclasses import replace

from mirrorlog.formats.commit_record import Process
from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.outcomes import OperationOutcome
from mirrorlog.processes.maintenance import Answer, Maintenance, MaintenanceError, Operation
from mirrorlog.processes.step import Step
from mirrorlog.tables.shared_memory import GroupState, SharedMemory
from mirrorlog.tables.units import BLOCK_BYTES, NONE


class Operations:
    """The terminal's side and the path's side of the operations that `maintenance` carries out.

    `answers` are the last answer given to each system.
    """

    __slots__ = ("answers", "maintenance", "outbox", "shared")

    def __init__(self, shared: SharedMemory, maintenance: Maintenance) -> None:
        self.shared = shared
        self.maintenance = maintenance
        self.outbox = maintenance.outbox
        self.answers: dict[int, Packet] = {}

    def specify(self, operation: Operation, destination: int, arguments: tuple[int, ...]) -> Packet:
        """Return the packet that specifies an operation for another system; it is to be sent until it is answered."""
        return self.outbox.post(operation, destination, arguments)

    def specify_start(self, number: int) -> Packet:
        """Return the packet that specifies START of a group, just initiated here, for its secondary system."""
        group = self.shared.groups[number]
        return self.specify(Operation.START, group.partner_system, self.maintenance.start_arguments(number))

    def unanswered_start(self, number: int) -> Packet | None:
        """Return the packet that specifies START of a group of this system, None once that is answered."""
        starts = (command for command in self.outbox.commands() if command.status == Operation.START)
        return next((command for command in starts if command.arguments[2:3] == (number,)), None)

    def send(self, tag: int) -> Step:
        """Send an operation that was specified, the first time or again."""
        packet = self.outbox.again(tag)
        return Step(
            Process.OPERATION,
            OperationOutcome.SENT + packet.status,
            tag=packet.tag & 0xFFFF,
            reference=packet.destination,
            packet=packet,
        )

    def receive(self, packet: Packet) -> Step:
        """Carry out an operation that another system specified, once; a repeated packet gets the same answer again.

        One with the same tag of a later incarnation is another operation: the system was reset since.
        """
        known = self.answers.get(packet.source)
        if known is None or (known.tag, known.generation) != (packet.tag, packet.incarnation):
            step = self.operate(packet.status, packet.arguments, source=packet.source)
            known = Packet(PacketType.MAINTENANCE_ANSWER, packet.destination, packet.source, 0, 0)
            known.tag, known.generation = packet.tag, packet.incarnation
            known.status, known.incarnation = step.status, self.shared.incarnation
            if step.status == Answer.OK:
                known.arguments = (packet.status, step.reference)
            self.answers.pop(packet.source, None)
            if step.status != Answer.BUSY:
                self.answers[packet.source] = known
        else:
            known = replace(known, incarnation=self.shared.incarnation)
            step = self._step(packet.status, packet.arguments, Answer(known.status))
            step.reference = known.arguments[1] if known.arguments else 0
        step.tag, step.packet = packet.tag & 0xFFFF, known
        return step

    def take_answer(self, packet: Packet) -> Step:
        """Take the answer to an operation that was specified; BUSY is none yet."""
        command = self.outbox.answered_by(packet)
        if command is None:
            return Step(Process.OPERATION, OperationOutcome.NOT_ASKED, tag=packet.tag & 0xFFFF)
        step = Step(
            Process.OPERATION, OperationOutcome.ANSWERED + command.status, packet.status, tag=packet.tag & 0xFFFF
        )
        if packet.arguments:
            step.reference = packet.arguments[1]
        if packet.status != Answer.BUSY:
            self.outbox.close(packet.tag)
            self._start_answered(command, step)
        return step

    def give_up(self, tag: int) -> Step:
        """End an operation that was specified without an answer; one that comes later is dropped."""
        command = self.outbox.close(tag)
        step = Step(Process.OPERATION, OperationOutcome.ANSWERED + command.status, Answer.NO_ANSWER, tag=tag & 0xFFFF)
        self._start_answered(command, step)
        return step

    def _start_answered(self, command: Packet, step: Step) -> None:
        """Let the group learn how START, if it was that, ended at its secondary system."""
        if command.status != Operation.START or len(command.arguments) < 4:
            return
        number, generation = command.arguments[2:4]
        if number < len(self.shared.groups):
            step.group = number
            self.maintenance.start_answered(number, generation, step.status, step.reference)

    def operate(self, operation: int, arguments: tuple[int, ...], now: int = 0, source: int | None = None) -> Step:
        """Carry out an operation; `source`: another system specified it. What it returns is the step's reference."""
        answer, returned = Answer.OK, 0
        try:
            returned = self._carry_out(operation, arguments, now, source)
        except MaintenanceError as error:
            answer = error.answer
        step = self._step(operation, arguments, answer)
        step.reference = returned
        return step

    def _step(self, operation: int, arguments: tuple[int, ...], answer: Answer) -> Step:
        exists = bool(arguments) and arguments[0] < len(self.shared.groups)
        return Step(Process.OPERATION, operation, answer, group=arguments[0] if exists else NONE)

    def _carry_out(self, operation: int, arguments: tuple[int, ...], now: int, source: int | None) -> int:
        specified = source is not None
        match operation, len(arguments):
            case Operation.CREATE_GROUP, 1:
                self.maintenance.create_group(arguments[0])
            case Operation.RECORD_PAIR, 6:
                self._check_partner(arguments[0], source)
                return self.maintenance.record_pair(*arguments)
            case Operation.RECORD_JOURNAL_VOLUME, 3:
                self._check_partner(arguments[0], source)
                # write data begins behind it: at the door, in blocks
                number, volume, information_bytes = arguments
                self.maintenance.record_journal_volume(number, volume, information_bytes, BLOCK_BYTES)
            case Operation.START, count if count == 7 or (count == 8 and self._keeps_map(arguments[0])):
                self._check_partner(arguments[0], source, arguments[1])
                return self.maintenance.start(*arguments)
            case Operation.INITIATE, 3 if not specified:
                number, system, group = arguments
                return self.maintenance.initiate(number, system, group, now)[3]
            case Operation.SUSPEND, 1 if not specified:
                self.maintenance.suspend(arguments[0])
            case Operation.TAKEOVER, 2 if not specified:
                self.maintenance.takeover(arguments[0], force=arguments[1] == 1)
            case Operation.FINISH_TAKEOVER, 1 if not specified:
                return int(self.maintenance.finish_takeover(arguments[0]))
            case Operation.GIVE_UP, 1 if not specified:
                self.maintenance.give_up(arguments[0])
            case _:
                raise MaintenanceError(Answer.UNKNOWN_OPERATION, f"no operation {operation}")
        return 0

    def _keeps_map(self, number: int) -> bool:
        """Is there this group, and does it keep a map of changed blocks, whose age START may bring?"""
        groups = self.shared.groups
        return number < len(groups) and groups[number].settings.changed_block_bytes > 0

    def _check_partner(self, number: int, source: int | None, partner: int | None = None) -> None:
        """Refuse an operation on a group that has pairs from a system that is not their other one, or whose argument
        `partner` is not the system that specified it. What the terminal here asks for is refused nothing.
        """
        if source is None or number >= len(self.shared.groups):
            return
        group = self.shared.groups[number]
        own = self.shared.parameters.system
        others = {
            pair.secondary_system if pair.original_system == own else pair.original_system
            for pair in self.shared.pairs_of(group)
        }
        if group.state is not GroupState.BLANK and (others - {source} or partner not in (None, source)):
            raise MaintenanceError(Answer.NOT_ALLOWED, f"system {source} is not the partner of group {number}")
