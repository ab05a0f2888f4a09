"""What the steps of each process come to: the flow-chart exits, and others with small numbers."""

from enum import IntEnum


class RegisterOutcome(IntEnum):
    """Register accesses (process 1)."""

    READ = 1
    WRITTEN = 2
    NOT_IDLE = 3
    READ_ONLY = 4
    HOLE = 5
    DOES_NOT_FIT = 6


class CommandOutcome(IntEnum):
    """Command reception (process 2, FIG 11 and 12)."""

    JOURNAL_READ_REFUSED = 1220
    READ_TAKEN = 1230
    REFUSED = 1245
    WRITTEN = 1280
    FLUSH_TAKEN = 1
    FLUSH_ANSWERED = 2
    STALLED = 3
    FORWARDED = 4


class ReadWriteOutcome(IntEnum):
    """The read-write process (process 3, [0106])."""

    VOLUME_WRITTEN = 1
    VOLUME_WRITE_FAILED = 2
    JOURNAL_DURABLE = 3
    JOURNAL_WRITE_FAILED = 4
    READ_FAILED = 5
    JOURNAL_WRITTEN_NOT_COMMITTED = 6


class InitialCopyOutcome(IntEnum):
    """Initial copy (process 4, FIG 10)."""

    VOLUME_ABNORMAL = 1
    END_MARKED = 940
    NO_VOLUME = 1030
    UNIT_CREATED = 1050
    VOLUME_COPIED = 1070
    STOPPED = 1315
    WAITING = 1390


class ReceptionOutcome(IntEnum):
    """Journal read reception (process 5, FIG 14 and 15)."""

    DROPPED = 0
    GONE = 1
    HEARTBEAT_TIMEOUT = 2
    DATA_READ_FAILED = 3
    OVERTAKEN = 4
    GROUP_STATE_POSTED = 1515
    JOURNAL_VOLUME_ABNORMAL = 1525
    READING_AGAIN = 1540
    RETRANSMITTED = 1545
    NO_JOURNAL = 1560
    READING = 1570
    TRANSMITTED = 1580


class ReadCommandOutcome(IntEnum):
    """The journal read command process (process 6, FIG 16, 17)."""

    DROPPED = 0
    SENT = 1700
    WAITS = 1725
    GROUP_STATE_TAKEN = 1735
    JOURNAL_VOLUME_ABNORMAL = 1745
    NO_ROOM_FOR_JOURNAL = 1755
    STORED_ALL = 1760


class StoreOutcome(IntEnum):
    """Journal store (process 7, FIG 18)."""

    NOT_WANTED = 1
    NO_PAIR = 2
    NEVER_FITS = 3
    NO_ROOM = 1820
    STORED = 1850
    COMMITTED = 1860


class RestoreOutcome(IntEnum):
    """Restore (process 8, FIG 19 and 20)."""

    GROUP_NOT_NORMAL = 2015
    JOURNAL_VOLUME_ABNORMAL = 2025
    NO_JOURNAL = 2030
    READING = 2040
    READ_FAILED = 2041
    WRITING = 2050
    FREED = 2060


class OperationOutcome(IntEnum):
    """Operations of the maintenance terminal (process 9, FIG 9). One that is carried out here has its own number as
    outcome; that is added to SENT when it is sent to the system that it is specified for, and to ANSWERED when that
    system's answer is taken, or none came.
    """

    NOT_ASKED = 0
    SENT = 0x100
    ANSWERED = 0x200


class AnnouncementOutcome(IntEnum):
    """Group announcements (process 10)."""

    DROPPED = 0
    ANNOUNCED = 1
    ANSWERED = 2
    RECEIVED = 3
    ANSWER_RECEIVED = 4
