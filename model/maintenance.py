"""Setting up replication (FIG 9, [0056]-[0076]): the operations of the maintenance terminal, here or specified for
another system.
"""

from enum import IntEnum

from model.changed_blocks import CopyHistory, VolumeMap
from model.connection_path import Packet, PacketType
from model.disk_adapter import DiskAdapter
from model.initial_copy import CopiedPair, InitialCopy
from model.journal_read_command import JournalReadCommand, ReadingGroup
from model.journal_read_reception import JournalReadReception, SentGroup
from model.journal_store import JournalStore, StoredGroup
from model.restore import Restore, RestoredGroup
from model.settings import GroupSettings
from model.shared_memory import (
    NONE,
    GroupInformation,
    GroupState,
    PairState,
    SharedMemory,
    VolumeInformation,
    VolumeState,
)


class Answer(IntEnum):
    """How an operation ended; everything but OK changed nothing."""

    OK = 0
    UNKNOWN_OPERATION = 1
    UNKNOWN_NUMBER = 2
    WRONG_GROUP_STATE = 3
    WRONG_VOLUME_STATE = 4
    NO_BLANK_PAIR = 5
    NO_JOURNAL_VOLUME = 6
    NO_PAIR = 7
    BUSY = 8
    NEVER_FITS = 9
    RUNNING = 10
    TAKEN_OVER = 11
    BOTH_WRITTEN = 12
    OTHER_WRITTEN = 13
    NO_MAP = 14
    REQUESTED = 15


class Operation(IntEnum):
    """What a system specifies for another one."""

    CREATE_GROUP = 1
    RECORD_PAIR = 2
    RECORD_JOURNAL_VOLUME = 3
    START = 4
    RESYNCHRONIZE = 5


class MaintenanceError(Exception):
    """An operation in the wrong state or with unknown numbers; nothing was changed."""

    def __init__(self, answer: Answer, text: str) -> None:
        super().__init__(text)
        self.answer = answer


class Maintenance:
    """The operations on one system's tables. The settings of a group are those that `create_group` got."""

    __slots__ = (
        "answers",
        "disk_adapter",
        "initial_copy",
        "journal_read_command",
        "journal_read_reception",
        "journal_store",
        "restore",
        "settings",
        "shared",
        "tag",
        "unanswered",
    )

    def __init__(
        self,
        shared: SharedMemory,
        disk_adapter: DiskAdapter,
        initial_copy: InitialCopy,
        reception: JournalReadReception,
        command: JournalReadCommand,
        store: JournalStore,
        restore: Restore,
    ) -> None:
        self.shared = shared
        self.disk_adapter = disk_adapter
        self.initial_copy = initial_copy
        self.journal_read_reception = reception
        self.journal_read_command = command
        self.journal_store = store
        self.restore = restore
        self.settings: dict[int, GroupSettings] = {}
        self.tag = 0
        self.unanswered: dict[int, Packet] = {}
        self.answers: dict[tuple[int, int], Packet] = {}

    def create_group(self, number: int, settings: GroupSettings | None = None) -> None:
        """900: make a blank group "normal"."""
        group = self._group(number)
        if group.state is not GroupState.BLANK:
            raise MaintenanceError(Answer.WRONG_GROUP_STATE, f"group {number} exists already")
        group.state = GroupState.NORMAL
        self.settings[number] = group.settings = settings or GroupSettings()

    def record_pair(
        self, number: int, original_system: int, original_volume: int, secondary_system: int, secondary_volume: int
    ) -> int:
        """910: make a volume of this system the original or secondary volume of a pair; returns the pair's number."""
        group = self._existing(number)
        original = original_system == self.shared.parameters.system
        volume_number = original_volume if original else secondary_volume
        volume = self._volume(volume_number)
        if volume.state is not VolumeState.NORMAL or self.shared.is_journal_volume(volume_number):
            raise MaintenanceError(Answer.WRONG_VOLUME_STATE, f"volume {volume_number} cannot be recorded in a pair")
        if volume.pair != NONE or volume.capacity == 0:
            raise MaintenanceError(
                Answer.WRONG_VOLUME_STATE, f"volume {volume_number} belongs to a pair or has no capacity"
            )
        blank = next((n for n, pair in enumerate(self.shared.pairs) if pair.state is PairState.BLANK), None)
        if blank is None:
            raise MaintenanceError(Answer.NO_BLANK_PAIR, "no pair is blank")
        pair = self.shared.pairs[blank]
        pair.state = PairState.NOT_COPYING
        pair.original_system, pair.original_volume = original_system, original_volume
        pair.secondary_system, pair.secondary_volume = secondary_system, secondary_volume
        pair.group = number
        pair.copy_complete_address = 0
        group.pair_set |= 1 << blank
        volume.pair = blank
        volume.state = VolumeState.ORIGINAL if original else VolumeState.SECONDARY
        return blank

    def record_journal_volume(self, number: int, volume_number: int, information_bytes: int) -> None:
        """920: give a group its journal volume, of which `information_bytes` become the update information area
        ([0042]).
        """
        group = self._existing(number)
        volume = self._volume(volume_number)
        if volume.pair != NONE or volume.state not in (VolumeState.NORMAL, VolumeState.BLANK):
            raise MaintenanceError(Answer.WRONG_VOLUME_STATE, f"volume {volume_number} cannot be a journal volume")
        if self.shared.is_journal_volume(volume_number):
            raise MaintenanceError(Answer.WRONG_VOLUME_STATE, f"volume {volume_number} is a journal volume already")
        if information_bytes % group.ring.entry or not 0 < information_bytes < volume.capacity:
            raise MaintenanceError(
                Answer.NEVER_FITS, f"an update information area of {information_bytes} bytes does not fit"
            )
        group.journal_volume = volume_number
        volume.state = VolumeState.NORMAL
        group.ring.load(0, information_bytes, volume.capacity)

    def start(self, number: int, secondary_system: int, secondary_group: int, now: int = 0) -> tuple[int, ...]:
        """930, original system: begin the initial copy. Returns the arguments of START for the secondary system."""
        group = self.startable(number)
        pairs = self.shared.pairs_of(group)
        if any(pair.secondary_system != secondary_system for pair in pairs):
            raise MaintenanceError(Answer.UNKNOWN_NUMBER, f"group {number} has pairs with another system")
        if any(pair.original_system != self.shared.parameters.system for pair in pairs):
            raise MaintenanceError(Answer.WRONG_GROUP_STATE, f"group {number} is secondary here")
        if any(p.status == Operation.RESYNCHRONIZE and p.source_group == number for p in self.unanswered.values()):
            raise MaintenanceError(Answer.REQUESTED, f"a resynchronization of group {number} is requested")
        self.become_original(number, group.generation + 1, now)
        own, unit = self.shared.parameters.system, self.settings[number].copy_unit
        arguments = secondary_group, own, number, group.generation, group.update_number, group.data_offset, unit
        if not self.settings[number].changed_block_bytes:
            return arguments
        for volume in self.shared.volumes_of(group):
            self.map_of(number, volume).copy_everything()
        return *arguments, self.shared.changed_blocks.groups.setdefault(number, CopyHistory()).epoch

    def become_original(self, number: int, generation: int, now: int) -> None:
        """930, original system: the group's rings are empty, its pairs are to be copied."""
        group = self.shared.groups[number]
        for pair in self.shared.pairs_of(group):
            pair.copy_complete_address = 0
            pair.state = PairState.NOT_COPYING
        self._empty(group, generation)
        copied = {n: CopiedPair() for n in range(len(self.shared.pairs)) if group.pair_set >> n & 1}
        self.initial_copy.groups[number] = copied
        self.initial_copy.settings[number] = self.settings[number]
        self.journal_read_reception.groups[number] = SentGroup(heard=now, first=group.update_number)
        self.journal_read_reception.settings[number] = self.settings[number]

    def map_of(self, number: int, volume: int) -> VolumeMap:
        """Return the map of changed blocks of a group's volume; a new one without marks if there is none."""
        maps = self.shared.changed_blocks.volumes
        if volume not in maps:
            maps[volume] = VolumeMap(self.shared.volumes[volume].capacity, self.settings[number].changed_block_bytes)
        return maps[volume]

    def start_secondary(
        self,
        number: int,
        partner: int,
        partner_group: int,
        generation: int,
        update_number: int,
        data_offset: int,
        copy_unit: int,
        epoch: int = 0,
    ) -> int:
        """930, secondary system: begin journal read and restore. Returns the bytes of the write data area."""
        group = self.startable(number)
        history = self.shared.changed_blocks.groups.get(number)
        if history is not None and history.taken_over:
            raise MaintenanceError(Answer.TAKEN_OVER, f"group {number} was taken over here: resynchronize it")
        if copy_unit >= group.ring.write_data_area:  # here an initial copy's data takes its room
            raise MaintenanceError(Answer.NEVER_FITS, f"a copy_unit of {copy_unit} bytes never fits")
        if generation < group.generation:
            raise MaintenanceError(Answer.WRONG_GROUP_STATE, f"generation {generation} is over")
        if generation > group.generation or number not in self.restore.groups:
            group.update_number, group.data_offset = update_number, data_offset
            self.become_secondary(number, partner, partner_group, generation)
            if self.settings[number].changed_block_bytes:
                self.shared.changed_blocks.groups[number] = CopyHistory(epoch)
                for volume in self.shared.volumes_of(group):
                    self.shared.changed_blocks.volumes.pop(volume, None)
        return group.ring.write_data_area

    def become_secondary(self, number: int, partner: int, partner_group: int, generation: int) -> None:
        """930, secondary system: journals are read from the group's update number on."""
        group = self.shared.groups[number]
        for pair in self.shared.pairs_of(group):
            pair.state = PairState.NOT_COPYING
        self._empty(group, generation)
        update_number = group.update_number
        stored = StoredGroup(partner, partner_group, update_number, group.data_offset, update_number)
        self.journal_store.groups[number] = stored
        self.restore.groups[number] = RestoredGroup(update_number)
        self.journal_read_command.groups[number] = ReadingGroup(self.settings[number])

    def suspend(self, number: int) -> None:
        """Stop a group's replication: group and pairs become "abnormal", host writes go on."""
        if self._existing(number).state is not GroupState.NORMAL:
            raise MaintenanceError(Answer.WRONG_GROUP_STATE, f"group {number} is not running")
        self.shared.fail_group(self.shared.groups[number])

    def takeover(self, number: int, force: bool = False) -> None:
        """Begin to take over at the secondary system; `force` is needed while the group is running."""
        group = self._existing(number)
        if number not in self.restore.groups:
            raise MaintenanceError(
                Answer.WRONG_GROUP_STATE, f"group {number} is not secondary here, or was not started"
            )
        if group.state is GroupState.NORMAL and not force:
            raise MaintenanceError(Answer.RUNNING, f"group {number} is running: takeover needs force")
        self.restore.takeover(number)

    def finish_takeover(self, number: int) -> bool:
        """Let hosts in, once everything is restored. Returns whether the copy is consistent."""
        restored = self.restore.groups.get(number)
        if restored is None or not restored.takeover or not self.restore.is_drained(number):
            raise MaintenanceError(Answer.BUSY, f"group {number} is not drained")
        consistent = self.restore.is_consistent(number)
        for pair in self.shared.pairs_of(self.shared.groups[number]):
            volume = self.shared.volumes[pair.secondary_volume]
            if volume.state is VolumeState.SECONDARY:
                volume.state = VolumeState.NORMAL
        if self.settings[number].changed_block_bytes:
            self._open_epoch(number)
        return consistent

    def _open_epoch(self, number: int) -> None:
        """From a takeover on, the map knows what hosts write here."""
        history = self.shared.changed_blocks.groups.setdefault(number, CopyHistory())
        if not history.taken_over:
            history.epoch += 1
            history.taken_over = True
            for volume in self.shared.volumes_of(self.shared.groups[number]):
                self.map_of(number, volume)

    def specify(self, operation: Operation, destination: int, arguments: tuple[int, ...]) -> Packet:
        """Return the packet that specifies an operation for another system; it is to be sent until it is answered."""
        self.tag += 1
        packet = Packet(
            PacketType.MAINTENANCE_COMMAND,
            self.shared.parameters.system,
            destination,
            0,
            0,
            tag=self.tag,
            status=operation,
            arguments=arguments,
        )
        self.unanswered[self.tag] = packet
        return packet

    def receive(self, packet: Packet, settings: GroupSettings | None = None) -> Packet:
        """Carry out an operation that another system specified, once; returns the answer, the same for a repeated
        packet.
        """
        known = self.answers.get((packet.source, packet.tag))
        if known is not None:
            return known
        answer = Packet(
            PacketType.MAINTENANCE_ANSWER, packet.destination, packet.source, 0, 0, tag=packet.tag, status=Answer.OK
        )
        try:
            answer.arguments = (packet.status, self._carry_out(packet, settings))
        except MaintenanceError as error:
            answer.status = error.answer
        if answer.status != Answer.BUSY:
            self.answers[packet.source, packet.tag] = answer
        return answer

    def take_answer(self, packet: Packet) -> Answer:
        """Take the answer to an operation that was specified."""
        command = self.unanswered.get(packet.tag)
        if command is not None and packet.status != Answer.BUSY:
            del self.unanswered[packet.tag]
            if command.status == Operation.START and packet.status == Answer.OK:
                self.shared.groups[command.arguments[2]].partner_area = packet.arguments[1]
            elif packet.status == Answer.TAKEN_OVER:
                self.shared.fail_group(self.shared.groups[command.arguments[2]])
        return Answer(packet.status)

    def _carry_out(self, packet: Packet, settings: GroupSettings | None) -> int:
        arguments = packet.arguments
        match packet.status, len(arguments):
            case Operation.CREATE_GROUP, 1:
                self.create_group(arguments[0], settings)
            case Operation.RECORD_PAIR, 5:
                return self.record_pair(*arguments)
            case Operation.RECORD_JOURNAL_VOLUME, 3:
                self.record_journal_volume(*arguments)
            case Operation.START, 7 | 8:
                return self.start_secondary(*arguments)
            case _:
                raise MaintenanceError(Answer.UNKNOWN_OPERATION, f"no operation {packet.status}")
        return 0

    def _empty(self, group: GroupInformation, generation: int) -> None:
        """Empty a group's rings for a new generation; update number and data offset go on."""
        group.state = GroupState.NORMAL
        group.generation = generation
        group.ring.empty()

    def startable(self, number: int) -> GroupInformation:
        """Return a group that can begin anew; raises MaintenanceError if it cannot, or not yet (BUSY)."""
        group = self._existing(number)
        volume = self.shared.journal_volume_of(group)
        if volume is None or volume.state is not VolumeState.NORMAL:
            raise MaintenanceError(Answer.NO_JOURNAL_VOLUME, f"group {number} has no normal journal volume")
        if not group.pair_set:
            raise MaintenanceError(Answer.NO_PAIR, f"group {number} has no pair")
        if self.disk_adapter.journal_writes[number] or any(
            key[0] == number for key in self.disk_adapter.restore_writes
        ):
            raise MaintenanceError(Answer.BUSY, f"device writes of group {number} are under way")
        return group

    def _existing(self, number: int) -> GroupInformation:
        group = self._group(number)
        if group.state is GroupState.BLANK:
            raise MaintenanceError(Answer.WRONG_GROUP_STATE, f"group {number} does not exist")
        return group

    def _group(self, number: int) -> GroupInformation:
        if not 0 <= number < len(self.shared.groups):
            raise MaintenanceError(Answer.UNKNOWN_NUMBER, f"group {number} is unknown")
        return self.shared.groups[number]

    def _volume(self, number: int) -> VolumeInformation:
        if not 0 <= number < len(self.shared.volumes):
            raise MaintenanceError(Answer.UNKNOWN_NUMBER, f"volume {number} is unknown")
        return self.shared.volumes[number]
