"""Resynchronization: two systems that hold copies of a group become one replication again by copying the blocks in
which they differ, with either of them as the original.

The system that requests it will be the original, its partner the secondary, whatever they were before. The partner
decides: it refuses when hosts wrote to both sides and the request does not say that its own side wins. An unmodified
side loses nothing, so there is no conflict then. Until the partner's answer nothing changes at the requesting system.
"""

from dataclasses import astuple, dataclass, replace

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.serial_number import following_number, is_before, is_older_generation
from mirrorlog.processes.maintenance import Answer, Maintenance, MaintenanceError, Operation
from mirrorlog.tables.changed_blocks import ChangedVolume, CopyHistory, pack_maps, unpack_maps
from mirrorlog.tables.shared_memory import (
    GroupInformation,
    GroupState,
    PairInformation,
    PairState,
    SharedMemory,
    VolumeState,
)

_WINS = 1
_MODIFIED = 2


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the partner begins with, as it answers: its write data area (bytes), and generation, update number, data
    offset and epoch, none lower than either system ever used; and the newest journal that it had restored as the
    requesting system's secondary, 0 if it was not.
    """

    area: int
    generation: int
    update_number: int
    data_offset: int
    epoch: int
    restored: int


class Resynchronization:
    """Requests to partners, and what partners request. `outcomes` has how the last request of each group ended."""

    __slots__ = ("answers", "maintenance", "outcomes", "requests", "shared")

    def __init__(self, shared: SharedMemory, maintenance: Maintenance) -> None:
        self.shared = shared
        self.maintenance = maintenance
        self.requests: dict[int, int] = {}
        self.outcomes: dict[int, Answer] = {}
        self.answers: dict[tuple[int, int], Packet] = {}

    def request(self, number: int, partner: int, partner_group: int, wins: bool = False) -> Packet:
        """Ask a partner to become the secondary of group `number`; the packet is to be sent until it is answered.

        `wins`: what hosts wrote at the partner may be overwritten. Raises MaintenanceError, nothing changed.
        """
        maintenance = self.maintenance
        group = maintenance.startable(number)
        history = self.shared.changed_blocks.groups.get(number)
        if history is None:
            raise MaintenanceError(Answer.NO_MAP, f"group {number} has no map of changed blocks")
        if number in self.requests.values():
            raise MaintenanceError(Answer.REQUESTED, f"a resynchronization of group {number} is requested already")
        self._check_pairs(number, group, partner)
        own = self.shared.parameters.system
        original = all(pair.original_system == own for pair in self.shared.pairs_of(group))
        if original and group.state is not GroupState.ABNORMAL:
            raise MaintenanceError(Answer.RUNNING, f"group {number} is running: suspend it first")
        if not original and not history.taken_over:
            raise MaintenanceError(Answer.WRONG_GROUP_STATE, f"group {number} is secondary here: take it over first")
        modified = self._is_modified(history, self.shared.volumes_of(group))
        packet = maintenance.outbox.post(
            Operation.RESYNCHRONIZE,
            partner,
            (
                group.settings.copy_unit,
                history.epoch,
                0 if original or group.secondary.restore_stopped else maintenance.restore.restored_number(number),
                group.update_number,
                group.data_offset,
                _WINS * wins | _MODIFIED * modified,
            ),
            partner_group,
            number,
            group.generation,
        )
        self.requests[packet.tag] = number
        self.outcomes.pop(number, None)
        return packet

    def receive(self, packet: Packet) -> Packet | None:
        """Answer a partner's request; a repeated one is answered the same, an older one not at all.

        What was answered once is not decided again: when this system has gone on since, the answer is a refusal.
        """
        key = packet.source, packet.group
        known = self.answers.get(key)
        same = known is not None and known.generation == packet.incarnation
        if known is not None and same and not is_before(known.tag, packet.tag):
            if packet.tag != known.tag:
                return None
            if known.status != Answer.OK or self._is_current(packet.group, known):
                return known
            return replace(known, status=Answer.WRONG_GROUP_STATE, arguments=(), data=b"")
        answer = Packet(
            PacketType.MAINTENANCE_ANSWER,
            packet.destination,
            packet.source,
            packet.source_group,
            packet.group,
            packet.incarnation,
            packet.tag,
            status=Answer.OK,
            incarnation=self.shared.incarnation,
        )
        try:
            accepted, maps = self._accept(packet)
        except MaintenanceError as error:
            answer.status = error.answer
        else:
            answer.data = pack_maps(maps)
            answer.arguments = Operation.RESYNCHRONIZE, *astuple(accepted)
        if answer.status != Answer.BUSY:
            self.answers[key] = answer
        return answer

    def take_answer(self, packet: Packet, now: int = 0) -> None:
        """Take a partner's answer: begin to copy the difference if it accepted. `now` is ns."""
        asked = self.maintenance.outbox.answered_by(packet)
        if packet.tag not in self.requests or asked is None or packet.status == Answer.BUSY:
            return
        number = self.requests.pop(packet.tag)
        self.maintenance.outbox.close(packet.tag)
        self.outcomes[number] = Answer(packet.status)
        if packet.status == Answer.OK:
            group = self.shared.groups[number]
            group.partner_system, group.partner_group = asked.destination, asked.group
            self._begin(number, Accepted(*packet.arguments[1:]), unpack_maps(packet.data), now)

    def _accept(self, packet: Packet) -> tuple[Accepted, list[ChangedVolume]]:
        """Become the secondary of the requesting system. Raises MaintenanceError, nothing changed."""
        number = packet.group
        maintenance, changed = self.maintenance, self.shared.changed_blocks
        group = maintenance.startable(number)
        history = changed.groups.get(number)
        if len(packet.arguments) != 6:
            raise MaintenanceError(Answer.UNKNOWN_OPERATION, "a resynchronization has six arguments")
        copy_unit, epoch, restored, update_number, data_offset, flags = packet.arguments
        if history is None:
            raise MaintenanceError(Answer.NO_MAP, f"group {number} has no map of changed blocks")
        if number in self.requests.values():
            raise MaintenanceError(Answer.REQUESTED, f"group {number} requests to be the original itself")
        self._check_pairs(number, group, packet.source)
        if copy_unit >= group.ring.write_data_area:
            raise MaintenanceError(Answer.NEVER_FITS, f"a copy_unit of {copy_unit} bytes never fits")
        secondary = group.secondary.started
        if secondary and group.secondary.takeover and not history.taken_over:
            raise MaintenanceError(Answer.WRONG_GROUP_STATE, f"group {number} is being taken over")
        volumes = self.shared.volumes_of(group)
        if packet.generation == group.generation and 0 < restored < group.update_number and not secondary:
            changed.restored(number, volumes, restored)
        open_to_hosts = not secondary or history.taken_over
        written = self._is_modified(history, volumes) if open_to_hosts else epoch < history.epoch
        if epoch != history.epoch and written and not flags & _WINS:
            if flags & _MODIFIED:
                raise MaintenanceError(Answer.BOTH_WRITTEN, f"hosts wrote to both sides of group {number}")
            raise MaintenanceError(Answer.OTHER_WRITTEN, f"only this side of group {number} was written")
        if any(write.volume in volumes for write in maintenance.disk_adapter.volume_writes.values()):
            raise MaintenanceError(Answer.BUSY, f"host writes to volumes of group {number} are in flight")
        maps = self._maps(group, volumes)
        current = secondary and packet.generation == group.generation
        # where restore stopped, a journal may have left the ring unrestored, with its journal volume
        known = maintenance.restore.restored_number(number) if current and not group.secondary.restore_stopped else 0
        history.epoch = max(epoch, history.epoch) + (epoch < history.epoch)
        history.taken_over = False
        if not secondary:
            self._swap(group, VolumeState.SECONDARY)
        for volume in volumes:
            self.shared.volumes[volume].state = VolumeState.SECONDARY
        group.update_number = max(group.update_number, update_number)
        group.data_offset = max(group.data_offset, data_offset)
        later = is_older_generation(group.generation, packet.generation)
        generation = following_number(packet.generation if later else group.generation)
        maintenance.become_secondary(number, packet.source, packet.source_group, generation)
        area = group.ring.write_data_area
        return Accepted(area, generation, group.update_number, group.data_offset, history.epoch, known), maps

    def _begin(self, number: int, accepted: Accepted, maps: list[ChangedVolume], now: int) -> None:
        """Become the original: what is marked on either side is to be copied."""
        maintenance, changed = self.maintenance, self.shared.changed_blocks
        group = self.shared.groups[number]
        if group.secondary.started:
            self._swap(group, VolumeState.ORIGINAL)
        volumes = self.shared.volumes_of(group)
        if accepted.restored:
            changed.restored(number, volumes, accepted.restored)
        for volume in volumes:
            changed.volumes[volume].copy_difference()
        for other in maps:
            changed.volumes[other.volume].merge(other.block, other.bitmap)
        group.update_number, group.data_offset = accepted.update_number, accepted.data_offset
        group.partner_area = accepted.area
        changed.groups[number].epoch = accepted.epoch
        changed.groups[number].taken_over = False
        maintenance.become_original(number, accepted.generation, now)

    def _is_current(self, number: int, answer: Packet) -> bool:
        """Is this system still as it was when it gave this answer?"""
        generation = Accepted(*answer.arguments[1:]).generation
        taken_over = self.shared.changed_blocks.groups[number].taken_over
        return self.shared.groups[number].generation == generation and not taken_over

    def _is_modified(self, history: CopyHistory, volumes: list[int]) -> bool:
        """Do these volumes hold what the partner's do not: what hosts wrote since a takeover, else what is marked?"""
        maps = self.shared.changed_blocks.volumes
        if history.taken_over:
            return any(maps[volume].since is not None for volume in volumes)
        return bool(self.shared.changed_blocks.marked(volumes))

    def _maps(self, group: GroupInformation, volumes: list[int]) -> list[ChangedVolume]:
        """Return what is marked here, by the partner's volume numbers."""
        own = self.shared.parameters.system
        maps = []
        for pair, volume in zip(self.shared.pairs_of(group), volumes, strict=True):
            changed = self.shared.changed_blocks.volumes.get(volume)
            if changed is not None and not changed.is_empty():
                partner = pair.secondary_volume if pair.original_system == own else pair.original_volume
                maps.append(ChangedVolume(partner, changed.block, changed.bitmap()))
        return maps

    def _check_pairs(self, number: int, group: GroupInformation, partner: int) -> None:
        """Refuse pairs with other systems, and volumes that do not work."""
        both = {self.shared.parameters.system, partner}
        if any({pair.original_system, pair.secondary_system} != both for pair in self.shared.pairs_of(group)):
            raise MaintenanceError(Answer.UNKNOWN_NUMBER, f"group {number} has pairs not with system {partner}")
        for volume in self.shared.volumes_of(group):
            if self.shared.volumes[volume].state is VolumeState.ABNORMAL:
                raise MaintenanceError(Answer.WRONG_VOLUME_STATE, f"volume {volume} is abnormal")

    def _swap(self, group: GroupInformation, state: VolumeState) -> None:
        """Swap the roles in a group's pairs; this system's volumes get a new state, "abnormal" ones aside."""
        for volume in self.shared.volumes_of(group):
            if self.shared.volumes[volume].state is not VolumeState.ABNORMAL:
                self.shared.volumes[volume].state = state
        for pair in self.shared.pairs_of(group):
            _swap_roles(pair)


def _swap_roles(pair: PairInformation) -> None:
    pair.original_system, pair.secondary_system = pair.secondary_system, pair.original_system
    pair.original_volume, pair.secondary_volume = pair.secondary_volume, pair.original_volume
    pair.state = PairState.NOT_COPYING
