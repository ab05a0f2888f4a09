"""Numbers as the words that are bins of coverage points."""

from mirrorlog.registers.register_map import ALL_STROBES
from mirrorlog.tables.settings import GroupSettings, ReadMode
from mirrorlog.tables.units import BLOCK_BYTES
from tb.coverage.bins import ASKING, CARRIES, STROBES

_LARGEST_BATCH = 64


def occupancy(used: int, places: int) -> str:
    """Return how much of an area is used, in places of one entry or one block."""
    match used:
        case 0:
            return "empty"
        case 1:
            return "one"
        case _ if used == places:
            return "full"
        case _ if used == places - 1:
            return "one free"
    return "between"


def place(old: int, new: int, head: int, area: int, unit: int) -> str:
    """Return where a pointer went in an area of `area` bytes from `head` on, near whose end `unit` bytes are left."""
    if new < old:
        return "back at the head" if new == head else "past the end"
    return "before the end" if new == head + area - unit else ""


def journal_size(size: int, largest: int) -> str:
    """Return how large a journal is, of those that have a size."""
    return "one block" if size == BLOCK_BYTES else "largest" if size == largest else "between"


def against(start: int, end: int, copied: int) -> str:
    """Return where a range lies against the first byte that is not copied."""
    if end <= copied:
        return "up to it" if end == copied else "below"
    if start >= copied:
        return "from it on" if start == copied else "above"
    return "straddling"


def carry(old: int, new: int) -> str:
    """Return how far up the carry of a counter went; nothing below bit 8."""
    changed = (old ^ new).bit_length() - 1
    if changed < 8:
        return ""
    return CARRIES[0 if changed < 16 else 1 if changed < 32 else 2]


def batch(journals: int) -> str:
    """Return the size of a batch."""
    if journals in (1, _LARGEST_BATCH):
        return str(journals)
    return "2 to 7" if journals < 8 else "8 to 63"


def asking(settings: GroupSettings) -> str:
    """Return how a group asks for journals."""
    return ASKING[0 if settings.mode is ReadMode.BY_NUMBER else 1 if settings.retry else 2]


def few(count: int, most: int) -> str:
    """Return how many of the most that may be there are."""
    return "all" if count >= most else "one" if count == 1 else "some"


def strobes(strobe: int) -> str:
    """Return how many bytes of a register a write has."""
    return STROBES[0 if strobe == ALL_STROBES else 1 if strobe else 2]
