"""Legal parameters of a storage system, and combinations of them in which every two values meet.

    python -m tb.config.parameter_table

prints the combinations. What is legal is what rtl/include/parameters.vh says; a test holds both together.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations as subsets


@dataclass(frozen=True, slots=True)
class Legal:
    """Values of a parameter: `least` to `most`, powers of two only if `powers`. `corners` are the ones to try."""

    least: int
    most: int
    corners: tuple[int, ...]
    powers: bool = False

    def has(self, value: int) -> bool:
        """Is it legal?"""
        return self.least <= value <= self.most and not (self.powers and value & (value - 1))

    def __str__(self) -> str:
        kind = "a power of two from" if self.powers else "from"
        return f"{kind} {self.least} to {self.most}"


# By the bench's names, which are the Verilog names in lower case
LEGAL: Mapping[str, Legal] = {
    "data_width": Legal(64, 512, (64, 128, 256, 512), True),
    "volumes": Legal(1, 64, (1, 2, 9, 64)),
    "pairs": Legal(1, 64, (1, 3, 64)),
    "groups": Legal(1, 8, (1, 3, 8)),
    "devices": Legal(1, 8, (1, 2, 3)),
    "max_transfer_bytes": Legal(512, 65536, (512, 4096, 65536), True),
    "max_data_bytes": Legal(4096, 65536, (4096, 65536), True),
    "cache_slots": Legal(2, 32, (2, 8, 16, 32), True),
    "read_slots": Legal(2, 32, (2, 32), True),
    "flushes": Legal(1, 16, (1, 3, 16)),
    "outstanding": Legal(2, 64, (2, 64), True),
    "commands": Legal(4, 64, (4, 64), True),
    "window": Legal(128, 4096, (128, 4096), True),
    "system_number": Legal(1, 255, (1, 200)),
    "axi_addr_width": Legal(33, 48, (33, 48)),
    "axi_id_width": Legal(1, 32, (1, 7)),
}
# What a combination is made of unless a test says otherwise
NAMES = tuple(LEGAL)


def refusal(parameters: Mapping[str, int]) -> str:
    """Why these parameters are not legal, in one line; "" if they are."""
    for name, value in parameters.items():
        if name in LEGAL and not LEGAL[name].has(value):
            return f"{name.upper()}={value}: must be {LEGAL[name]}"
    groups = parameters.get("groups", 0)
    if parameters.get("cache_slots", groups + 1) <= groups:
        return f"CACHE_SLOTS={parameters['cache_slots']}: must be at least GROUPS + 1, with GROUPS={groups}"
    transfer = parameters.get("max_transfer_bytes", 0)
    if parameters.get("max_data_bytes", transfer) < transfer:
        return f"MAX_TRANSFER_BYTES={transfer}: must be at most MAX_DATA_BYTES={parameters['max_data_bytes']}"
    return ""


def corner(least: bool) -> dict[str, int]:
    """The combination of all least values, or of all greatest that are tried."""
    return {name: legal.corners[0 if least else -1] for name, legal in LEGAL.items()}


def combinations(seed: int = 0) -> list[dict[str, int]]:
    """Return combinations in which every two values of `corners` that are legal together meet at least once, the corner
    of all least values and that of all greatest among them. Greedy: each next one has the most pairs that are still to
    be met, of some that are tried."""
    rng = random.Random(seed)
    missing = {frozenset(pair) for pair in _pairs({name: legal.corners for name, legal in LEGAL.items()})}
    rows = [corner(True), corner(False)]
    for row in rows:
        missing -= _met(row)
    while missing:
        best = max((_candidate(rng, missing) for _ in range(20)), key=lambda row: len(missing & _met(row)))
        missing -= _met(best)
        rows.append(best)
    return rows


def draw(rng: random.Random, count: int, **fixed: int) -> list[dict[str, int]]:
    """Return combinations for random runs, with these values in place of their own: each next one is one of those with
    most values that none before it has, so that few of them have all values that matter. Raises ValueError if there
    are not so many."""
    rows = [row | fixed for row in combinations() if not refusal(row | fixed)]
    left = [row for number, row in enumerate(rows) if row not in rows[:number]]
    found: list[dict[str, int]] = []
    for _ in range(count):
        met = {item for row in found for item in row.items()}
        found.append(max(rng.sample(left, len(left)), key=lambda row: len(row.items() - met)))
        left.remove(found[-1])
    return found


Item = tuple[str, int]


def _pairs(values: Mapping[str, tuple[int, ...]]) -> Iterator[tuple[Item, Item]]:
    for one, other in subsets(values, 2):
        for first in values[one]:
            for second in values[other]:
                if not refusal({one: first, other: second}):
                    yield (one, first), (other, second)


def _met(row: Mapping[str, int]) -> set[frozenset[Item]]:
    return {frozenset(pair) for pair in subsets(row.items(), 2)}


def _candidate(rng: random.Random, missing: set[frozenset[Item]]) -> dict[str, int]:
    """Begin with a pair that is missing; give each other parameter the value that meets most that is missing."""
    row = dict(rng.choice(sorted(map(sorted, missing))))
    for name in rng.sample(NAMES, len(NAMES)):
        if name not in row:
            gains = [
                (sum(frozenset({(name, value), item}) in missing for item in row.items()), rng.random(), value)
                for value in LEGAL[name].corners
                if not refusal(row | {name: value})
            ]
            row[name] = max(gains)[2]
    return {name: row[name] for name in NAMES}


if __name__ == "__main__":
    for number, row in enumerate(combinations()):
        print(number, " ".join(f"{name.upper()}={value}" for name, value in row.items()))
