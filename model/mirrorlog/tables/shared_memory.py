"""Shared memory 140: volume information 400, pair information 500, group information 600 with its pointers
([0050]-[0053]).
"""

from dataclasses import dataclass, field, replace
from enum import IntEnum

from mirrorlog.formats.update_information import UPDATE_INFORMATION_BYTES
from mirrorlog.tables.changed_blocks import ChangedBlocks
from mirrorlog.tables.extents import Extent
from mirrorlog.tables.journal_ring import JournalRing
from mirrorlog.tables.settings import REGISTER_SETTINGS, GroupSettings
from mirrorlog.tables.units import BLOCK_BYTES, NONE

NO_SYSTEM = 0
"""The system number that stands for none."""

ALL_SYSTEMS = (1 << 64) - 1
"""The value of `allowed_systems` that allows all."""

NO_DEVICE = 0xFFFF
"""The device number of a volume to which no storage device is allocated ([0166])."""

NO_STATE = 0xFF
"""The state or reason that stands for none in a commit record."""


class VolumeState(IntEnum):
    """[0050]."""

    BLANK = 0
    NORMAL = 1
    ORIGINAL = 2
    SECONDARY = 3
    ABNORMAL = 4


class PairState(IntEnum):
    """[0051]."""

    BLANK = 0
    NOT_COPYING = 1
    COPYING = 2
    NORMAL = 3
    ABNORMAL = 4


class GroupState(IntEnum):
    """[0052]."""

    BLANK = 0
    NORMAL = 1
    ABNORMAL = 2


class Reason(IntEnum):
    """Why a group is "abnormal": the first event that made it so, until it is "normal" again."""

    NONE = 0
    SUSPENDED = 1
    JOURNAL_DEVICE = 2
    VOLUME_DEVICE = 3
    JOURNAL_DAMAGED = 4
    NO_ROOM = 5
    NEVER_FITS = 6
    HEARTBEAT = 7
    TAKEN_OVER = 8
    GONE = 9
    TOLD_BY_PARTNER = 10
    START_REFUSED = 11
    START_UNANSWERED = 12


class FullPolicy(IntEnum):
    """What command reception does when a journal has no room (1390)."""

    STALL = 0
    SUSPEND = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class Parameters:
    """What one storage system was built with; bytes and bits as the names say.

    Journals are stored only if their number is less than `window` ahead of the next to be committed; `commands`,
    `batch_journals` and `batch_bytes` limit the settings of the same names, and what is sent in one packet;
    `restored_at_once` journals are read at once for restore; positions on a volume or device have `address_bits`.
    """

    system: int = 1
    data_width: int = 512
    volumes: int = 8
    pairs: int = 8
    groups: int = 4
    devices: int = 2
    max_transfer_bytes: int = 16384
    entry_bytes: int = UPDATE_INFORMATION_BYTES
    commands: int = 4
    window: int = 256
    batch_journals: int = 64
    batch_bytes: int = 65536
    restored_at_once: int = 16
    address_bits: int = 48


def journals_of_a_packet(batch_bytes: int) -> int:
    """Return how many journals a packet of so many bytes of write data holds at most: one a block, 16 to 64."""
    return min(max(batch_bytes // BLOCK_BYTES, 16), 64)


@dataclass(slots=True)
class VolumeInformation:
    """Volume information 400 (FIG 4). `device` and `offset` are the physical address ([0035]); `capacity` and `offset`
    are bytes. `degraded`: it works, but slower than it should ([0054]). `place_bytes` is the room at the physical
    address, which `capacity` may grow to. `extents`: where the volume lies if it has more than that one place.
    """

    state: VolumeState = VolumeState.BLANK
    format: int = 0
    capacity: int = 0
    pair: int = NONE
    device: int = 0
    offset: int = 0
    degraded: bool = False
    place_bytes: int = 0
    extents: tuple[Extent, ...] = ()

    def is_normal(self) -> bool:
        """Is the volume's state "normal"?"""
        return self.state is VolumeState.NORMAL

    def has_storage(self) -> bool:
        """Is a storage device allocated to this volume?"""
        return self.device != NO_DEVICE


@dataclass(slots=True)
class PairInformation:
    """Pair information 500 (FIG 5). `copy_complete_address` is the first byte not yet copied, `last_copy_number` the
    update number of the last journal of the initial copy so far; `original_capacity` is the bytes of the original
    volume, 0 if not known.
    """

    state: PairState = PairState.BLANK
    original_system: int = 0
    original_volume: int = 0
    secondary_system: int = 0
    secondary_volume: int = 0
    group: int = 0
    copy_complete_address: int = 0
    last_copy_number: int = 0
    original_capacity: int = 0


@dataclass(slots=True)
class OriginalProgress:
    """What the original system keeps of a group's replication, from initiation (930) on.

    `started`: the group was initiated here as the original one; `start_unanswered`: the secondary system has not
    answered START yet. `freed_host_bytes` is the bytes of the host writes freed so far. `end_markers_created` has bit n
    set once the end marker of pair n's initial copy is created (940).

    Plain mode: `taken_tag` is the tag of the last command that was taken; `batch` is how many journals it was sent,
    which it may ask for again, and `batch_data` the bytes that they have in the write data area; `answer` is its exit.
    """

    started: bool = False
    start_unanswered: bool = False
    freed_host_bytes: int = 0
    end_markers_created: int = 0
    taken_tag: int = 0
    batch: int = 0
    batch_data: int = 0
    answer: int = 0


@dataclass(slots=True)
class SecondaryProgress:
    """What the secondary system keeps of a group's replication, from initiation (930) on.

    `started`: the group was started here as the secondary one; `takeover`: everything committed is restored whatever
    the group's state; `stopped`: the original system said "blank"; `restore_stopped`: restore came to an abnormal
    volume. `next_restore` is the number to restore next. `committed_host_bytes` is the bytes of the host writes
    committed so far. `end_markers_restored` has bit n set once the end marker of pair n's initial copy is restored.
    `sent_tag` is the tag of the last journal read command that was sent.
    """

    started: bool = False
    takeover: bool = False
    stopped: bool = False
    restore_stopped: bool = False
    next_restore: int = 1
    committed_host_bytes: int = 0
    end_markers_restored: int = 0
    sent_tag: int = 0


@dataclass(slots=True)
class GroupInformation:
    """Group information 600 (FIG 6), pointer information 700 (`ring`), and the progress of replication in each role.

    `pair_set` has bit n set for pair n; `update_number` is the number of the next journal: of the next to be created,
    and at the secondary system, where journals come with their numbers, of the next to be committed. It goes on when
    the roles change. `data_offset` is the bytes of data of all kinds numbered before that journal; `watch_time` is the
    cycles that a write waits for room under policy `stall`; `reason` says why the group is "abnormal".

    `generation` counts initiations (930); `partner_area` is the bytes of the secondary system's write data area, 0 if
    not known; `state_unanswered`: the group became "abnormal", and the partner has not answered the announcement of it
    yet; `commands_sent_again`: plain journal read commands, ever.

    With three systems: `synchronous` (first system): the pairs' writes are forwarded, there is no journal.
    `first_system` (original system): the system whose forwarded writes the group takes; `copied_into`: it is copying
    into the original volumes, which are not consistent until it has ended.
    """

    ring: JournalRing
    state: GroupState = GroupState.BLANK
    reason: Reason = Reason.NONE
    pair_set: int = 0
    update_number: int = 1
    data_offset: int = 0
    full_policy: FullPolicy = FullPolicy.STALL
    watch_time: int = 0
    settings: GroupSettings = REGISTER_SETTINGS
    generation: int = 0
    partner_system: int = 0
    partner_group: int = 0
    partner_area: int = 0
    state_unanswered: bool = False
    commands_sent_again: int = 0
    original: OriginalProgress = field(default_factory=OriginalProgress)
    secondary: SecondaryProgress = field(default_factory=SecondaryProgress)
    synchronous: bool = False
    first_system: int = NO_SYSTEM
    copied_into: bool = False

    @property
    def journal_volume(self) -> int:
        """The number of the journal volume (of several, the first one's), NONE if there is none."""
        return self.ring.journal_volume

    @journal_volume.setter
    def journal_volume(self, number: int) -> None:
        self.ring.use_volume(number)

    def is_started(self) -> bool:
        """Was the group started with a partner, whose journals it sends or reads?"""
        return self.original.started or self.secondary.started

    def begin(self, generation: int) -> None:
        """Begin a generation with empty rings and neither role started; update number and data offset go on, and so
        does the number to restore next until the secondary system is started.
        """
        self.become_normal()
        self.generation = generation
        self.ring.empty()
        self.state_unanswered = False
        self.original = OriginalProgress()
        self.secondary = SecondaryProgress(next_restore=self.secondary.next_restore)

    def is_partner(self, system: int) -> bool:
        """Is this the system that the group replicates with?"""
        return system == self.partner_system

    def become_normal(self) -> None:
        """Make the group "normal"; the reason why it was not is cleared."""
        self.state, self.reason = GroupState.NORMAL, Reason.NONE

    def oldest_number(self) -> int:
        """Return the update number of the oldest journal in the original system's ring (the next number if it is
        empty).
        """
        return self.update_number - self.ring.update_information_used // self.ring.entry

    def largest_data(self) -> int:
        """Return the size that write data must stay below to fit this system's write data area and its partner's."""
        area = self.ring.write_data_area
        return min(area, self.partner_area) if self.partner_area else area

    def oldest_stored(self) -> int:
        """Return the update number of the oldest journal in the secondary system's ring (the next to be committed if
        none is).
        """
        return self.update_number - self.ring.update_information_committed // self.ring.entry

    def oldest_offset(self) -> int:
        """Return the data offset of the oldest journal in the secondary system's ring."""
        return self.data_offset - self.ring.write_data_committed


@dataclass(slots=True)
class SharedMemory:
    """The tables of one storage system.

    `incarnation` counts its resets (seconds of its clock at the last one); it stands in every packet that it sends.
    `allowed_systems` has bit n set if operations that system n specifies are carried out here, bit 63 for all systems
    from 63 on. `packet_faults` counts packets that were dropped as they came, `strange_packets` journal read commands
    and their answers from a system that is not their group's partner, which are dropped.
    """

    parameters: Parameters
    incarnation: int = 0
    allowed_systems: int = ALL_SYSTEMS
    packet_faults: int = 0
    strange_packets: int = 0
    volumes: list[VolumeInformation] = field(init=False)
    pairs: list[PairInformation] = field(init=False)
    groups: list[GroupInformation] = field(init=False)
    changed_blocks: ChangedBlocks = field(default_factory=ChangedBlocks)

    def __post_init__(self) -> None:
        self.volumes = [VolumeInformation() for _ in range(self.parameters.volumes)]
        self.pairs = [PairInformation() for _ in range(self.parameters.pairs)]
        batch_bytes = min(REGISTER_SETTINGS.batch_bytes, self.parameters.batch_bytes)
        settings = replace(REGISTER_SETTINGS, batch_bytes=batch_bytes)
        self.groups = [
            GroupInformation(JournalRing(self.parameters.entry_bytes), settings=settings)
            for _ in range(self.parameters.groups)
        ]

    def let_secondaries_be_read(self) -> None:
        """Hosts may read "secondary" volumes ([0050]): a setting that no register has."""
        for group in self.groups:
            group.settings = replace(group.settings, secondary_reads=True)

    def journal_volume_of(self, group: GroupInformation) -> VolumeInformation | None:
        """Return the volume information of a group's journal volume, None if it has none."""
        number = group.ring.journal_volume
        return None if number == NONE else self.volumes[number]

    def journal_volumes_are_normal(self, group: GroupInformation) -> bool:
        """1310, 1520, 1740, 2020: is the journal volume "normal" (of several, each that is in use)?"""
        used = group.ring.volumes_in_use()
        for number in used:
            if self.volumes[number].state is not VolumeState.NORMAL:
                return False
        return bool(used)

    def largest_journal(self, group: GroupInformation) -> int:
        """Return the most bytes of data that a journal of a group has."""
        return max(group.settings.copy_unit, self.parameters.max_transfer_bytes)

    def pairs_of(self, group: GroupInformation) -> list[PairInformation]:
        """Return the pairs of a group's pair set, in order of their numbers."""
        return [pair for number, pair in enumerate(self.pairs) if group.pair_set >> number & 1]

    def volumes_of(self, group: GroupInformation) -> list[int]:
        """Return this system's volumes of a group's pairs, in order of the pairs' numbers."""
        own = self.parameters.system
        return [
            pair.original_volume if pair.original_system == own else pair.secondary_volume
            for pair in self.pairs_of(group)
        ]

    def is_journal_volume(self, volume: int) -> bool:
        """Is this volume the journal volume of a group that is not blank?"""
        for group in self.groups:
            if group.state is not GroupState.BLANK and volume in group.ring.journal_volumes():
                return True
        return False

    def fail_group(self, group: GroupInformation, reason: Reason) -> None:
        """Make a group "abnormal", and with it all pairs of its pair set ([0052]); its first reason stays. The
        partner is to be informed.
        """
        self._become_abnormal(group, reason)
        for pair in self.pairs_of(group):
            pair.state = PairState.ABNORMAL

    def fail_pair(self, pair: PairInformation) -> None:
        """Make a pair "abnormal", since a device of one of its volumes failed; its group too when that was the last
        pair of the pair set ([0052]).
        """
        pair.state = PairState.ABNORMAL
        group = self.groups[pair.group]
        if all(other.state is PairState.ABNORMAL for other in self.pairs_of(group)):
            self._become_abnormal(group, Reason.VOLUME_DEVICE)

    def _become_abnormal(self, group: GroupInformation, reason: Reason) -> None:
        if group.state is not GroupState.ABNORMAL:
            group.state, group.reason, group.state_unanswered = GroupState.ABNORMAL, reason, True

    def set_journal_areas(self) -> None:
        """Take every ring's areas from its heads and its journal volume's capacity; to be called when one of them was
        set.
        """
        for group in self.groups:
            group.ring.set_areas(self.volumes)
