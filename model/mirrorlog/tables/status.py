"""The answers that a host (or maintenance terminal) gets; numbers as docs/commit_trace.md publishes them."""

from enum import IntEnum


class Status(IntEnum):
    """How a host command ended."""

    OK = 0
    INVALID_OPCODE = 1
    UNKNOWN_VOLUME = 2
    VOLUME_BLANK = 3
    VOLUME_ABNORMAL = 4
    VOLUME_SECONDARY = 5
    ZERO_SIZE = 6
    UNALIGNED = 7
    OUT_OF_RANGE = 8
    TOO_LARGE = 9
    DATA_LENGTH = 10
    NEVER_FITS = 11
    JOURNAL_FULL = 12
    DEVICE_ERROR = 13
    JOURNAL_READ_REFUSED = 14
    JOURNAL_VOLUME = 15
    REMOTE_SILENT = 16
    NOT_JOURNALED = 17
    REMOTE_CLOSED = 18
    NO_STORAGE = 19
