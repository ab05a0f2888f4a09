"""Remote write process ([0158], [0165]; 2310 of FIG 23, 2410 of FIG 24): the first system of three forwards each write.

A host is answered when the original system has answered, and only then is the write placed in the first system's own
volume. So both systems order the group's writes alike, and what the original system refused is nowhere.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from functools import partial

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.serial_number import following
from mirrorlog.processes.disk_adapter import DiskAdapter
from mirrorlog.tables.settings import GroupSettings
from mirrorlog.tables.shared_memory import (
    FullPolicy,
    GroupInformation,
    GroupState,
    PairState,
    Reason,
    SharedMemory,
    VolumeState,
)
from mirrorlog.tables.status import Status
from mirrorlog.tables.units import BLOCK_BYTES
from mirrorlog.three_systems.third_site import Progress, open_maps, take_progress

NOT_GIVEN = (1 << 64) - 1
"""The host's creation time of a write to which it gave none."""

MOST_DOUBLINGS = 6
"""How often the time after which all is sent again doubles, so that a slow path is not filled with repetitions."""

FORWARDING = frozenset({PairState.COPYING, PairState.NORMAL})
_REFUSED_FOR_GOOD = frozenset({Status.NEVER_FITS, Status.UNKNOWN_VOLUME, Status.TOO_LARGE, Status.OUT_OF_RANGE})


class RemoteKind(IntEnum):
    """What a write packet carries. BEGIN and END have no data: they bound a session's copy."""

    HOST = 0
    COPY = 1
    BEGIN = 2
    END = 3


class SessionFlag(IntFlag):
    """What BEGIN says of its session. COPY: the original volumes are not consistent until END."""

    NONE = 0
    COPY = 1


class RemoteWriteError(Exception):
    """An operation in the wrong state; nothing was changed."""


@dataclass(slots=True)
class Forwarded:
    """A write on its way to the original system. `volume` is this system's, `reference` what the host's answer names.

    `since` is when it was sent first; `sent` when it was sent last, None if it is to be sent (again); times ns.
    `progress` is what its answer said of the secondary system; `waits_for_its_device` as in `AnsweredWrite`.
    """

    kind: RemoteKind
    volume: int = 0
    position: int = 0
    data: bytes = b""
    tag: int = 0
    time: int = 0
    created: int | None = None
    reference: int = 0
    since: int | None = None
    sent: int | None = None
    flags: SessionFlag = SessionFlag.NONE
    status: Status | None = None
    progress: Progress = ()
    waits_for_its_device: bool = False


@dataclass(slots=True)
class ForwardingGroup:
    """The forwarding of a group, from `start` on. `session` counts starts and resumptions, `next` numbers the packets
    of all sessions. `changed` has the blocks of each volume that the original system lacks or may lack; `reads` are
    its reads that wait for an answer. `waiting` are
    host writes that were refused for want of room, each with the time of the next try; `copy_after` is that time for
    the copy of changed blocks. `resent` is how often all was sent again since the last answer.
    """

    settings: GroupSettings
    partner: int
    partner_group: int
    session: int = 0
    next: int = 1
    unanswered: dict[int, Forwarded] = field(default_factory=dict)
    waiting: deque[tuple[int, Forwarded]] = field(default_factory=deque)
    changed: dict[int, set[int]] = field(default_factory=dict)
    reads: dict[int, Packet] = field(default_factory=dict)
    copy_after: int = 0
    resent: int = 0
    copied_bytes: int = 0


class RemoteWrite:
    """Forwards the writes of the groups that this system is first in. `ready` are host writes with the original
    system's answer, in the order in which command reception has to end them.
    """

    __slots__ = ("disk_adapter", "groups", "ready", "references", "shared")

    def __init__(self, shared: SharedMemory, disk_adapter: DiskAdapter) -> None:
        self.shared = shared
        self.disk_adapter = disk_adapter
        self.groups: dict[int, ForwardingGroup] = {}
        self.ready: deque[Forwarded] = deque()
        self.references = 0

    def start(self, number: int, partner: int, partner_group: int, copy: bool) -> None:
        """Begin to forward a group's writes; `copy`: copy its volumes to the original system first (it has storage
        and other content). Raises RemoteWriteError if the group is no group of synchronous pairs, or was started.
        """
        group = self.shared.groups[number]
        if not group.synchronous or group.state is not GroupState.NORMAL or not group.pair_set:
            raise RemoteWriteError(f"group {number} forwards no writes: it is not synchronous and normal, with pairs")
        if number in self.groups:
            raise RemoteWriteError(f"group {number} was started already")
        forwarding = self.groups[number] = ForwardingGroup(group.settings, partner, partner_group)
        for pair in self.shared.pairs_of(group):
            blocks = self.shared.volumes[pair.original_volume].capacity // BLOCK_BYTES if copy else 0
            forwarding.changed[pair.original_volume] = set(range(blocks))
        open_maps(self.shared, number)
        self._begin(group, forwarding, copy)

    def resume(self, number: int) -> None:
        """Forward again after a suspension: the changed blocks are copied, in a new session. Raises RemoteWriteError
        if the group is not suspended, or a volume of it is "abnormal".
        """
        group = self.shared.groups[number]
        if number not in self.groups or group.state is not GroupState.ABNORMAL:
            raise RemoteWriteError(f"group {number} is not suspended here")
        for pair in self.shared.pairs_of(group):
            if self.shared.volumes[pair.original_volume].state is not VolumeState.ORIGINAL:
                raise RemoteWriteError(f"volume {pair.original_volume} of group {number} is abnormal")
        group.become_normal()
        self._begin(group, self.groups[number], True)

    def suspend(self, number: int, reason: Reason = Reason.SUSPENDED) -> None:
        """Stop forwarding: group and pairs become "abnormal". Hosts are answered as the group's policy says, and what
        the original system may lack is marked.
        """
        forwarding = self.groups[number]
        group = self.shared.groups[number]
        self.shared.fail_group(group, reason)
        status = Status.REMOTE_SILENT if group.full_policy is FullPolicy.ERROR else Status.OK
        entries = [*forwarding.unanswered.values(), *(entry for _, entry in forwarding.waiting)]
        forwarding.unanswered.clear()
        forwarding.waiting.clear()
        forwarding.reads.clear()
        for entry in entries:
            self.mark(number, entry.volume, entry.position, len(entry.data))
            if entry.kind is RemoteKind.HOST:
                self._end(entry, status)

    def is_synchronous(self, pair: int) -> bool:
        """Is this pair's group one whose writes are forwarded?"""
        return pair < len(self.shared.pairs) and self.shared.groups[self.shared.pairs[pair].group].synchronous

    def forwards(self, pair: int) -> bool:
        """Is a write of this pair forwarded now?"""
        information = self.shared.pairs[pair]
        return information.state in FORWARDING and self.shared.groups[information.group].state is GroupState.NORMAL

    def forward(
        self, pair: int, volume: int, position: int, data: bytes, tag: int, time: int, created: int | None, waits: bool
    ) -> int:
        """Take a host write that is to be forwarded; returns the reference by which its answer is known. Times ns.
        `waits`: it `waits_for_its_device`.
        """
        self.references += 1
        entry = Forwarded(RemoteKind.HOST, volume, position, data, tag, time, created, self.references)
        entry.waits_for_its_device = waits
        self._append(self.groups[self.shared.pairs[pair].group], entry)
        return self.references

    def next_answered(self) -> Forwarded | None:
        """Take the next write that command reception has to end; None if there is none."""
        return self.ready.popleft() if self.ready else None

    def mark(self, number: int, volume: int, position: int, size: int) -> None:
        """Remember blocks as changed: the original system lacks them, or may lack them."""
        if size and number in self.groups:
            blocks = range(position // BLOCK_BYTES, (position + size) // BLOCK_BYTES)
            self.groups[number].changed[volume].update(blocks)

    def poll(self, number: int, now: int) -> Packet | None:
        """Return the next packet to send, None if there is none now. Gives up if the original system was silent, or
        had no room, for the group's watch time.
        """
        forwarding = self.groups.get(number)
        group = self.shared.groups[number]
        if forwarding is None or group.state is not GroupState.NORMAL:
            return None
        waits = [*forwarding.unanswered.values(), *(entry for _, entry in forwarding.waiting)]
        if any(entry.since is not None and now - entry.since > group.watch_time for entry in waits):
            self.suspend(number, Reason.HEARTBEAT)
            return None
        for read in list(forwarding.reads.values()):
            if (answer := self.read(read)) is not None:
                return answer
        while forwarding.waiting and forwarding.waiting[0][0] <= now:
            self._append(forwarding, forwarding.waiting.popleft()[1])
        first = next(iter(forwarding.unanswered.values()), None)
        timeout = forwarding.settings.timeout << min(forwarding.resent, MOST_DOUBLINGS)
        if first is not None and first.sent is not None and now - first.sent > timeout:
            forwarding.resent += 1
            for entry in forwarding.unanswered.values():
                entry.sent = None
        if now >= forwarding.copy_after:
            self._copy(group, forwarding)
        for own, entry in forwarding.unanswered.items():
            if entry.sent is None and entry.status is None:
                entry.sent = now
                entry.since = now if entry.since is None else entry.since
                return self._packet(number, forwarding, own, entry)
        return None

    def receive(self, packet: Packet, now: int) -> None:
        """Take the original system's answer to a write. Writes end in the order of their numbers."""
        forwarding = self.groups.get(packet.group)
        if forwarding is None or packet.source != forwarding.partner or packet.generation != forwarding.session:
            return
        if len(packet.arguments) not in (1, 5):
            return
        entry = forwarding.unanswered.get(packet.arguments[0])
        if entry is None:
            return
        entry.status = Status(packet.status)
        entry.progress = packet.arguments[1:]
        forwarding.resent = 0
        while forwarding.unanswered:
            number, entry = next(iter(forwarding.unanswered.items()))
            if entry.status is None:
                return
            del forwarding.unanswered[number]
            self._answered(packet.group, forwarding, entry, entry.status, now)
            take_progress(self.shared, packet.group, entry.progress, partial(_is_uncertain, forwarding))

    def read(self, packet: Packet) -> Packet | None:
        """Answer the original system's read for its initial copy (third embodiment). None if that has to wait: `poll`
        answers then.

        What is read contains no write that the original system may not have: the session runs, and no unanswered
        write overlaps. A refused write that waits does not count, since its room may need this answer.
        """
        forwarding = self.groups.get(packet.group)
        if forwarding is None or packet.source != forwarding.partner:
            return None
        if len(packet.arguments) != len(("number", "volume", "position", "size")):
            return None
        number, volume, position, size = packet.arguments
        if volume not in forwarding.changed or position + size > self.shared.volumes[volume].capacity:
            return None
        works = self.shared.volumes[volume].state is VolumeState.ORIGINAL
        if works and not self.forwards(self.shared.volumes[volume].pair):
            return None
        if works and (self.ready or is_in_flight(forwarding, volume, position, size)):
            forwarding.reads[number] = packet
            return None
        forwarding.reads.pop(number, None)
        return Packet(
            PacketType.READ_DATA,
            packet.destination,
            packet.source,
            packet.source_group,
            packet.group,
            packet.generation,
            packet.tag,
            Status.OK if works else Status.VOLUME_ABNORMAL,
            arguments=(number,),
            data=self.disk_adapter.read(volume, position, size) if works else b"",
            incarnation=self.shared.incarnation,
        )

    def is_idle(self, number: int) -> bool:
        """Has the original system everything that this one has, or is the group suspended?"""
        forwarding = self.groups.get(number)
        if forwarding is None or self.shared.groups[number].state is not GroupState.NORMAL:
            return not self.ready
        copying = any(pair.state is PairState.COPYING for pair in self.shared.pairs_of(self.shared.groups[number]))
        return not (copying or forwarding.unanswered or forwarding.waiting or self.ready)

    def _begin(self, group: GroupInformation, forwarding: ForwardingGroup, copy: bool) -> None:
        forwarding.session = following(forwarding.session)
        for pair in self.shared.pairs_of(group):
            pair.state = PairState.COPYING if copy else PairState.NORMAL
        flags = SessionFlag.COPY if copy else SessionFlag.NONE
        self._append(forwarding, Forwarded(RemoteKind.BEGIN, flags=flags))

    def _append(self, forwarding: ForwardingGroup, entry: Forwarded) -> None:
        entry.sent = entry.status = None
        forwarding.unanswered[forwarding.next] = entry
        forwarding.next += 1

    def _answered(self, number: int, forwarding: ForwardingGroup, entry: Forwarded, status: Status, now: int) -> None:
        """The original system carried a write out, or refused it: then it is not there."""
        group = self.shared.groups[number]
        host = entry.kind is RemoteKind.HOST
        if status is Status.OK:
            if host:
                self._end(entry, status)
            elif entry.kind is RemoteKind.END:
                for pair in self.shared.pairs_of(group):
                    if pair.state is PairState.COPYING:
                        pair.state = PairState.NORMAL
        elif host and (status in _REFUSED_FOR_GOOD or group.full_policy is FullPolicy.ERROR):
            self._end(entry, status)
        elif status is Status.JOURNAL_FULL and (not host or group.full_policy is FullPolicy.STALL):
            if host:
                forwarding.waiting.append((now + forwarding.settings.interval, entry))
            else:
                self.mark(number, entry.volume, entry.position, len(entry.data))
                forwarding.copy_after = now + forwarding.settings.interval
        else:
            forwarding.waiting.append((now, entry))
            self.suspend(number, Reason.NO_ROOM if status is Status.JOURNAL_FULL else Reason.TOLD_BY_PARTNER)

    def _end(self, entry: Forwarded, status: Status) -> None:
        entry.status = status
        self.ready.append(entry)

    def _copy(self, group: GroupInformation, forwarding: ForwardingGroup) -> None:
        """Forward changed blocks, as many packets at a time as the settings have commands, and END behind the last."""
        copying = {pair.original_volume for pair in self.shared.pairs_of(group) if pair.state is PairState.COPYING}
        if not copying or self.ready:
            return
        kinds = [entry.kind for entry in forwarding.unanswered.values()]
        copies = kinds.count(RemoteKind.COPY)
        for volume in copying:
            while copies < forwarding.settings.commands:
                run = self._run(forwarding, volume)
                if not run:
                    break
                forwarding.changed[volume].difference_update(run)
                position, size = run[0] * BLOCK_BYTES, len(run) * BLOCK_BYTES
                data = self.disk_adapter.read(volume, position, size)
                self._append(forwarding, Forwarded(RemoteKind.COPY, volume, position, data))
                forwarding.copied_bytes += size
                copies += 1
        if self.may_end(forwarding, copies) and RemoteKind.END not in kinds:
            self._append(forwarding, Forwarded(RemoteKind.END))

    def may_end(self, forwarding: ForwardingGroup, copies: int) -> bool:
        """Has the original system every changed block?"""
        return not copies and not any(forwarding.changed.values())

    def _run(self, forwarding: ForwardingGroup, volume: int) -> range:
        """Return changed blocks of a volume that lie one after the other, with no unanswered host write on them, up to
        a copy unit of them.
        """
        changed = forwarding.changed[volume]
        most = min(forwarding.settings.copy_unit, self.shared.parameters.max_transfer_bytes) // BLOCK_BYTES
        for first in sorted(changed):
            end = first
            while (
                end in changed
                and end - first < most
                and not is_in_flight(forwarding, volume, end * BLOCK_BYTES, BLOCK_BYTES)
            ):
                end += 1
            if end > first:
                return range(first, end)
        return range(0)

    def _packet(self, number: int, forwarding: ForwardingGroup, own: int, entry: Forwarded) -> Packet:
        volume = 0
        if entry.data:
            volume = self.shared.pairs[self.shared.volumes[entry.volume].pair].secondary_volume
        oldest = next(iter(forwarding.unanswered))
        times = entry.time, NOT_GIVEN if entry.created is None else entry.created
        return Packet(
            PacketType.WRITE,
            self.shared.parameters.system,
            forwarding.partner,
            forwarding.partner_group,
            number,
            forwarding.session,
            own & 0xFFFF_FFFF,
            status=entry.kind,
            arguments=(own, oldest, entry.flags, volume, entry.position, len(entry.data), *times),
            data=entry.data,
            incarnation=self.shared.incarnation,
        )


def is_in_flight(forwarding: ForwardingGroup, volume: int, position: int, size: int) -> bool:
    """Is a host write that overlaps this range unanswered?"""
    return any(
        entry.kind is RemoteKind.HOST
        and entry.volume == volume
        and entry.position < position + size
        and position < entry.position + len(entry.data)
        for entry in forwarding.unanswered.values()
    )


def _is_uncertain(forwarding: ForwardingGroup, volume: int, position: int) -> bool:
    """May the original system lack this block, or hold more in it than the first one: is a write of it in flight,
    waiting, or to be copied?
    """
    entries = [*forwarding.unanswered.values(), *(entry for _, entry in forwarding.waiting)]
    return position // BLOCK_BYTES in forwarding.changed[volume] or any(
        entry.volume == volume
        and entry.position < position + BLOCK_BYTES
        and position < entry.position + len(entry.data)
        for entry in entries
    )
