"""The register map of a storage system's maintenance terminal: addresses, fields, and the values that each register
takes.
"""

from collections.abc import Callable
from dataclasses import dataclass

from model.journal_ring import JournalRing
from model.shared_memory import (
    NONE,
    FullPolicy,
    GroupInformation,
    GroupState,
    PairInformation,
    PairState,
    Parameters,
    SharedMemory,
    VolumeInformation,
    VolumeState,
)

Row = VolumeInformation | PairInformation | GroupInformation | JournalRing

REGISTER_BYTES = 8
ALL_STROBES = 0xFF
IDENTITY = 0x0000
PARAMETERS = 0x0008
LIMITS = 0x0010
STATUS = 0x0018
CYCLE = 0x0020

_MAGIC = int.from_bytes(b"MRLG", "little")
_MAP_VERSION = 1
_VOLUMES, _VOLUME_BYTES = 0x1000, 0x40
_PAIRS, _PAIR_BYTES = 0x2000, 0x40
_GROUPS, _GROUP_BYTES = 0x4000, 0x200
_RING = 0x80

_WORD = (1 << 64) - 1
_BLOCKS = (1 << 48) - (1 << 9)
_ENTRIES = (1 << 48) - (1 << 6)


def _any(value: int, parameters: Parameters) -> bool:
    return True


def _pair_or_none(value: int, parameters: Parameters) -> bool:
    return value < parameters.pairs or value == NONE


def _journal_volume_or_none(value: int, parameters: Parameters) -> bool:
    return value < parameters.volumes or value == NONE


def _device(value: int, parameters: Parameters) -> bool:
    return value < parameters.devices


def _group(value: int, parameters: Parameters) -> bool:
    return value < parameters.groups


def _pair_set(value: int, parameters: Parameters) -> bool:
    return value < 1 << parameters.pairs


@dataclass(frozen=True, slots=True)
class Register:
    """A table register: the field it shows, the bits that are not reserved, and what else a value must satisfy."""

    name: str
    mask: int = _WORD
    convert: Callable[[int], int] = int
    fits: Callable[[int, Parameters], bool] = _any

    def accepts(self, value: int, parameters: Parameters) -> bool:
        """Does `value` fit this register?"""
        if value & ~self.mask or not self.fits(value, parameters):
            return False
        try:
            self.convert(value)
        except ValueError:
            return False
        return True


_VOLUME_REGISTERS = {
    0x00: Register("state", convert=VolumeState),
    0x08: Register("format"),
    0x10: Register("capacity", _BLOCKS),
    0x18: Register("pair", fits=_pair_or_none),
    0x20: Register("device", fits=_device),
    0x28: Register("offset", _BLOCKS),
}
_PAIR_REGISTERS = {
    0x00: Register("state", convert=PairState),
    0x08: Register("original_system", 0xFFFF),
    0x10: Register("original_volume", 0xFFFF),
    0x18: Register("secondary_system", 0xFFFF),
    0x20: Register("secondary_volume", 0xFFFF),
    0x28: Register("group", fits=_group),
    0x30: Register("copy_complete_address", _BLOCKS),
}
_GROUP_REGISTERS = {
    0x00: Register("state", convert=GroupState),
    0x08: Register("pair_set", fits=_pair_set),
    0x10: Register("journal_volume", fits=_journal_volume_or_none),
    0x18: Register("update_number"),
    0x20: Register("data_offset"),
    0x28: Register("full_policy", convert=FullPolicy),
    0x30: Register("watch_time", 0xFFFF_FFFF),
}
_RING_REGISTERS = {
    0x80: Register("update_information_head", _ENTRIES),
    0x88: Register("write_data_head", _BLOCKS),
    0x90: Register("update_information_newest", _ENTRIES),
    0x98: Register("update_information_oldest", _ENTRIES),
    0xA0: Register("write_data_newest", _BLOCKS),
    0xA8: Register("write_data_oldest", _BLOCKS),
    0xB0: Register("read_initiation", _ENTRIES),
    0xB8: Register("retry_initiation", _ENTRIES),
    0xC0: Register("update_information_commit", _ENTRIES),
    0xC8: Register("write_data_commit", _BLOCKS),
    0xD0: Register("update_information_used", _ENTRIES),
    0xD8: Register("write_data_used", _BLOCKS),
    0xE0: Register("update_information_committed", _ENTRIES),
    0xE8: Register("write_data_committed", _BLOCKS),
}
_READ_ONLY = frozenset({IDENTITY, PARAMETERS, LIMITS, STATUS, CYCLE})


def is_read_only(address: int) -> bool:
    """Is this one of the registers that only tell?"""
    return address in _READ_ONLY


def read_only_value(address: int, parameters: Parameters) -> tuple[int, int]:
    """Return the value of a read-only register and the bits of it that are compared; the others inform."""
    if address == IDENTITY:
        return _MAGIC | _MAP_VERSION << 32, _WORD
    if address == LIMITS:
        return parameters.max_transfer_bytes | parameters.entry_bytes << 32, _WORD
    if address == PARAMETERS:
        numbers = (parameters.volumes, parameters.pairs, parameters.groups, parameters.devices, 0, parameters.system)
        value = parameters.data_width
        for place, number in enumerate(numbers):
            value |= number << 16 + 8 * place
        return value, _WORD & ~(0xFF << 48)  # CACHE_SLOTS is not of the protocol
    return 0, 0


def find(shared: SharedMemory, address: int) -> tuple[Row, Register] | None:
    """Return the table row and the register at `address`, None if there is no table register."""
    if address >= _GROUPS:
        number, offset = divmod(address - _GROUPS, _GROUP_BYTES)
        if number >= len(shared.groups):
            return None
        group = shared.groups[number]
        return (
            _found(group, _GROUP_REGISTERS, offset) if offset < _RING else _found(group.ring, _RING_REGISTERS, offset)
        )
    if address >= _PAIRS:
        number, offset = divmod(address - _PAIRS, _PAIR_BYTES)
        return _found(shared.pairs[number], _PAIR_REGISTERS, offset) if number < len(shared.pairs) else None
    if address >= _VOLUMES:
        number, offset = divmod(address - _VOLUMES, _VOLUME_BYTES)
        return _found(shared.volumes[number], _VOLUME_REGISTERS, offset) if number < len(shared.volumes) else None
    return None


def volume_register(volume: int, name: str) -> int:
    """Return the address of a register of volume information, by its field's name."""
    return _VOLUMES + volume * _VOLUME_BYTES + _offset(_VOLUME_REGISTERS, name)


def pair_register(pair: int, name: str) -> int:
    """Return the address of a register of pair information, by its field's name."""
    return _PAIRS + pair * _PAIR_BYTES + _offset(_PAIR_REGISTERS, name)


def group_register(group: int, name: str) -> int:
    """Return the address of a register of group or pointer information, by its field's name."""
    return _GROUPS + group * _GROUP_BYTES + _offset(_GROUP_REGISTERS | _RING_REGISTERS, name)


def _offset(registers: dict[int, Register], name: str) -> int:
    return next(offset for offset, register in registers.items() if register.name == name)


def _found(row: Row, registers: dict[int, Register], offset: int) -> tuple[Row, Register] | None:
    register = registers.get(offset)
    return None if register is None else (row, register)
