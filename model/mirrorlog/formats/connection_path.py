"""Connection path 200: the packets that two storage systems exchange (docs/connection_path.md).

A packet is a 64-byte header and the payload of its type. Between the systems of one model it travels as an object;
`pack` and `unpack` are its bytes.
"""

import struct
import zlib
from dataclasses import dataclass, field
from enum import IntEnum

from mirrorlog.formats.update_information import (
    UPDATE_INFORMATION_BYTES,
    JournalKind,
    UpdateInformation,
    UpdateInformationError,
)

MAGIC = int.from_bytes(b"MRLP", "little")
VERSION = 2
HEADER_BYTES = 64

_HEADER = struct.Struct("<IHHHHHHIIHHIIQQIBB2x")
_COMMAND = struct.Struct("<BBHIIQQQQ20x")
_OPERATION = struct.Struct("<QQQQQQQQ")
_CRC = struct.Struct("<I")
_ALL_BITS = 0xFFFF_FFFF
_WANTS_ANSWER = 1


_ARGUMENTS = 8
_SIZE, _READ_SIZE = 5, 2
"""Which argument of a WRITE, or of a VOLUME_DATA, is the size of its data."""

_WITH_DATA = (0, 1)
"""Kinds of WRITE that have data: a host's, and a copied block."""

_RESYNCHRONIZE = 5
"""The operation whose answer has data, the maps of changed blocks."""

Journal = tuple[UpdateInformation, bytes]
"""A journal on its way: its update information and its write data."""


class PacketFault(IntEnum):
    """What is wrong with bytes that are no packet, by the numbers of docs/connection_path.md."""

    HEADER_CRC = 1
    MAGIC = 2
    VERSION = 3
    TYPE = 4
    LENGTH = 5
    PAYLOAD_CRC = 6
    UPDATE_INFORMATION = 7
    DATA_CRC = 8


class PacketError(Exception):
    """Bytes that are no packet: wrong magic, version, type, length or CRC."""

    def __init__(self, fault: PacketFault, text: str) -> None:
        super().__init__(text)
        self.fault = fault


class PacketType(IntEnum):
    """What a packet is."""

    JOURNAL_READ_COMMAND = 1
    JOURNALS = 2
    NO_JOURNAL = 3
    GROUP_STATE = 4
    GONE = 5
    MAINTENANCE_COMMAND = 6
    MAINTENANCE_ANSWER = 7
    WRITE = 16
    WRITE_ANSWER = 17
    READ = 18
    READ_DATA = 19
    PUSHED_JOURNALS = 20
    PUSH_ACKNOWLEDGEMENT = 21
    POINTER_READ = 22
    POINTER_INFORMATION = 23
    VOLUME_READ = 24
    VOLUME_DATA = 25


_DATA_TYPES = frozenset({PacketType.MAINTENANCE_ANSWER, PacketType.WRITE, PacketType.READ_DATA, PacketType.VOLUME_DATA})


@dataclass(frozen=True, slots=True)
class ReadCommand:
    """A journal read command ([0108], [0128], [0153]).

    `first` is the first number wanted; journals up to number `free`, which have `free_bytes` bytes of host write data
    in all since the generation began, may be freed (both only by number). Limits as in GroupSettings. `restored`, for
    the map of changed blocks: the number up to which the secondary volumes hold every journal, 0 without a map.
    """

    by_number: bool
    retry: bool
    limit_journals: int
    limit_bytes: int
    first: int = 0
    free: int = 0
    free_bytes: int = 0
    restored: int = 0


@dataclass(slots=True)
class Packet:
    """One packet. `group` is a group of the destination, `source_group` one of the source.

    `status` is a group state (GROUP_STATE), a status (JOURNALS, MAINTENANCE_ANSWER, WRITE_ANSWER, READ_DATA) or an
    operation (MAINTENANCE_COMMAND) or a kind (WRITE). `data` is what a MAINTENANCE_ANSWER, WRITE or READ_DATA
    carries behind its arguments. `poisoned`: a device failed while the data of journals was read, so that their trailer
    is wrong and the receiver drops the packet. `youngest` and `held` are the state of the original system's journals
    in the answer to a journal read command, if the settings ask for it ([0134]): the number of the newest committed
    one, and the bytes that all take; else they are 0. `incarnation` is the sender's (SharedMemory). `reason` and
    `wants_answer` belong to a GROUP_STATE: why the group is "abnormal", and that it is sent again until it is answered.
    """

    type: PacketType
    source: int
    destination: int
    group: int
    source_group: int
    generation: int = 0
    tag: int = 0
    status: int = 0
    command: ReadCommand | None = None
    journals: list[Journal] = field(default_factory=list)
    arguments: tuple[int, ...] = ()
    data: bytes = b""
    poisoned: bool = False
    youngest: int = 0
    held: int = 0
    incarnation: int = 0
    reason: int = 0
    wants_answer: bool = False

    def payload_bytes(self) -> int:
        """Return the bytes behind the header."""
        if self.command is not None:
            return _COMMAND.size
        if self.arguments:
            return _OPERATION.size + len(self.data)
        if not self.journals:
            return 0
        data = sum(len(data) for _, data in self.journals)
        return len(self.journals) * UPDATE_INFORMATION_BYTES + data + _trailer_bytes(len(self.journals))

    def size(self) -> int:
        """Return the bytes of the whole packet."""
        return HEADER_BYTES + self.payload_bytes()

    def pack(self) -> bytes:
        """Return the packet's bytes."""
        payload = b""
        if self.command is not None:
            command = self.command
            payload = _COMMAND.pack(
                command.by_number,
                command.retry,
                0,
                command.limit_journals,
                command.limit_bytes,
                command.first,
                command.free,
                command.free_bytes,
                command.restored,
            )
        elif self.arguments:
            payload = _OPERATION.pack(*self.arguments, *(0,) * (8 - len(self.arguments))) + self.data
        if not self.journals:
            return self.header(zlib.crc32(payload)) + payload
        wrong = _ALL_BITS if self.poisoned else 0
        trailer = b"".join(_CRC.pack(trailer_crc(*journal) ^ wrong) for journal in self.journals)
        payload = b"".join(information.pack() for information, _ in self.journals)
        payload += b"".join(data for _, data in self.journals)
        return self.header() + payload + trailer.ljust(_trailer_bytes(len(self.journals)), b"\0")

    def header(self, crc: int = 0) -> bytes:
        """Return the packet's first HEADER_BYTES bytes; `crc` is that of a payload without journals."""
        numbers = (self.source, self.destination, self.group, self.source_group, self.generation, self.tag, self.status)
        state = (self.youngest, self.held, self.incarnation, self.reason, _WANTS_ANSWER if self.wants_answer else 0)
        count = len(self.journals) or len(self.arguments)
        header = _HEADER.pack(MAGIC, VERSION, self.type, *numbers, count, self.payload_bytes(), crc, *state)
        return header + _CRC.pack(zlib.crc32(header))

    @classmethod
    def unpack(cls, packed: bytes) -> "Packet":
        """Return the packet that bytes hold. Raises PacketError if they are damaged."""
        if len(packed) < HEADER_BYTES:
            raise PacketError(PacketFault.LENGTH, f"a packet has at least {HEADER_BYTES} bytes")
        magic, version, kind, *numbers, count, length, crc, youngest, held, incarnation, reason, flags = (
            _HEADER.unpack_from(packed)
        )
        if magic != MAGIC:
            raise PacketError(PacketFault.MAGIC, "no packet")
        if zlib.crc32(packed[: _HEADER.size]) != _CRC.unpack_from(packed, _HEADER.size)[0]:
            raise PacketError(PacketFault.HEADER_CRC, "header CRC")
        if version != VERSION:
            raise PacketError(PacketFault.VERSION, f"a packet of version {version}, expected version {VERSION}")
        payload = packed[HEADER_BYTES:]
        if length != len(payload):
            raise PacketError(PacketFault.LENGTH, f"payload of {len(payload)} bytes, the header says {length}")
        if not _length_fits(kind, count, length):
            raise PacketError(PacketFault.LENGTH, f"payload of {length} bytes for type {kind} with a count of {count}")
        try:
            packet = cls(PacketType(kind), *numbers)
            packet.youngest, packet.held = youngest, held
            packet.incarnation, packet.reason = incarnation, reason
            packet.wants_answer = bool(flags & _WANTS_ANSWER)
        except ValueError as error:
            raise PacketError(PacketFault.TYPE, f"no packet type {kind}") from error
        if packet.type in (PacketType.JOURNALS, PacketType.PUSHED_JOURNALS):
            packet.journals = _journals(payload, count)
            return packet
        if crc != zlib.crc32(payload):
            raise PacketError(PacketFault.PAYLOAD_CRC, "payload CRC")
        if packet.type is PacketType.JOURNAL_READ_COMMAND:
            by_number, retry, _, *limits = _COMMAND.unpack(payload)
            packet.command = ReadCommand(bool(by_number), bool(retry), *limits)
        elif count:
            if packet.type in _DATA_TYPES:
                payload, packet.data = payload[: _OPERATION.size], payload[_OPERATION.size :]
            packet.arguments = _OPERATION.unpack(payload)[:count]
            if not _data_fits(packet):
                raise PacketError(
                    PacketFault.LENGTH, f"{len(packet.data)} bytes of data for type {kind} with status {packet.status}"
                )
        return packet


def _length_fits(kind: int, count: int, length: int) -> bool:
    """Is a payload as long as its packet's type and count say? Of journals, and of data behind the arguments, that is
    what they have at least; the rest is checked with them.
    """
    match kind:
        case PacketType.JOURNAL_READ_COMMAND:
            return count == 0 and length == _COMMAND.size
        case PacketType.NO_JOURNAL | PacketType.GROUP_STATE | PacketType.GONE:
            return count == 0 and length == 0
        case PacketType.JOURNALS | PacketType.PUSHED_JOURNALS:
            least = count * UPDATE_INFORMATION_BYTES + _trailer_bytes(count)
            return length >= least and (count > 0 or (kind == PacketType.PUSHED_JOURNALS and length == 0))
        case PacketType.MAINTENANCE_ANSWER if count == 0:
            return length == 0
        case kind if kind in _DATA_TYPES:
            return 0 < count <= _ARGUMENTS and length >= _OPERATION.size
        case _:
            return 0 < count <= _ARGUMENTS and length == _OPERATION.size


def _data_fits(packet: Packet) -> bool:
    """Are the bytes behind a packet's arguments as many as these, type and status say?"""
    arguments, size = packet.arguments, len(packet.data)
    match packet.type:
        case PacketType.WRITE:
            return len(arguments) > _SIZE and size == (arguments[_SIZE] if packet.status in _WITH_DATA else 0)
        case PacketType.VOLUME_DATA:
            return len(arguments) > _READ_SIZE and size == (0 if packet.status else arguments[_READ_SIZE])
        case PacketType.READ_DATA:
            return size == 0 or not packet.status
        case PacketType.MAINTENANCE_ANSWER:
            return size == 0 or (packet.status == 0 and arguments[0] == _RESYNCHRONIZE)
    return True


def trailer_crc(information: UpdateInformation, data: bytes) -> int:
    """Return the CRC of a journal's data in a packet's trailer: what its host's data had, whatever the journal volume
    returned since; of an initial copy's data, which is read in place, its own; 0 where there is none.
    """
    return information.data_crc if information.kind == JournalKind.HOST_WRITE else zlib.crc32(data)


def _journals(payload: bytes, count: int) -> list[Journal]:
    """Return the journals of a JOURNALS payload; every CRC is checked."""
    at = count * UPDATE_INFORMATION_BYTES
    trailer = len(payload) - _trailer_bytes(count)
    journals: list[Journal] = []
    for index in range(count):
        place = index * UPDATE_INFORMATION_BYTES
        try:
            information = UpdateInformation.unpack(payload[place : place + UPDATE_INFORMATION_BYTES])
        except UpdateInformationError as error:
            raise PacketError(PacketFault.UPDATE_INFORMATION, f"journal {index}: {error}") from error
        data = payload[at : at + information.data_bytes()]
        at += information.data_bytes()
        crc = _CRC.unpack_from(payload, trailer + index * _CRC.size)[0]
        if at > trailer or zlib.crc32(data) != crc or trailer_crc(information, data) != crc:
            raise PacketError(PacketFault.DATA_CRC, f"journal {index}: data CRC")
        journals.append((information, data))
    if at != trailer or any(payload[trailer + count * _CRC.size :]):
        raise PacketError(PacketFault.LENGTH, "data behind the last journal, or behind the trailer")
    return journals


def _trailer_bytes(count: int) -> int:
    """Return the bytes of the trailer: a CRC for each journal, filled up to whole 64 bytes."""
    return -(-count * _CRC.size // HEADER_BYTES) * HEADER_BYTES
