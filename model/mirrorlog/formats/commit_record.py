"""Commit records: what a storage system retires for each change of its state (docs/commit_trace.md, version 2)."""

import struct
from enum import IntEnum
from typing import NamedTuple

RECORD_BYTES = 128
VERSION = 2

_LAYOUT = struct.Struct("<BBHHBBIHHHHHBBBBBBIQIIQQQQ" + "IH" * 8)
_LOW = 0xFFFF_FFFF


class Process(IntEnum):
    """The process that retires a record."""

    MAINTENANCE = 1
    COMMAND_RECEPTION = 2
    READ_WRITE = 3
    INITIAL_COPY = 4
    JOURNAL_READ_RECEPTION = 5
    JOURNAL_READ_COMMAND = 6
    JOURNAL_STORE = 7
    RESTORE = 8
    OPERATION = 9
    GROUP_ANNOUNCEMENT = 10


class Creation(IntEnum):
    """The exit of journal creation (FIG 13) within a step."""

    NOT_RUN = 0
    NOT_REPLICATED = 1
    JOURNAL_VOLUME_ABNORMAL = 1315
    NOT_YET_COPIED = 1335
    HOST_WRITE_CREATED = 1360
    INITIAL_COPY_CREATED = 1385
    NO_ROOM = 1390


class CommitRecord(NamedTuple):
    """The fields of one record, in their order in its bytes."""

    version: int
    process: int
    outcome: int
    creation: int
    status: int
    system: int
    cycle: int
    tag: int
    volume: int
    pair: int
    group: int
    volume_state: int
    pair_state: int
    group_state: int
    journal_volume_state: int
    reason: int
    reserved: int
    size: int
    position: int
    received: int
    info_crc: int
    reference: int
    update_number: int
    copy_complete_address: int
    data_offset: int
    update_information_newest: int
    update_information_oldest: int
    update_information_commit: int
    write_data_newest: int
    write_data_oldest: int
    write_data_commit: int
    read_initiation: int
    retry_initiation: int

    def pack(self) -> bytes:
        """Return the 128 bytes."""
        pointers = [half for pointer in self[25:] for half in (pointer & _LOW, pointer >> 32)]
        return _LAYOUT.pack(*self[:6], self.cycle & _LOW, self.cycle >> 32, *self[7:25], *pointers)

    @classmethod
    def unpack(cls, packed: bytes) -> "CommitRecord":
        """Return the fields of 128 bytes."""
        fields = _LAYOUT.unpack(packed)
        pointers = (
            *(
                fields[26] | fields[27] << 32,
                fields[28] | fields[29] << 32,
                fields[30] | fields[31] << 32,
                fields[32] | fields[33] << 32,
            ),
            *(
                fields[34] | fields[35] << 32,
                fields[36] | fields[37] << 32,
                fields[38] | fields[39] << 32,
                fields[40] | fields[41] << 32,
            ),
        )
        return tuple.__new__(cls, (*fields[:6], fields[6] | fields[7] << 32, *fields[8:26], *pointers))

    def to_hex(self) -> str:
        """Return the record as a capture holds it: 256 hex digits, most significant byte first."""
        return self.pack()[::-1].hex()

    @classmethod
    def from_hex(cls, text: str) -> "CommitRecord":
        """Return the record that 256 hex digits hold. Raises ValueError if they are none."""
        packed = bytes.fromhex(text)
        if len(packed) != RECORD_BYTES or len(text) != 2 * RECORD_BYTES:
            raise ValueError(f"a record has {2 * RECORD_BYTES} hex digits")
        return cls.unpack(packed[::-1])
