"""Systems and the connection paths between them (FIG 1, 23, 24), without a clock."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mirrorlog.formats.connection_path import Packet
from mirrorlog.formats.outcomes import InitialCopyOutcome, RestoreOutcome
from mirrorlog.formats.update_information import UPDATE_INFORMATION_BYTES
from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.extents import striped
from mirrorlog.tables.settings import GroupSettings, JournalLayout, SettingsError
from mirrorlog.tables.shared_memory import NO_DEVICE, FullPolicy, GroupState, Parameters, VolumeState

ALIGNMENT = 4096
# what only hardware limits
_NO_LIMITS = dict.fromkeys(("commands", "window", "batch_journals", "batch_bytes", "restored_at_once"), 1 << 40)
_COPY_MOVES = frozenset(
    {InitialCopyOutcome.UNIT_CREATED, InitialCopyOutcome.VOLUME_COPIED, InitialCopyOutcome.END_MARKED}
)


@dataclass(frozen=True, slots=True)
class GroupLink:
    """A group of pairs: `volumes` (the same numbers on both sides) of system `original` are copied to system
    `secondary`.

    The group and its journal volumes have the same numbers on both sides; each of a side's has its `journal_bytes`,
    and a place of `journal_place` bytes if that is more.
    With three systems, hosts are at system `first`, which forwards each write to `original` (FIG 23); without
    `has_storage` the original volumes have no storage devices there (FIG 24).
    """

    group: int
    original: int
    secondary: int
    volumes: tuple[int, ...]
    journal_volume: int
    journal_bytes: tuple[int, int]
    settings: GroupSettings = field(default_factory=GroupSettings)
    policy: FullPolicy = FullPolicy.STALL
    watch_time: int = 0
    first: int | None = None
    has_storage: bool = True
    more_journal_volumes: tuple[int, ...] = ()
    journal_place: int = 0

    def host_system(self) -> int:
        """Return the number of the system whose hosts write."""
        return self.original if self.first is None else self.first

    @property
    def journal_volumes(self) -> tuple[int, ...]:
        """The numbers of all journal volumes."""
        return self.journal_volume, *self.more_journal_volumes

    def information_bytes(self, side: int) -> int:
        """Return the bytes of the update information area: its share of the journal volume, in whole entries, 0 with
        one continuous area.
        """
        if self.settings.layout is JournalLayout.CONTINUOUS:
            return 0
        share = 0.125 if self.settings.information_share is None else self.settings.information_share
        entries = max(2, int(self.journal_bytes[side] * share) // UPDATE_INFORMATION_BYTES)
        return entries * UPDATE_INFORMATION_BYTES


class Topology:
    """The systems, `paths` connection paths in each direction between those that talk, and the groups between them.

    Paths are known by source and destination, the second and further ones by a number behind these. Data volumes of two
    and more `volume_devices` are striped over as many storage devices ([0035]).
    `lost` are systems that a disaster took: nothing happens there, and nothing reaches them.
    """

    def __init__(
        self,
        capacities: Mapping[int, int],
        links: tuple[GroupLink, ...],
        devices: int = 2,
        max_transfer_bytes: int = 1 << 20,
        paths: int = 1,
        volume_devices: int = 1,
        stripe_bytes: int = 65536,
    ) -> None:
        numbers = [*capacities, *(volume for link in links for volume in link.journal_volumes)]
        if volume_devices < 1:
            raise SettingsError(f"volume_devices {volume_devices} must be at least 1")
        for link in links:
            link.settings.check_paths(paths)
        devices = max(devices, volume_devices + max(len(link.journal_volumes) for link in links))
        self.volume_devices, self.stripe_bytes = volume_devices, stripe_bytes
        volumes = max(numbers) + 1
        groups = max(link.group for link in links) + 1
        pairs = sum(len(link.volumes) for link in links)
        self.links = {link.group: link for link in links}
        self.systems: dict[int, StorageSystem] = {}
        self.lost: set[int] = set()
        ends = [(link.original, link.secondary) for link in links]
        ends += [(link.original, link.first) for link in links if link.first is not None]
        both = sorted({end for one, other in ends for end in ((one, other), (other, one))})
        self.paths: dict[tuple[int, ...], deque[Packet]] = {end: deque() for end in both}
        for number in range(1, paths):
            self.paths |= {(*end, number): deque() for end in both}
        for number in sorted({end for pair in both for end in pair}):
            self.systems[number] = StorageSystem(
                Parameters(number, 512, volumes, pairs, groups, devices, max_transfer_bytes, **_NO_LIMITS)
            )
            self._place_volumes(number, capacities)
        for link in links:
            self._set_up(link)

    def original(self, group: int) -> StorageSystem:
        """Return the original system of a group."""
        return self.systems[self.links[group].original]

    def first(self, group: int) -> StorageSystem:
        """Return the system whose hosts write to a group: the first of three, else the original one."""
        return self.systems[self.links[group].host_system()]

    def secondary(self, group: int) -> StorageSystem:
        """Return the secondary system of a group."""
        return self.systems[self.links[group].secondary]

    def load(self, system: int, volume: int, image: bytes, at: int = 0) -> None:
        """Put an image on a volume's device, from a position on."""
        adapter = self.systems[system].disk_adapter
        taken = 0
        for piece in adapter.pieces(volume, at, len(image)):
            adapter.devices[piece.device].write(piece.offset, image[taken : taken + piece.size])
            taken += piece.size

    def pieces(self, system: int, volume: int) -> Iterator[tuple[int, bytes]]:
        """Yield what is not zero of a volume's content, as (position, bytes) in order; what lies between is zero."""
        adapter = self.systems[system].disk_adapter
        for at, size in adapter.written(volume):
            yield at, adapter.read_device(volume, at, size)

    def image(self, system: int, volume: int) -> bytes:
        """Return a volume's content on its device."""
        information = self.systems[system].shared.volumes[volume]
        return self.systems[system].disk_adapter.read_device(volume, 0, information.capacity)

    def initiate(self, group: int, now: int = 0) -> None:
        """930, with the secondary's part specified at the original system."""
        link = self.links[group]
        if link.first is not None and group not in self.first(group).remote_write.groups:
            self.first(group).remote_write.start(group, link.original, group, copy=link.has_storage)
        system = self.systems[link.original]
        arguments = system.maintenance.initiate(group, link.secondary, group, now)
        self.send(system.operations.specify(Operation.START, link.secondary, arguments))

    def start_copied(self, group: int) -> None:
        """Bring a group to the state after its initial copy, both sides holding the same."""
        link = self.links[group]
        original, secondary = self.original(group), self.secondary(group)
        arguments = original.maintenance.initiate(group, link.secondary, group)
        secondary.maintenance.start(*arguments)
        area = secondary.shared.groups[group].ring.write_data_area
        original.maintenance.start_answered(group, arguments[3], Answer.OK, area)
        if link.first is not None:
            self.first(group).remote_write.start(group, link.original, group, copy=False)
        for volume in link.volumes:
            for at, piece in self.pieces(link.host_system(), volume):
                for number in (link.original, link.secondary):
                    if self.systems[number].shared.volumes[volume].has_storage():
                        self.load(number, volume, piece, at)
        original.initial_copy.skip(group)
        secondary.restore.skip_copy(group)

    def send(self, packet: Packet) -> None:
        """Put a packet on its path."""
        if packet.destination not in self.lost:
            keys = self.paths_between(packet.source, packet.destination)
            self.paths[min(keys, key=lambda key: len(self.paths[key]))].append(packet)

    def paths_between(self, source: int, destination: int) -> list[tuple[int, ...]]:
        """Return the paths from one system to another ([0040])."""
        return [key for key in self.paths if key[:2] == (source, destination)]

    def lose(self, number: int) -> None:
        """A disaster takes a system. What is on its way from it still arrives."""
        self.lost.add(number)
        for key, path in self.paths.items():
            if key[1] == number:
                path.clear()

    def deliver(self, packet: Packet, now: int = 0) -> None:
        """Hand a packet to its destination, and put the answer on the path back."""
        answer = self.systems[packet.destination].receive(packet, now)
        if answer is not None:
            self.send(answer)

    def settle(self, now: int = 0) -> bool:
        """Carry out once whatever can be done without host commands and faults; returns whether anything was."""
        moved = False
        for number, system in self.systems.items():
            if number in self.lost:
                continue
            moved |= finish_device_writes(system)
            for group, link in self.links.items():
                moved |= self._exchange(system, group, now)
                if number == link.original:
                    moved |= system.initial_copy.step(group).outcome in _COPY_MOVES
                    moved |= self._send_next(system, group, now)
                elif number == link.secondary:
                    moved |= self._read_and_restore(system, group, now)
        for path in self.paths.values():
            moved |= bool(path)
            while path:
                self.deliver(path.popleft(), now)
        return moved

    def drain(self, now: int = 0) -> int:
        """Settle until every journal of every running group is restored and freed on both sides; returns the time
        reached.
        """
        while True:
            moved = self.settle(now)
            if all(self.is_drained(group) for group in self.links):
                return now
            if not moved:
                now += max(self.secondary(group).journal_read_command.resend_timeout(group) for group in self.links)
                for system in self.systems.values():
                    for packet in system.outbox.commands():
                        self.send(packet)

    def is_drained(self, number: int) -> bool:
        """Is nothing of a group left to forward, copy, send, restore or free (or does it not run any more)?"""
        link = self.links[number]
        groups = (self.original(number).shared.groups[number], self.secondary(number).shared.groups[number])
        if any(group.state is not GroupState.NORMAL for group in groups):
            return True
        if (
            link.first is not None
            and link.first not in self.lost
            and not self.first(number).remote_write.is_idle(number)
        ):
            return False
        return (
            self.original(number).initial_copy.is_over(number)
            and groups[0].update_number == groups[1].update_number
            and not any(group.ring.update_information_used for group in groups)
        )

    def _exchange(self, system: StorageSystem, group: int, now: int) -> bool:
        """Send what the first and the original system of three have for each other, and answer hosts."""
        moved = False
        for poll in (system.remote_write.poll, system.remote_read.poll):
            while (packet := poll(group, now)) is not None:
                self.send(packet)
                moved = True
        while system.command_reception.answer_forwarded() is not None:
            moved = True
        return moved

    def _read_and_restore(self, system: StorageSystem, group: int, now: int) -> bool:
        reading = system.journal_read_command
        if not system.shared.groups[group].secondary.started:
            return False
        moved = reading.store_held(group, now) is not None
        moved |= self._send_next(system, group, now)
        restore = system.restore
        while restore.has_journal(group) and restore.step(group).outcome == RestoreOutcome.WRITING:
            moved = True
        return moved

    def _send_next(self, system: StorageSystem, group: int, now: int) -> bool:
        moved = False
        while (packet := system.next_packet(group, now)) is not None:
            self.send(packet)
            moved = True
        return moved

    def _place_volumes(self, number: int, capacities: Mapping[int, int]) -> None:
        """Give each volume its place: data volumes on the first device, journal volumes on the last (several of a
        group on as many).
        """
        system = self.systems[number]
        last = system.parameters.devices - 1
        ends = [0] * system.parameters.devices
        places = [(volume, capacity, 0) for volume, capacity in capacities.items()]
        without = set[int]()
        for link in self.links.values():
            if number == link.original and not link.has_storage:
                without.update(link.volumes)
            if number != link.first:
                side = 0 if number == link.original else 1
                for back, volume in enumerate(link.journal_volumes):
                    places.append((volume, link.journal_bytes[side], last - back))
        for volume, capacity, device in places:
            information = system.shared.volumes[volume]
            information.state = VolumeState.NORMAL
            information.capacity = information.place_bytes = capacity
            if volume not in capacities:
                information.place_bytes = max(capacity, *(link.journal_place for link in self.links.values()))
            if volume in without:
                information.device = NO_DEVICE  # [0166]
                continue
            information.device = device
            if self.volume_devices > 1 and volume in capacities:
                information.extents = striped(capacity, self.stripe_bytes, ends, self.volume_devices, ALIGNMENT)
                continue
            information.offset = ends[device]
            ends[device] += -(-information.place_bytes // ALIGNMENT) * ALIGNMENT

    def _set_up(self, link: GroupLink) -> None:
        """900 to 920, at each system itself."""
        for side, number in enumerate((link.original, link.secondary)):
            maintenance = self.systems[number].maintenance
            maintenance.create_group(link.group, link.settings)
            for volume in link.journal_volumes:
                maintenance.record_journal_volume(link.group, volume, link.information_bytes(side))
            for volume in link.volumes:
                capacity = self.systems[link.original].shared.volumes[volume].capacity
                maintenance.record_pair(link.group, link.original, volume, link.secondary, volume, capacity)
            group = self.systems[number].shared.groups[link.group]
            group.full_policy = link.policy
            group.watch_time = link.watch_time
        if link.first is not None:
            self._set_up_first(link, link.first)

    def _set_up_first(self, link: GroupLink, first: int) -> None:
        """The first of three systems: pairs with the original one, without a journal volume ([0158], [0165])."""
        system = self.systems[first]
        system.maintenance.create_group(link.group, link.settings)
        group = system.shared.groups[link.group]
        group.synchronous = True
        group.full_policy, group.watch_time = link.policy, link.watch_time
        original = self.systems[link.original]
        original.remote_write_reception.open(link.group, first)
        for volume in link.volumes:
            system.maintenance.record_pair(link.group, first, volume, link.original, volume)
            original.remote_read.open(volume, link.group, volume)


def finish_device_writes(system: StorageSystem) -> bool:
    """Let a system's devices answer every write in flight, in order; returns whether there was one."""
    adapter = system.disk_adapter
    moved = False
    for journals in adapter.journal_writes:
        while journals:
            system.journal_write_done(journals[0])
            moved = True
    for writes in (adapter.volume_writes, adapter.restore_writes):
        for write in list(writes.values()):
            system.volume_write_done(write)
            moved = True
    return moved
