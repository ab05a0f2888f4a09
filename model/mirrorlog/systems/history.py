"""What an original system's hosts have done to a group's volumes, so that a copy can be judged by its last restored
number.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class OrderedWrite:
    """A host write in its order. `after` is the newest update number of the group behind it; `journaled`: that is
    its own. `data` is what it left (of a discard zeros), `time` what its journal has to carry, ns.
    """

    after: int
    journaled: bool
    volume: int
    position: int
    data: bytes
    time: int = 0


@dataclass(slots=True)
class History:
    """A group's writes in order, and the volumes as they were at one update number. Volumes are by their numbers.

    `journals` has the bytes that each journal takes in the original system's write data area, by update number.
    """

    images: dict[int, bytearray]
    writes: list[OrderedWrite] = field(default_factory=list)
    journals: dict[int, int] = field(default_factory=dict)
    by_number: dict[int, OrderedWrite] = field(default_factory=dict)
    applied: int = 0

    def add(self, write: OrderedWrite) -> None:
        """Add the next write."""
        self.writes.append(write)
        if write.journaled:
            self.by_number[write.after] = write

    def at(self, number: int) -> dict[int, bytearray]:
        """Return the volumes as of update number `number`: all before it, nothing after. Numbers must not go back."""
        end = self.journaled_up_to(number)
        for write in self.writes[self.applied : end]:
            self.images[write.volume][write.position : write.position + len(write.data)] = write.data
        self.applied = end
        return self.images

    def journaled_up_to(self, number: int) -> int:
        """Return how many writes from the first on are contained in the volumes as of `number`. Needs no images."""
        end = self.applied
        while end < len(self.writes):
            write = self.writes[end]
            if write.after > number or (write.after == number and not write.journaled):
                break
            end += 1
        return end
