"""The secondary system's command slots: what each journal read command in flight asks for ([0130], [0155])."""

from dataclasses import dataclass, field

from mirrorlog.formats.connection_path import Packet
from mirrorlog.processes.journal_store import StoredGroup

_DOUBLINGS = 6


@dataclass(slots=True)
class CommandSlot:
    """A slot for one command. It owns the numbers from `first` up to, not including, `end` until they are stored.

    `packet` is its command in flight, sent at `since`, which counts as lost after the time `limit`; `repeated`: it
    repeats one that did. Without a command the slot may be waiting for the interval, `since` when. `no_journal`: the
    original system had none of its journals.
    """

    first: int = 0
    end: int = 0
    packet: Packet | None = None
    since: int = 0
    limit: int = 0
    repeated: bool = False
    waits: bool = False
    no_journal: bool = False

    def is_due(self, now: int, interval: int) -> bool:
        """Is its command in flight lost, or its wait over?"""
        if self.packet is None:
            return not self.waits or now - self.since >= interval
        return now - self.since >= self.limit

    def begin(self, packet: Packet, now: int, least: int, most: int) -> None:
        """A command is sent. Its time-out is twice that of the one that it repeats, else that of the one before it;
        between the limits `least` and `most`, of which the latter prevails.
        """
        self.repeated = self.packet is not None
        self.limit = min(max(least, self.limit << self.repeated), most)
        self.packet, self.since, self.waits, self.no_journal = packet, now, False, False

    def end_command(self, now: int) -> None:
        """The command in flight is answered. Its time-out falls by half if a quarter of it was not over."""
        if not self.repeated and now - self.since < self.limit >> 2:
            self.limit >>= 1
        self.packet = None

    def wait(self, now: int) -> None:
        """The slot must not send for the interval."""
        self.since, self.waits = now, True


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
        """Return the slot whose command in flight has this tag, None if none has."""
        for slot in self.slots:
            if slot.packet is not None and slot.packet.tag == tag:
                return slot
        return None

    def follow(self) -> None:
        """Journals came: slots whose journals were not there yet may ask again at once."""
        for slot in self.slots:
            if slot.no_journal:
                slot.no_journal = slot.waits = False

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

    def owns(self, number: int, stored: StoredGroup) -> bool:
        """Has a slot numbers that are not stored?"""
        return number < len(self.slots) and _unstored(self.slots[number], stored) < self.slots[number].end

    def next_range(self, number: int, most: int, stored: StoredGroup) -> tuple[int, int]:
        """Return the numbers [first, end) that a slot would ask for: what is not stored from the front of its range
        on, or at `most` so many new ones; an empty range if it waits for a slot with lower numbers to get journals.
        """
        slot = self.slot(number)
        first = _unstored(slot, stored)
        if first == slot.end:
            start = max(self.tail, stored.commit)
            return start, start + min(self.share, most)
        if slot.no_journal:
            for other in self.slots:
                if other is not slot and _unstored(other, stored) < min(other.end, first):
                    return first, first
        return first, slot.end


def _unstored(slot: CommandSlot, stored: StoredGroup) -> int:
    """Return the first number of a slot's range that is not stored, the range's end if all are."""
    first = max(slot.first, min(slot.end, stored.commit))
    while first < slot.end and stored.knows(first):
        first += 1
    return first
