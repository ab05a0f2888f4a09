"""Packets that a system takes: what fits it, of each source's last incarnation; whose operations are carried out."""

from mirrorlog.formats.connection_path import Packet, PacketError, PacketType
from mirrorlog.formats.serial_number import is_before
from mirrorlog.tables.shared_memory import Parameters, SharedMemory
from mirrorlog.tables.units import BLOCK_BYTES

_MAINTENANCE = (PacketType.MAINTENANCE_COMMAND, PacketType.MAINTENANCE_ANSWER)
MOST_SYSTEMS = 63
"""Systems with a place of their own; those from this number on share one, which is the last's that sent."""


def fits(packet: Packet, parameters: Parameters) -> bool:
    """Is a packet one for a system of these parameters, and within what it takes (else it is dropped as damaged)?"""
    if packet.destination != parameters.system or packet.type > PacketType.MAINTENANCE_ANSWER or packet.data:
        return False
    if packet.type is not PacketType.JOURNALS:
        return True
    sizes = [information.size for information, _ in packet.journals]
    data = sum(information.data_bytes() for information, _ in packet.journals)
    return (
        0 < len(sizes) <= parameters.batch_journals
        and data <= parameters.batch_bytes
        and all(size % BLOCK_BYTES == 0 and size <= parameters.max_transfer_bytes for size in sizes)
    )


class PathSources:
    """What a system knows of the others that send to it. What it refuses counts as `packet_faults`."""

    __slots__ = ("incarnations", "shared")

    def __init__(self, shared: SharedMemory) -> None:
        self.shared = shared
        self.incarnations: dict[int, tuple[int, int]] = {}

    def arrives(self, data: bytes) -> Packet | None:
        """Return the packet that came as these bytes, None if it is dropped: it is damaged, not for this system or one
        of its groups, or `takes` refuses it.
        """
        parameters = self.shared.parameters
        try:
            packet = Packet.unpack(data)
        except PacketError:
            packet = None
        if packet is None or not fits(packet, parameters):
            self.shared.packet_faults += 1
            return None
        if not self.takes(packet):
            return None
        if packet.group >= parameters.groups and packet.type not in _MAINTENANCE:
            self.shared.packet_faults += 1
            return None
        return packet

    def is_over(self, packet: Packet) -> bool:
        """Is a packet of an incarnation before the last one that its source is known in?"""
        known = self.incarnations.get(min(packet.source, MOST_SYSTEMS))
        return known is not None and known[0] == packet.source and is_before(packet.incarnation, known[1])

    def takes(self, packet: Packet) -> bool:
        """Is a packet of its source's last incarnation, and, if it is an operation, of a system that is allowed?

        What a system sent before its last reset is dropped when a packet of after it has come.
        """
        place = min(packet.source, MOST_SYSTEMS)
        over = self.is_over(packet)
        if not over:
            self.incarnations[place] = packet.source, packet.incarnation
        is_operation = packet.type is PacketType.MAINTENANCE_COMMAND
        allowed = not is_operation or bool(self.shared.allowed_systems >> place & 1)
        self.shared.packet_faults += over or not allowed
        return not over and allowed
