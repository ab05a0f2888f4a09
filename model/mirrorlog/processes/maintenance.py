"""Setting up replication (FIG 9, [0056]-[0076]), suspension and takeover: what each operation needs, and what it
changes in one system's tables.
"""

from collections.abc import Iterator
from enum import IntEnum

from mirrorlog.formats.serial_number import following_number, is_older_generation
from mirrorlog.processes.disk_adapter import DiskAdapter
from mirrorlog.processes.initial_copy import InitialCopy
from mirrorlog.processes.journal_read_command import JournalReadCommand
from mirrorlog.processes.journal_read_reception import JournalReadReception
from mirrorlog.processes.journal_store import JournalStore
from mirrorlog.processes.outbox import Outbox
from mirrorlog.processes.restore import Restore
from mirrorlog.tables.addresses import BLOCKS, addressed
from mirrorlog.tables.changed_blocks import CopyHistory, VolumeMap
from mirrorlog.tables.settings import GroupSettings, JournalLayout
from mirrorlog.tables.several_rings import ring_for
from mirrorlog.tables.shared_memory import (
    GroupInformation,
    GroupState,
    PairInformation,
    PairState,
    Reason,
    SharedMemory,
    VolumeInformation,
    VolumeState,
)
from mirrorlog.tables.units import NONE


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
    NO_ANSWER = 16
    TOO_SMALL = 17
    NOT_ALLOWED = 18


class Operation(IntEnum):
    """The operations. Those up to RESYNCHRONIZE can be specified for another system; INITIATE begins replication at the
    original system and specifies START for the secondary one.
    """

    CREATE_GROUP = 1
    RECORD_PAIR = 2
    RECORD_JOURNAL_VOLUME = 3
    START = 4
    RESYNCHRONIZE = 5
    INITIATE = 16
    SUSPEND = 17
    TAKEOVER = 18
    FINISH_TAKEOVER = 19
    GIVE_UP = 20


class MaintenanceError(Exception):
    """An operation in the wrong state or with unknown numbers; nothing was changed."""

    def __init__(self, answer: Answer, text: str) -> None:
        super().__init__(text)
        self.answer = answer


class Maintenance:
    """The operations on one system's tables. `outbox` has those that were specified for other systems."""

    __slots__ = (
        "disk_adapter",
        "initial_copy",
        "journal_read_command",
        "journal_read_reception",
        "journal_store",
        "outbox",
        "restore",
        "shared",
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
        outbox: Outbox,
    ) -> None:
        self.shared = shared
        self.disk_adapter = disk_adapter
        self.initial_copy = initial_copy
        self.journal_read_reception = reception
        self.journal_read_command = command
        self.journal_store = store
        self.restore = restore
        self.outbox = outbox

    def create_group(self, number: int, settings: GroupSettings | None = None) -> None:
        """900: make a blank group "normal"; it keeps the settings it has if none are given."""
        group = self._group(number)
        if group.state is not GroupState.BLANK:
            raise MaintenanceError(Answer.WRONG_GROUP_STATE, f"group {number} exists already")
        group.become_normal()
        if settings is not None:
            group.settings = settings
            group.ring = ring_for(settings, group.ring.entry)

    def record_pair(
        self,
        number: int,
        original_system: int,
        original_volume: int,
        secondary_system: int,
        secondary_volume: int,
        original_capacity: int = 0,
    ) -> int:
        """910: make a volume of this system the original or secondary volume of a pair; returns the pair's number.
        `original_capacity` is the bytes of the original volume, a multiple of 512, 0 if not known.
        """
        group = self._existing(number)
        self._numbers(original_system, original_volume, secondary_system, secondary_volume)
        if original_capacity & ~BLOCKS or not addressed(original_capacity, self.shared.parameters):
            raise MaintenanceError(Answer.UNKNOWN_NUMBER, f"no volume has a capacity of {original_capacity} bytes")
        original = original_system == self.shared.parameters.system
        volume_number = original_volume if original else secondary_volume
        volume = self._volume(volume_number)
        if volume.state is not VolumeState.NORMAL or self.shared.is_journal_volume(volume_number):
            raise MaintenanceError(Answer.WRONG_VOLUME_STATE, f"volume {volume_number} cannot be recorded in a pair")
        if volume.pair != NONE or volume.capacity == 0:
            raise MaintenanceError(
                Answer.WRONG_VOLUME_STATE, f"volume {volume_number} belongs to a pair or has no capacity"
            )
        if not original and volume.capacity < original_capacity:
            raise MaintenanceError(Answer.TOO_SMALL, f"volume {volume_number} is smaller than the original one")
        blank = next((row for row, pair in enumerate(self.shared.pairs) if pair.state is PairState.BLANK), None)
        if blank is None:
            raise MaintenanceError(Answer.NO_BLANK_PAIR, "no pair is blank")
        pair = self.shared.pairs[blank]
        pair.state = PairState.NOT_COPYING
        pair.original_system, pair.original_volume = original_system, original_volume
        pair.secondary_system, pair.secondary_volume = secondary_system, secondary_volume
        pair.group, pair.original_capacity = number, original_capacity
        pair.copy_complete_address = 0
        group.pair_set |= 1 << blank
        volume.pair = blank
        volume.state = VolumeState.ORIGINAL if original else VolumeState.SECONDARY
        return blank

    def record_journal_volume(self, number: int, volume_number: int, information_bytes: int, unit: int = 1) -> None:
        """920: give a group its journal volume (the next one, if its settings have several, [0054]), of which
        `information_bytes` become the update information area ([0042]; 0 with one continuous area), a multiple of an
        entry, and of `unit` bytes.
        """
        group = self._existing(number)
        volume = self._volume(volume_number)
        if volume.pair != NONE or volume.state not in (VolumeState.NORMAL, VolumeState.BLANK):
            raise MaintenanceError(Answer.WRONG_VOLUME_STATE, f"volume {volume_number} cannot be a journal volume")
        if self.shared.is_journal_volume(volume_number):
            raise MaintenanceError(Answer.WRONG_VOLUME_STATE, f"volume {volume_number} is a journal volume already")
        entry, settings = group.ring.entry, group.settings
        continuous = settings.layout is JournalLayout.CONTINUOUS
        unaligned = information_bytes % entry or information_bytes % unit
        if continuous != (information_bytes == 0) or unaligned or information_bytes >= volume.capacity:
            raise MaintenanceError(
                Answer.NEVER_FITS, f"an update information area of {information_bytes} bytes does not fit"
            )
        if 1 < settings.journal_volumes <= len(group.ring.journal_volumes()):
            raise MaintenanceError(Answer.WRONG_GROUP_STATE, f"group {number} has all its journal volumes")
        group.ring.add_volume(volume_number, volume, information_bytes)
        volume.state = VolumeState.NORMAL

    def initiate(self, number: int, secondary_system: int, secondary_group: int, now: int = 0) -> tuple[int, ...]:
        """930, original system: begin the initial copy. Returns the arguments of START for the secondary system."""
        group = self.startable(number)
        pairs = self.shared.pairs_of(group)
        self._numbers(secondary_group)
        if any(pair.secondary_system != secondary_system for pair in pairs):
            raise MaintenanceError(Answer.UNKNOWN_NUMBER, f"group {number} has pairs with another system")
        if any(pair.original_system != self.shared.parameters.system for pair in pairs):
            raise MaintenanceError(Answer.WRONG_GROUP_STATE, f"group {number} is secondary here")
        if self.outbox.asks(Operation.RESYNCHRONIZE, number):
            raise MaintenanceError(Answer.REQUESTED, f"a resynchronization of group {number} is requested")
        self.become_original(number, following_number(group.generation), now)
        group.partner_system, group.partner_group, group.partner_area = secondary_system, secondary_group, 0
        group.original.start_unanswered = True
        if group.settings.changed_block_bytes:
            for volume in self.shared.volumes_of(group):
                self.map_of(number, volume).copy_everything()
            self.shared.changed_blocks.groups.setdefault(number, CopyHistory())
        return self.start_arguments(number)

    def start_arguments(self, number: int) -> tuple[int, ...]:
        """Return the arguments of START for the secondary system of a group that was initiated here."""
        group = self.shared.groups[number]
        own, unit = self.shared.parameters.system, group.settings.copy_unit
        numbers = group.generation, group.update_number, group.data_offset
        history = self.shared.changed_blocks.groups.get(number)
        epoch = () if history is None or not group.settings.changed_block_bytes else (history.epoch,)
        return group.partner_group, own, number, *numbers, unit, *epoch

    def start_answered(self, number: int, generation: int, answer: int, area: int) -> None:
        """The secondary system has answered START of a group (or has not, NO_ANSWER): the initial copy begins, or the
        group is "abnormal". `area` is the bytes of its write data area; one beyond this system's addresses limits
        nothing here. The answer to an earlier initiation changes nothing.
        """
        group = self.shared.groups[number]
        if not group.original.started or group.generation != generation:
            return
        if answer == Answer.OK:
            group.partner_area = area if addressed(area, self.shared.parameters) else 0
        elif group.original.start_unanswered and answer == Answer.NO_ANSWER:
            self.shared.fail_group(group, Reason.START_UNANSWERED)
        elif group.original.start_unanswered:
            self.shared.fail_group(group, Reason.START_REFUSED)
        group.original.start_unanswered = False

    def become_original(self, number: int, generation: int, now: int) -> None:
        """930, original system: the group's rings are empty, its pairs are to be copied."""
        group = self.shared.groups[number]
        for pair in self.shared.pairs_of(group):
            pair.copy_complete_address = pair.last_copy_number = 0
            pair.state = PairState.NOT_COPYING
        group.begin(generation)
        self.disk_adapter.journal_cache.clear(number)
        group.original.started = True
        self.journal_read_reception.begin(number, now)

    def map_of(self, number: int, volume: int) -> VolumeMap:
        """Return the map of changed blocks of a group's volume; a new one without marks if there is none."""
        maps = self.shared.changed_blocks.volumes
        if volume not in maps:
            block = self.shared.groups[number].settings.changed_block_bytes
            maps[volume] = VolumeMap(self.shared.volumes[volume].capacity, block)
        return maps[volume]

    def start(
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
        self._numbers(partner, partner_group, generation >> 16)
        if any(pair.secondary_system != self.shared.parameters.system for pair in self.shared.pairs_of(group)):
            raise MaintenanceError(Answer.WRONG_GROUP_STATE, f"group {number} is original here")
        history = self.shared.changed_blocks.groups.get(number)
        if group.secondary.takeover or (history is not None and history.taken_over):
            raise MaintenanceError(
                Answer.TAKEN_OVER, f"group {number} was taken over here: give it up, or resynchronize it"
            )
        for pair, secondary in self._secondary_volumes(group):
            if secondary.capacity < pair.original_capacity:
                raise MaintenanceError(
                    Answer.TOO_SMALL, f"volume {pair.secondary_volume} is smaller than the original one"
                )
        if copy_unit >= group.ring.write_data_area:  # here an initial copy's data takes its room
            raise MaintenanceError(Answer.NEVER_FITS, f"a copy_unit of {copy_unit} bytes never fits")
        if is_older_generation(generation, group.generation):
            raise MaintenanceError(Answer.WRONG_GROUP_STATE, f"generation {generation} is over")
        if generation != group.generation or not group.secondary.started:
            group.update_number, group.data_offset = update_number, data_offset
            self.become_secondary(number, partner, partner_group, generation)
            if group.settings.changed_block_bytes:
                self.shared.changed_blocks.groups[number] = CopyHistory(epoch)
                for volume in self.shared.volumes_of(group):
                    self.shared.changed_blocks.volumes.pop(volume, None)
        return group.ring.write_data_area

    def become_secondary(self, number: int, partner: int, partner_group: int, generation: int) -> None:
        """930, secondary system: journals are read from the group's update number on."""
        group = self.shared.groups[number]
        for pair in self.shared.pairs_of(group):
            pair.copy_complete_address = pair.last_copy_number = 0
            pair.state = PairState.NOT_COPYING
        group.begin(generation)
        self.disk_adapter.journal_cache.clear(number)
        group.partner_system, group.partner_group = partner, partner_group
        group.secondary.next_restore = group.update_number
        group.secondary.started = True
        self._close(group)
        self.journal_store.begin(number)
        self.restore.begin(number)
        self.journal_read_command.begin(number)

    def suspend(self, number: int) -> None:
        """Stop a group's replication: group and pairs become "abnormal", host writes go on."""
        if self._existing(number).state is not GroupState.NORMAL:
            raise MaintenanceError(Answer.WRONG_GROUP_STATE, f"group {number} is not running")
        self.shared.fail_group(self.shared.groups[number], Reason.SUSPENDED)

    def takeover(self, number: int, force: bool = False) -> None:
        """Begin to take over at the secondary system; `force` is needed while the group is running."""
        group = self._existing(number)
        if not group.secondary.started:
            raise MaintenanceError(
                Answer.WRONG_GROUP_STATE, f"group {number} is not secondary here, or was not started"
            )
        if group.state is GroupState.NORMAL and not force:
            raise MaintenanceError(Answer.RUNNING, f"group {number} is running: takeover needs force")
        if not group.secondary.takeover:
            self.shared.fail_group(group, Reason.TAKEN_OVER)
            group.state_unanswered = True
        self.restore.takeover(number)

    def finish_takeover(self, number: int) -> bool:
        """Let hosts in, once everything is restored. Returns whether the copy is consistent."""
        group = self._existing(number)
        if not group.secondary.started or not group.secondary.takeover or not self.restore.is_drained(number):
            raise MaintenanceError(Answer.BUSY, f"group {number} is not drained")
        if self._is_writing(number):
            raise MaintenanceError(Answer.BUSY, f"group {number} is not drained")
        consistent = self.restore.is_consistent(number)
        for _, volume in self._secondary_volumes(group):
            if volume.state is VolumeState.SECONDARY:
                volume.state = VolumeState.NORMAL
        if group.settings.changed_block_bytes:
            self._open_epoch(number)
        return consistent

    def give_up(self, number: int) -> None:
        """End a takeover: hosts are refused, the volumes are secondary ones again, and START is accepted. What hosts
        wrote here since may be overwritten; the copy is not consistent until one that begins anew is.
        """
        group = self._existing(number)
        if not group.secondary.takeover:
            raise MaintenanceError(Answer.WRONG_GROUP_STATE, f"group {number} was not taken over here")
        if not self.restore.is_drained(number) or self._is_writing(number):
            raise MaintenanceError(Answer.BUSY, f"group {number} is not drained")
        group.secondary.takeover = False
        group.secondary.end_markers_restored = 0
        self._close(group)
        history = self.shared.changed_blocks.groups.get(number)
        if history is not None:
            history.taken_over = False

    def _close(self, group: GroupInformation) -> None:
        """Refuse hosts at a group's secondary volumes, "abnormal" ones aside (those refuse them anyway)."""
        for _, volume in self._secondary_volumes(group):
            if volume.state is VolumeState.NORMAL:
                volume.state = VolumeState.SECONDARY

    def _secondary_volumes(self, group: GroupInformation) -> Iterator[tuple[PairInformation, VolumeInformation]]:
        """Yield a group's pairs with their secondary volumes here. A loaded table may name one that there is none of:
        its pair has no volume, and no journal of it is stored.
        """
        for pair in self.shared.pairs_of(group):
            if pair.secondary_volume < len(self.shared.volumes):
                yield pair, self.shared.volumes[pair.secondary_volume]

    def _open_epoch(self, number: int) -> None:
        """From a takeover on, the map knows what hosts write here."""
        history = self.shared.changed_blocks.groups.setdefault(number, CopyHistory())
        if not history.taken_over:
            history.epoch += 1
            history.taken_over = True
            for volume in self.shared.volumes_of(self.shared.groups[number]):
                self.map_of(number, volume).open_epoch()

    def _is_writing(self, number: int) -> bool:
        """Are device writes of a group's journals or of its restores in flight?"""
        adapter = self.disk_adapter
        return bool(adapter.journal_writes[number]) or any(key[0] == number for key in adapter.restore_writes)

    def startable(self, number: int) -> GroupInformation:
        """Return a group that can begin anew; raises MaintenanceError if it cannot, or not yet (BUSY)."""
        group = self._existing(number)
        if not self.shared.journal_volumes_are_normal(group):
            raise MaintenanceError(Answer.NO_JOURNAL_VOLUME, f"group {number} has no normal journal volume")
        if len(group.ring.journal_volumes()) < group.settings.journal_volumes:
            raise MaintenanceError(Answer.NO_JOURNAL_VOLUME, f"group {number} lacks one of its journal volumes")
        if not group.pair_set:
            raise MaintenanceError(Answer.NO_PAIR, f"group {number} has no pair")
        if self._is_writing(number):
            raise MaintenanceError(Answer.BUSY, f"device writes of group {number} are in flight")
        return group

    def _numbers(self, *numbers: int) -> None:
        """Refuse numbers of systems, groups and volumes that no register can hold."""
        if any(number > NONE for number in numbers):
            raise MaintenanceError(Answer.UNKNOWN_NUMBER, f"one of {numbers} has more than 16 bits")

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
