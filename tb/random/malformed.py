"""Packets that are dropped as they come: one thing in each is wrong, all else is right, the other checksums too."""

import zlib
from dataclasses import replace

from mirrorlog.formats.connection_path import HEADER_BYTES, Packet, PacketType
from mirrorlog.formats.update_information import UPDATE_INFORMATION_BYTES, JournalKind
from mirrorlog.processes.path_sources import MOST_SYSTEMS
from tb.config.settings import BLOCK_BYTES
from tb.random.forged import idle, other_generation
from tb.random.way import Forge, Way, changed

UNIT = 64
# A unit whose CRC is 0, so that behind it the CRC is that of nothing
ZERO_CRC_UNIT = bytes.fromhex("9d0ad96d") * 16
# Beats after which a count of the trailer's begins anew
TRAILER_BEATS = 256
# What the receiver does not take of any other packet, so that it is dropped if nothing else is wrong, either
_MAINTENANCE = (PacketType.MAINTENANCE_COMMAND, PacketType.MAINTENANCE_ANSWER)
_BARE = (PacketType.NO_JOURNAL, PacketType.GROUP_STATE, PacketType.GONE)


def _flipped(way: Way, packed: bytes, first: int, end: int) -> bytes:
    """Return a packet with another bit in these bytes."""
    at = way.rng.randrange(first, end)
    return packed[:at] + bytes([packed[at] ^ 1 << way.rng.randrange(8)]) + packed[at + 1 :]


def _with_arguments(way: Way) -> Packet:
    """A packet about maintenance, of an operation that is none."""
    packet = way.packet(way.rng.choice(_MAINTENANCE))
    packet.status = 99
    packet.arguments = tuple(way.rng.getrandbits(64) for _ in range(way.rng.randint(1, 8)))
    return packet


def _with_payload(way: Way) -> Packet:
    """A packet with a payload that is no journals."""
    packet = other_generation(way)
    while packet.type is not PacketType.JOURNAL_READ_COMMAND:
        if way.rng.random() < 0.5:
            return _with_arguments(way)
        packet = other_generation(way)
    return packet


def another_magic(way: Way) -> bytes:
    """No packet of this path."""
    packed = idle(way).pack()
    return changed(packed, magic=int.from_bytes(packed[:4], "little") ^ 1 << way.rng.randrange(32))


def another_version(way: Way) -> bytes:
    """A version before, behind, or with another bit."""
    return changed(idle(way).pack(), version=way.rng.choice([0, 1, 3, 2 | 1 << way.rng.randrange(2, 16)]))


def no_type(way: Way) -> bytes:
    """A type that is none, or that other systems have."""
    packet = idle(way)
    others = [0, 8, 15, 16, 25, 26, 0xFFFF, packet.type | 1 << way.rng.randrange(5, 16)]
    return changed(packet.pack(), type=way.rng.choice(others))


def another_destination(way: Way) -> bytes:
    """For another system, with its number but for a bit, or for the one that sends."""
    own = way.here.parameters.system
    others = [own ^ 1 << way.rng.randrange(16), way.there.parameters.system, 0, 0xFFFF]
    return changed(idle(way).pack(), destination=way.rng.choice(others))


def no_group(way: Way) -> bytes:
    """For a group that there is none of, or with its number but for a bit."""
    groups = way.here.parameters.groups
    first = groups.bit_length()
    others = [groups, 0xFFFF, way.number | 1 << way.rng.randrange(first, 16)]
    return changed(idle(way).pack(), group=way.rng.choice(others))


def before_the_reset(way: Way) -> bytes:
    """Of an incarnation that is over; for another system if none of its source is known, or for long: then it would be
    the one that is known."""
    packet = other_generation(way)
    age = way.rng.choice([1, 1 << 30, (1 << 31) - 1, way.rng.randrange(1, 1 << 31)])
    packet.incarnation = (packet.incarnation - age) % (1 << 32)
    if packet.source >= MOST_SYSTEMS or not way.here.sources.is_over(packet):
        return another_destination(way)
    return packet.pack()


def wrong_count(way: Way) -> bytes:
    """A count of journals or arguments that the packet has not, or may not have."""
    rng = way.rng
    packet = rng.choice([idle, _with_arguments])(way)
    right = len(packet.journals) or len(packet.arguments)
    most = 1 if packet.type in _BARE or packet.command else 0 if packet.journals else 9
    wrong = [right | 0x100, right | 0x8000, 0xFFFF, most, rng.randrange(most, 1 << 16)]
    return changed(packet.pack(), count=rng.choice([count for count in wrong if count != right]))


def wrong_length(way: Way) -> bytes:
    """A length that the packet has not."""
    packet = way.rng.choice([idle, _with_arguments])(way)
    right = packet.payload_bytes()
    wrong = [0, right + UNIT, right - UNIT, right ^ 1 << way.rng.randrange(6), right | 1 << 18, right | 1 << 31]
    said = way.rng.choice([size for size in wrong if size != right and size >= 0])
    return changed(packet.pack(), payload_bytes=said)


def cut_short(way: Way) -> bytes:
    """Beats are missing at the end."""
    packed = way.rng.choice([_with_payload, _of_journals])(way).pack()
    beats = (len(packed) - HEADER_BYTES) // way.beat  # behind the header
    return packed[: len(packed) - way.beat * way.rng.choice([1, beats, way.rng.randint(1, beats)])]


def _of_journals(way: Way) -> Packet:
    """Journals of any kind that are known."""
    packet = idle(way)
    return packet if packet.journals else way.written()


def too_long(way: Way) -> bytes:
    """More follows, which would pass every other check: its CRC is the one wanted, or it continues the trailer."""
    journals = way.written().pack()
    payload = _with_payload(way).pack()
    bare = way.packet(PacketType.NO_JOURNAL).pack()
    around = bytes(TRAILER_BEATS * way.beat - UNIT) + journals[-UNIT:]
    return way.rng.choice(
        [
            bare + ZERO_CRC_UNIT,
            payload + payload[HEADER_BYTES:],
            payload + ZERO_CRC_UNIT,
            journals + bytes(UNIT),
            journals + around,
        ]
    )


def without_payload(way: Way) -> bytes:
    """A payload is missing, and its header says so."""
    return changed(_with_payload(way).pack()[:HEADER_BYTES], payload_bytes=0, payload_crc=0)


def with_payload(way: Way) -> bytes:
    """A payload that its type has not, or of twice the length, and its header says so."""
    packed = way.rng.choice([way.packet(way.rng.choice(_BARE)), _with_payload(way)]).pack()
    payload = packed[HEADER_BYTES:] + way.rng.randbytes(UNIT)
    header = changed(packed[:HEADER_BYTES], payload_bytes=len(payload), payload_crc=zlib.crc32(payload))
    return header + payload


def wrong_payload(way: Way) -> bytes:
    """Another bit of a payload."""
    packed = _with_payload(way).pack()
    return _flipped(way, packed, HEADER_BYTES, len(packed))


def no_journals(way: Way) -> bytes:
    """Journals, none of them."""
    return way.journals().pack()


def too_many_journals(way: Way) -> bytes:
    """More journals than a packet has, without write data."""
    most = way.here.parameters.batch_journals
    kinds = (JournalKind.DISCARD, JournalKind.END_OF_INITIAL_COPY)
    count = way.rng.choice([most + 1, most + 1, most + 16, 2 * most - 1])
    return way.journals(*(way.journal(kind=way.rng.choice(kinds)) for _ in range(count))).pack()


def wrong_information(way: Way) -> bytes:
    """Another bit of an update information."""
    packet = _of_journals(way)
    end = HEADER_BYTES + len(packet.journals) * UPDATE_INFORMATION_BYTES
    return _flipped(way, packet.pack(), HEADER_BYTES, end)


def no_whole_blocks(way: Way) -> bytes:
    """Write data of no whole blocks, in a packet of whole units; or a discard, which has no data."""
    sizes = way.rng.choice([[64], [448], [256, 256], [512, 448], [64, 512, 448], []])
    return (way.written(sizes) if sizes else way.journals(way.journal(64, JournalKind.DISCARD))).pack()


def too_large_journal(way: Way) -> bytes:
    """A journal with more data than one may have, or a discard of more."""
    kind = way.rng.choice([JournalKind.HOST_WRITE, JournalKind.DISCARD])
    return way.journals(way.journal(way.here.parameters.max_transfer_bytes + BLOCK_BYTES, kind)).pack()


def too_much_data(way: Way) -> bytes:
    """Journals with more data than a packet may have."""
    parameters = way.here.parameters
    full = [parameters.max_transfer_bytes] * (parameters.batch_bytes // parameters.max_transfer_bytes)
    return way.written([*full, BLOCK_BYTES]).pack()


def another_length(way: Way) -> bytes:
    """More data than the header says, or less."""
    packet = way.written()
    data = sum(len(data) for _, data in packet.journals)
    said = way.rng.choice([size for size in (0, data - BLOCK_BYTES, data + BLOCK_BYTES, data + UNIT) if size != data])
    return changed(packet.pack(), payload_bytes=packet.payload_bytes() - data + said)


def wrong_data(way: Way) -> bytes:
    """Data that its trailer fits but not its update information; or that has another bit; or another trailer."""
    packet = way.written()
    packed = packet.pack()
    information, data = packet.journals[0]
    entry = replace(information, data_crc=information.data_crc ^ 1 << way.rng.randrange(32)).pack()
    behind = HEADER_BYTES + len(packet.journals) * UPDATE_INFORMATION_BYTES
    trailer = len(packed) - UNIT
    return way.rng.choice(
        [
            packed[:HEADER_BYTES] + entry + packed[HEADER_BYTES + UPDATE_INFORMATION_BYTES :],
            _flipped(way, packed, behind, behind + len(data)),
            _flipped(way, packed, trailer, len(packed)),
        ]
    )


def unknown_information(way: Way) -> bytes:
    """A kind, a flag or a reserved bit of update information that is none."""
    information, data = way.journal()
    other = way.rng.choice([{"kind": way.rng.choice([4, 5, 0x10, 0x83])}, {"flags": 1 << way.rng.randrange(1, 8)}, {}])
    entry = bytearray(replace(information, **other).pack())
    if not other:
        entry[56 + way.rng.randrange(4)] ^= 1 << way.rng.randrange(8)
        entry[60:] = zlib.crc32(entry[:60]).to_bytes(4, "little")
    packed = way.journals((information, data)).pack()
    return packed[:HEADER_BYTES] + entry + packed[HEADER_BYTES + UPDATE_INFORMATION_BYTES :]


def discard_with_data(way: Way) -> bytes:
    """The data of a discard."""
    packet = way.journals(way.journal(kind=JournalKind.DISCARD))
    packed = packet.pack()
    behind = HEADER_BYTES + UPDATE_INFORMATION_BYTES
    header = changed(packed[:HEADER_BYTES], payload_bytes=packet.payload_bytes() + BLOCK_BYTES)
    return header + packed[HEADER_BYTES:behind] + bytes(BLOCK_BYTES) + packed[behind:]


MALFORMED: tuple[Forge, ...] = (
    another_magic,
    another_version,
    no_type,
    another_destination,
    no_group,
    before_the_reset,
    wrong_count,
    wrong_length,
    cut_short,
    too_long,
    without_payload,
    with_payload,
    wrong_payload,
    no_journals,
    too_many_journals,
    wrong_information,
    no_whole_blocks,
    too_large_journal,
    too_much_data,
    another_length,
    wrong_data,
    unknown_information,
    discard_with_data,
)
