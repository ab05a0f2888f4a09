"""The bytes of a packet: what the header carries, and which versions are refused."""

import struct
import zlib

import pytest

from mirrorlog.formats.connection_path import HEADER_BYTES, VERSION, Packet, PacketError, PacketType
from mirrorlog.tables.shared_memory import GroupState, Reason


def test_a_group_state_carries_reason_incarnation_and_whether_it_wants_an_answer() -> None:
    packet = Packet(PacketType.GROUP_STATE, 1, 2, 3, 4, 5, status=GroupState.ABNORMAL, incarnation=0x0102_0304)
    packet.reason, packet.wants_answer = Reason.HEARTBEAT, True
    packed = packet.pack()
    assert len(packed) == HEADER_BYTES
    assert packed[4:6] == b"\x02\x00"
    assert packed[52:60] == bytes((4, 3, 2, 1, 7, 1, 0, 0))
    assert Packet.unpack(packed) == packet


@pytest.mark.parametrize("version", [1, 3])
def test_a_packet_of_another_version_is_refused_and_both_versions_are_named(version: int) -> None:
    packed = Packet(PacketType.NO_JOURNAL, 1, 2, 0, 0).pack()
    header = packed[:4] + struct.pack("<H", version) + packed[6:60]
    with pytest.raises(PacketError, match=f"version {version}, expected version {VERSION}"):
        Packet.unpack(header + struct.pack("<I", zlib.crc32(header)))
