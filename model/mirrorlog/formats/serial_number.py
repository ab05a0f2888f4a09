"""Counters that wrap: serial numbers ([RFC 1982](https://www.rfc-editor.org/rfc/rfc1982)), compared as differences."""

TAG_BITS = 32
"""Of tags, generations and sessions."""

CYCLE_BITS = 48


def following(number: int, bits: int = TAG_BITS) -> int:
    """Return the number behind `number`."""
    return (number + 1) & (1 << bits) - 1


def shortened(count: int, bits: int = CYCLE_BITS) -> int:
    """Return the low bits of a count, as a counter of `bits` shows it."""
    return count & (1 << bits) - 1


def following_number(number: int) -> int:
    """Return the number behind `number` where 0 is none's: of generations (a group has 0 before its first initiation)
    and of journal read commands' tags (a group state with 0 answers none).
    """
    return following(number) or 1


def is_before(one: int, other: int, bits: int = TAG_BITS) -> bool:
    """Is `one` an earlier number than `other`? So are the 2^(bits - 1) numbers before it, and no others."""
    return (one - other) & (1 << bits) - 1 >= 1 << bits - 1


def is_older_generation(one: int, other: int) -> bool:
    """Is `one` an earlier generation than `other`? None (0) is earlier than any."""
    return other != 0 and (one == 0 or is_before(one, other))


def extended(number: int, near: int, bits: int = CYCLE_BITS) -> int:
    """Return the count whose low `bits` are `number`, of all such the one nearest to the count `near`."""
    ahead = (number - near) & (1 << bits) - 1
    return near + ahead - (ahead >> bits - 1 << bits)
