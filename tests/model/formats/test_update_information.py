"""Update information: its 64 bytes and its CRC."""

import zlib

import pytest

from mirrorlog.formats.update_information import UpdateInformation, UpdateInformationError, info_crc

INFORMATION = UpdateInformation(4, 921_709_210_000_000_000, 700, 1500, 3000, 300, 0x11223344, 1, 1, 4, 0)


def test_update_information_has_the_published_bytes() -> None:
    packed = INFORMATION.pack()
    assert len(packed) == 64
    assert packed[:8] == (4).to_bytes(8, "little")
    assert packed[16:24] == (700).to_bytes(8, "little")
    assert packed[24:32] == (1500).to_bytes(8, "little")
    assert packed[32:40] == (3000).to_bytes(8, "little")
    assert packed[40:44] == (300).to_bytes(4, "little")
    assert packed[44:48] == bytes.fromhex("44332211")
    assert packed[48:56] == bytes.fromhex("0100 0100 0400 00 00")
    assert packed[56:60] == bytes(4)
    assert packed[60:] == zlib.crc32(packed[:60]).to_bytes(4, "little")
    assert info_crc(packed) == zlib.crc32(packed[:60])


def test_unpacking_gives_back_what_was_packed() -> None:
    assert UpdateInformation.unpack(INFORMATION.pack()) == INFORMATION


@pytest.mark.parametrize("bit", range(0, 512, 7))
def test_any_changed_bit_is_refused(bit: int) -> None:
    packed = bytearray(INFORMATION.pack())
    packed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(UpdateInformationError):
        UpdateInformation.unpack(packed)


@pytest.mark.parametrize(("at", "value"), [(54, 4), (55, 2), (56, 1)])
def test_unknown_kind_flags_and_reserved_are_refused_with_a_right_crc(at: int, value: int) -> None:
    packed = bytearray(INFORMATION.pack())
    packed[at] = value
    packed[60:] = zlib.crc32(packed[:60]).to_bytes(4, "little")
    with pytest.raises(UpdateInformationError):
        UpdateInformation.unpack(packed)


def test_a_wrong_length_is_refused() -> None:
    with pytest.raises(UpdateInformationError, match="64 bytes"):
        UpdateInformation.unpack(bytes(63))
