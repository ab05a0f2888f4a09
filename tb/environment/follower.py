"""Follows what an original's hosts have written and what a secondary system has restored of it, and compares the
secondary's volumes with that.

From the end of initial copy on the volumes equal the original's history up to the restored number, except the blocks
of journals whose restore is in flight, which may be old or new. Systems may be reset and groups begin anew: a copy is
looked at again when its own initial copy has ended.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from mirrorlog.compare.capture import DataFiles, DataNotReady
from mirrorlog.formats.commit_record import CommitRecord, Creation, Process
from mirrorlog.formats.outcomes import CommandOutcome, InitialCopyOutcome, ReadWriteOutcome, RestoreOutcome
from mirrorlog.processes.maintenance import Operation
from mirrorlog.systems.history import History, OrderedWrite
from mirrorlog.tables.shared_memory import PairState, VolumeState
from tb.config.settings import Volume
from tb.environment.copied_group import CopiedGroup, RestoredGroup
from tb.handles.host_port import DISCARDS, WRITES

# Records are this many cycles, at most, behind or before what they tell of
SLACK_CYCLES = 64


class InconsistentError(AssertionError):
    """The secondary volumes are not what they should be; the text says where."""


class Follower:
    """Follows the capture's lines of an original and a secondary system, and compares the secondary's volumes.

    `data` are the capture's data files, `beat_bytes` is what a device writes at once. `images` are the original volumes
    as they were before the run, by group and volume; `copied` what each group is at the secondary system, by its number
    at the original; `volumes` where the secondary's are, by their numbers there; `before`: the last update number of a
    group before the run.
    """

    def __init__(
        self,
        systems: tuple[int, int],
        data: DataFiles,
        beat_bytes: int,
        images: Mapping[int, Mapping[int, bytes]],
        copied: Mapping[int, CopiedGroup],
        volumes: Mapping[int, Volume],
        before: Mapping[int, int],
    ) -> None:
        self._original, self._secondary = systems
        self._data = data
        self._beat_bytes = beat_bytes
        # the secondary's, by the numbers of their originals
        self._volumes = {
            number: volumes[other] for group in copied.values() for number, (other, _) in group.volumes.items()
        }
        self._commands: deque[Mapping[str, Any]] = deque()
        self._packets: deque[bytes] = deque()
        self.waiting: deque[dict[str, Any]] = deque()
        # the cycle of a look in flight: the history must not go beyond it
        self.looked_at: int | None = None
        self._first_cycle = 0
        self._copied = 0
        histories = {group: History({n: bytearray(image) for n, image in own.items()}) for group, own in images.items()}
        self.groups = {
            group: RestoredGroup(history, history, copied[group].pairs, before[group], before[group])
            for group, history in histories.items()
        }
        self._restored = {copied[number].number: group for number, group in self.groups.items()}

    def take(self, events: Iterable[dict[str, Any]]) -> None:
        """Follow events; one waits with those behind it as long as a data file does not hold what it announces."""
        self.waiting += events
        try:
            while self.waiting:
                self._follow(self.waiting[0])
                self.waiting.popleft()
        except DataNotReady:
            return

    def _follow(self, fields: Mapping[str, Any]) -> None:
        event, system = fields["event"], fields.get("system")
        if event == "start":
            first = {start["system"]: start["first_cycle"] for start in fields["systems"]}
            self._first_cycle = first[self._secondary]
        elif event == "record":
            record: CommitRecord = fields["record"]
            if system == self._original:
                if record.group in self.groups:
                    self.groups[record.group].created = record.update_number - 1
                if record.process == Process.COMMAND_RECEPTION:
                    self._command(record)
                elif record.process == Process.INITIAL_COPY and record.outcome in (
                    InitialCopyOutcome.UNIT_CREATED,
                    InitialCopyOutcome.VOLUME_COPIED,
                ):
                    self._copied += record.size
            elif system == self._secondary:
                self._secondary_record(record)
        elif event == "reset":
            self._reset(system, fields["write_data"])
        elif system == self._original and event == "host_command":
            self._commands.append(fields)
        elif system == self._original and event == "write_data":
            data = self._data.take(f"write_data{system}", fields["bytes"])
            assert data is not None
            self._packets.append(data)

    def _reset(self, system: int, bytes_cut_off: int) -> None:
        """A system has been reset. What the original's volumes hold then is told by `hold`."""
        if system == self._original:
            self._data.take(f"write_data{system}", bytes_cut_off)
            self._commands.clear()
            self._packets.clear()
            self.forget_writes(self.groups)
        elif system == self._secondary:
            for group in self.groups.values():
                group.reset()

    def forget_writes(self, groups: Iterable[int]) -> None:
        """What the original's hosts have written up to now says no more what the volumes of groups hold."""
        for number in groups:
            self.groups[number].newest = History({})

    def hold(self, groups: Iterable[int], images: Mapping[int, bytes]) -> None:
        """Tell what the original's volumes of groups hold, whose writes were forgotten, before any command."""
        for number in groups:
            group = self.groups[number]
            group.newest.images = {volume: bytearray(images[volume]) for volume in group.history.images}

    def _command(self, record: CommitRecord) -> None:
        """The original has decided on its next host command."""
        if record.outcome in (CommandOutcome.STALLED, CommandOutcome.FLUSH_ANSWERED):
            return  # the write waits for room, or a flush is answered
        command = self._commands.popleft()
        if command["size"] == 0 or command["opcode"] not in (*WRITES, *DISCARDS):
            return
        data = bytes(record.size) if command["opcode"] in DISCARDS else self._packets.popleft()
        group = self.groups.get(record.group)
        if (
            record.outcome == CommandOutcome.WRITTEN
            and group is not None
            and record.volume_state == VolumeState.ORIGINAL
            and record.volume in self._volumes
        ):
            journaled = record.creation == Creation.HOST_WRITE_CREATED
            position = record.position - self._volumes[record.volume].first
            write = OrderedWrite(record.update_number - 1, journaled, record.volume, position, data)
            group.newest.add(write)

    def _secondary_record(self, record: CommitRecord) -> None:
        group = self._restored.get(record.group)
        if group is None:
            return
        # as the bench counts them: since reset
        cycle = (record.cycle - self._first_cycle) % (1 << 48)
        if record.process == Process.OPERATION and record.outcome == Operation.START and not record.status:
            group.begin(record.update_number)
        elif record.process == Process.RESTORE and record.outcome == RestoreOutcome.WRITING:
            group.begun[record.reference] = cycle
            if record.size == 0:
                group.done[record.reference] = cycle
        elif record.process == Process.RESTORE and record.outcome == RestoreOutcome.FREED and record.size == 0:
            group.ended.add(record.pair)
            if record.pair_state == PairState.NORMAL:
                group.copied.add(record.pair)
        elif (
            record.process == Process.READ_WRITE
            and record.outcome == ReadWriteOutcome.VOLUME_WRITTEN
            and record.reference in group.begun
        ):
            group.done.setdefault(record.reference, cycle)

    @property
    def restored_journals(self) -> int:
        """Return how many journals of all groups are restored."""
        return sum(group.whole + len(group.done) for group in self.groups.values())

    @property
    def copied_bytes(self) -> tuple[int, int]:
        """Return how many bytes initial copy has made journals of, and how many there are."""
        images = (image for group in self.groups.values() for image in group.history.images.values())
        return self._copied, sum(map(len, images))

    @property
    def restored_writes(self) -> int:
        """Return how many host writes the secondary's volumes contain, from the first on."""
        return sum(group.history.applied for group in self.groups.values())

    def is_up_to_date(self, cycle: int, groups: Iterable[int] | None = None) -> bool:
        """Is every journal of these groups (default: all) restored, before this cycle, that the original has created?
        False while a look is in flight that does not see that yet.
        """
        until = cycle if self.looked_at is None else min(cycle, self.looked_at - SLACK_CYCLES)
        followed = [self.groups[number] for number in (self.groups if groups is None else groups)]
        return all(group.advance(until) == group.created for group in followed)

    def final(self, cycle: int) -> tuple[int, dict[int, bytes]]:
        """Return the restored number and the volumes as they should be, when nothing is in flight in this cycle."""
        images: dict[int, bytes] = {}
        restored = 0
        for group in self.groups.values():
            restored = group.advance(cycle)
            images |= {volume: bytes(image) for volume, image in group.history.at(restored).items()}
        return restored, images

    @property
    def copied_groups(self) -> set[int]:
        """The groups of which every pair's end of initial copy has been restored."""
        return {number for number, group in self.groups.items() if group.pairs <= group.copied}

    @property
    def is_copied(self) -> bool:
        """Has every pair's end of initial copy been restored?"""
        return self.copied_groups == set(self.groups)

    def compare(self, groups: Iterable[int], dumps: Mapping[int, bytes], cycle: int, ended: int) -> None:
        """Compare what the secondary's devices held of these groups at some time from `cycle` to `ended`.

        All lines up to SLACK_CYCLES later have been taken. Raises InconsistentError with the first difference.
        """
        for number in sorted(groups):
            group = self.groups[number]
            restored = group.advance(cycle - SLACK_CYCLES)
            for volume, image in group.history.at(restored).items():
                place = self._volumes[volume]
                actual = dumps[place.device][place.offset : place.offset + place.capacity]
                if actual != image:
                    self._compare(number, volume, bytes(image), actual, cycle, ended)

    def _compare(self, number: int, volume: int, image: bytes, actual: bytes, cycle: int, ended: int) -> None:
        """Compare beat by beat, as a device writes them."""
        group = self.groups[number]
        beat = self._beat_bytes
        flights = [
            (group.history.by_number[n], group.done.get(n, ended) < cycle - SLACK_CYCLES)
            for n in sorted(group.begun)
            if n > group.whole and group.begun[n] <= ended + SLACK_CYCLES and n in group.history.by_number
        ]
        for at in range(0, len(image), beat):
            found, old = actual[at : at + beat], image[at : at + beat]
            if found not in _allowed(old, flights, volume, at):
                raise InconsistentError(
                    f"cycle {cycle}: volume {volume} of system {self._secondary} differs from its original as of"
                    f" update number {group.whole} of group {number} at {at}: {found[:16].hex()},"
                    f" expected {image[at : at + 16].hex()}; in flight: {[w.after for w, _ in flights]}"
                )


def _allowed(old: bytes, flights: list[tuple[OrderedWrite, bool]], volume: int, at: int) -> list[bytes]:
    """Return what the writes in flight can have made of a beat: the last that is surely done, or a later one."""
    values = [old]
    for write, done in flights:
        if write.volume == volume and write.position <= at < write.position + len(write.data):
            if done:
                values.clear()
            values.append(write.data[at - write.position : at - write.position + len(old)])
    return values
