"""What the processes ask of the third embodiment ([0156]-[0166]), which is handed to them: writes that another system
answers, and reads from it.
"""

from typing import Protocol

from mirrorlog.tables.status import Status


class AnsweredWrite(Protocol):
    """A host write that the original system of three has answered; `status` is that answer. `waits_for_its_device`: the
    host is answered only after the response of this system's device.
    """

    volume: int
    position: int
    data: bytes
    tag: int
    time: int
    status: Status | None
    waits_for_its_device: bool


class RemoteWrites(Protocol):
    """Host writes of the first system, which the original system of three answers."""

    def is_synchronous(self, pair: int) -> bool:
        """Is this pair's group one whose writes are forwarded?"""

    def forwards(self, pair: int) -> bool:
        """Is a write of this pair forwarded now?"""

    def forward(
        self, pair: int, volume: int, position: int, data: bytes, tag: int, time: int, created: int | None, waits: bool
    ) -> int:
        """Take a host write that is to be forwarded; returns the reference by which its answer is known. Times ns.
        `waits`: it `waits_for_its_device`.
        """

    def mark(self, number: int, volume: int, position: int, size: int) -> None:
        """Remember blocks of a group's volume as changed."""

    def next_answered(self) -> AnsweredWrite | None:
        """Take the next write that was answered, in the order in which they have to end; None if there is none."""


class RemoteReads(Protocol):
    """Units of initial copy that are read from the first system of three, for volumes without storage."""

    def has_room(self, number: int) -> bool:
        """May another unit of a group be read?"""

    def want(self, number: int, update_number: int, volume: int, position: int, size: int) -> None:
        """A journal of initial copy was created; its data is to be read."""

    def first_missing(self, number: int) -> int | None:
        """Return the update number of a group's oldest journal whose data has not come, None if there is none."""

    def data(self, number: int, update_number: int) -> bytes:
        """Return a unit's data, which has come."""
