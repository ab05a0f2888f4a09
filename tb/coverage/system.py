"""One storage system of a capture: what its steps have met."""

from collections.abc import Iterator
from dataclasses import dataclass

from mirrorlog.formats.commit_record import CommitRecord, Creation, Process
from mirrorlog.formats.outcomes import (
    InitialCopyOutcome,
    OperationOutcome,
    ReadCommandOutcome,
    ReceptionOutcome,
    RegisterOutcome,
    RestoreOutcome,
    StoreOutcome,
)
from mirrorlog.formats.update_information import UPDATE_INFORMATION_BYTES
from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.registers import register_map
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import GroupInformation, GroupState, Reason
from mirrorlog.tables.units import BLOCK_BYTES, NONE
from tb.coverage import points, words
from tb.coverage.bins import POINTERS, creation_word, exit_word, word
from tb.coverage.discards import Discards
from tb.coverage.host_steps import HostSteps, Unit, wrapped

_MAILBOX = (
    *range(register_map.ARGUMENT, register_map.OPERATION),
    register_map.OPERATION,
    register_map.OPERATION_ANSWER,
)
_GROUP_REGISTERS = range(0x4000, 0x10000)
_BLOCKS = {0x1000: "volume", 0x2000: "pair"}


@dataclass(slots=True)
class Before:
    """A group before a step."""

    state: GroupState
    pointers: tuple[int, ...]
    update_number: int
    data_offset: int
    sent_tag: int


class SampledSystem:
    """Samples the steps of one system. `model` has taken each of them before."""

    def __init__(self, model: StorageSystem) -> None:
        self._cycle = 0
        self.begin(model)

    def begin(self, model: StorageSystem) -> None:
        """The system begins, or begins anew after a reset."""
        self.model = model
        self._units: list[Unit] = []
        self._discards = Discards(model)
        self._host = HostSteps(model, self._discards)
        self._read: dict[int, int] = {}
        self._remember()

    def started(self) -> Iterator[int]:
        """Return the numbers of the groups that were started."""
        return (number for number, group in enumerate(self.model.shared.groups) if group.is_started())

    def side(self, number: int) -> str:
        """Return which side of a group this is, nothing if the group was not started."""
        group = self.model.shared.groups[number]
        return "secondary" if group.secondary.started else "original" if group.original.started else ""

    def wrapped(self, number: int) -> str:
        """Does a group's ring reach over the end of one of its areas?"""
        return wrapped(self.model.shared.groups[number].ring)

    def volume_at(self, device: int, address: int) -> str:
        """Return what lies at an address of a device: "volume", "journal volume", or nothing."""
        shared = self.model.shared
        for number, volume in enumerate(shared.volumes):
            if volume.device == device and 0 <= address - volume.offset < volume.capacity:
                return "journal volume" if shared.is_journal_volume(number) else "volume"
        return ""

    def step(self, record: CommitRecord) -> None:
        """A step was taken."""
        if record.cycle < self._cycle:
            points.counter_wraps("cycle")
        self._cycle = record.cycle
        points.step(exit_word(record.process, record.outcome))
        match record.process:
            case Process.MAINTENANCE:
                self._register(record)
            case Process.COMMAND_RECEPTION:
                self._host.step(record, self._units)
                if record.creation == Creation.HOST_WRITE_CREATED:
                    self._created(record)
            case Process.INITIAL_COPY:
                self._initial_copy(record)
            case Process.JOURNAL_READ_RECEPTION:
                self._reception(record)
            case Process.JOURNAL_READ_COMMAND:
                self._read_command(record)
            case Process.JOURNAL_STORE:
                self._store(record)
            case Process.RESTORE:
                self._restore(record)
            case Process.OPERATION:
                self._operation(record)
        if record.process != Process.MAINTENANCE:
            self._states()
            # what operations set anew has not moved
            if record.group != NONE and record.process != Process.OPERATION:
                self._ring(record.group)
        self._remember()

    def _remember(self) -> None:
        shared = self.model.shared
        self._volumes = [volume.state for volume in shared.volumes]
        self._pairs = [pair.state for pair in shared.pairs]
        self._groups = [
            Before(group.state, _pointers(group), group.update_number, group.data_offset, group.secondary.sent_tag)
            for group in shared.groups
        ]

    def _states(self) -> None:
        shared = self.model.shared
        for old, volume in zip(self._volumes, shared.volumes, strict=True):
            if old is not volume.state:
                points.volume_move(f"{word(old)} to {word(volume.state)}")
        for old_pair, pair in zip(self._pairs, shared.pairs, strict=True):
            if old_pair is not pair.state:
                points.pair_move(f"{word(old_pair)} to {word(pair.state)}")
        for number, (before, group) in enumerate(zip(self._groups, shared.groups, strict=True)):
            if before.state is not group.state:
                points.group_move(f"{word(before.state)} to {word(group.state)}")
                if group.state is GroupState.ABNORMAL:
                    points.group_fails(word(Reason(group.reason)), self.side(number))

    def _ring(self, number: int) -> None:
        """Sample the areas of a group's ring, and where its pointers went."""
        side, group, before = self.side(number), self.model.shared.groups[number], self._groups[number]
        if not side:
            return
        information, data = group.ring.areas()
        entries, used = information.size // UPDATE_INFORMATION_BYTES, information.used // UPDATE_INFORMATION_BYTES
        points.ring(
            side, words.occupancy(used, entries), words.occupancy(data.used // BLOCK_BYTES, data.size // BLOCK_BYTES)
        )
        for name, old, new in zip(POINTERS, before.pointers, _pointers(group), strict=True):
            if old != new:
                of_data = name.startswith("write data")
                area, unit = (data, BLOCK_BYTES) if of_data else (information, UPDATE_INFORMATION_BYTES)
                points.pointer(side, name, words.place(old, new, area.head, area.size, unit))

    def _register(self, record: CommitRecord) -> None:
        address = record.position
        if address in _MAILBOX:
            kind = "operation"
        elif address in _GROUP_REGISTERS:
            found = register_map.find(self.model.shared, self.model.mailbox, address & ~7)
            kind = "settings" if found is not None and found.is_setting() else "group"
        else:
            kind = _BLOCKS.get(address & 0xF000, "system")
        read = record.outcome == RegisterOutcome.READ
        points.register(kind, "refused" if record.status else "read" if read else "written")
        if record.outcome == RegisterOutcome.WRITTEN:
            points.register_write(words.strobes(record.size))

    def _initial_copy(self, record: CommitRecord) -> None:
        if record.creation == Creation.NOT_RUN:
            return
        points.creation(creation_word(Process.INITIAL_COPY, Creation(record.creation)))
        if record.creation == Creation.INITIAL_COPY_CREATED:
            self._created(record)
            if record.outcome in (InitialCopyOutcome.UNIT_CREATED, InitialCopyOutcome.VOLUME_COPIED):
                end = record.position + record.size
                self._units.append(Unit(record.group, record.reference, record.volume, record.position, end))
        groups = self.model.shared.groups
        self._units = [unit for unit in self._units if unit.number >= groups[unit.group].oldest_number()]

    def _created(self, record: CommitRecord) -> None:
        before, group = self._groups[record.group], self.model.shared.groups[record.group]
        points.counters(
            words.carry(before.update_number, group.update_number), words.carry(before.data_offset, group.data_offset)
        )
        self._placed(record)

    def _placed(self, record: CommitRecord) -> None:
        """Sample the place of a journal's data."""
        writes = self.model.disk_adapter.journal_writes[record.group]
        if writes:
            self._discards.placed(self.side(record.group), writes[-1])
        if not record.size or not writes or not writes[-1].parts:
            return
        group = self.model.shared.groups[record.group]
        place, size = writes[-1].parts[-1]
        end = place + size == group.ring.write_data_head + group.ring.write_data_area
        where = "straddling the end" if len(writes[-1].parts) > 1 else "ends at the end" if end else "inside"
        largest = min(self.model.shared.largest_journal(group), self.model.parameters.max_transfer_bytes)
        points.journal(self.side(record.group), words.journal_size(record.size, largest), where)

    def _reception(self, record: CommitRecord) -> None:
        match record.outcome:
            case ReceptionOutcome.READING | ReceptionOutcome.READING_AGAIN:
                self._read[record.group] = record.size
            case ReceptionOutcome.TRANSMITTED | ReceptionOutcome.RETRANSMITTED:
                cut = record.size < self._read.get(record.group, 0)
                again = record.outcome == ReceptionOutcome.RETRANSMITTED
                self._discards.sent(record, again)
                points.batch(
                    words.batch(record.size),
                    "cut by bytes" if cut else "all that were read",
                    "again" if again else "first time",
                )

    def _read_command(self, record: CommitRecord) -> None:
        if record.outcome == ReadCommandOutcome.STORED_ALL:
            points.answered(words.asking(self.model.shared.groups[record.group].settings))
        if record.outcome != ReadCommandOutcome.SENT:
            return
        group = self.model.shared.groups[record.group]
        slots = self.model.journal_read_command.groups[record.group].slots.slots
        points.commands(words.few(sum(slot.packet is not None for slot in slots), group.settings.commands))
        if group.secondary.sent_tag < self._groups[record.group].sent_tag:
            points.counter_wraps("tag")

    def _store(self, record: CommitRecord) -> None:
        if record.outcome in (StoreOutcome.NOT_WANTED, StoreOutcome.STORED):
            known = record.outcome == StoreOutcome.NOT_WANTED
            points.stored(self.wrapped(record.group), "known" if known else "stored")
        if record.outcome == StoreOutcome.STORED:
            self._placed(record)

    def _restore(self, record: CommitRecord) -> None:
        if record.outcome != RestoreOutcome.WRITING:
            return
        in_flight = self.model.restore.groups[record.group].in_flight
        points.restore(words.few(len(in_flight), self.model.parameters.restored_at_once))
        others = (one.write for one in in_flight if one.number != record.reference)
        overlaps = any(
            write is not None and write.volume == record.volume and write.overlaps(record.position, record.size)
            for write in others
        )
        points.restore_write("overlaps one before it" if overlaps else "overlaps none")
        self._discards.restored(record, record.group, overlaps)

    def _operation(self, record: CommitRecord) -> None:
        if record.status in set(Answer):
            points.operation(word(Answer(record.status)))
        kind, operation = divmod(record.outcome, OperationOutcome.SENT)
        taken_over = kind == 0 and operation == Operation.TAKEOVER and record.status == Answer.OK
        if taken_over and self.model.shared.groups[record.group].ring.update_information_used:
            points.takeover(self.wrapped(record.group))


def _pointers(group: GroupInformation) -> tuple[int, ...]:
    """Return the pointers of a group in the order of POINTERS."""
    ring = group.ring
    return (
        ring.update_information_newest,
        ring.update_information_oldest,
        ring.update_information_commit,
        ring.write_data_newest,
        ring.write_data_oldest,
        ring.write_data_commit,
        ring.read_initiation,
        ring.retry_initiation,
    )
