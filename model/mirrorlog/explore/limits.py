"""The limits that a group's settings promise, held to what is seen from outside: how much a batch brings, how long a
write waits for room, the heartbeat timeout, how much of the ring initial copy takes.
"""

from mirrorlog.formats.connection_path import Packet, ReadCommand
from mirrorlog.formats.outcomes import InitialCopyOutcome
from mirrorlog.storage_system import StorageSystem
from mirrorlog.systems.invariants import Violation
from mirrorlog.systems.topology import GroupLink, Topology
from mirrorlog.tables.settings import ReadMode
from mirrorlog.tables.shared_memory import FullPolicy, GroupState


def answer_waiting(system: StorageSystem) -> None:
    """Answer the writes that wait for their device as soon as the system would: by then it has answered."""
    reception = system.command_reception
    for number in [number for number, flush in reception.flushes.items() if not flush.waiting]:
        reception.answer_flush(number)
        if number in system.disk_adapter.volume_writes:
            raise Violation(f"write {number}, which waits for its device, is answered before its device has")


class Limits:
    """What is known of each group outside the systems: `heard` is when something last came to its original system from
    its secondary one, or it began, as original or in a generation (`began`); `sent` is the number behind the highest
    journal that was ever sent.
    """

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.heard = dict.fromkeys(topology.links, 0)
        self.sent = dict.fromkeys(topology.links, 0)
        self.began: dict[int, tuple[int, int]] = {}

    def taken(self, packet: Packet, answer: Packet | None, now: int) -> None:
        """A system took a packet, and answers with `answer`."""
        link = self.topology.links[packet.group]
        if (packet.source, packet.destination) == (link.secondary, link.original):
            self.heard[packet.group] = now
        if packet.command is not None and answer is not None and answer.journals:
            self._check_batch(packet.group, packet.command, answer)

    def _check_batch(self, group: int, command: ReadCommand, answer: Packet) -> None:
        """A batch has no more journals and no more data than its command allows ([0126]); one journal always fits, and
        a plain command that asks again gets the whole last batch.
        """
        numbers = [information.update_number for information, _ in answer.journals]
        again = not command.by_number and numbers[0] < self.sent[group]
        self.sent[group] = max(self.sent[group], numbers[-1] + 1)
        if again or len(numbers) == 1:
            return
        size = sum(information.data_bytes() for information, _ in answer.journals)
        if size > command.limit_bytes or len(numbers) > command.limit_journals:
            raise Violation(
                f"a command for {command.limit_journals} journals and {command.limit_bytes} bytes was answered with"
                f" {len(numbers)} and {size}"
            )

    def check_pushed(self, packet: Packet) -> None:
        """What the original system pushes is no more than its settings allow."""
        settings = self.topology.links[packet.group].settings
        size = sum(information.data_bytes() for information, _ in packet.journals)
        if settings.mode is ReadMode.PUSH and len(packet.journals) > 1 and size > settings.batch_bytes:
            raise Violation(f"{size} bytes were pushed at once, {settings.batch_bytes} are allowed")

    @staticmethod
    def check_wait(link: GroupLink, waited: int | None) -> None:
        """1390: a write that still waits for room has not waited for its watch time yet."""
        if link.policy is FullPolicy.STALL and waited is not None and waited >= link.watch_time:
            raise Violation(f"a write waits for room after {waited}, its watch time is {link.watch_time}")

    def check_heartbeat(self, link: GroupLink, now: int) -> None:
        """A group is given up after its heartbeat timeout ([0051])."""
        group = self.topology.original(link.group).shared.groups[link.group]
        silence = link.settings.silence
        began = link.original, group.generation
        if silence is None or not group.original.started or group.state is not GroupState.NORMAL:
            return
        if self.began.get(link.group) != began:
            self.began[link.group], self.heard[link.group] = began, now
        if now - self.heard[link.group] >= silence:
            raise Violation(f"group {link.group} is normal though nothing was heard of its secondary system")

    def entries(self, link: GroupLink) -> tuple[int, int]:
        """Return the bytes of update information in use at the original system, and the area's."""
        ring = self.topology.original(link.group).shared.groups[link.group].ring
        return ring.update_information_used, ring.update_information_area

    @staticmethod
    def check_copied(entries: tuple[int, int], outcome: int) -> None:
        """Initial copy begins no unit while half of the entries are in use, so that host writes find room; `entries` as
        they were before its step.
        """
        used, area = entries
        if outcome in (InitialCopyOutcome.UNIT_CREATED, InitialCopyOutcome.VOLUME_COPIED) and used * 2 >= area:
            raise Violation(f"initial copy took an entry while {used} of {area} bytes were in use")
