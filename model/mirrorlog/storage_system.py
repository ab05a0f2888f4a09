"""One storage system 100 (FIG 2): shared memory, cache memory, disk adapter, and the processes that share them."""

from collections.abc import Sequence

from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.outcomes import ReadWriteOutcome
from mirrorlog.processes.command_reception import CommandReception
from mirrorlog.processes.disk_adapter import DiskAdapter, Range
from mirrorlog.processes.group_announcement import GroupAnnouncement, is_announcement
from mirrorlog.processes.initial_copy import InitialCopy
from mirrorlog.processes.journal_creation import JournalCreation
from mirrorlog.processes.journal_read_command import JournalReadCommand
from mirrorlog.processes.journal_read_reception import JournalReadReception, ReadFault
from mirrorlog.processes.journal_store import JournalStore
from mirrorlog.processes.maintenance import Maintenance, Operation
from mirrorlog.processes.operations import Operations
from mirrorlog.processes.outbox import Outbox
from mirrorlog.processes.path_sources import PathSources
from mirrorlog.processes.restore import Restore
from mirrorlog.processes.step import Step, retire
from mirrorlog.registers.operation_mailbox import OperationMailbox
from mirrorlog.registers.register_access import RegisterAccess
from mirrorlog.storage.cache_memory import CacheMemory, JournalWrite, VolumeWrite
from mirrorlog.tables.settings import ReadMode
from mirrorlog.tables.shared_memory import Parameters, SharedMemory
from mirrorlog.tables.status import Status
from mirrorlog.three_systems.remote_read import RemoteRead
from mirrorlog.three_systems.remote_write import RemoteWrite
from mirrorlog.three_systems.remote_write_reception import RemoteWriteReception
from mirrorlog.variations.journal_push import JournalPush
from mirrorlog.variations.journal_volume_read import JournalVolumeRead
from mirrorlog.variations.journal_volumes import JournalVolumes
from mirrorlog.variations.resynchronization import Resynchronization


class StorageSystem:
    """A storage system. Its role (original or secondary), for each group, follows from its tables alone."""

    __slots__ = (
        "announcement",
        "cache",
        "command_reception",
        "disk_adapter",
        "initial_copy",
        "journal_creation",
        "journal_push",
        "journal_read_command",
        "journal_read_reception",
        "journal_store",
        "journal_volume_read",
        "journal_volumes",
        "mailbox",
        "maintenance",
        "operations",
        "outbox",
        "parameters",
        "register_access",
        "remote_read",
        "remote_write",
        "remote_write_reception",
        "restore",
        "resynchronization",
        "shared",
        "sources",
    )

    def __init__(self, parameters: Parameters, incarnation: int = 0) -> None:
        self.parameters = parameters
        self.shared = SharedMemory(parameters, incarnation)
        self.sources = PathSources(self.shared)
        self.cache = CacheMemory()
        self.disk_adapter = DiskAdapter(self.shared, self.cache)
        self.journal_creation = JournalCreation(self.shared, self.disk_adapter)
        self.remote_write = RemoteWrite(self.shared, self.disk_adapter)
        self.remote_read = RemoteRead(self.shared)
        self.command_reception = CommandReception(
            self.shared, self.cache, self.disk_adapter, self.journal_creation, self.remote_write
        )
        self.initial_copy = InitialCopy(self.shared, self.journal_creation, self.remote_read)
        self.remote_write_reception = RemoteWriteReception(self.shared, self.command_reception, self.initial_copy)
        self.journal_read_reception = JournalReadReception(self.shared, self.disk_adapter, self.remote_read)
        self.journal_store = JournalStore(self.shared, self.disk_adapter)
        self.restore = Restore(self.shared, self.disk_adapter, self.journal_store)
        self.journal_read_command = JournalReadCommand(self.shared, self.journal_store, self.restore)
        self.journal_push = JournalPush(self.shared, self.journal_read_reception, self.journal_store, self.restore)
        self.journal_volume_read = JournalVolumeRead(self.journal_read_reception, self.journal_read_command)
        self.journal_volumes = JournalVolumes(self.shared, self.disk_adapter, self.journal_store, self.restore)
        self.outbox = Outbox(self.shared)
        self.maintenance = Maintenance(
            self.shared,
            self.disk_adapter,
            self.initial_copy,
            self.journal_read_reception,
            self.journal_read_command,
            self.journal_store,
            self.restore,
            self.outbox,
        )
        self.operations = Operations(self.shared, self.maintenance)
        self.resynchronization = Resynchronization(self.shared, self.maintenance)
        self.announcement = GroupAnnouncement(self.shared)
        self.mailbox = OperationMailbox(self.operations)
        self.register_access = RegisterAccess(self.shared, self.mailbox, self.reset_in_flight)

    def record(self, step: Step, cycle: int) -> CommitRecord:
        """Return the commit record of the step that was just carried out."""
        return retire(self.shared, step, cycle)

    def volume_write_step(self, write: VolumeWrite, failed: Sequence[Range] = ()) -> Step:
        """The device has answered a volume write (see `DiskAdapter.volume_write_done`); who waits for it learns it."""
        step = self.disk_adapter.volume_write_done(write, failed)
        if write.group is not None:
            self.restore.write_done(write, step.status != Status.OK)
        elif self.command_reception.flushes:
            self.command_reception.volume_write_done(step)
        return step

    def volume_write_done(self, write: VolumeWrite, failed: Sequence[Range] = ()) -> Step:
        """Take the step of a volume write, and those of freeing journals that are due with it (2060)."""
        step = self.volume_write_step(write, failed)
        if write.group is not None:
            self.restore.free_all(write.group)
        return step

    def journal_write_step(self, journal: JournalWrite, failed: Sequence[Range] = ()) -> Step:
        """The device has answered a journal's writes (see `DiskAdapter.journal_write_done`)."""
        step = self.disk_adapter.journal_write_done(journal, failed)
        if journal.received and step.outcome == ReadWriteOutcome.JOURNAL_DURABLE:
            self.journal_store.durable(journal)
        return step

    def journal_write_done(self, journal: JournalWrite, failed: Sequence[Range] = ()) -> Step:
        """Take the step of a journal's writes, and those of committing others that are due with it (1860)."""
        step = self.journal_write_step(journal, failed)
        if journal.received and step.outcome == ReadWriteOutcome.JOURNAL_DURABLE:
            while self.journal_store.commit_next(journal.group) is not None:
                pass
        return step

    def receive(self, packet: Packet, now: int = 0, fault: ReadFault = ReadFault.NONE) -> Packet | None:
        """Take a packet from a connection path, all its steps at once; returns the packet that answers it, if one does.

        A packet for a group that does not exist, one whose trailer is wrong, and what `PathSources` refuses is dropped.
        """
        if packet.poisoned or not self.sources.takes(packet) or packet.group >= len(self.shared.groups):
            return None
        if self.journal_read_command.traffic.window:
            self.journal_read_command.traffic.arrived(packet, now)
        match packet.type:
            case PacketType.JOURNAL_READ_COMMAND:
                return self.journal_read_reception.answer(packet, now, fault)
            case PacketType.MAINTENANCE_COMMAND:
                if packet.status == Operation.RESYNCHRONIZE:
                    return self.resynchronization.receive(packet)
                return self.operations.receive(packet).packet
            case PacketType.PUSHED_JOURNALS | PacketType.PUSH_ACKNOWLEDGEMENT:
                return self.journal_push.receive(packet, now)
            case kind if PacketType.POINTER_READ <= kind <= PacketType.VOLUME_DATA:
                return self.journal_volume_read.receive(packet, now, fault)
            case PacketType.WRITE:
                return self.remote_write_reception.receive(packet, now)[0]
            case PacketType.READ:
                return self.remote_write.read(packet)
            case PacketType.WRITE_ANSWER:
                self.remote_write.receive(packet, now)
            case PacketType.READ_DATA:
                self.remote_read.receive(packet)
            case PacketType.MAINTENANCE_ANSWER:
                if packet.tag in self.resynchronization.requests:
                    self.resynchronization.take_answer(packet, now)
                else:
                    self.operations.take_answer(packet)
            case PacketType.GROUP_STATE if is_announcement(packet):
                return self.announcement.take(packet)
            case _:
                self.journal_read_command.receive(packet, now)
        return None

    def reset_in_flight(self, number: int, now: int = 0) -> None:
        """Reset the in-flight state of a group's replication: its tables were loaded through registers."""
        self.journal_read_reception.begin(number, now)
        self.journal_store.begin(number)
        self.restore.begin(number)
        self.journal_read_command.begin(number)

    def next_packet(self, group: int, now: int) -> Packet | None:
        """Return the next packet about a group's state, or that moves its journals on: a journal read command, pushed
        journals or their acknowledgement, a usual read.
        """
        packet = self.announcement.poll(group, now)
        if packet is not None:
            return packet
        if self.shared.groups[group].settings.mode is ReadMode.PUSH:
            return self.journal_push.poll(group, now)
        if self.shared.groups[group].settings.mode is ReadMode.VOLUME_READ:
            return self.journal_volume_read.poll(group, now)
        return self.journal_read_command.poll(group, now)

    def restart(self) -> None:
        """Restart after a crash: cache and shared memory survive, what was in flight on the paths is lost."""
        self.journal_read_command.restart()
        self.journal_push.restart()
        self.journal_volume_read.restart()
        self.announcement.restart()

    def is_idle(self) -> bool:
        """Is no host command and no device write in flight, as far as the processes know?"""
        return (
            self.cache.is_empty()
            and not any(self.disk_adapter.journal_writes)
            and not self.command_reception.reads
            and not self.command_reception.flushes
        )
