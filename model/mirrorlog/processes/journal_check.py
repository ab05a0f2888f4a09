"""What a journal volume's device returns, compared with what was written to it: bits may change without an error."""

import zlib

from mirrorlog.formats.update_information import JournalKind, UpdateInformation, UpdateInformationError
from mirrorlog.tables.units import BLOCK_BYTES


def check_entry(packed: bytes, group: int, number: int, largest: int) -> UpdateInformation | None:
    """Return the update information that was read for journal `number` of a group, None if it is damaged or that of
    another journal. Its data, or what it discards, has at most `largest` bytes.
    """
    try:
        information = UpdateInformation.unpack(packed)
    except UpdateInformationError:
        return None
    size = information.size
    fits = size <= largest and size % BLOCK_BYTES == 0
    if information.update_number != number or information.group != group or not fits:
        return None
    if (information.kind == JournalKind.END_OF_INITIAL_COPY) != (size == 0):
        return None
    return information


def is_right(information: UpdateInformation, data: bytes) -> bool:
    """Is this the write data that the update information was made for?"""
    return zlib.crc32(data) == information.data_crc
