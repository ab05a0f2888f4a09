"""One way of the path, as whoever forges packets for it sees it, and what every packet of it has."""

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from mirrorlog.formats.connection_path import HEADER_BYTES, Journal, Packet, PacketType
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.settings import ReadMode
from mirrorlog.tables.shared_memory import GroupInformation, PairInformation
from tb.config.settings import BLOCK_BYTES

# Of write data in a packet, if it does not matter how much
MOST_BYTES = 4096
# Header fields: place and bytes
FIELDS = {
    "magic": (0, 4),
    "version": (4, 2),
    "type": (6, 2),
    "source": (8, 2),
    "destination": (10, 2),
    "group": (12, 2),
    "count": (26, 2),
    "payload_bytes": (28, 4),
    "payload_crc": (32, 4),
    "incarnation": (52, 4),
}
_HEADER_CRC = 60


@dataclass(slots=True)
class Way:
    """One way of the path, that with this index: `there` sends to `here`, about group `number` of `here`."""

    rng: random.Random
    here: StorageSystem
    there: StorageSystem
    number: int
    index: int = 0

    @property
    def group(self) -> GroupInformation:
        """The group at the system that receives."""
        return self.here.shared.groups[self.number]

    @property
    def beat(self) -> int:
        """Bytes of a beat."""
        return self.here.parameters.data_width // 8

    def packet(self, kind: PacketType) -> Packet:
        """Return a packet of the group, of its partner's, of now, with any tag."""
        group, systems = self.group, (self.there.parameters.system, self.here.parameters.system)
        packet = Packet(kind, *systems, self.number, group.partner_group, group.generation)
        packet.tag, packet.incarnation = self.rng.getrandbits(32) | 1, self.there.shared.incarnation
        return packet

    def journal(self, size: int = BLOCK_BYTES, kind: JournalKind = JournalKind.HOST_WRITE) -> Journal:
        """Return a journal of one of the group's pairs, of a number that is stored and committed."""
        rng, shared = self.rng, self.here.shared
        pair = rng.choice(shared.pairs_of(self.group) or [PairInformation()])
        capacity = shared.volumes[min(pair.secondary_volume, len(shared.volumes) - 1)].capacity
        with_data = kind in (JournalKind.HOST_WRITE, JournalKind.INITIAL_COPY)
        data = rng.randbytes(size) if with_data else b""
        information = UpdateInformation(
            max(0, self.group.update_number - rng.randrange(1, 5)),
            rng.getrandbits(64),
            BLOCK_BYTES * rng.randrange(max(0, capacity - size) // BLOCK_BYTES + 1),
            BLOCK_BYTES * rng.getrandbits(16),
            BLOCK_BYTES * rng.getrandbits(48),
            0 if kind is JournalKind.END_OF_INITIAL_COPY else size,
            zlib.crc32(data) if kind is JournalKind.HOST_WRITE else 0,
            self.group.partner_group,
            pair.original_volume,
            rng.getrandbits(6),
            kind,
        )
        return information, data

    def journals(self, *journals: Journal) -> Packet:
        """Return a packet of journals."""
        return replace(self.packet(PacketType.JOURNALS), journals=list(journals))

    def answer(self, *journals: Journal) -> Packet:
        """Return a packet of journals that is the answer to a plain group's last command; else it may come with any
        tag."""
        plain = self.group.settings.mode is not ReadMode.BY_NUMBER
        packet = self.journals(*journals)
        return tagged(packet, self.group.secondary.sent_tag) if plain else packet

    def sizes(self) -> list[int]:
        """Draw sizes of a packet's write data, which is not much."""
        most = min(self.here.parameters.max_transfer_bytes, MOST_BYTES) // BLOCK_BYTES
        sizes = [BLOCK_BYTES * self.rng.randint(1, most) for _ in range(self.rng.randint(1, 3))]
        return sizes if sum(sizes) <= MOST_BYTES else sizes[:1]

    def written(self, sizes: list[int] | None = None) -> Packet:
        """Return a packet of host writes."""
        return self.journals(*(self.journal(size) for size in sizes or self.sizes()))


Make = Callable[[Way], Packet]
Forge = Callable[[Way], bytes]


def changed(packed: bytes, **values: int) -> bytes:
    """Return a packet with other values of header fields, and the right CRC."""
    header = bytearray(packed[:_HEADER_CRC])
    for name, value in values.items():
        at, size = FIELDS[name]
        header[at : at + size] = value.to_bytes(size, "little")
    return bytes(header) + zlib.crc32(header).to_bytes(4, "little") + packed[HEADER_BYTES:]


def tagged(packet: Packet, tag: int) -> Packet:
    """Give a packet a tag, which may have gone over either end."""
    packet.tag = tag % (1 << 32)
    return packet
