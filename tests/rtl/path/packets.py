"""Random packets of the connection path, for the tests of both its sides."""

import random
import zlib
from collections.abc import Sequence

from mirrorlog.formats.connection_path import Packet, PacketType, ReadCommand
from mirrorlog.formats.update_information import JournalKind, UpdateInformation

BLOCK_BYTES = 512
SYSTEM = 1


Journal = tuple[UpdateInformation, bytes]

# Fields of update information that do not matter to the path, and their bits
FREE_FIELDS = {
    "update_number": 64,
    "time": 64,
    "position": 64,
    "journal_position": 64,
    "data_offset": 64,
    "group": 16,
    "volume": 16,
    "journal_volume": 16,
}


def random_journal(rng: random.Random, size: int) -> Journal:
    """A journal with `size` bytes of data; one without data is a discard, or the end of an initial copy."""
    discards = not size and rng.random() < 0.5
    kind = JournalKind.HOST_WRITE if size else JournalKind.END_OF_INITIAL_COPY
    values = {name: rng.getrandbits(bits) for name, bits in FREE_FIELDS.items()}
    data = rng.randbytes(size)
    values["data_crc"] = zlib.crc32(data)
    if discards:
        size, kind = BLOCK_BYTES * rng.randrange(1, 9), JournalKind.DISCARD
    return UpdateInformation(**values, size=size, kind=kind), data


def random_packet(rng: random.Random, sizes: Sequence[int] = ()) -> Packet:
    """A packet of any type that systems send; with `sizes`, one of journals with that many bytes of data each."""
    # types above belong to comparisons, and are the model's alone
    others = [kind for kind in PacketType if kind <= PacketType.MAINTENANCE_ANSWER and kind is not PacketType.JOURNALS]
    kind = PacketType.JOURNALS if sizes else rng.choice(others)
    numbers = [rng.getrandbits(bits) for bits in (16, 16, 16, 32, 32, 16)]
    packet = Packet(kind, SYSTEM, *numbers, journals=[random_journal(rng, size) for size in sizes])
    packet.incarnation = rng.getrandbits(32)
    if kind is PacketType.GROUP_STATE:
        packet.reason, packet.wants_answer = rng.randrange(13), bool(rng.getrandbits(1))
    if kind is PacketType.JOURNAL_READ_COMMAND:
        flags = bool(rng.getrandbits(1)), bool(rng.getrandbits(1))
        packet.command = ReadCommand(*flags, *(rng.getrandbits(bits) for bits in (32, 32, 64, 64, 64)))
    elif kind in (PacketType.MAINTENANCE_COMMAND, PacketType.MAINTENANCE_ANSWER):
        packet.arguments = tuple(rng.getrandbits(64) for _ in range(rng.randrange(1, 9)))
    return packet


def random_sizes(rng: random.Random, journals: int = 64, blocks: int = 128) -> list[int]:
    """Sizes of a batch: any number of journals up to the most, no more data than the most, some without data."""
    sizes: list[int] = []
    left = blocks
    for _ in range(rng.choice([1, 2, 3, 15, 16, 17, 31, journals])):
        size = rng.choice([0, 1, 1, 2, 8]) if rng.randrange(8) else rng.randrange(0, 17)
        sizes.append(min(size, left) * BLOCK_BYTES)
        left -= sizes[-1] // BLOCK_BYTES
    return sizes
