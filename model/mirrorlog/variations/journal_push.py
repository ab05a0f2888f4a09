"""Pushing journals ([0171]): the original system sends them at a time of its own, the secondary system acknowledges."""

from dataclasses import dataclass, field

from mirrorlog.formats.connection_path import Packet, PacketType, ReadCommand
from mirrorlog.formats.serial_number import following
from mirrorlog.processes.command_timing import PathTraffic
from mirrorlog.processes.journal_read_reception import BatchReading, JournalReadReception
from mirrorlog.processes.journal_store import TAKEN, JournalStore
from mirrorlog.processes.restore import Restore
from mirrorlog.tables.settings import NextCommand, ReadMode
from mirrorlog.tables.shared_memory import GroupInformation, GroupState, Reason, SharedMemory

ACKNOWLEDGED_NUMBERS = 6


@dataclass(slots=True)
class Pushed:
    """Journals `first` up to, not including, `end`, pushed at `since` and not yet freed."""

    first: int
    end: int
    since: int


@dataclass(slots=True)
class PushingGroup:
    """The original system's pushing of a group, or the secondary's acknowledging.

    `following` is the number to push next (of this `generation`); nothing is pushed before `not_before`. `last` is when
    a packet was last sent; `acknowledged` the number up to which that said journals may be freed.
    """

    generation: int = 0
    following: int = 0
    batches: list[Pushed] = field(default_factory=list)
    not_before: int = 0
    last: int | None = None
    acknowledged: int | None = None
    tag: int = 0


class JournalPush:
    """Pushes the journals of groups that this system is original for, acknowledges those that it is secondary for."""

    __slots__ = ("groups", "journal_store", "reception", "restore", "shared", "traffic")

    def __init__(
        self, shared: SharedMemory, reception: JournalReadReception, journal_store: JournalStore, restore: Restore
    ) -> None:
        self.shared = shared
        self.reception = reception
        self.journal_store = journal_store
        self.restore = restore
        self.groups = {number: PushingGroup() for number in range(len(shared.groups))}
        self.traffic = PathTraffic()

    def poll(self, number: int, now: int) -> Packet | None:
        """Return the next packet of a group if it is time for one."""
        group = self.shared.groups[number]
        if group.settings.mode is not ReadMode.PUSH or not group.is_started():
            return None
        pushing = self._pushing(number, group)
        if group.original.started:
            return self._push(number, group, pushing, now)
        if pushing.acknowledged == group.update_number - 1 or group.secondary.takeover:
            return None
        return self._acknowledge(number, group, now)

    def restart(self) -> None:
        """The system starts again: what was pushed is pushed again."""
        for number in self.groups:
            self.groups[number] = PushingGroup()

    def receive(self, packet: Packet, now: int) -> Packet | None:
        """Take pushed journals, or an acknowledgement; returns the answer to the first."""
        group = self.shared.groups[packet.group]
        if not group.is_partner(packet.source) or packet.generation != group.generation:
            return None
        if packet.type is PacketType.PUSHED_JOURNALS:
            return self._store(packet, group, now) if group.secondary.started and not group.secondary.takeover else None
        if group.original.started and len(packet.arguments) == ACKNOWLEDGED_NUMBERS:
            self._free(packet, group, now)
        return None

    def _pushing(self, number: int, group: GroupInformation) -> PushingGroup:
        """Return what is known of a group's pushing: in a new generation, or behind a restart, nothing."""
        if self.groups[number].generation != group.generation:
            self.groups[number] = PushingGroup(group.generation, group.oldest_number())
        return self.groups[number]

    def _push(self, number: int, group: GroupInformation, pushing: PushingGroup, now: int) -> Packet | None:
        settings = group.settings
        silent = now - (pushing.last if pushing.last is not None else -settings.timeout)
        if group.state is GroupState.NORMAL and not self.shared.journal_volumes_are_normal(group):  # 1520
            self.shared.fail_group(group, Reason.JOURNAL_DEVICE)
        if group.state is not GroupState.NORMAL:  # 1515, 1525: it is announced
            return None
        for at, batch in enumerate(pushing.batches):
            if now - batch.since >= settings.timeout:
                pushing.following = max(group.oldest_number(), min(pushing.following, batch.first))
                del pushing.batches[at:]
                break
        alive = settings.silence is not None and silent * 2 >= settings.silence
        asks = silent >= settings.timeout and self._awaits_report(number, group)
        journals = self._next_batch(number, group, pushing, now)
        if not journals:
            return self._packet(PacketType.PUSHED_JOURNALS, number, group, now) if alive or asks else None
        end = pushing.following + journals
        command = ReadCommand(True, False, settings.batch_journals, settings.batch_bytes)
        packet = self._packet(PacketType.PUSHED_JOURNALS, number, group, now)
        cut = self.reception.cut(number, BatchReading(packet, pushing.following, journals, False), command)
        if cut is None:
            return None
        packet.journals = cut
        self.reception.check_data(packet)
        end = pushing.following + len(packet.journals)
        pushing.batches.append(Pushed(pushing.following, end, now))
        pushing.following = end
        new = end - group.oldest_number() - group.ring.sent // group.ring.entry
        if new > 0:
            group.ring.send(new)
        if settings.next_command is NextCommand.INTERVAL:
            pushing.not_before = now + settings.interval
        if settings.next_command is NextCommand.TRAFFIC:
            self.traffic.window = max(self.traffic.window, settings.interval)
            self.traffic.arrived(packet, now)
        return packet

    def _awaits_report(self, number: int, group: GroupInformation) -> bool:
        """Were journals freed that the secondary system has not reported as restored? Of its own accord it acknowledges
        what it stores alone: their blocks would stay marked until the next host write.
        """
        history = self.shared.changed_blocks.groups.get(number)
        return history is not None and history.reported + 1 < group.oldest_number()

    def _next_batch(self, number: int, group: GroupInformation, pushing: PushingGroup, now: int) -> int:
        """Return how many journals are to be pushed now, 0 if none ([0134] as far as this system decides)."""
        settings = group.settings
        if now < pushing.not_before or len(pushing.batches) >= settings.commands:
            return 0
        unsent = group.oldest_number() + self.reception.readable(number, group) - pushing.following
        recently = pushing.last is not None and now - pushing.last < settings.interval
        if settings.next_command is NextCommand.ORIGINAL and unsent < settings.backlog and recently:
            return 0
        traffic = self.traffic.within(settings.interval, now)
        if settings.next_command is NextCommand.TRAFFIC and traffic >= settings.traffic:
            return 0
        return max(0, min(unsent, settings.batch_journals))

    def _store(self, packet: Packet, group: GroupInformation, now: int) -> Packet:
        """1740 to 1760 for pushed journals; what has no room is pushed again."""
        refused = False
        if group.state is GroupState.NORMAL and not self.shared.journal_volumes_are_normal(group):  # 1740
            self.shared.fail_group(group, Reason.JOURNAL_DEVICE)  # 1745
        if group.state is GroupState.NORMAL:
            for journal in packet.journals:
                refused = self.journal_store.store(packet.group, journal, packet.tag).outcome not in TAKEN
                if refused:
                    break
        return self._acknowledge(packet.group, group, now, refused)

    def _acknowledge(self, number: int, group: GroupInformation, now: int, refused: bool = False) -> Packet:
        packet = self._packet(PacketType.PUSH_ACKNOWLEDGEMENT, number, group, now)
        self._pushing(number, group).acknowledged = free = self._free_number(group)
        packet.status = group.state
        restored = self.restore.restored_number(number) if group.settings.changed_block_bytes else 0
        waiting = group.update_number - group.secondary.next_restore
        load = self.restore.disk_adapter.unfinished()
        packet.arguments = (free, group.secondary.committed_host_bytes, int(refused), waiting, load, restored)
        return packet

    def _free_number(self, group: GroupInformation) -> int:
        """Return the number up to which the original system may free: what the commit pointer has passed."""
        return group.update_number - 1

    def _free(self, packet: Packet, group: GroupInformation, now: int) -> None:
        """1590: free what the secondary system has; push again what had no room there."""
        free, free_bytes, refused, waiting, load, restored = packet.arguments
        settings, pushing = group.settings, self._pushing(packet.group, group)
        self.reception.groups[packet.group].heard = now
        if 0 < restored < group.update_number:
            self.shared.changed_blocks.restored(packet.group, self.shared.volumes_of(group), restored)
        if packet.status != GroupState.NORMAL and group.state is GroupState.NORMAL:
            self.shared.fail_group(group, Reason.TOLD_BY_PARTNER)
        if group.state is not GroupState.NORMAL:
            return
        ring = group.ring
        count, size = free + 1 - group.oldest_number(), free_bytes - group.original.freed_host_bytes
        if count > 0:
            if count * ring.entry > ring.sent or not 0 <= size <= ring.write_data_committed:
                return
            ring.free(size, count)
            group.original.freed_host_bytes = free_bytes
        pushing.following = max(pushing.following, free + 1)
        pushing.batches = [batch for batch in pushing.batches if batch.end > free + 1]
        full = settings.next_command is NextCommand.BACKLOG and waiting >= settings.backlog
        if refused:
            pushing.following = group.oldest_number()
            pushing.batches.clear()
        if refused or full or (settings.next_command is NextCommand.LOAD and load >= settings.load):
            pushing.not_before = now + settings.interval

    def _packet(self, kind: PacketType, number: int, group: GroupInformation, now: int) -> Packet:
        pushing = self.groups[number]
        pushing.tag = following(pushing.tag)
        pushing.last = now
        return Packet(
            kind,
            self.shared.parameters.system,
            group.partner_system,
            group.partner_group,
            number,
            group.generation,
            pushing.tag,
            incarnation=self.shared.incarnation,
        )
