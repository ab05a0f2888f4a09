"""Journal read command process 240 (FIG 16, 17; [0129]-[0135]): the secondary system asks for journals and takes them
in.
"""

from dataclasses import dataclass, field

from model.connection_path import Packet, PacketType, ReadCommand
from model.journal_store import NO_ROOM, JournalStore, StoredGroup
from model.restore import Restore
from model.settings import GroupSettings, NextCommand, NoRoom, ReadMode
from model.shared_memory import GroupState, SharedMemory, VolumeState
from model.update_information import UpdateInformation

DROPPED = 0
WAITS = 1725
GROUP_STATE_TAKEN = 1735
JOURNAL_VOLUME_ABNORMAL = 1745
NO_ROOM_FOR_JOURNAL = 1755
STORED_ALL = 1760

Journal = tuple[UpdateInformation, bytes]


@dataclass(slots=True)
class _Command:
    """A command under way: what it asked for, and when it was sent (ns)."""

    packet: Packet
    first: int
    limit: int
    sent: int


@dataclass(slots=True)
class ReadingGroup:
    """The secondary system's reading of a group. `not_before` is when the next command may be sent, ns.

    `held` are journals kept in cache because they had no room; `retry`: the next plain command asks for the last batch
    again.
    """

    settings: GroupSettings
    tag: int = 0
    commands: dict[int, _Command] = field(default_factory=dict)
    not_before: int = 0
    held: list[Journal] = field(default_factory=list)
    retry: bool = False
    stopped: bool = False
    exits: dict[int, int] = field(default_factory=dict)


class JournalReadCommand:
    """Sends journal read commands for the groups that this system is secondary for, and stores what comes."""

    __slots__ = ("groups", "journal_store", "restore", "shared")

    def __init__(self, shared: SharedMemory, journal_store: JournalStore, restore: Restore) -> None:
        self.shared = shared
        self.journal_store = journal_store
        self.restore = restore
        self.groups: dict[int, ReadingGroup] = {}

    def poll(self, number: int, now: int) -> Packet | None:
        """1700: return the next command of a group if it is time for one."""
        reading = self.groups[number]
        if not self._may_read(number, reading):
            return None
        settings = reading.settings
        stored = self.journal_store.groups[number]
        if settings.mode is ReadMode.BY_NUMBER:
            reading.commands = {t: c for t, c in reading.commands.items() if now - c.sent <= settings.timeout}
        else:
            for command in reading.commands.values():
                if now - command.sent > settings.timeout:
                    command.sent = now
                    return command.packet
        if now < reading.not_before or len(reading.commands) >= self._window(settings):
            return None
        if (
            settings.next_command is NextCommand.BACKLOG
            and stored.commit - self.restore.groups[number].next >= settings.backlog
        ):
            return None
        if settings.mode is ReadMode.PLAIN:
            return self._plain(number, reading, stored, now)
        return self._by_number(number, reading, stored, now)

    def receive(self, packet: Packet, now: int) -> int:
        """1710: take an answer; returns the exit."""
        reading = self.groups.get(packet.group)
        if reading is None or not self.is_current(packet) or not self._may_read(packet.group, reading):
            return DROPPED
        if reading.settings.mode is ReadMode.PLAIN and packet.tag not in reading.commands:
            return DROPPED
        command = reading.commands.pop(packet.tag, None)
        if packet.type is PacketType.GONE and (
            command is None or command.first < self.journal_store.groups[packet.group].commit
        ):
            return DROPPED
        outcome = self._take(packet, reading, now)
        reading.exits[outcome] = reading.exits.get(outcome, 0) + 1
        return outcome

    def is_current(self, packet: Packet) -> bool:
        """Is the answer of the group's generation?"""
        return packet.generation == self.shared.groups[packet.group].generation

    def store_held(self, number: int, now: int) -> int:
        """1755: store again what was held in cache; returns the exit."""
        reading = self.groups[number]
        held, reading.held = reading.held, []
        return self._store(number, reading, held, now) if held else DROPPED

    def restart(self) -> None:
        """The system starts again: what was under way is not known any more."""
        for reading in self.groups.values():
            if reading.settings.mode is ReadMode.BY_NUMBER:
                reading.commands.clear()
                reading.held.clear()
            for command in reading.commands.values():
                command.sent = -reading.settings.timeout - 1

    def _take(self, packet: Packet, reading: ReadingGroup, now: int) -> int:
        settings = reading.settings
        group = self.shared.groups[packet.group]
        if packet.type is PacketType.NO_JOURNAL:  # 1720
            reading.not_before = now + settings.interval
            reading.retry = False
            return WAITS  # 1725
        if packet.type is PacketType.GROUP_STATE:  # 1730
            if packet.status == GroupState.BLANK:
                reading.stopped = True
            else:
                self.shared.fail_group(group)
            return GROUP_STATE_TAKEN  # 1735
        if packet.type is PacketType.GONE:
            self.shared.fail_group(group)
            return GROUP_STATE_TAKEN
        volume = self.shared.journal_volume_of(group)
        if volume is None or volume.state is not VolumeState.NORMAL:  # 1740
            self.shared.fail_group(group)
            return JOURNAL_VOLUME_ABNORMAL  # 1745
        if packet.status or not packet.journals:
            reading.not_before = now + settings.interval
            return DROPPED
        if settings.next_command is NextCommand.INTERVAL:
            reading.not_before = now + settings.interval
        return self._store(packet.group, reading, packet.journals, now)

    def _store(self, number: int, reading: ReadingGroup, journals: list[Journal], now: int) -> int:
        """1750 (1800): store journals in the order in which they came."""
        stored = self.journal_store.groups[number]
        settings = reading.settings
        plain = settings.mode is ReadMode.PLAIN
        for at, (information, data) in enumerate(journals):
            if plain and not settings.retry and information.update_number > self._expected(stored):
                self.shared.fail_group(self.shared.groups[number])  # a journal before it is lost for good
                return GROUP_STATE_TAKEN
            if self.journal_store.store(number, information, data) != NO_ROOM:
                continue
            reading.not_before = now + settings.interval
            if settings.no_room is NoRoom.HOLD and (plain or information.update_number == stored.commit):
                reading.held = journals[at:] if plain else journals[at : at + 1]
            elif plain:
                reading.retry = True
            return NO_ROOM_FOR_JOURNAL  # 1755
        reading.retry = False
        return STORED_ALL  # 1760

    def _expected(self, stored: StoredGroup) -> int:
        """Return the lowest number that was not stored."""
        number = stored.commit
        while number in stored.journals:
            number += 1
        return number

    def _may_read(self, number: int, reading: ReadingGroup) -> bool:
        """Is the group being read?"""
        group = self.shared.groups[number]
        return group.state is GroupState.NORMAL and not reading.stopped and not self.restore.groups[number].takeover

    def _window(self, settings: GroupSettings) -> int:
        """Return how many commands may be under way."""
        return settings.commands

    def _plain(self, number: int, reading: ReadingGroup, stored: StoredGroup, now: int) -> Packet | None:
        """Send the next plain command, once all that the one before it brought is committed (or asked for again)."""
        if reading.held or not (reading.retry or self._all_committed(stored)):
            return None
        return self._send(number, reading, now, stored.commit)

    def _all_committed(self, stored: StoredGroup) -> bool:
        """Has commit passed every journal that was stored?"""
        return stored.commit == stored.oldest + len(stored.journals)

    def _by_number(self, number: int, reading: ReadingGroup, stored: StoredGroup, now: int) -> Packet | None:
        """Ask for the lowest number that is neither stored, nor held, nor asked for."""
        first = stored.commit
        held = {information.update_number for information, _ in reading.held}
        asked = sorted((command.first, command.first + command.limit) for command in reading.commands.values())
        moved = True
        while moved:
            moved = False
            while first in stored.journals or first in held:
                first += 1
                moved = True
            for begin, end in asked:
                if begin <= first < end:
                    first = end
                    moved = True
        ring = self.shared.groups[number].ring
        if (first - stored.oldest) * ring.entry >= ring.update_information_area:
            return None
        return self._send(number, reading, now, first)

    def _send(self, number: int, reading: ReadingGroup, now: int, first: int) -> Packet:
        stored = self.journal_store.groups[number]
        settings = reading.settings
        reading.tag += 1
        by_number = settings.mode is ReadMode.BY_NUMBER
        packet = Packet(
            PacketType.JOURNAL_READ_COMMAND,
            self.shared.parameters.system,
            stored.partner,
            stored.partner_group,
            number,
            self.shared.groups[number].generation,
            reading.tag,
            command=ReadCommand(
                by_number,
                reading.retry and not by_number,
                settings.batch_journals,
                settings.batch_bytes,
                first if by_number else 0,
                self._free_number(stored) if by_number else 0,
                stored.host_bytes if by_number else 0,
                self._reported(number) if settings.changed_block_bytes else 0,
            ),
        )
        reading.commands[reading.tag] = _Command(packet, first, settings.batch_journals, now)
        return packet

    def _reported(self, number: int) -> int:
        """Return the number up to which the secondary volumes hold every journal."""
        return self.restore.restored_number(number)

    def _free_number(self, stored: StoredGroup) -> int:
        """Return the number up to which the original system may free: what the commit pointer has passed."""
        return stored.commit - 1
