"""Who becomes "abnormal" says so: the state of a group goes to its partner system until that has answered with its own.

The side whose group failed or was taken over announces it, with the reason, every time-out of the group's settings; the
other's group becomes "abnormal" too. Both directions, whatever the mode in which journals are read.
"""

from dataclasses import dataclass

from mirrorlog.formats.commit_record import Process
from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.outcomes import AnnouncementOutcome
from mirrorlog.formats.serial_number import is_older_generation
from mirrorlog.processes.step import Step
from mirrorlog.tables.shared_memory import GroupState, Reason, SharedMemory


@dataclass(slots=True)
class AnnouncedGroup:
    """What is in flight for a group: when its state was last announced, if it was; the partner's announcement that is
    still to be answered.
    """

    sent: int | None = None
    unanswered: Packet | None = None


class GroupAnnouncement:
    """Announces the groups of one system that became "abnormal", and takes what partners announce.

    An announcement takes a step when it comes (`receive`) and one when it is answered (`answer`): of those that come
    before the answer leaves, the last is answered.
    """

    __slots__ = ("groups", "shared")

    def __init__(self, shared: SharedMemory) -> None:
        self.shared = shared
        self.groups = {number: AnnouncedGroup() for number in range(len(shared.groups))}

    def restart(self) -> None:
        """The system restarts: it announces again what is unanswered; so does the partner."""
        for number in self.groups:
            self.groups[number] = AnnouncedGroup()

    def poll(self, number: int, now: int) -> Packet | None:
        """Return the next packet about a group's state, if one is due."""
        if self.groups[number].unanswered is not None:
            return self.answer(number).packet
        return self.announce(number, now).packet if self.may_announce(number, now) else None

    def take(self, packet: Packet) -> Packet | None:
        """Take both steps of a packet about a group's state at once; returns the answer, if one is due."""
        self.receive(packet)
        return self.answer(packet.group).packet if self.groups[packet.group].unanswered is not None else None

    def may_announce(self, number: int, now: int) -> bool:
        """Is a group's state to be announced now?"""
        group = self.shared.groups[number]
        if not group.state_unanswered or group.state is not GroupState.ABNORMAL or not group.is_started():
            return False
        sent = self.groups[number].sent
        return sent is None or now - sent >= group.settings.timeout

    def announce(self, number: int, now: int) -> Step:
        """Announce the state of a group that may be announced."""
        self.groups[number].sent = now
        group = self.shared.groups[number]
        ends = group.partner_system, group.partner_group
        return self._step(
            number, AnnouncementOutcome.ANNOUNCED, self._packet(number, *ends, group.generation, wants_answer=True)
        )

    def answer(self, number: int) -> Step:
        """Answer the partner's announcement with this side's state."""
        packet = self.groups[number].unanswered
        assert packet is not None
        self.groups[number].unanswered = None
        ends = packet.source, packet.source_group
        return self._step(
            number, AnnouncementOutcome.ANSWERED, self._packet(number, *ends, packet.generation, wants_answer=False)
        )

    def receive(self, packet: Packet) -> Step:
        """Take an announcement, or the answer to one.

        An announcement is answered whatever this side's group is: a partner whose group was never started here, or is
        in another generation, need not say it again. Only the partner's changes the group, unless it is of a generation
        that is over; one of a later generation means that the partner began anew without this side.
        """
        number = packet.group
        group = self.shared.groups[number]
        of_partner = (group.partner_system, group.partner_group) == (packet.source, packet.source_group)
        counts = group.is_started() and of_partner and not is_older_generation(packet.generation, group.generation)
        step = Step(
            Process.GROUP_ANNOUNCEMENT,
            AnnouncementOutcome.DROPPED,
            packet.reason,
            group=number,
            reference=packet.generation,
        )
        if not packet.wants_answer:
            if counts and packet.generation == group.generation and group.state_unanswered:
                group.state_unanswered = False
                step.outcome = AnnouncementOutcome.ANSWER_RECEIVED
        else:
            self.groups[number].unanswered = packet
            step.outcome = AnnouncementOutcome.RECEIVED
            if counts and packet.status == GroupState.ABNORMAL and group.state is GroupState.NORMAL:
                taken_over = packet.reason == Reason.TAKEN_OVER
                self.shared.fail_group(group, Reason.TAKEN_OVER if taken_over else Reason.TOLD_BY_PARTNER)
                group.state_unanswered = False
        return step

    def _packet(self, number: int, system: int, partner_group: int, generation: int, wants_answer: bool) -> Packet:
        group = self.shared.groups[number]
        reason = Reason.TAKEN_OVER if group.secondary.takeover else group.reason
        own = self.shared.parameters.system
        packet = Packet(PacketType.GROUP_STATE, own, system, partner_group, number, generation, status=group.state)
        packet.incarnation, packet.reason, packet.wants_answer = self.shared.incarnation, reason, wants_answer
        return packet

    @staticmethod
    def _step(number: int, outcome: int, packet: Packet) -> Step:
        return Step(
            Process.GROUP_ANNOUNCEMENT,
            outcome,
            packet.reason,
            group=number,
            reference=packet.destination,
            packet=packet,
        )


def is_announcement(packet: Packet) -> bool:
    """Is a packet with a group's state an announcement, or the answer to one? Else it answers a journal read command,
    whose tag it repeats.
    """
    return packet.wants_answer or packet.tag == 0
