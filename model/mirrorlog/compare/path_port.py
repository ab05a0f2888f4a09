"""The connection path of one storage system in a comparison: what came in, until a record takes it, and what must go
out.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mirrorlog.compare.copied_units import CopiedUnits
from mirrorlog.compare.difference import Mismatch
from mirrorlog.compare.sent_packets import ExpectedPacket, SentPacket
from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.formats.connection_path import HEADER_BYTES, Packet, PacketType, trailer_crc
from mirrorlog.formats.outcomes import OperationOutcome
from mirrorlog.formats.serial_number import is_before
from mirrorlog.formats.update_information import UPDATE_INFORMATION_BYTES, JournalKind
from mirrorlog.processes.group_announcement import is_announcement
from mirrorlog.processes.journal_check import is_right
from mirrorlog.processes.journal_read_command import Arrival
from mirrorlog.processes.path_sources import PathSources
from mirrorlog.tables.shared_memory import SharedMemory

_CRC_BYTES = 4
# A packet is dropped, and counted, at most so many cycles after its last beat was taken; one that has left keeps its
# system busy for so many at most
_COUNTED_CYCLES, _LEFT_CYCLES = 8, 4
TAG = 0xFFFF
"""The bits of a tag that a record has."""
# Journal read commands, and answers, of a group that wait in any storage system; one more command is being answered
LEAST_COMMANDS, LEAST_ANSWERS = 15, 16
_MAINTENANCE = (PacketType.MAINTENANCE_COMMAND, PacketType.MAINTENANCE_ANSWER)


@dataclass(slots=True, eq=False)
class Received:
    """A packet that came in `cycle`, until the step that closes it; an answer is being taken in. `may_be_lost`: what
    came before it may have left no room for it, then it has no record. `may_have_been_lost`: what records say of it may
    be of another one with its tag.
    """

    packet: Packet
    cycle: int
    arrival: Arrival
    may_be_lost: bool = False
    may_have_been_lost: bool = False


class PathPort:
    """Packets of one system, both ways. Of what comes, packets that are damaged, or not for this system or one of its
    groups, and what `sources` refuses are ignored.
    """

    def __init__(self, shared: SharedMemory, sources: PathSources, units: CopiedUnits) -> None:
        self.shared = shared
        self.sources = sources
        self.units = units
        self.commands: deque[Received] = deque()
        self.answers: deque[Received] = deque()
        self.operations: deque[Received] = deque()
        self.announcements: deque[Received] = deque()
        self.expected: list[ExpectedPacket] = []
        self.sent: list[SentPacket] = []
        self._first: int | None = None
        self._last: int | None = None
        self._dropped: deque[int] = deque()
        # steps that may be about a packet of a partner, or of another system
        self._either_strange = 0

    def faults(self, cycle: int) -> tuple[int, int]:
        """Return how many packets were dropped as they came, up to a cycle: at least, and at most."""
        while self._dropped and self._dropped[0] < cycle - _COUNTED_CYCLES:
            self._dropped.popleft()
        waiting = sum(received.may_be_lost for received in (*self.commands, *self.answers))
        return self.shared.packet_faults - len(self._dropped), self.shared.packet_faults + waiting

    def strange_packets(self) -> tuple[int, int]:
        """Return how many packets came from systems that are no partners: at least, and at most."""
        counted = self.shared.strange_packets
        return counted - self._either_strange, counted + self._either_strange

    def _is_strange(self, packet: Packet) -> bool:
        return not self.shared.groups[packet.group].is_partner(packet.source)

    def may_be_busy(self, cycle: int) -> bool:
        """May packets keep the system busy: one that waits, though it may be lost, or is sent, or was just sent, or
        dropped?
        """
        waiting = self.commands or self.answers or self.operations or self.announcements or self.expected or self.sent
        leaves = self._last is not None and self._last >= cycle - _LEFT_CYCLES
        return bool(waiting) or leaves or bool(self._dropped and self._dropped[-1] >= cycle - _COUNTED_CYCLES)

    def take_in(self, data: bytes, cycle: int) -> None:
        """The last beat of a packet was taken."""
        packet = self.sources.arrives(data)
        if packet is None:
            self._dropped.append(cycle)
            return
        received = Received(packet, cycle, Arrival(packet))
        if packet.type is PacketType.JOURNAL_READ_COMMAND:
            waiting = [other for other in self.commands if other.packet.group == packet.group]
            received.may_be_lost = len(waiting) >= LEAST_COMMANDS
            self.commands.append(received)
        elif packet.type in _MAINTENANCE:
            self.operations.append(received)
        elif packet.type is PacketType.GROUP_STATE and is_announcement(packet):
            self.announcements.append(received)
        else:
            received.may_be_lost = self._may_lack_room(packet)
            self.answers.append(received)

    def reach(self, received: Received, alike: Sequence[Received] = ()) -> None:
        """A step is about this journal read command, or this answer. Those of its group are taken in their order: one
        that came before it, and may be lost, is. If it may itself be lost, and the same packet came again, or one that
        is `alike` in all that the step's record says, then the step may be about that one instead: of the two, the one
        that stays may be lost.
        """
        waiting = self.commands if received.packet.type is PacketType.JOURNAL_READ_COMMAND else self.answers
        group = received.packet.group
        place = waiting.index(received)
        before, behind = list(waiting)[:place], list(waiting)[place + 1 :]
        for other in before:
            if other.may_be_lost and other.packet.group == group:
                waiting.remove(other)
                self.shared.packet_faults += 1
        if received.may_be_lost:
            for other in behind:
                same = other.packet == received.packet or any(other is one for one in alike)
                if same and not other.may_be_lost:
                    other.may_be_lost = True
                    self._either_strange += self._is_strange(received.packet) != self._is_strange(other.packet)
                    return

    def take_operation(self, actual: CommitRecord) -> Received:
        """A record takes this maintenance packet: of the operations, or answers, with its tag the first of its
        source's last incarnation. What came from that source before its last reset, and was not taken, is lost. Raises
        Mismatch if none waits.
        """
        # an answer to nothing has no status, operation 0 has: it is unknown
        answer = actual.outcome >= OperationOutcome.ANSWERED or not (actual.outcome or actual.status)
        kind = PacketType.MAINTENANCE_ANSWER if answer else PacketType.MAINTENANCE_COMMAND
        waiting = [received for received in self.operations if received.packet.type is kind]
        found = choose(waiting, actual, "maintenance packet")
        for other in waiting:
            if _is_of_before(found.packet, other.packet) and other.packet.tag & TAG == actual.tag:
                found = other
        self.operations.remove(found)
        for other in list(self.operations):
            if _is_of_before(other.packet, found.packet):
                self.operations.remove(other)
        return found

    def _may_lack_room(self, packet: Packet) -> bool:
        """May an answer find its group's queue full, or no buffer for its journals, as others that came before it are
        in flight? A group that this is not the secondary system of has no buffer of its own.
        """
        waiting = [received.packet for received in self.answers if received.packet.group == packet.group]
        if len(waiting) >= LEAST_ANSWERS:
            return True
        if not packet.journals:
            return False
        if not self.shared.groups[packet.group].secondary.started:
            return True
        ring = self.shared.groups[packet.group].ring
        stored = ring.update_information_used > ring.update_information_committed
        return stored or any(other.journals for other in waiting)

    def send(self, packet: Packet, cycle: int) -> ExpectedPacket:
        """A record of this cycle says that a packet is sent."""
        expected = ExpectedPacket(packet, cycle, packet.header() if packet.journals else packet.pack(), packet.size())
        self.expected.append(expected)
        return expected

    def take_first(self, cycle: int) -> None:
        """The first beat of a packet was sent."""
        if self._first is not None:
            raise Mismatch("packet_first", "the last beat of the packet before it", "the first beat of another one")
        self._first = cycle

    def take_out(self, data: bytes | None, size: int, cycle: int) -> None:
        """The last beat of a packet was sent; `data` is None if it is not known."""
        if self._first is None:
            raise Mismatch("packet_out", "the first beat of the packet before it", "none")
        self.sent.append(SentPacket(self._first, cycle, data, size))
        self._first, self._last = None, cycle

    def settle(self, now: float) -> Iterator[tuple[ExpectedPacket, SentPacket]]:
        """Find the records of packets that were sent, not later than the packet's first beat. Records up to the
        cycle `now` have come, those of later cycles are still to come if the trace pauses.
        """
        for sent in list(self.sent):
            fitting = (packet for packet in self.expected if packet.cycle <= sent.first and sent.may_be(packet))
            expected = next(fitting, None)
            if expected is None:
                if now < sent.first:
                    continue
                wanted = ", ".join(f"{_describe(one.packet)} from cycle {one.cycle} on" for one in self.expected)
                actual = f"{sent.size} bytes from cycle {sent.first} on, {_first_bytes(sent)}"
                raise Mismatch("packet_out", wanted or "a record that a packet is sent, before it", actual)
            if sent.data is not None and expected.packet.journals:
                try:
                    self._check_journals(expected, sent.data)
                except Mismatch:
                    if now < sent.last:  # a write that it contains may still have no record
                        continue
                    raise
            self.expected.remove(expected)
            self.sent.remove(sent)
            yield expected, sent

    def pending(self) -> list[str]:
        """Say what is outstanding. (Packets may be dropped for want of room: they are asked for, or sent, again.)"""
        waiting = [*self.commands, *self.answers, *self.announcements]
        said = [f"{_describe(received.packet)} came, no record" for received in waiting if not received.may_be_lost]
        said += [f"{_describe(expected.packet)} not sent" for expected in self.expected]
        said += [f"a packet of {sent.size} bytes was sent, no record" for sent in self.sent]
        return said if self._first is None else [*said, "a packet's last beat"]

    def _pass_records_on(self, expected: ExpectedPacket) -> None:
        """Records of failed reads name a tag alone, and of an "abnormal" volume every read has failed whatever its
        device answers: those of a packet that is right are another one's that is sent again with its tag, and those of
        one of which a record calls a journal damaged may be."""
        unfounded = expected.recorded - expected.answered_with_errors
        for other in self.expected:
            same = (other.packet.group, other.packet.tag & TAG) == (expected.packet.group, expected.packet.tag & TAG)
            if same and other is not expected and other.packet.journals:
                if expected.poisoned:
                    other.perhaps_recorded |= unfounded
                else:
                    other.recorded |= unfounded
                    expected.recorded -= unfounded
                return

    def _check_journals(self, expected: ExpectedPacket, data: bytes) -> None:
        """Compare a packet of journals: their update information, their data as far as it is determined, the
        trailer.
        """
        journals = expected.packet.journals
        packed = b"".join(information.pack() for information, _ in journals)
        at = HEADER_BYTES + len(journals) * UPDATE_INFORMATION_BYTES
        if data[HEADER_BYTES:at] != packed:
            raise Mismatch("packet_out update information", packed.hex(), data[HEADER_BYTES:at].hex())
        parts = []
        for information, _ in journals:
            parts.append(data[at : at + information.data_bytes()])
            at += information.data_bytes()
        entries = [information for information, _ in journals]
        crcs = [trailer_crc(*journal) for journal in zip(entries, parts, strict=True)]
        trailer = b"".join(crc.to_bytes(_CRC_BYTES, "little") for crc in crcs)
        wrong = bytes(byte ^ 0xFF for byte in trailer)
        actual = data[at : at + len(trailer)]
        expected.poisoned = actual == wrong
        if (actual != trailer and not expected.poisoned) or any(data[at + len(trailer) :]):
            raise Mismatch("packet_out trailer", trailer.hex(), data[at:].hex())
        if expected.recorded and (not expected.poisoned or expected.named is not None):
            self._pass_records_on(expected)
        if (expected.failed or expected.damaged or expected.named is not None) and not expected.poisoned:
            raise Mismatch("packet_out trailer", f"{wrong.hex()}: a device failed", actual.hex())
        for information, part in zip(entries, parts, strict=True):
            if information.update_number == expected.named and is_right(information, part):
                where = f"of journal {expected.named}, which a record calls damaged"
                raise Mismatch(f"packet_out data {where}", f"not CRC {information.data_crc:#010x}", "that")
        if not expected.poisoned:
            for (information, content), part in zip(journals, parts, strict=True):
                if information.kind == JournalKind.INITIAL_COPY:
                    if not self._is_freed(expected.packet, information.update_number):
                        self.units.check(expected.packet, information, part)
                elif part != content:
                    where = f"of journal {information.update_number}"
                    raise Mismatch(f"packet_out data {where}", *_differing(content, part))

    def _is_freed(self, packet: Packet, number: int) -> bool:
        """Was a journal freed since its packet began, so that its data in place may be anything?"""
        group = self.shared.groups[packet.source_group]
        return group.generation != packet.generation or number < group.oldest_number()


def choose(waiting: Iterable[Received], actual: CommitRecord, what: str) -> Received:
    """Return the packet that a record takes: the first of its tag (and group), else the first that waits."""
    waits = list(waiting)
    if not waits:
        raise Mismatch("outcome", f"no record: no {what} is waiting", actual.outcome)
    matching = [received for received in waits if received.packet.tag & TAG == actual.tag]
    in_group = [received for received in matching if received.packet.group == actual.group]
    return (in_group or matching or waits)[0]


def _is_of_before(packet: Packet, other: Packet) -> bool:
    """Was a packet sent before the reset of its source after which the other one was sent?"""
    return packet.source == other.source and is_before(packet.incarnation, other.incarnation)


def _describe(packet: Packet) -> str:
    text = f"{packet.type.name} tag {packet.tag} of group {packet.source_group} to system {packet.destination}"
    if packet.journals:
        numbers = packet.journals[0][0].update_number, packet.journals[-1][0].update_number
        text += f" with journals {numbers[0]} to {numbers[1]}"
    return f"{text}, {packet.size()} bytes"


def _first_bytes(sent: SentPacket) -> str:
    return "not known" if sent.data is None else sent.data[: HEADER_BYTES * 2].hex(" ", 8)


def _differing(expected: bytes, actual: bytes) -> tuple[str, str]:
    at = next(place for place, (one, other) in enumerate(zip(expected, actual, strict=True)) if one != other)
    return f"{expected[at : at + 8].hex(' ')} at byte {at}", actual[at : at + 8].hex(" ")
