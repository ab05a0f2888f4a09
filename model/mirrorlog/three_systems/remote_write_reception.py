"""Remote write reception process ([0159], [0166]): the original system of three carries out what the first forwards.

Each write goes through command reception, like a host's, in the order of the first system's numbers.
"""

from dataclasses import dataclass, field

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.formats.serial_number import is_before
from mirrorlog.processes.command_reception import CommandReception, HostCommand, Opcode
from mirrorlog.processes.initial_copy import InitialCopy
from mirrorlog.processes.step import Step
from mirrorlog.tables.shared_memory import NO_SYSTEM, GroupState, SharedMemory
from mirrorlog.tables.status import Status
from mirrorlog.three_systems.remote_write import NOT_GIVEN, RemoteKind, SessionFlag
from mirrorlog.three_systems.third_site import progress

ARGUMENTS = 8


@dataclass(slots=True)
class ReceivingGroup:
    """What the original system knows of a group's forwarding. `expected` is the number of the next write packet.

    `answers` are the statuses of those before it that the first system may ask for again; `full_since` is when the
    first write was refused for want of room since one was taken, ns.
    """

    session: int = 0
    expected: int = 0
    answers: dict[int, Status] = field(default_factory=dict)
    full_since: int | None = None


class RemoteWriteReception:
    """Takes the writes of the groups that another system is first in (`GroupInformation.first_system`)."""

    __slots__ = ("command_reception", "groups", "initial_copy", "shared")

    def __init__(self, shared: SharedMemory, command_reception: CommandReception, initial_copy: InitialCopy) -> None:
        self.shared = shared
        self.command_reception = command_reception
        self.initial_copy = initial_copy
        self.groups: dict[int, ReceivingGroup] = {}

    def open(self, number: int, first_system: int) -> None:
        """Take a group's writes from another system from now on; its hosts may read here, not write. Until the first
        session says that it copies nothing, or has copied all, the volumes here are not the first system's.
        """
        group = self.shared.groups[number]
        group.first_system, group.copied_into = first_system, True
        self.groups[number] = ReceivingGroup()

    def close(self, number: int) -> None:
        """Take no more writes of a group: the first system is lost, or must be taken for lost, and hosts go elsewhere
        ([0170]). What it still sends is refused, so that it cannot acknowledge what nobody would find.
        """
        self.shared.groups[number].first_system = NO_SYSTEM

    def receive(self, packet: Packet, now: int = 0) -> tuple[Packet | None, Step | None]:
        """Carry out a write; returns the answer, and the step of command reception if there was one. A packet that
        comes again is answered again and changes nothing; one that comes too early, or from a session that is over,
        is dropped.
        """
        receiving = self.groups.get(packet.group)
        if receiving is None or len(packet.arguments) != ARGUMENTS:
            return None, None
        number, oldest, flags, volume, position, size, time, created = packet.arguments
        kind = packet.status
        group = self.shared.groups[packet.group]
        if group.first_system != packet.source:
            return self._answer(packet, number, Status.REMOTE_CLOSED), None
        if kind == RemoteKind.BEGIN and is_before(receiving.session, packet.generation):
            self._begin(packet, receiving, number, SessionFlag(flags))
        if not self.is_current(receiving, packet):
            return None, None
        if self.is_known(receiving, number):
            status = receiving.answers.get(number)
            return None if status is None else self._answer(packet, number, status), None
        if self.is_early(receiving, number):
            return None, None
        step = None
        status = Status.OK
        if kind == RemoteKind.END:
            group.copied_into = False
        elif kind in (RemoteKind.HOST, RemoteKind.COPY):
            given = None if created == NOT_GIVEN else created
            command = HostCommand(Opcode.WRITE, packet.tag & 0xFFFF, volume, position, size, time, given)
            copy = kind == RemoteKind.COPY
            step = (
                None if copy and self.holds_back(packet.group, size) else self._write(receiving, command, packet, now)
            )
            status = Status.JOURNAL_FULL if step is None else Status(step.status)
        receiving.answers = {own: status for own, status in receiving.answers.items() if own >= oldest}
        receiving.answers[number] = status
        receiving.expected = number + 1
        return self._answer(packet, number, status), step

    def is_known(self, receiving: ReceivingGroup, number: int) -> bool:
        """Was the packet with this number carried out, or refused, before?"""
        return number < receiving.expected

    def is_early(self, receiving: ReceivingGroup, number: int) -> bool:
        """Is a packet before this one still to come?"""
        return number > receiving.expected

    def is_current(self, receiving: ReceivingGroup, packet: Packet) -> bool:
        """Is the packet of the session that runs?"""
        return packet.generation == receiving.session

    def holds_back(self, number: int, size: int) -> bool:
        """Has a copied block to wait? It takes at most half of the journal volume, so that hosts' writes find room and
        a copy does not suspend the group.
        """
        group = self.shared.groups[number]
        ring = group.ring
        if group.state is not GroupState.NORMAL or not ring.update_information_used:
            return False
        half_of_entries = ring.update_information_used * 2 >= ring.update_information_area
        return half_of_entries or (ring.write_data_used + size) * 2 >= ring.write_data_area

    def _begin(self, packet: Packet, receiving: ReceivingGroup, number: int, flags: SessionFlag) -> None:
        """A new session; the original volumes are not consistent while it copies, and neither is what is journaled."""
        receiving.session = packet.generation
        receiving.expected = number
        receiving.answers.clear()
        self.shared.groups[packet.group].copied_into = SessionFlag.COPY in flags
        if SessionFlag.COPY in flags:
            self.initial_copy.mark_again(packet.group)

    def _write(self, receiving: ReceivingGroup, command: HostCommand, packet: Packet, now: int) -> Step | None:
        """Have command reception carry a write out; None if its journal has no room: nobody waits here, the first
        system tries again, since what makes room may need this order to go on.
        """
        waited = None if receiving.full_since is None else now - receiving.full_since
        step = self.command_reception.receive(command, packet.data, waited, from_path=True)
        if step is None or step.outcome == CommandOutcome.STALLED or step.status == Status.JOURNAL_FULL:
            receiving.full_since = now if receiving.full_since is None else receiving.full_since
            return None
        receiving.full_since = None
        return step

    def _answer(self, packet: Packet, number: int, status: Status) -> Packet:
        return Packet(
            PacketType.WRITE_ANSWER,
            packet.destination,
            packet.source,
            packet.source_group,
            packet.group,
            packet.generation,
            packet.tag,
            status,
            arguments=(number, *progress(self.shared, packet.group)),
            incarnation=self.shared.incarnation,
        )
