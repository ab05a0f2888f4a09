"""What becomes of each packet on its way between two systems, and why one that came is refused."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mirrorlog.formats.connection_path import HEADER_BYTES, Packet, PacketError, PacketType
from mirrorlog.processes.path_sources import fits
from mirrorlog.storage_system import StorageSystem
from tb.coverage.bins import word

Told = Callable[[str, str], None]
_TYPE, _HEADER_CRC = slice(6, 8), slice(60, 64)


def type_of(packed: bytes) -> PacketType | None:
    """Return the type that a packet's header names, None if there is no such type."""
    number = int.from_bytes(packed[_TYPE], "little")
    return PacketType(number) if len(packed) >= HEADER_BYTES and number in set(PacketType) else None


def refusal(packed: bytes, system: StorageSystem) -> str:
    """Return why a system refuses a packet that has just come."""
    kind = type_of(packed)
    try:
        packet = Packet.unpack(packed)
    except PacketError as error:
        whole = len(packed) >= HEADER_BYTES and _header_is_right(packed)
        return "type" if whole and (kind is None or kind > PacketType.MAINTENANCE_ANSWER) else word(error.fault)
    if packet.type > PacketType.MAINTENANCE_ANSWER:
        return "type"
    if packet.destination != system.parameters.system:
        return "another system"
    if not fits(packet, system.parameters):
        return "length"
    if system.sources.is_over(packet):
        return "incarnation over"
    return "not allowed" if packet.type is PacketType.MAINTENANCE_COMMAND else "no group"


def _header_is_right(packed: bytes) -> bool:
    crc = int.from_bytes(packed[_HEADER_CRC], "little")
    return zlib.crc32(packed[: _HEADER_CRC.start]) == crc


@dataclass(slots=True)
class _Sent:
    kind: PacketType
    crc: int
    packed: bytes
    arrived: bool = False
    overtaken: bool = False


class Direction:
    """The packets from one system to the other. `told` is called with the type of each and what became of it: "whole",
    "overtaken" by a later one, "damaged", "doubled" (that one more came of it), "lost". One whose header is right, and
    no sent one's, was put in: nothing became of any that was sent.
    """

    def __init__(self, told: Told) -> None:
        self._told = told
        self._sent: list[_Sent] = []

    def send(self, packed: bytes) -> None:
        """A packet was sent."""
        kind = type_of(packed)
        if kind is not None:
            self._sent.append(_Sent(kind, zlib.crc32(packed), packed))

    def arrive(self, packed: bytes) -> None:
        """A packet was taken."""
        crc = zlib.crc32(packed)
        found = [one for one in self._sent if one.crc == crc and one.packed == packed]
        missing = [one for one in found if not one.arrived]
        if missing:
            self._came(missing[0], "overtaken" if missing[0].overtaken else "whole")
        elif found:
            self._told(found[0].kind.name, "doubled")
        elif len(packed) < HEADER_BYTES or not _header_is_right(packed) or self._has_header(packed[:HEADER_BYTES]):
            damaged = max(self._missing(), key=lambda one: _alike(one.packed, packed), default=None)
            if damaged is not None:
                self._came(damaged, "damaged")

    def end(self) -> None:
        """Nothing arrives any more."""
        for one in self._missing():
            self._told(one.kind.name, "lost")
        self._sent.clear()

    def _has_header(self, header: bytes) -> bool:
        return any(one.packed.startswith(header) for one in self._sent)

    def _came(self, packet: _Sent, fault: str) -> None:
        packet.arrived = True
        self._told(packet.kind.name, fault)
        for one in self._sent[: self._sent.index(packet)]:
            one.overtaken = not one.arrived

    def _missing(self) -> Iterator[_Sent]:
        return (one for one in self._sent if not one.arrived)


def _alike(sent: bytes, taken: bytes) -> int:
    """Return how much of a packet is that of another one."""
    return -len(taken) if len(sent) != len(taken) else sum(map(int.__eq__, sent, taken))
