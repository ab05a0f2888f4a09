"""Packets that a system sends, in a comparison: what its records say, and what its connection path carries."""

from dataclasses import dataclass, field

from mirrorlog.compare.device_reads import RangeRead
from mirrorlog.formats.connection_path import Packet


@dataclass(slots=True, eq=False)
class ExpectedPacket:
    """A packet that the record of `cycle` says is sent; `head` is the part of its `size` bytes that is known at once.

    Of journals: `reads` is the data that is read for it, by volume, `recorded` are the volumes of which a record says
    that a read has failed, `perhaps_recorded` those of which one says so of this packet or of another with its tag;
    `named`: the journal that a record calls damaged (or overtaken); `poisoned`: it has gone out with a wrong trailer.
    Its last beat was sent in cycle `out`; records of before may still come.
    """

    packet: Packet
    cycle: int
    head: bytes
    size: int
    reads: dict[int, RangeRead] = field(default_factory=dict)
    recorded: set[int] = field(default_factory=set)
    perhaps_recorded: set[int] = field(default_factory=set)
    poisoned: bool = False
    named: int | None = None
    out: int | None = None

    @property
    def failed(self) -> set[int]:
        """The volumes of which a read has failed, or a record says so."""
        return self.answered_with_errors | self.recorded

    @property
    def answered_with_errors(self) -> set[int]:
        """The volumes of which a device answered a read with an error."""
        return {volume for volume, read in self.reads.items() if read.failed}

    @property
    def damaged(self) -> bool:
        """Has a device returned other data of journals than it holds?"""
        return any(read.damaged for read in self.reads.values())

    def is_late(self, volume: int, cycle: int) -> bool:
        """Is a record of a failed read of this volume another packet's, if it is any's: is there one of it already, or
        did its device not answer before this cycle?"""
        return volume in self.recorded or (volume in self.reads and self.reads[volume].failed_since > cycle)

    def unrecorded(self) -> list[str]:
        """Say what has gone wrong with it of which there is no record."""
        said = [
            f"failed read of volume {volume} for a packet without a record"
            for volume in sorted(self.failed - self.recorded)
        ]
        if self.poisoned and not self.recorded and not self.perhaps_recorded and self.named is None:
            said.append("a packet with a wrong trailer without a record of a failed read")
        if self.damaged and not self.poisoned:
            said.append("a packet with damaged data and a right trailer")
        return said


@dataclass(slots=True, eq=False)
class SentPacket:
    """A packet whose first and last beat were sent in these cycles; `data` is None if it is not known."""

    first: int
    last: int
    data: bytes | None
    size: int

    def may_be(self, expected: ExpectedPacket) -> bool:
        """Can this be the packet that a record said is sent? Journals are known by their headers."""
        return self.size == expected.size and (self.data is None or self.data.startswith(expected.head))
