"""Journal read command process 240 (FIG 16, 17; [0129]-[0135]): the secondary system asks for journals and takes them
in.
"""

from collections import deque
from dataclasses import dataclass, field, replace

from mirrorlog.formats.commit_record import Process
from mirrorlog.formats.connection_path import Packet, PacketType, ReadCommand
from mirrorlog.formats.outcomes import ReadCommandOutcome, StoreOutcome
from mirrorlog.formats.serial_number import following_number
from mirrorlog.processes.command_slots import CommandSlot, CommandSlots
from mirrorlog.processes.command_timing import AdaptiveBatch, PathTraffic, holds_back, longest_timeout, waits_after
from mirrorlog.processes.journal_store import TAKEN, JournalStore
from mirrorlog.processes.restore import Restore
from mirrorlog.processes.step import Step
from mirrorlog.tables.settings import GroupSettings, NextCommand, NoRoom, ReadMode
from mirrorlog.tables.shared_memory import GroupInformation, GroupState, Reason, SharedMemory


@dataclass(slots=True, eq=False)
class Arrival:
    """An answer that is being taken in. Of its journals, `at` were handled, of which `stored` were stored; `refused`:
    the rest is dropped; `yields`: the next one waits for room, and can be asked for again.
    """

    packet: Packet
    at: int = 0
    stored: int = 0
    refused: bool = False
    yields: bool = False

    def is_over(self) -> bool:
        """Is there no journal left to store?"""
        return self.refused or self.at == len(self.packet.journals)


@dataclass(slots=True)
class ReadingGroup:
    """The secondary system's reading of a group. `held` are answers whose next journal waits in cache for room, and
    those that came behind; `retry`: the next plain command asks for the last batch again.
    """

    slots: CommandSlots
    held: deque[Arrival] = field(default_factory=deque)
    batch: AdaptiveBatch = field(default_factory=AdaptiveBatch)
    retry: bool = False
    exits: dict[int, int] = field(default_factory=dict)


class JournalReadCommand:
    """Sends journal read commands for the groups that this system is secondary for, and stores what comes.

    `send` is the step of a command. An answer takes one step for each of its journals (`store`) and one that closes it
    (`close`).
    """

    __slots__ = ("groups", "journal_store", "restore", "shared", "traffic")

    def __init__(self, shared: SharedMemory, journal_store: JournalStore, restore: Restore) -> None:
        self.shared = shared
        self.journal_store = journal_store
        self.restore = restore
        self.groups = {number: ReadingGroup(CommandSlots(1)) for number in range(len(shared.groups))}
        self.traffic = PathTraffic()

    def begin(self, number: int) -> None:
        """Reset the in-flight state: no command is in flight, no range is given out (initiation, 930)."""
        group = self.shared.groups[number]
        self.groups[number] = ReadingGroup(CommandSlots(group.update_number))
        if group.settings.next_command is NextCommand.TRAFFIC:
            self.traffic.window = max(self.traffic.window, group.settings.interval)

    def restart(self) -> None:
        """The system restarts: commands in flight and held answers are lost; a plain command is sent again."""
        for number, reading in self.groups.items():
            if self.shared.groups[number].settings.mode is ReadMode.BY_NUMBER:
                reading.slots = CommandSlots(self.shared.groups[number].update_number)
                reading.held.clear()
            for slot in reading.slots.slots:
                slot.limit = 0

    def resend_timeout(self, number: int) -> int:
        """Return the time after which every slot of a group may send again, whatever was lost."""
        settings = self.shared.groups[number].settings
        limits = (slot.limit for slot in self.groups[number].slots.slots)
        return settings.interval + max([settings.timeout, *limits]) + 1

    def poll(self, number: int, now: int) -> Packet | None:
        """Send the next command of a group if it is time for one."""
        used = self._window(self.shared.groups[number].settings)
        for slot in range(max(used, len(self.groups[number].slots.slots))):
            if self.may_send(number, slot, now):
                return self.send(number, slot, now).packet
        return None

    def may_send(self, number: int, slot: int, now: int) -> bool:
        """May this command slot of a group send a command? One that is out of use goes on with what it owns."""
        group = self.shared.groups[number]
        settings = group.settings
        asks = settings.mode in (ReadMode.PLAIN, ReadMode.BY_NUMBER)
        slots = self.groups[number].slots
        in_use = slot < self._window(settings)
        if settings.mode is ReadMode.BY_NUMBER:
            in_use |= slots.owns(slot, self.journal_store.groups[number])
        if not asks or not self.may_read(number) or not in_use:
            return False
        owned = slots.slot(slot)
        if not owned.is_due(now, settings.interval):
            return False
        if settings.mode is ReadMode.PLAIN:
            return owned.packet is not None or (self._may_go_on(number) and not self._holds_back(group, now))
        return self._range_of(number, slot) is not None and not self._holds_back(group, now)

    def send(self, number: int, slot: int, now: int) -> Step:
        """1700: send the command of a slot that may send."""
        group = self.shared.groups[number]
        owned = self.groups[number].slots.slot(slot)
        if owned.packet is not None:
            self.groups[number].batch.lost()
        if group.settings.mode is ReadMode.PLAIN:
            packet = self._again(number, owned.packet) or self._command(number, 0, group.settings.batch_journals)
            group.commands_sent_again += owned.packet is not None
            owned.first = group.update_number
        else:
            chosen = self._range_of(number, slot)
            assert chosen is not None
            owned.first, owned.end = chosen
            self.groups[number].slots.give(owned.end)
            packet = self._command(number, owned.first, min(owned.end - owned.first, group.settings.batch_journals))
        owned.begin(packet, now, group.settings.timeout, longest_timeout(group.settings))
        assert packet.command is not None
        return Step(
            Process.JOURNAL_READ_COMMAND,
            ReadCommandOutcome.SENT,
            slot,
            tag=packet.tag & 0xFFFF,
            size=packet.command.limit_journals,
            received=packet.command.limit_bytes,
            reference=packet.command.first,
            group=number,
            packet=packet,
        )

    def receive(self, packet: Packet, now: int) -> Step | None:
        """1710: take all steps of an answer at once; returns the closing one, None while the answer is held for
        room.
        """
        reading = self.groups[packet.group]
        reading.held.append(Arrival(packet))
        return self.store_held(packet.group, now) if len(reading.held) == 1 else None

    def store_held(self, number: int, now: int) -> Step | None:
        """1755: go on with the answers that are held; returns the last closing step."""
        held = self.groups[number].held
        closed: Step | None = None
        while held:
            while self.may_store(held[0]):
                if self.store(held[0]).outcome == StoreOutcome.NO_ROOM and not held[0].refused:
                    return closed
            closed = self.close(held.popleft(), now)
        return closed

    def give_up(self, arrival: Arrival) -> bool:
        """Drop what is left of an answer that is held, as another group's journals need its buffer: it is asked for
        again. Returns whether that may be.
        """
        if arrival.yields:
            arrival.refused = True
        return arrival.yields

    def is_current(self, packet: Packet) -> bool:
        """Is the answer of the group's generation?"""
        return packet.generation == self.shared.groups[packet.group].generation

    def may_read(self, number: int) -> bool:
        """Is the group being read?"""
        group = self.shared.groups[number]
        normal = group.state is GroupState.NORMAL
        return normal and group.secondary.started and not group.secondary.stopped and not group.secondary.takeover

    def may_store(self, arrival: Arrival) -> bool:
        """Is the next journal of an answer to be stored?"""
        return not arrival.is_over() and self.refusal(arrival.packet) is None

    def store(self, arrival: Arrival) -> Step:
        """1750 (1800): store the next journal of an answer. One without room is held if the settings say so and
        everything before it is stored, else the rest of the answer is dropped. What is held gives its buffer up when
        another group needs that, unless it could not be asked for again.
        """
        number = arrival.packet.group
        information, data = arrival.packet.journals[arrival.at]
        step = self.journal_store.store(number, (information, data), arrival.packet.tag)
        arrival.yields = False
        if step.outcome in TAKEN:
            arrival.at += 1
            arrival.stored += step.outcome == StoreOutcome.STORED
            return step
        holds = step.outcome == StoreOutcome.NO_ROOM and self.shared.groups[number].settings.no_room is NoRoom.HOLD
        arrival.refused = not holds or information.update_number != self.journal_store.groups[number].next_expected()
        settings = self.shared.groups[number].settings
        arrival.yields = not arrival.refused and (settings.retry or settings.mode is not ReadMode.PLAIN)
        return step

    def close(self, arrival: Arrival, now: int) -> Step:
        """Take the closing step of an answer; a command slot is done with it."""
        packet = arrival.packet
        reading = self.groups[packet.group]
        outcome = self.refusal(packet)
        self.shared.strange_packets += not self.shared.groups[packet.group].is_partner(packet.source)
        slot = reading.slots.find(packet.tag) if self._may_take(packet) else None
        if outcome is None:
            outcome = ReadCommandOutcome.NO_ROOM_FOR_JOURNAL if arrival.refused else ReadCommandOutcome.STORED_ALL
        if slot is not None:
            if outcome in (ReadCommandOutcome.NO_ROOM_FOR_JOURNAL, ReadCommandOutcome.STORED_ALL):
                self._learn(reading.slots, slot.packet, arrival)
            if self.shared.groups[packet.group].settings.batch_time is not None and packet.journals:
                reading.batch.answered(packet.size(), now - slot.since)
            slot.end_command(now)
        self._take(arrival, outcome, slot, now)
        reading.exits[outcome] = reading.exits.get(outcome, 0) + 1
        step = Step(Process.JOURNAL_READ_COMMAND, outcome, tag=packet.tag & 0xFFFF, group=packet.group)
        if outcome in (ReadCommandOutcome.NO_ROOM_FOR_JOURNAL, ReadCommandOutcome.STORED_ALL):
            step.size = arrival.stored
        return step

    def _may_take(self, packet: Packet) -> bool:
        """Is the answer from the group's partner, of its generation, and the group being read?"""
        from_partner = self.shared.groups[packet.group].is_partner(packet.source)
        return from_partner and self.is_current(packet) and self.may_read(packet.group)

    def refusal(self, packet: Packet) -> int | None:
        """1720 to 1740: return the exit of an answer whose journals are not stored (it has none, or they may not be),
        None if they are.
        """
        group = self.shared.groups[packet.group]
        reading = self.groups[packet.group]
        if not self._may_take(packet):
            return ReadCommandOutcome.DROPPED
        slot = reading.slots.find(packet.tag)
        plain = group.settings.mode is ReadMode.PLAIN
        if plain and slot is None:
            return ReadCommandOutcome.DROPPED
        if packet.type is PacketType.NO_JOURNAL:  # 1720
            return ReadCommandOutcome.WAITS  # 1725
        if packet.type is PacketType.GROUP_STATE:  # 1730
            return (
                ReadCommandOutcome.GROUP_STATE_TAKEN
                if packet.status in list(GroupState)
                else ReadCommandOutcome.DROPPED
            )  # 1735
        if packet.type is PacketType.GONE:
            return (
                ReadCommandOutcome.DROPPED
                if slot is None or slot.first < group.update_number
                else ReadCommandOutcome.GROUP_STATE_TAKEN
            )
        if not self.shared.journal_volumes_are_normal(group):  # 1740
            return ReadCommandOutcome.JOURNAL_VOLUME_ABNORMAL  # 1745
        if packet.status or not packet.journals:
            return ReadCommandOutcome.DROPPED
        lost = packet.journals[0][0].update_number > self.journal_store.groups[packet.group].next_expected()
        if plain and not group.settings.retry and lost:
            return ReadCommandOutcome.GROUP_STATE_TAKEN  # a journal before it is lost for good
        return None

    def _take(self, arrival: Arrival, outcome: int, slot: CommandSlot | None, now: int) -> None:
        """Change what an answer's exit changes. `slot` had its command in flight."""
        packet = arrival.packet
        reading = self.groups[packet.group]
        group = self.shared.groups[packet.group]
        settings = group.settings
        if outcome == ReadCommandOutcome.WAITS:
            reading.retry = False
            if slot is not None:
                slot.wait(now)
                slot.no_journal = True
        elif outcome in (ReadCommandOutcome.GROUP_STATE_TAKEN, ReadCommandOutcome.JOURNAL_VOLUME_ABNORMAL):
            if packet.type is PacketType.GROUP_STATE and packet.status == GroupState.BLANK:
                group.secondary.stopped = True
            else:
                self.shared.fail_group(group, self._reason(outcome, packet))
        elif outcome in (ReadCommandOutcome.NO_ROOM_FOR_JOURNAL, ReadCommandOutcome.STORED_ALL):
            refused = outcome == ReadCommandOutcome.NO_ROOM_FOR_JOURNAL
            reading.slots.follow()
            reading.retry = refused and settings.retry and settings.mode is ReadMode.PLAIN
            if slot is not None and (refused or waits_after(settings, packet)):
                slot.wait(now)
        elif slot is not None and packet.type in (PacketType.JOURNALS, PacketType.GROUP_STATE):
            slot.wait(now)

    def _reason(self, outcome: int, packet: Packet) -> Reason:
        """Return why an answer makes a group "abnormal"; journals are gone, too, when those before them are lost."""
        if outcome == ReadCommandOutcome.JOURNAL_VOLUME_ABNORMAL:
            return Reason.JOURNAL_DEVICE
        return Reason.TOLD_BY_PARTNER if packet.type is PacketType.GROUP_STATE else Reason.GONE

    def _learn(self, slots: CommandSlots, asked: Packet | None, arrival: Arrival) -> None:
        """Learn from an answer how many journals the next command is to ask for."""
        settings = self.shared.groups[arrival.packet.group].settings
        if asked is not None and asked.command is not None and settings.mode is ReadMode.BY_NUMBER:
            size = sum(information.data_bytes() for information, _ in arrival.packet.journals[: arrival.at])
            limits = (settings.batch_journals, settings.batch_bytes)
            slots.learn(asked.command.limit_journals, arrival.at, size, limits)

    def _window(self, settings: GroupSettings) -> int:
        """Return how many commands may be in flight."""
        return 1 if settings.mode is ReadMode.PLAIN else settings.commands

    def _holds_back(self, group: GroupInformation, now: int) -> bool:
        """Is none asked for now, by what waits, by this system's load or by the path's traffic ([0134])?"""
        settings = group.settings
        if settings.next_command not in (NextCommand.BACKLOG, NextCommand.LOAD, NextCommand.TRAFFIC):
            return False
        waiting = group.update_number - group.secondary.next_restore
        load, traffic = self.restore.disk_adapter.unfinished(), self.traffic.within(settings.interval, now)
        return holds_back(settings, waiting, load, traffic)

    def _may_go_on(self, number: int) -> bool:
        """May the next plain command be sent: is all that the one before it brought committed, or asked for again?"""
        return self.groups[number].retry or self._all_committed(number)

    def _all_committed(self, number: int) -> bool:
        """Has commit passed every journal that was stored?"""
        return not self.journal_store.groups[number].journals

    def _range_of(self, number: int, slot: int) -> tuple[int, int] | None:
        """Return the range (first, end) that a slot asks for now, None if it must not: what is left of its own, or a
        new one.
        """
        group = self.shared.groups[number]
        stored = self.journal_store.groups[number]
        first, end = self.groups[number].slots.next_range(slot, group.settings.batch_journals, stored)
        if first == end:
            return None
        if first - group.update_number + group.settings.batch_journals > self.shared.parameters.window:
            return None
        if (first - group.oldest_stored()) * group.ring.entry >= group.ring.update_information_area:
            return None
        return first, end

    def _command(self, number: int, first: int, limit: int) -> Packet:
        """Return the packet of a new command."""
        group = self.shared.groups[number]
        settings = group.settings
        by_number = settings.mode is ReadMode.BY_NUMBER
        group.secondary.sent_tag = following_number(group.secondary.sent_tag)
        return Packet(
            PacketType.JOURNAL_READ_COMMAND,
            self.shared.parameters.system,
            group.partner_system,
            group.partner_group,
            number,
            group.generation,
            group.secondary.sent_tag,
            incarnation=self.shared.incarnation,
            command=ReadCommand(
                by_number,
                self.groups[number].retry and not by_number,
                limit,
                self.groups[number].batch.limit(settings),
                first,
                self._free_number(group) if by_number else 0,
                group.secondary.committed_host_bytes if by_number else 0,
                self._reported(number) if settings.changed_block_bytes else 0,
            ),
        )

    def _again(self, number: int, packet: Packet | None) -> Packet | None:
        """Return a plain command that is sent again, with the limits of a batch and the incarnation as they are now."""
        if packet is None:
            return None
        settings = self.shared.groups[number].settings
        assert packet.command is not None
        bytes_at_most = self.groups[number].batch.limit(settings)
        command = replace(packet.command, limit_journals=settings.batch_journals, limit_bytes=bytes_at_most)
        return replace(packet, command=command, incarnation=self.shared.incarnation)

    def _reported(self, number: int) -> int:
        """Return the number up to which the secondary volumes hold every journal."""
        return self.restore.restored_number(number)

    def _free_number(self, group: GroupInformation) -> int:
        """Return the number up to which the original system may free: what the commit pointer has passed."""
        return group.update_number - 1
