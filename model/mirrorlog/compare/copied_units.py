"""What the units of an initial copy may contain in a comparison: data that is read in place while hosts write
([0099]).
"""

from dataclasses import dataclass, field

from mirrorlog.compare.difference import Mismatch
from mirrorlog.formats.connection_path import Packet
from mirrorlog.formats.update_information import UpdateInformation
from mirrorlog.processes.disk_adapter import DiskAdapter
from mirrorlog.tables.shared_memory import SharedMemory
from mirrorlog.tables.units import BLOCK_BYTES


@dataclass(slots=True)
class Unit:
    """A unit's range, its content when its journal was created, and what each of its blocks has become since then."""

    volume: int
    position: int
    content: bytes
    later: dict[int, set[bytes]] = field(default_factory=dict)

    def add(self, position: int, data: bytes) -> None:
        """Blocks from `position` of the volume on have these values now."""
        end = min(position + len(data), self.position + len(self.content))
        for at in range(max(position, self.position), end, BLOCK_BYTES):
            index = (at - self.position) // BLOCK_BYTES
            self.later.setdefault(index, set()).add(data[at - position : at - position + BLOCK_BYTES])


class CopiedUnits:
    """The units of each group that may be sent (again), by generation and update number, in their order."""

    def __init__(self, shared: SharedMemory, disk_adapter: DiskAdapter) -> None:
        self.shared = shared
        self.disk_adapter = disk_adapter
        self._units: list[dict[tuple[int, int], Unit]] = [{} for _ in shared.groups]

    def create(self, volume: int, position: int, size: int, number: int) -> None:
        """A unit's journal was created."""
        group = self.shared.pairs[self.shared.volumes[volume].pair].group
        self._drop_freed(group)
        unit = Unit(volume, position, self.disk_adapter.read(volume, position, size))
        self._units[group][self.shared.groups[group].generation, number] = unit

    def write(self, volume: int, position: int, data: bytes) -> None:
        """A host's write was ordered."""
        end = position + len(data)
        for units in self._units:
            for unit in units.values():
                if unit.volume == volume and unit.position < end and position < unit.position + len(unit.content):
                    unit.add(position, data)

    def check(self, packet: Packet, information: UpdateInformation, data: bytes) -> None:
        """Check a unit that was sent: each block has a value that it had since the unit was created."""
        unit = self._units[packet.source_group].get((packet.generation, information.update_number))
        if unit is None or data == unit.content:  # or its journal was created before the capture began
            return
        for index, at in enumerate(range(0, len(unit.content), BLOCK_BYTES)):
            block = data[at : at + BLOCK_BYTES]
            values = {unit.content[at : at + BLOCK_BYTES], *unit.later.get(index, ())}
            if block not in values:
                expected = " or ".join(value[:8].hex(" ") for value in values)
                where = f"of journal {information.update_number}, block {index}"
                raise Mismatch(f"packet_out data {where}", expected, block[:8].hex(" "))

    def _drop_freed(self, group: int) -> None:
        units, information = self._units[group], self.shared.groups[group]
        while units:
            generation, number = first = next(iter(units))
            if generation == information.generation and number >= information.oldest_number():
                return
            del units[first]
