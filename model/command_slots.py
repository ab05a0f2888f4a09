"""The secondary system's command slots: what each journal read command under way asks for ([0130], [0155])."""

from dataclasses import dataclass, field

from model.connection_path import Packet
from model.journal_store import StoredGroup

_DOUBLINGS = 6


@dataclass(slots=True)
class CommandSlot:
    """A slot for one command. It owns the numbers from `first` up to, not including, `end` until they are stored.

    `packet` is its command under way, sent at `since`; without one it must not send before `not_before`. `no_journal`:
    the original system had none of its journals.
    """

    first: int = 0
    end: int = 0
    packet: Packet | None = None
    since: int = 0
    not_before: int = 0
    no_journal: bool = False

    def begin(self, packet: Packet, now: int) -> None:
        """A command is sent."""
        self.packet, self.since, self.no_journal = packet, now, False


@dataclass(slots=True)
class CommandSlots:
    """The slots of one group. `tail` is the lowest number that was never given to a slot.

    `share` is how many numbers a slot is given at a time: about as many as one answer brings, so that commit, which
    goes by number, does not wait for a slot that needs many answers for what it was given.
    """

    tail: int
    share: int = 1
    slots: list[CommandSlot] = field(default_factory=list)

    def slot(self, number: int) -> CommandSlot:
        """Return a slot by its number."""
        while len(self.slots) <= number:
            self.slots.append(CommandSlot())
        return self.slots[number]

    def find(self, tag: int) -> CommandSlot | None:
        """Return the slot whose command under way has this tag, None if none has."""
        for slot in self.slots:
            if slot.packet is not None and slot.packet.tag == tag:
                return slot
        return None

    def follow(self) -> None:
        """Journals came: slots whose journals were not there yet may ask again at once."""
        for slot in self.slots:
            if slot.no_journal:
                slot.no_journal, slot.not_before = False, 0

    def give(self, end: int) -> None:
        """The numbers before `end` are given out."""
        self.tail = max(self.tail, end)

    def learn(self, asked: int, taken: int, size: int, limits: tuple[int, int]) -> None:
        """An answer to a command for `asked` journals brought `taken` with `size` bytes; `limits` of a batch are in
        journals and bytes. One of more than half the bytes was cut by them if journals are missing; one of fewer that
        brought all would have had room for twice as many, four times, … (64 times at most).
        """
        journals, most = limits
        doublings = 0
        while doublings < _DOUBLINGS and size << doublings + 1 <= most:
            doublings += 1
        if doublings == 0:
            if 0 < taken < asked:
                self.share = taken
        elif taken >= asked:
            self.share = min(journals, max(self.share, asked << doublings))

    def next_range(self, number: int, used: int, stored: StoredGroup) -> tuple[int, int]:
        """Return the numbers [first, end) that a slot would ask for: what is not stored from the front of its range
        on, or new ones; an empty range if it waits for a slot with lower numbers to get journals. `used` slots are in
        use.
        """
        slot = self.slot(number)
        first = _unstored(slot, stored)
        if first == slot.end:
            start = max(self.tail, stored.commit)
            return start, start + self.share
        if slot.no_journal:
            for other in self.slots[:used]:
                if other is not slot and _unstored(other, stored) < min(other.end, first):
                    return first, first
        return first, slot.end


def _unstored(slot: CommandSlot, stored: StoredGroup) -> int:
    """Return the first number of a slot's range that is not stored, the range's end if all are."""
    first = max(slot.first, min(slot.end, stored.commit))
    while first < slot.end and stored.knows(first):
        first += 1
    return first
