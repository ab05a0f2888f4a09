"""Remote read process ([0166]): initial copy of volumes without storage, read from the first system of three.

A unit's journal takes its number and place first; it is sent to the secondary system once its data has come.
"""

from dataclasses import dataclass, field

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.tables.shared_memory import NO_SYSTEM, Reason, SharedMemory
from mirrorlog.tables.status import Status

UNITS = 4
"""How many units of a group wait for their data, or lie in cache until they are freed."""


@dataclass(slots=True)
class Unit:
    """A unit to be read: where it lies, when it was asked for last (None: not yet), and its data once it has come."""

    volume: int
    position: int
    size: int
    sent: int | None = None
    data: bytes | None = None


@dataclass(slots=True)
class RemoteRead:
    """The units of each group, by the update numbers of their journals."""

    shared: SharedMemory
    groups: dict[int, dict[int, Unit]] = field(default_factory=dict)
    volumes: dict[int, tuple[int, int]] = field(default_factory=dict)

    def open(self, volume: int, first_group: int, first_volume: int) -> None:
        """Say which group and volume of the first system a volume's initial copy is read from."""
        self.volumes[volume] = first_group, first_volume

    def has_room(self, number: int) -> bool:
        """May another unit of a group be read?"""
        return len(self._unfreed(number)) < UNITS

    def want(self, number: int, update_number: int, volume: int, position: int, size: int) -> None:
        """A journal of initial copy was created; its data is to be read."""
        self.groups.setdefault(number, {})[update_number] = Unit(volume, position, size)

    def first_missing(self, number: int) -> int | None:
        """Return the update number of a group's oldest journal whose data has not come, None if there is none."""
        if number not in self.groups:
            return None
        return next((first for first, unit in self._unfreed(number).items() if unit.data is None), None)

    def data(self, number: int, update_number: int) -> bytes:
        """Return a unit's data, which has come."""
        data = self.groups[number][update_number].data
        assert data is not None
        return data

    def poll(self, number: int, now: int) -> Packet | None:
        """Return the next read to send, None if there is none now."""
        group = self.shared.groups[number]
        if number not in self.groups or group.first_system == NO_SYSTEM:
            return None
        timeout = group.settings.timeout
        for update_number, unit in self._unfreed(number).items():
            if unit.data is None and (unit.sent is None or now - unit.sent > timeout):
                unit.sent = now
                first_group, first_volume = self.volumes[unit.volume]
                return Packet(
                    PacketType.READ,
                    self.shared.parameters.system,
                    group.first_system,
                    first_group,
                    number,
                    group.generation,
                    update_number & 0xFFFF_FFFF,
                    arguments=(update_number, first_volume, unit.position, unit.size),
                    incarnation=self.shared.incarnation,
                )
        return None

    def receive(self, packet: Packet) -> None:
        """Take the first system's answer. A volume that it cannot read will never be copied: the group is given up."""
        group = self.shared.groups[packet.group]
        if packet.source != group.first_system or packet.generation != group.generation or len(packet.arguments) != 1:
            return
        unit = self.groups.get(packet.group, {}).get(packet.arguments[0])
        if unit is None or unit.data is not None:
            return
        if packet.status != Status.OK:
            self.shared.fail_group(group, Reason.VOLUME_DEVICE)
        elif len(packet.data) == unit.size:
            unit.data = packet.data

    def _unfreed(self, number: int) -> dict[int, Unit]:
        """Drop the units whose journals are freed; returns those that are left."""
        units = self.groups.setdefault(number, {})
        oldest = self.shared.groups[number].oldest_number()
        for update_number in [update_number for update_number in units if update_number < oldest]:
            del units[update_number]
        return units
