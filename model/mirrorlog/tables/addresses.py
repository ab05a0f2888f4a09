"""Which numbers are places on a device, or numbers of bytes there."""

from mirrorlog.tables.shared_memory import Parameters

WORD = (1 << 64) - 1


BLOCKS = WORD - 0x1FF
"""The bits of a number of bytes that is a multiple of a block."""


ENTRIES = WORD - 0x3F
"""The bits of a number of bytes that is a multiple of an entry."""


def addressed(value: int, parameters: Parameters) -> bool:
    """Is a value a place on a device, or a number of bytes there?"""
    return value < 1 << parameters.address_bits
