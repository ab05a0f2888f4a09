"""Command reception process 210 (FIG 11, 12; [0083]-[0089]): what host commands change, and their answers."""

from dataclasses import dataclass
from enum import IntEnum

from mirrorlog.formats.commit_record import Creation, Process
from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.formats.update_information import info_crc
from mirrorlog.processes.disk_adapter import DiskAdapter
from mirrorlog.processes.journal_creation import JournalCreation
from mirrorlog.processes.step import Step
from mirrorlog.processes.third_embodiment import RemoteWrites
from mirrorlog.storage.cache_memory import CacheMemory, JournalWrite, VolumeWrite
from mirrorlog.tables.shared_memory import (
    NO_SYSTEM,
    FullPolicy,
    GroupInformation,
    GroupState,
    PairState,
    Reason,
    SharedMemory,
    VolumeInformation,
    VolumeState,
)
from mirrorlog.tables.status import Status
from mirrorlog.tables.units import BLOCK_BYTES

_CLOSED_VOLUME = {
    VolumeState.BLANK: Status.VOLUME_BLANK,
    VolumeState.ABNORMAL: Status.VOLUME_ABNORMAL,
    VolumeState.SECONDARY: Status.VOLUME_SECONDARY,
}
_NOT_KEPT = frozenset({Creation.JOURNAL_VOLUME_ABNORMAL, Creation.NOT_REPLICATED})
_JOURNALED_PAIR = frozenset({PairState.NOT_COPYING, PairState.COPYING, PairState.NORMAL})


FUA = 0x80
"""Bit of the opcode of a write or a discard: "forced unit access", it is answered after its device's response."""


class Opcode(IntEnum):
    """What a command asks for."""

    READ = 1
    WRITE = 2
    FLUSH = 3
    JOURNAL_READ = 4
    DISCARD = 5
    WRITE_FUA = WRITE | FUA
    DISCARD_FUA = DISCARD | FUA


WRITES = frozenset({Opcode.WRITE, Opcode.WRITE_FUA})
"""Commands that bring write data."""
DISCARDS = frozenset({Opcode.DISCARD, Opcode.DISCARD_FUA})
"""Commands that write zeros, and bring no data."""
CHANGES = WRITES | DISCARDS
_ANSWERED_LATER = frozenset({Opcode.WRITE_FUA, Opcode.DISCARD_FUA})
_OPCODES = frozenset(Opcode) - {Opcode.JOURNAL_READ}


@dataclass(frozen=True, slots=True)
class HostCommand:
    """A command as the host port took it (1200). `position` and `size` are bytes; `time` (of reception) and `created`
    (the host's creation time of the write data, if it gave one) are ns.
    """

    opcode: int
    tag: int
    volume: int
    position: int
    size: int
    time: int = 0
    created: int | None = None

    def brings_data(self) -> bool:
        """Does a packet on the write data stream belong to this command?"""
        return self.opcode in WRITES and self.size > 0

    def content(self, data: bytes) -> bytes:
        """Return what a write or discard leaves in its range; `data` is what came with it."""
        return bytes(self.size) if self.opcode in DISCARDS else data

    def waits_for_its_device(self) -> bool:
        """Is it answered only after its device's response?"""
        return self.opcode in _ANSWERED_LATER


@dataclass(slots=True)
class HostRead:
    """A read that was taken: its data, fixed at that step, and whether all of it was in cache."""

    number: int
    tag: int
    volume: int
    position: int
    size: int
    data: bytes
    in_cache: bool


@dataclass(slots=True)
class HostFlush:
    """A flush that was taken: the earlier writes to its volume not yet finished, and whether one of them failed. Or a
    write that waits for its device: it waits for itself alone.
    """

    number: int
    tag: int
    volume: int
    waiting: set[int]
    failed: bool = False


class CommandReception:
    """Carries out host commands, one whole command a step. Counts the commands it takes (order numbers from 1)."""

    __slots__ = ("cache", "disk_adapter", "flushes", "journal_creation", "reads", "remote_write", "shared", "taken")

    def __init__(
        self,
        shared: SharedMemory,
        cache: CacheMemory,
        disk_adapter: DiskAdapter,
        journal_creation: JournalCreation,
        remote_write: RemoteWrites,
    ) -> None:
        self.shared = shared
        self.remote_write = remote_write
        self.cache = cache
        self.disk_adapter = disk_adapter
        self.journal_creation = journal_creation
        self.taken = 0
        self.reads: dict[int, HostRead] = {}
        self.flushes: dict[int, HostFlush] = {}

    def receive(
        self, command: HostCommand, data: bytes = b"", waited: int | None = None, from_path: bool = False
    ) -> Step | None:
        """Carry out the next command; `data` is what came with it. `from_path`: the first system of three forwards it.

        `waited` is None for a command that comes for the first time, else the cycles since its step said STALLED; None
        is returned when it has to go on waiting.
        """
        status = self._refusal(command, len(data))
        if status is Status.OK and not from_path:
            status = self._refusal_between_systems(command)
        if status is Status.JOURNAL_READ_REFUSED:
            return self._step(CommandOutcome.JOURNAL_READ_REFUSED, command, data, status)
        if status is not Status.OK:
            return self._step(CommandOutcome.REFUSED, command, data, status)
        if command.opcode in CHANGES:
            return self._write(command, data, waited)
        step = self._step(CommandOutcome.READ_TAKEN, command, data)
        self.taken += 1
        step.reference = self.taken
        if command.opcode == Opcode.READ:
            self._read(command)
        else:
            step.outcome = CommandOutcome.FLUSH_TAKEN
            waiting = {
                number for number, write in self.disk_adapter.volume_writes.items() if write.volume == command.volume
            }
            self.flushes[self.taken] = HostFlush(self.taken, command.tag, command.volume, waiting)
        return step

    def answer_forwarded(self) -> Step | None:
        """End the next host write that the original system of three has answered; None if there is none.

        `tag` is the host's, `received` the bytes; a write that ends well is placed with this step (1270, 1280).
        """
        entry = self.remote_write.next_answered()
        if entry is None:
            return None
        opcode = Opcode.WRITE_FUA if entry.waits_for_its_device else Opcode.WRITE
        command = HostCommand(opcode, entry.tag, entry.volume, entry.position, len(entry.data), entry.time)
        if entry.status is not Status.OK:
            return self._step(CommandOutcome.REFUSED, command, entry.data, entry.status or Status.REMOTE_SILENT)
        return self._place(command, entry.data, Creation.NOT_RUN, None)

    def volume_write_done(self, step: Step) -> None:
        """Let the flushes that wait for it know that `step` finished a volume write."""
        for flush in self.flushes.values():
            if step.reference in flush.waiting:
                flush.waiting.remove(step.reference)
                flush.failed |= step.status != Status.OK

    def answer_flush(self, number: int) -> Step:
        """Answer the flush, or the write that waits for its device, with this order number: it waits no more."""
        flush = self.flushes.pop(number)
        status = Status.DEVICE_ERROR if flush.failed else Status.OK
        return Step(
            Process.COMMAND_RECEPTION,
            CommandOutcome.FLUSH_ANSWERED,
            status=status,
            tag=flush.tag,
            volume=flush.volume,
            reference=number,
        )

    def _refusal(self, command: HostCommand, received: int) -> Status:
        """1210, 1215, 1240 and the checks of the command itself, in their order."""
        opcode, position, size = command.opcode, command.position, command.size
        if opcode == Opcode.JOURNAL_READ:
            return Status.JOURNAL_READ_REFUSED
        if opcode not in _OPCODES:
            return Status.INVALID_OPCODE
        if command.volume >= len(self.shared.volumes):
            return Status.UNKNOWN_VOLUME
        volume = self.shared.volumes[command.volume]
        closed = _CLOSED_VOLUME.get(volume.state)  # 1240
        if closed is not None and not (opcode == Opcode.READ and self._is_readable_secondary(volume)):
            return closed
        if opcode == Opcode.FLUSH:
            return Status.OK
        if size == 0:
            return Status.ZERO_SIZE
        if size % BLOCK_BYTES or position % BLOCK_BYTES:
            return Status.UNALIGNED
        if size > self.shared.parameters.max_transfer_bytes:
            return Status.TOO_LARGE
        if position + size > volume.capacity:
            return Status.OUT_OF_RANGE
        if opcode == Opcode.READ:
            return Status.OK
        if self.shared.is_journal_volume(command.volume):
            return Status.JOURNAL_VOLUME
        if opcode in DISCARDS:
            return Status.OK
        if received != size:
            return Status.DATA_LENGTH
        if volume.state is VolumeState.ORIGINAL and self._never_fits(volume.pair, size):
            return Status.NEVER_FITS
        return Status.OK

    def _refusal_between_systems(self, command: HostCommand) -> Status:
        """Refuse what hosts may not do where another system is first, or holds the only copy, or where the original
        system has to have every write and does not.
        """
        volume = self.shared.volumes[command.volume]
        if command.opcode == Opcode.READ and not volume.has_storage():
            return Status.NO_STORAGE
        if command.opcode not in CHANGES or volume.pair >= len(self.shared.pairs):
            return Status.OK
        group = self.shared.groups[self.shared.pairs[volume.pair].group]
        if group.first_system != NO_SYSTEM:
            return Status.VOLUME_SECONDARY
        if not volume.has_storage():
            return Status.NO_STORAGE
        if group.synchronous and group.full_policy is FullPolicy.ERROR and not self.remote_write.forwards(volume.pair):
            return Status.REMOTE_SILENT
        return Status.OK

    def _is_readable_secondary(self, volume: VolumeInformation) -> bool:
        """Is this a "secondary" volume that its group's settings open to reads ([0050])?"""
        if volume.state is not VolumeState.SECONDARY or volume.pair >= len(self.shared.pairs):
            return False
        return self.shared.groups[self.shared.pairs[volume.pair].group].settings.secondary_reads

    def _never_fits(self, number: int, size: int) -> bool:
        """Is a journal of `size` due for this pair that its group's write data area can never take?"""
        if number >= len(self.shared.pairs):
            return False
        pair = self.shared.pairs[number]
        group = self.shared.groups[pair.group]
        if pair.state not in _JOURNALED_PAIR or group.state is not GroupState.NORMAL:
            return False
        return self.shared.journal_volume_of(group) is not None and size >= group.largest_data()

    def _write(self, command: HostCommand, data: bytes, waited: int | None) -> Step | None:
        """1250 to 1280."""
        creation: Creation = Creation.NOT_RUN
        journal: JournalWrite | None = None
        volume = self.shared.volumes[command.volume]
        if self.remote_write.is_synchronous(volume.pair):
            if self.remote_write.forwards(volume.pair):
                return self._forward(volume.pair, command, data)
            self.remote_write.mark(self.shared.pairs[volume.pair].group, command.volume, command.position, command.size)
            creation = Creation.NOT_REPLICATED
        elif volume.state is VolumeState.ORIGINAL:  # 1260
            discarded = command.size if command.opcode in DISCARDS else 0
            creation, journal = self.journal_creation.host_write(
                command.volume, command.position, data, command.time, command.created, discarded
            )  # 1265
            if creation is Creation.NO_ROOM:
                group = self.shared.groups[self.shared.pairs[volume.pair].group]
                if group.full_policy is FullPolicy.ERROR or not volume.has_storage():
                    return self._step(CommandOutcome.REFUSED, command, data, Status.JOURNAL_FULL, creation)
                if group.full_policy is FullPolicy.STALL and not _has_run_out(group, waited):
                    return (
                        self._step(CommandOutcome.STALLED, command, data, creation=creation) if waited is None else None
                    )
                self.shared.fail_group(group, Reason.NO_ROOM)
            if not volume.has_storage() and creation in _NOT_KEPT:
                return self._step(CommandOutcome.REFUSED, command, data, Status.NOT_JOURNALED, creation)
        self._mark(command, journal)
        return self._place(command, data, creation, journal)

    def _mark(self, command: HostCommand, journal: JournalWrite | None) -> None:
        """Mark what a write changes in the map of changed blocks, if there is one."""
        if self.shared.changed_blocks.volumes:
            number = None if journal is None else journal.update_number
            self.shared.changed_blocks.host_write(command.volume, command.position, command.size, number, command.time)

    def _place(self, command: HostCommand, data: bytes, creation: Creation, journal: JournalWrite | None) -> Step:
        """1270, 1280; the third embodiment leaves 1270 out."""
        step = self._step(CommandOutcome.WRITTEN, command, data, creation=creation)  # 1280
        self.taken += 1
        step.reference = self.taken
        if journal is not None:
            step.info_crc = info_crc(journal.information)
        if self.shared.volumes[command.volume].has_storage():
            self.disk_adapter.write_volume(  # 1270
                VolumeWrite(self.taken, command.volume, command.position, command.size, command.content(data), journal)
            )
        if command.waits_for_its_device():
            waiting = {self.taken} & self.disk_adapter.volume_writes.keys()
            self.flushes[self.taken] = HostFlush(self.taken, command.tag, command.volume, waiting)
        return step

    def _forward(self, pair: int, command: HostCommand, data: bytes) -> Step:
        """The first system of three: the host is answered when the original system has answered. What a discard leaves
        goes there as a write of zeros.
        """
        self._mark(command, None)
        step = self._step(CommandOutcome.FORWARDED, command, data)
        step.reference = self.remote_write.forward(
            pair,
            command.volume,
            command.position,
            command.content(data),
            command.tag,
            command.time,
            command.created,
            command.waits_for_its_device(),
        )
        return step

    def _read(self, command: HostCommand) -> None:
        """1230."""
        volume, position, size = command.volume, command.position, command.size
        self.reads[self.taken] = HostRead(
            self.taken,
            command.tag,
            volume,
            position,
            size,
            self.disk_adapter.read(volume, position, size),
            self.cache.holds(volume, position, size),
        )

    @staticmethod
    def _step(
        outcome: int, command: HostCommand, data: bytes, status: Status = Status.OK, creation: int = Creation.NOT_RUN
    ) -> Step:
        return Step(
            Process.COMMAND_RECEPTION,
            outcome,
            status,
            creation,
            command.tag,
            command.volume,
            command.size,
            command.position,
            len(data),
        )


def _has_run_out(group: GroupInformation, waited: int | None) -> bool:
    """Has a stalled write waited for the group's watch time? A write that comes for the first time has not."""
    return waited is not None and waited >= group.watch_time
