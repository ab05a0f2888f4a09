"""Update information: what a journal says about its write data ([0041], FIG 3, 21, 22).

64 bytes, little-endian; the last four are a CRC-32 (IEEE) over the 60 before them. Sizes and positions are bytes.
"""

import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum, IntFlag

UPDATE_INFORMATION_BYTES = 64

_BODY = struct.Struct("<QQQQQIIHHHBBI")
_INFO_CRC = struct.Struct("<I")
_pack_body = _BODY.pack
_pack_crc = _INFO_CRC.pack
_crc32 = zlib.crc32


class UpdateInformationError(Exception):
    """Bytes that are no update information: wrong length, wrong CRC, an unknown kind, or reserved bits set."""


class JournalKind(IntEnum):
    """What a journal carries. DISCARD has no write data: the bytes of its range are zeros from then on."""

    HOST_WRITE = 0
    INITIAL_COPY = 1
    END_OF_INITIAL_COPY = 2
    DISCARD = 3


OF_HOSTS = frozenset({JournalKind.HOST_WRITE, JournalKind.DISCARD})
"""Journals of what hosts changed."""


class InformationFlag(IntFlag):
    """NOT_CONSISTENT: when the journal was created another system was copying into the group's original volumes, so
    that they are consistent again only at their next end marker.
    """

    NONE = 0
    NOT_CONSISTENT = 1


@dataclass(slots=True)
class UpdateInformation:
    """One journal's update information.

    `time` is ns; `position` lies in the original volume; `journal_position` is where the write data lies, in
    `journal_volume` (of a discard: where it would); `data_offset` is the bytes of data of all kinds that the group
    numbered before this journal.
    """

    update_number: int
    time: int
    position: int
    journal_position: int
    data_offset: int
    size: int
    data_crc: int
    group: int
    volume: int
    journal_volume: int
    kind: int
    flags: int = 0

    def data_bytes(self) -> int:
        """Return the bytes of write data, wherever they lie: those of `size`, none for a discard."""
        return data_bytes(self.kind, self.size)

    def ring_bytes(self) -> int:
        """Return the bytes of write data in the original system's write data area: those of a host write."""
        return self.size if self.kind == JournalKind.HOST_WRITE else 0

    def pack(self) -> bytes:
        """Return the 64 bytes, `info_crc` included."""
        body = _pack_body(
            self.update_number,
            self.time,
            self.position,
            self.journal_position,
            self.data_offset,
            self.size,
            self.data_crc,
            self.group,
            self.volume,
            self.journal_volume,
            self.kind,
            self.flags,
            0,
        )
        return body + _pack_crc(_crc32(body))

    @classmethod
    def unpack(cls, packed: bytes | bytearray | memoryview) -> "UpdateInformation":
        """Return what 64 bytes say. Raises UpdateInformationError if they are damaged."""
        if len(packed) != UPDATE_INFORMATION_BYTES:
            raise UpdateInformationError(f"update information has {UPDATE_INFORMATION_BYTES} bytes, not {len(packed)}")
        crc = info_crc(packed)
        computed = _crc32(packed[: _BODY.size])
        if crc != computed:
            raise UpdateInformationError(f"info_crc is {crc:#010x}, the bytes give {computed:#010x}")
        *fields, reserved = _BODY.unpack_from(packed)
        information = cls(*fields)
        if information.kind > JournalKind.DISCARD or reserved or information.flags > 1:
            raise UpdateInformationError(f"kind {information.kind}, flags {information.flags}, reserved {reserved}")
        return information


def data_bytes(kind: int, size: int) -> int:
    """Return the bytes of write data of a journal of a kind, which says `size`."""
    return 0 if kind == JournalKind.DISCARD else size


def info_crc(packed: bytes | bytearray | memoryview) -> int:
    """Return the `info_crc` that 64 bytes of update information carry."""
    crc: int = _INFO_CRC.unpack_from(packed, _BODY.size)[0]
    return crc
