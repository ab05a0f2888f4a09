"""Commit records: what a storage system retires for each change of its state (docs/commit_trace.md, version 2)."""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from model.connection_path import Packet
from model.serial_number import shortened
from model.shared_memory import NO_STATE, NONE, GroupInformation, SharedMemory

RECORD_BYTES = 128
VERSION = 2

_LAYOUT = struct.Struct("<BBHHBBIHHHHHBBBBBBIQIIQQQQ" + "IH" * 8)
_LOW = 0xFFFF_FFFF
_NO_GROUP_STATES = (NO_STATE,) * 3
_NO_NUMBERS = (0,) * 11


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


@dataclass(slots=True)
class Step:
    """What one step of a process was about; the rest of its commit record is read from the tables. Names as in
    CommitRecord.

    With a `group` the record tells that group's state, else that of the volume and of its pair's group. `packet` is
    what is sent on a connection path because of this step; it is no part of the record.
    """

    process: Process
    outcome: int
    status: int = 0
    creation: int = 0
    tag: int = 0
    volume: int = NONE
    size: int = 0
    position: int = 0
    received: int = 0
    info_crc: int = 0
    reference: int = 0
    group: int = NONE
    packet: Packet | None = None


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
        v = _LAYOUT.unpack(packed)
        pointers = (
            *(v[26] | v[27] << 32, v[28] | v[29] << 32, v[30] | v[31] << 32, v[32] | v[33] << 32),
            *(v[34] | v[35] << 32, v[36] | v[37] << 32, v[38] | v[39] << 32, v[40] | v[41] << 32),
        )
        return tuple.__new__(cls, (*v[:6], v[6] | v[7] << 32, *v[8:26], *pointers))

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


def retire(shared: SharedMemory, step: Step, cycle: int) -> CommitRecord:
    """Return the commit record of `step`, just carried out in `cycle` (a count): the step and the tables after it."""
    pair = NONE
    group = step.group
    volume_state = pair_state = NO_STATE
    copy_complete_address = 0
    if group == NONE and step.volume < len(shared.volumes) and step.process is not Process.MAINTENANCE:
        volume = shared.volumes[step.volume]
        volume_state = volume.state
        pair = volume.pair
        if pair != NONE:
            pair_information = shared.pairs[pair]
            pair_state = pair_information.state
            copy_complete_address = pair_information.copy_complete_address
            group = pair_information.group
    fields = (
        VERSION,
        step.process,
        step.outcome,
        step.creation,
        step.status,
        shared.parameters.system,
        shortened(cycle),
        step.tag,
        step.volume,
        pair,
        group,
        volume_state,
        pair_state,
        *(_NO_GROUP_STATES if group == NONE else _group_states(shared, shared.groups[group])),
        0,
        step.size,
        step.position,
        step.received,
        step.info_crc,
        step.reference,
        *(_NO_NUMBERS if group == NONE else _group_numbers(shared.groups[group], copy_complete_address)),
    )
    return tuple.__new__(CommitRecord, fields)


def _group_states(shared: SharedMemory, group: GroupInformation) -> tuple[int, int, int]:
    """Return the states of a group and of its journal volume, and the group's reason."""
    journal_volume = shared.journal_volume_of(group)
    return group.state, NO_STATE if journal_volume is None else journal_volume.state, group.reason


def _group_numbers(group: GroupInformation, copy_complete_address: int) -> tuple[int, ...]:
    """Return what a record tells of a group, from its update number on."""
    ring = group.ring
    return (
        group.update_number,
        copy_complete_address,
        group.data_offset,
        ring.update_information_newest,
        ring.update_information_oldest,
        ring.update_information_commit,
        ring.write_data_newest,
        ring.write_data_oldest,
        ring.write_data_commit,
        ring.read_initiation,
        ring.retry_initiation,
    )
