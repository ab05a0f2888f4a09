"""The register map of a storage system's maintenance terminal: addresses, fields, and the values that each register
takes.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mirrorlog.registers.group_registers import ANY_TIME, GROUP_REGISTERS, REPLICATION_REGISTERS, RING_REGISTERS
from mirrorlog.registers.operation_mailbox import ARGUMENTS, OperationMailbox
from mirrorlog.registers.register import Register
from mirrorlog.tables.addresses import BLOCKS, WORD, addressed
from mirrorlog.tables.shared_memory import (
    GroupInformation,
    PairState,
    Parameters,
    SharedMemory,
    VolumeInformation,
    VolumeState,
)
from mirrorlog.tables.units import NONE

REGISTER_BYTES = 8
ALL_STROBES = 0xFF
IDENTITY = 0x0000
PARAMETERS = 0x0008
LIMITS = 0x0010
STATUS = 0x0018
CYCLE = 0x0020
PACKET_FAULTS = 0x0028
INCARNATION = 0x0030
ALLOWED_SYSTEMS = 0x0038
ARGUMENT = 0x0040
OPERATION = 0x0080
OPERATION_ANSWER = 0x0088
STRANGE_PACKETS = 0x0090

_MAGIC = int.from_bytes(b"MRLG", "little")
_MAP_VERSION = 2
_VOLUMES, _VOLUME_BYTES = 0x1000, 0x40
_PAIRS, _PAIR_BYTES = 0x2000, 0x80
_GROUPS, _GROUP_BYTES = 0x4000, 0x200
_RING, _REPLICATION = 0x80, 0x100

# of a group: high-water marks of both areas, commands sent again
_READ_ONLY_OF_GROUPS: dict[int, Callable[[GroupInformation], int]] = {
    0x1C0: lambda group: group.ring.update_information_high_water,
    0x1C8: lambda group: group.ring.write_data_high_water,
    0x1D0: lambda group: group.commands_sent_again,
}
_READ_ONLY = frozenset({IDENTITY, PARAMETERS, LIMITS, STATUS, CYCLE, PACKET_FAULTS, OPERATION_ANSWER, STRANGE_PACKETS})


def _pair_or_none(value: int, parameters: Parameters) -> bool:
    return value < parameters.pairs or value == NONE


def _device(value: int, parameters: Parameters) -> bool:
    return value < parameters.devices


def _group(value: int, parameters: Parameters) -> bool:
    return value < parameters.groups


@dataclass(frozen=True, slots=True)
class ArgumentRegister(Register):
    """The register of one argument of the operation mailbox."""

    index: int = 0

    def value(self, row: object) -> int:
        """Return what the register reads."""
        assert isinstance(row, OperationMailbox)
        return row.arguments[self.index]

    def load(self, row: object, value: int) -> None:
        """Write a value."""
        assert isinstance(row, OperationMailbox)
        row.arguments[self.index] = value


@dataclass(frozen=True, slots=True)
class OperationRegister(Register):
    """The register that begins an operation."""

    def load(self, row: object, value: int) -> None:
        """Write a value that the register accepts: the operation begins."""
        assert isinstance(row, OperationMailbox)
        row.give(value)


@dataclass(frozen=True, slots=True)
class PlaceRegister(Register):
    """The register of a volume's offset or capacity: the volume must not lie beyond the last address."""

    def fits_row(self, row: object, value: int, parameters: Parameters) -> bool:
        """Does a value that the register accepts fit the rest of its row?"""
        assert isinstance(row, VolumeInformation)
        return value + (row.offset if self.name == "capacity" else row.capacity) <= 1 << parameters.address_bits


_VOLUME_REGISTERS = {
    0x00: Register("state", convert=VolumeState),
    0x08: Register("format"),
    0x10: PlaceRegister("capacity", BLOCKS, fits=addressed),
    0x18: Register("pair", fits=_pair_or_none),
    0x20: Register("device", fits=_device),
    0x28: PlaceRegister("offset", BLOCKS, fits=addressed),
}
_PAIR_REGISTERS = {
    0x00: Register("state", convert=PairState),
    0x08: Register("original_system", 0xFFFF),
    0x10: Register("original_volume", 0xFFFF),
    0x18: Register("secondary_system", 0xFFFF),
    0x20: Register("secondary_volume", 0xFFFF),
    0x28: Register("group", fits=_group),
    0x30: Register("copy_complete_address", BLOCKS, fits=addressed),
    0x38: Register("last_copy_number"),
    0x40: Register("original_capacity", BLOCKS, fits=addressed),
}
_SYSTEM_REGISTERS: dict[int, Register] = {
    INCARNATION: Register("incarnation", 0xFFFF_FFFF),
    ALLOWED_SYSTEMS: Register("allowed_systems"),
}
_MAILBOX_REGISTERS: dict[int, Register] = {
    ARGUMENT + REGISTER_BYTES * index: ArgumentRegister(f"argument{index}", index=index) for index in range(ARGUMENTS)
} | {OPERATION: OperationRegister("operation", 0xFFFF_00FF)}


@dataclass(frozen=True, slots=True)
class Found:
    """A register of the system, of a table, or of the operation mailbox; `group` is the number of its group, None if it
    has none.
    """

    row: object
    register: Register
    group: int | None = None

    def value(self) -> int:
        """Return what the register reads."""
        return self.register.value(self.row)

    def is_setting(self) -> bool:
        """Is it a setting of a group?"""
        return self.group is not None and self.register.name in ANY_TIME


def is_read_only(shared: SharedMemory, address: int) -> bool:
    """Is this one of the read-only registers?"""
    number, offset = divmod(address - _GROUPS, _GROUP_BYTES)
    return address in _READ_ONLY or (0 <= number < len(shared.groups) and offset in _READ_ONLY_OF_GROUPS)


def read_only_value(address: int, shared: SharedMemory, mailbox: OperationMailbox) -> tuple[int, int]:
    """Return the value of a read-only register and the bits of it that are known here; the others inform. The count of
    packets dropped is, but for those that a system without room lost."""
    parameters = shared.parameters
    if address == IDENTITY:
        return _MAGIC | _MAP_VERSION << 32, WORD
    if address == LIMITS:
        return parameters.max_transfer_bytes | parameters.entry_bytes << 32, WORD
    if address == PARAMETERS:
        numbers = (parameters.volumes, parameters.pairs, parameters.groups, parameters.devices, 0, parameters.system)
        value = parameters.data_width
        for place, number in enumerate(numbers):
            value |= number << 16 + 8 * place
        return value, WORD & ~(0xFF << 48)  # CACHE_SLOTS is not of the protocol
    if address == OPERATION_ANSWER:
        return mailbox.answer_value(), WORD
    if address == STRANGE_PACKETS:
        return shared.strange_packets & 0xFFFF_FFFF, WORD
    if address == PACKET_FAULTS:
        return shared.packet_faults & 0xFFFF_FFFF, WORD
    if address >= _GROUPS:
        number, offset = divmod(address - _GROUPS, _GROUP_BYTES)
        return _READ_ONLY_OF_GROUPS[offset](shared.groups[number]), WORD
    return 0, 0


def find(shared: SharedMemory, mailbox: OperationMailbox, address: int) -> Found | None:
    """Return the register at `address`, None if there is none that can be written."""
    if address >= _GROUPS:
        number, offset = divmod(address - _GROUPS, _GROUP_BYTES)
        return _find_of_group(shared.groups[number], number, offset) if number < len(shared.groups) else None
    if address >= _PAIRS:
        number, offset = divmod(address - _PAIRS, _PAIR_BYTES)
        return _found(shared.pairs[number], _PAIR_REGISTERS, offset) if number < len(shared.pairs) else None
    if address >= _VOLUMES:
        number, offset = divmod(address - _VOLUMES, _VOLUME_BYTES)
        return _found(shared.volumes[number], _VOLUME_REGISTERS, offset) if number < len(shared.volumes) else None
    return _found(shared, _SYSTEM_REGISTERS, address) or _found(mailbox, _MAILBOX_REGISTERS, address)


def volume_register(volume: int, name: str) -> int:
    """Return the address of a register of volume information, by its name."""
    return _VOLUMES + volume * _VOLUME_BYTES + _offset(_VOLUME_REGISTERS, name)


def pair_register(pair: int, name: str) -> int:
    """Return the address of a register of pair information, by its name."""
    return _PAIRS + pair * _PAIR_BYTES + _offset(_PAIR_REGISTERS, name)


def group_register(group: int, name: str) -> int:
    """Return the address of a register of group or pointer information, or of replication, by its name."""
    return _GROUPS + group * _GROUP_BYTES + _offset(GROUP_REGISTERS | RING_REGISTERS | REPLICATION_REGISTERS, name)


def _offset(registers: dict[int, Register], name: str) -> int:
    return next(offset for offset, register in registers.items() if register.name == name)


def _found(row: object, registers: dict[int, Register], offset: int, group: int | None = None) -> Found | None:
    register = registers.get(offset)
    return None if register is None else Found(row, register, group)


def _find_of_group(group: GroupInformation, number: int, offset: int) -> Found | None:
    if offset < _RING:
        return _found(group, GROUP_REGISTERS, offset, number)
    if offset < _REPLICATION:
        return _found(group.ring, RING_REGISTERS, offset, number)
    return _found(group, REPLICATION_REGISTERS, offset, number)


Loaded = Callable[[int, int], None]
"""Called with the number of a group one of whose registers was written."""
