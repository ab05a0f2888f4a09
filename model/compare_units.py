"""What the units of an initial copy may contain in a comparison: data that is read in place while hosts write
([0099]).
"""

from dataclasses import dataclass

from model.cache_memory import BLOCK_BYTES
from model.connection_path import Packet
from model.difference import Mismatch
from model.disk_adapter import DiskAdapter
from model.shared_memory import SharedMemory
from model.update_information import UpdateInformation

_FREED_KEPT = 64


@dataclass(slots=True)
class Unit:
    """A unit's range, and the values that each of its blocks has had since its journal was created."""

    volume: int
    position: int
    values: list[set[bytes]]

    def add(self, position: int, data: bytes) -> None:
        """Blocks from `position` of the volume on have these values now."""
        for at in range(0, len(data), BLOCK_BYTES):
            index = (position + at - self.position) // BLOCK_BYTES
            if 0 <= index < len(self.values):
                self.values[index].add(data[at : at + BLOCK_BYTES])


class CopiedUnits:
    """The units of all groups that may be sent (again), by group, generation and update number."""

    def __init__(self, shared: SharedMemory, disk_adapter: DiskAdapter) -> None:
        self.shared = shared
        self.disk_adapter = disk_adapter
        self._units: dict[tuple[int, int, int], Unit] = {}

    def create(self, volume: int, position: int, size: int, number: int) -> None:
        """A unit's journal was created."""
        group = self.shared.pairs[self.shared.volumes[volume].pair].group
        if len(self._units) >= _FREED_KEPT:
            self._forget_freed()
        unit = Unit(volume, position, [set() for _ in range(size // BLOCK_BYTES)])
        unit.add(position, self.disk_adapter.read(volume, position, size))
        self._units[group, self.shared.groups[group].generation, number] = unit

    def write(self, volume: int, position: int, data: bytes) -> None:
        """A host's write was ordered."""
        for unit in self._units.values():
            if unit.volume == volume:
                unit.add(position, data)

    def check(self, packet: Packet, information: UpdateInformation, data: bytes) -> None:
        """Check a unit that was sent: each block has a value that it had since the unit was created."""
        unit = self._units.get((packet.source_group, packet.generation, information.update_number))
        if unit is None:  # its journal was created before the capture began
            return
        for index, values in enumerate(unit.values):
            block = data[index * BLOCK_BYTES : (index + 1) * BLOCK_BYTES]
            if block not in values:
                expected = " or ".join(value[:8].hex(" ") for value in values)
                where = f"of journal {information.update_number}, block {index}"
                raise Mismatch(f"packet_out data {where}", expected, block[:8].hex(" "))

    def _forget_freed(self) -> None:
        for group, generation, number in list(self._units):
            information = self.shared.groups[group]
            if generation != information.generation or number < information.oldest_number():
                del self._units[group, generation, number]
